"""What the number of people in the house makes of a slot: how far it is sold, and how busy it will be.

Written by whoever watches the house (flow), read by whoever sells and shows slots; no lock is needed: a ceiling that
falls below what is taken only stops sales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot

QUIET_BELOW, BUSY_FROM = 40, 75  # hundredths of how many people we sell


class Crowd(StrEnum):
    """How it will be in the house when a slot begins."""

    QUIET = "quiet"
    NORMAL = "normal"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Crowding:
    """What becomes of one slot; None: no ceiling under its capacity, nothing known of how busy it will be."""

    slot_id: int
    ceiling: int | None
    busyness: int | None


def crowd_of(busyness: int | None) -> Crowd | None:
    """Name how busy it will be."""
    if busyness is None:
        return None
    if busyness < QUIET_BELOW:
        return Crowd.QUIET
    return Crowd.NORMAL if busyness < BUSY_FROM else Crowd.BUSY


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a day that is as busy throughout; it begins at an instant, and ends where the next begins."""

    starts_at: datetime
    crowd: Crowd


def stretches(starts: Sequence[tuple[datetime, Crowd | None]], now: datetime) -> list[Stretch]:
    """Return how busy the rest of a day is from start to start (instants, in order): the one at hand comes first.

    Nothing where nobody can say.
    """
    at_hand = max((index for index, (starts_at, _) in enumerate(starts) if starts_at <= now), default=0)
    found: list[Stretch] = []
    for starts_at, crowd in starts[at_hand:]:
        if crowd is not None and (not found or found[-1].crowd is not crowd):
            found.append(Stretch(starts_at, crowd))
    return found


def set_crowding(session: Session, crowdings: Sequence[Crowding]) -> None:
    """Write down what becomes of slots."""
    if not crowdings:
        return
    slots = Slot.__table__.c
    statement = (
        update(Slot.__table__)  # type: ignore[arg-type]
        .where(slots.id == bindparam("of"))
        .values(ceiling=bindparam("new_ceiling"), busyness=bindparam("new_busyness"))
    )
    rows = [{"of": each.slot_id, "new_ceiling": each.ceiling, "new_busyness": each.busyness} for each in crowdings]
    session.connection().execute(statement, rows)
