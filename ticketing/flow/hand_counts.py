"""Counting by hand who is inside, and writing it down once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.flow.models import HandCount
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput

MOST_PEOPLE = 100_000
OLDEST = timedelta(hours=12)


class HandCountInvalid(InvalidInput):
    """A count that cannot be; `details["field"]` names what is wrong with it."""

    code = "hand_count_invalid"


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody says: so many people inside at that instant; `expected` is what we would have said."""

    people: int
    counted_at: datetime
    expected: int


def write_down(session: Session, counted: Counted, key: str, *, actor: Actor, now: datetime) -> HandCount:
    """Keep a hand count; the same form sent again is the same count. Raises HandCountInvalid."""
    if not 0 <= counted.people <= MOST_PEOPLE:
        raise HandCountInvalid("Write how many people you counted.", field="people")
    if not now - OLDEST <= counted.counted_at <= now:
        raise HandCountInvalid("A count is of today, and not of later than now.", field="counted_at")
    known = session.scalars(select(HandCount).where(HandCount.key == key)).one_or_none()
    if known is not None:
        return known
    row = HandCount(
        key=key, counted_at=counted.counted_at, people=counted.people, counted_by=actor.name,
        expected=counted.expected,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, "occupancy.counted", row, actor=actor, now=now, people=counted.people, expected=counted.expected,
        counted_at=counted.counted_at.isoformat(),
    )  # fmt: skip
    return row


def find_last(session: Session, begin: datetime, until: datetime) -> HandCount | None:
    """Return the last hand count from an instant to another, both included."""
    mine = select(HandCount).where(HandCount.counted_at >= begin, HandCount.counted_at <= until)
    return session.scalars(mine.order_by(HandCount.counted_at.desc(), HandCount.id.desc()).limit(1)).one_or_none()
