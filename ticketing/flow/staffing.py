"""How many lanes to staff, quarter of an hour by quarter of an hour, on any day that has slots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.flow import lanes, learning
from ticketing.flow.day_loading import DaySlot, LoadedDay, load_day
from ticketing.flow.forecast import spread_over_slots
from ticketing.flow.forecast_models import DayForecast, SlotForecast
from ticketing.flow.gate_flow import USUAL_SECONDS
from ticketing.flow.habits import Habits
from ticketing.flow.lanes import Target
from ticketing.foundation.errors import InvalidInput

QUARTER, QUARTER_MINUTES = timedelta(minutes=15), 15
NOBODY = 0.5  # people expected in a quarter of an hour, below which no lane is staffed
LEAST_SERVICE, MOST_SERVICE = 2, 120  # seconds
LEAST_WAIT, MOST_WAIT = 10, 900
MOST_LATE = 50  # percent


class StaffingInvalid(InvalidInput):
    """Settings that cannot be; `details["field"]` names which."""

    code = "staffing_invalid"


class Crowd(StrEnum):
    """For how many to staff."""

    EXPECTED = "expected"
    BUSY = "busy"  # the upper end of the band: more come on one day in ten


@dataclass(frozen=True, slots=True)
class StaffingWish:
    """A day, how long a lane takes for a person, and how long people may wait."""

    local_date: date
    service_seconds: int = round(USUAL_SECONDS)
    wait_seconds: int = 60
    late_percent: int = 5  # may wait longer than that
    crowd: Crowd = Crowd.EXPECTED


@dataclass(frozen=True, slots=True)
class QuarterNeed:
    """A quarter of an hour: who is expected at the gates, lanes for them, the share that then waits too long."""

    at: datetime
    people: float
    lanes: int
    late_share: float
    mean_wait_seconds: float


@dataclass(frozen=True, slots=True)
class SlotNeed:
    """A slot with what is booked of it, and what is expected in it with the band of 80 %; None without a forecast."""

    slot: DaySlot
    mid: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Staffing:
    """The lanes of a day; `made_at` is when its forecast was made, None when it rests on bookings alone."""

    wish: StaffingWish
    quarters: tuple[QuarterNeed, ...]
    made_at: datetime | None
    people: float
    slots: tuple[SlotNeed, ...]

    @property
    def most_lanes(self) -> int:
        """How many lanes there are at the busiest time."""
        return max((each.lanes for each in self.quarters), default=0)

    @property
    def lane_hours(self) -> float:
        """For how many hours of work."""
        return sum(each.lanes for each in self.quarters) / 4


@dataclass(frozen=True)
class _Expected:
    slots: tuple[SlotNeed, ...]
    people: tuple[float, ...]  # in the same order
    made_at: datetime | None


def staff_day(session: Session, wish: StaffingWish, *, zone: ZoneInfo, now: datetime) -> Staffing:
    """Work out the lanes of a day from its forecast, or from bookings where there is none. Raises StaffingInvalid."""
    _require_possible(wish)
    day, habits = load_day(session, wish.local_date, zone=zone, now=now), learning.find_habits(session)
    expected = _expected(session, wish, day.slots, habits)
    people = list(zip(day.slots, expected.people, strict=True))
    quarters = [_need(at, number, wish) for at, number in _arrivals(day, people, habits)]
    return Staffing(wish, tuple(_trimmed(quarters)), expected.made_at, sum(expected.people), expected.slots)


def _require_possible(wish: StaffingWish) -> None:
    bounds = (
        ("service", wish.service_seconds, LEAST_SERVICE, MOST_SERVICE),
        ("wait", wish.wait_seconds, LEAST_WAIT, MOST_WAIT),
        ("late", wish.late_percent, 1, MOST_LATE),
    )
    for field, value, least, most in bounds:
        if not least <= value <= most:
            raise StaffingInvalid("This is out of bounds.", field=field, why="between", least=least, most=most)


def _expected(session: Session, wish: StaffingWish, slots: Sequence[DaySlot], habits: Habits) -> _Expected:
    day = session.scalars(select(DayForecast).where(DayForecast.local_date == wish.local_date)).one_or_none()
    if day is None:
        booked = tuple(slot.booked * habits.show.share for slot in slots)
        return _Expected(tuple(SlotNeed(slot, None, None, None) for slot in slots), booked, None)
    rows = {row.slot_id: row for row in session.scalars(select(SlotForecast).where(SlotForecast.day_id == day.id))}
    needs = tuple(_slot_need(slot, rows.get(slot.id)) for slot in slots)
    people = {each.slot.id: float(each.mid or 0) for each in needs}
    if wish.crowd is Crowd.BUSY:  # who finds a slot full goes to others
        places = {slot.id: max(slot.capacity, slot.booked) for slot in slots}
        people = spread_over_slots(float(day.high), people, places)
    return _Expected(needs, tuple(people[slot.id] for slot in slots), day.made_at)


def _slot_need(slot: DaySlot, row: SlotForecast | None) -> SlotNeed:
    return SlotNeed(slot, row.mid, row.low, row.high) if row else SlotNeed(slot, None, None, None)


def _arrivals(day: LoadedDay, people: Sequence[tuple[DaySlot, float]], habits: Habits) -> list[tuple[datetime, float]]:
    """Return who comes in each quarter of an hour of the day, from the first who is early to closing."""
    if not people:
        return []
    who = habits.punctuality
    begin = math.floor(4 * (min(day.hours(slot.starts_at) for slot, _ in people) - who.early_hours)) / 4
    due = [(day.hours(slot.starts_at), day.hours(slot.admits_until), expected) for slot, expected in people]
    found, at = [], begin
    while at < day.closes:
        number = sum(
            expected * (who.arrived(at + 0.25 - starts, until - starts) - who.arrived(at - starts, until - starts))
            for starts, until, expected in due
        )
        found.append((day.instant(at), number))
        at += 0.25
    return found


def _need(at: datetime, people: float, wish: StaffingWish) -> QuarterNeed:
    if people < NOBODY:
        return QuarterNeed(at, people, 0, 0.0, 0.0)
    target = Target(wish.wait_seconds / 60, wish.late_percent / 100)
    number = lanes.lanes_needed(people, QUARTER_MINUTES, wish.service_seconds, target)
    rate, service = people / QUARTER_MINUTES, wish.service_seconds / 60
    return QuarterNeed(
        at, people, number, lanes.chance_to_wait(rate, service, number, target.minutes),
        60 * lanes.mean_wait(rate, service, number),
    )  # fmt: skip


def _trimmed(quarters: Sequence[QuarterNeed]) -> Sequence[QuarterNeed]:
    """Leave out what lies before the first and after the last lane."""
    staffed = [place for place, each in enumerate(quarters) if each.lanes]
    return quarters[staffed[0] : staffed[-1] + 1] if staffed else []
