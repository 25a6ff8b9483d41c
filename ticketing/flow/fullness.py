"""How full past weeks were by weekday and hour: places sold, people who came, people inside; of the last full weeks.

Empty is not zero: an hour at which nothing was offered on any of these weekdays is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import house_limits
from ticketing.catalogue.models import Experience, Slot
from ticketing.flow import learning
from ticketing.flow.arrivals import share_inside
from ticketing.flow.day_loading import ENTERING, HOUR
from ticketing.flow.habits import Habits
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.tickets.models import Ticket, TicketState

WEEKS = (4, 8, 13)
LOOKS_AN_HOUR = 4


class Measure(StrEnum):
    """What of which an hour is full."""

    SOLD = "sold"  # tickets of places
    CAME = "came"  # people who came, of places
    INSIDE = "inside"  # people inside at the fullest moment, of the room for visitors; by how long people stay


@dataclass(frozen=True, slots=True)
class PastSlot:
    """A slot that is over: hours of its local day, places and people."""

    local_date: date
    hours: float
    width: float
    capacity: int
    sold: int
    came: int


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday: how full it was on average, of so many slots on so many days."""

    share: float
    slots: int
    days: int


@dataclass(frozen=True)
class Fullness:
    """A map of weekday (Monday is 0) and hour; `first` and `last` are the local dates it is of."""

    measure: Measure
    weeks: int
    first: date
    last: date
    cells: Mapping[tuple[int, int], Cell]
    slots: int
    habits: Habits

    @property
    def hours(self) -> list[int]:
        """The hours from the first at which anything was offered to the last."""
        seen = [hour for _, hour in self.cells]
        return list(range(min(seen), max(seen) + 1)) if seen else []


def find_fullness(
    session: Session, weeks: int, measure: Measure, *, zone: ZoneInfo, now: datetime
) -> Fullness:  # fmt: skip
    """Say how full each hour of each weekday was in so many weeks before today; inside needs a limit of the house."""
    last = local_date_of(now, zone) - timedelta(days=1)
    first = last - timedelta(days=7 * weeks - 1)
    slots, habits, house = _past_slots(session, first, last, zone), learning.find_habits(session), None
    if measure is Measure.INSIDE:
        house = house_limits.find_limits(session)
    room = house.visitors if house else 0
    cells = cells_inside(slots, habits, room) if measure is Measure.INSIDE else cells_of(slots, measure)
    return Fullness(measure, weeks, first, last, cells, len(slots), habits)


def cells_of(slots: Sequence[PastSlot], measure: Measure) -> dict[tuple[int, int], Cell]:
    """Put together what was sold, or who came, of the places of each hour."""
    by_hour: dict[tuple[int, int], list[PastSlot]] = defaultdict(list)
    for slot in slots:
        by_hour[slot.local_date.weekday(), int(slot.hours)].append(slot)
    found = {}
    for hour, mine in by_hour.items():
        places = sum(slot.capacity for slot in mine)
        people = sum(slot.sold if measure is Measure.SOLD else slot.came for slot in mine)
        if places:
            found[hour] = Cell(people / places, len(mine), len({slot.local_date for slot in mine}))
    return found


def cells_inside(slots: Sequence[PastSlot], habits: Habits, room: int) -> dict[tuple[int, int], Cell]:
    """Work out how many were inside at the fullest moment of each hour, from who came and how long people stay."""
    if not room or not slots:
        return {}
    first, last = min(int(slot.hours) for slot in slots), max(int(slot.hours) for slot in slots) + 2
    looks = [first + number / LOOKS_AN_HOUR for number in range((last - first) * LOOKS_AN_HOUR)]
    shares: dict[tuple[float, float], list[float]] = {}
    peaks: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
    for local_date, some in groupby(slots, _local_date):
        mine, inside = list(some), [0.0] * len(looks)
        for slot in mine:
            start = slot.hours, slot.width
            shares[start] = shares.get(start) or _shares(start, habits, looks)
            inside = [people + slot.came * share for people, share in zip(inside, shares[start], strict=True)]
        for hour in range(int(mine[0].hours), int(mine[-1].hours) + 2):
            begin = (hour - first) * LOOKS_AN_HOUR
            most = max(inside[begin : begin + LOOKS_AN_HOUR])
            peaks[local_date.weekday(), hour].append((most, len(mine)))
    return {
        hour: Cell(sum(most for most, _ in seen) / len(seen) / room, sum(slots for _, slots in seen), len(seen))
        for hour, seen in peaks.items()
    }


def _shares(start: tuple[float, float], habits: Habits, looks: Sequence[float]) -> list[float]:
    """Return the share of who comes to a slot that is inside at each look."""
    hours, width = start
    return [share_inside(habits.stay, habits.punctuality, width, round(look - hours, 6)) for look in looks]


def _local_date(slot: PastSlot) -> date:
    return slot.local_date


def _past_slots(session: Session, first: date, last: date, zone: ZoneInfo) -> list[PastSlot]:
    is_valid = Ticket.state == TicketState.VALID
    rows = session.execute(
        select(
            Slot.local_date, Slot.starts_at, Slot.admits_until, Slot.capacity,
            func.coalesce(func.sum(case((is_valid, Ticket.admissions))), 0),
            func.coalesce(func.sum(case((is_valid, Ticket.admitted))), 0),
        )
        .join(Experience, Experience.id == Slot.experience_id)
        .outerjoin(Ticket, Ticket.slot_id == Slot.id)
        .where(Slot.local_date.between(first, last), Slot.withdrawn_at.is_(None), Experience.kind.in_(ENTERING))
        .group_by(Slot.id, Slot.local_date, Slot.starts_at, Slot.admits_until, Slot.capacity)
        .order_by(Slot.local_date, Slot.starts_at, Slot.id)
    )  # fmt: skip
    found = []
    for local_date, starts_at, admits_until, capacity, sold, came in rows:
        begin = day_bounds(local_date, zone)[0]
        found.append(
            PastSlot(
                local_date, (starts_at - begin) / HOUR, (admits_until - starts_at) / HOUR, capacity, int(sold),
                int(came),
            )
        )  # fmt: skip
    return found
