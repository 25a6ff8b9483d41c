"""Watching that the house does not sell more people than it may hold: a ceiling for each slot, of all slots together.

Ceilings are worked out for all slots of a day at once, so that the promise holds even if every one is sold to its own.
Of today they follow the scans: places that can be spared are released through the day, others are held back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import closures, house_limits
from ticketing.catalogue.capacity import claimed_now
from ticketing.catalogue.crowding import Crowding
from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.opening import Calendar, hours_on
from ticketing.flow import ahead, learning, outlook, plans
from ticketing.flow.ahead import DueSlot
from ticketing.flow.day_loading import ENTERING, USUALLY_OPEN, load_day
from ticketing.flow.habits import Habits
from ticketing.flow.occupancy import inside_now
from ticketing.flow.outlook import Outlook, empty_outlook, profile_of
from ticketing.flow.plans import Asked, House, Plan
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.tickets.models import Ticket, TicketState

USUAL_WEEKS = 4
HOUR = timedelta(hours=1)
LOOKS = (0.25, 1.0)  # hours after a start between which it is that busy for who comes then


@dataclass(frozen=True, slots=True)
class WatchedSlot:
    """A slot that still admits, with what is taken of it and what was decided of it before."""

    id: int
    local_date: date
    starts_at: datetime
    admits_until: datetime
    capacity: int
    claimed: int
    before: Crowding


Planning = Callable[[Sequence[Asked], House, Outlook], Plan]
Known = dict[tuple[object, ...], list[int | None]]  # ceilings of days that are alike
Usual = Mapping[tuple[int, time], float]  # tickets of a weekday's start, in the end, on average


def watch(session: Session, first: date, last: date, *, zone: ZoneInfo, now: datetime) -> list[Crowding]:
    """Return what has to become of the slots of these local dates, both included, where it differs from what is."""
    house, habits = house_limits.find_limits(session), learning.find_habits(session)
    calendar, usual = closures.load_calendar(session, zone), _usual(session, zone, now)
    found: list[Crowding] = []
    known: Known = {}
    for local_date, some in groupby(_slots(session, first, last, now), key=_local_date):
        slots = list(some)
        if house is None:
            wanted = [Crowding(slot.id, None, None) for slot in slots]
        else:
            day = _Day(local_date, slots, house, habits, usual)
            wanted = _of_today(session, day, zone, now) if local_date == local_date_of(now, zone) else _ahead(
                day, calendar, known
            )  # fmt: skip
        found += [each for each, slot in zip(wanted, slots, strict=True) if each != slot.before]
    return found


@dataclass(frozen=True)
class _Day:
    local_date: date
    slots: list[WatchedSlot]
    house: Limits
    habits: Habits
    usual: Usual

    def bookings(self, zone: ZoneInfo) -> list[DueSlot]:
        begin = day_bounds(self.local_date, zone)[0]
        return [
            DueSlot(
                slot.id, (slot.starts_at - begin) / HOUR, (slot.admits_until - slot.starts_at) / HOUR,
                (slot.admits_until - begin) / HOUR, slot.claimed, 0, slot.capacity - slot.claimed,
            )
            for slot in self.slots
        ]  # fmt: skip

    def expected(self, zone: ZoneInfo) -> list[float]:
        """Return how many tickets each slot will have sold in the end: as many as usual, or as are taken already."""
        return [
            max(slot.claimed, self.usual.get((slot.local_date.weekday(), slot.starts_at.astimezone(zone).time()), 0.0))
            for slot in self.slots
        ]


def _ahead(day: _Day, calendar: Calendar, known: Known) -> list[Crowding]:
    zone = calendar.zone
    hours, begin = hours_on(calendar, day.local_date), day_bounds(day.local_date, zone)[0]
    opens = (hours.opens_at - begin) / HOUR if hours.opens_at else USUALLY_OPEN[0]
    closes = (hours.closes_at - begin) / HOUR if hours.closes_at else USUALLY_OPEN[1]
    bookings, nobody = day.bookings(zone), empty_outlook(closes, opens=opens)
    asked = [
        Asked(ahead.start_of(booking, day.habits), slot.capacity, slot.claimed)
        for booking, slot in zip(bookings, day.slots, strict=True)
    ]
    alike = (opens, closes, *asked)  # most days to come are like one another, and nobody has booked yet
    if alike not in known:
        known[alike] = _ceilings(asked, day, nobody, plans.kept)
    ceilings = known[alike]
    expected = _loaded(nobody, asked, day.expected(zone))
    return _crowdings(day, bookings, ceilings, expected)


def _of_today(session: Session, day: _Day, zone: ZoneInfo, now: datetime) -> list[Crowding]:
    loaded = load_day(session, day.local_date, zone=zone, now=now)
    at = loaded.hours(now)
    if at >= loaded.closes:
        return [slot.before for slot in day.slots]
    inside = inside_now(loaded.counts, day.habits, at)
    rest = ahead.rest_of_day(inside, loaded.counts, loaded.bookings, day.habits, at)
    known = {booking.slot_id: booking for booking in loaded.bookings}
    bookings = [known[slot.id] for slot in day.slots]
    asked = [
        Asked(ahead.start_of(booking, day.habits), max(0, slot.capacity - slot.claimed))
        for booking, slot in zip(bookings, day.slots, strict=True)
    ]
    more = _ceilings(asked, day, rest, plans.released)
    ceilings = [None if left is None else slot.claimed + left for left, slot in zip(more, day.slots, strict=True)]
    expected = [usual - slot.claimed for usual, slot in zip(day.expected(zone), day.slots, strict=True)]
    return _crowdings(day, bookings, ceilings, _loaded(rest, asked, expected))


def _ceilings(asked: Sequence[Asked], day: _Day, before: Outlook, plan: Planning) -> list[int | None]:
    """Return how far each slot may be sold; None where nothing has to be held back."""
    most = [max(each.most, each.taken) for each in asked]
    full = _loaded(before, asked, [float(each) for each in most])
    house = House(day.house.sales, day.house.risk, day.house.promise)
    if outlook.risk_of(full, house.limit, house.promise) <= house.risk:
        return [None] * len(asked)
    kept = plan(asked, house, before).capacities
    return [None if ceiling >= each.most else ceiling for ceiling, each in zip(kept, asked, strict=True)]


def _loaded(before: Outlook, asked: Sequence[Asked], tickets: Sequence[float]) -> Outlook:
    day = before.copied()
    for each, number in zip(asked, tickets, strict=True):
        day.add(profile_of(each.start, day.hours), max(0.0, number))
    return day


def _crowdings(
    day: _Day, bookings: Sequence[DueSlot], ceilings: Sequence[int | None], expected: Outlook
) -> list[Crowding]:
    return [
        Crowding(slot.id, ceiling, _busyness(expected, booking.hours, day.house))
        for slot, booking, ceiling in zip(day.slots, bookings, ceilings, strict=True)
    ]


def _busyness(expected: Outlook, starts: float, house: Limits) -> int | None:
    begin, end = LOOKS
    means = [mean for at, mean in zip(expected.hours, expected.means, strict=True) if begin <= at - starts <= end]
    return round(100 * max(means) / house.sales) if means and house.sales else None


def _local_date(slot: WatchedSlot) -> date:
    return slot.local_date


def _slots(session: Session, first: date, last: date, now: datetime) -> list[WatchedSlot]:
    rows = session.execute(
        select(
            Slot.id, Slot.local_date, Slot.starts_at, Slot.admits_until, Slot.capacity,
            claimed_now(now).label("claimed"), Slot.ceiling, Slot.busyness,
        )
        .join(Experience, Experience.id == Slot.experience_id)
        .where(
            Slot.local_date.between(first, last), Slot.withdrawn_at.is_(None), Experience.kind.in_(ENTERING),
            Slot.admits_until > now,
        )
        .order_by(Slot.local_date, Slot.starts_at, Slot.id)
    )  # fmt: skip
    return [WatchedSlot(*row[:6], Crowding(row.id, row.ceiling, row.busyness)) for row in rows]


def _usual(session: Session, zone: ZoneInfo, now: datetime) -> Usual:
    """Return how many tickets the starts of each weekday had in the end, on average of the last weeks."""
    today = local_date_of(now, zone)
    sold = (
        select(Slot.local_date, Slot.starts_at, func.sum(Ticket.admissions))
        .join(Experience, Experience.id == Slot.experience_id)
        .join(Ticket, Ticket.slot_id == Slot.id)
        .where(
            Slot.local_date.between(today - timedelta(weeks=USUAL_WEEKS), today - timedelta(days=1)),
            Experience.kind.in_(ENTERING), Ticket.state == TicketState.VALID,
        )
        .group_by(Slot.local_date, Slot.starts_at)
    )  # fmt: skip
    seen: dict[tuple[int, time], list[int]] = defaultdict(list)
    for local_date, starts_at, tickets in session.execute(sold):
        seen[local_date.weekday(), starts_at.astimezone(zone).time()].append(int(tickets))
    return {start: sum(each) / len(each) for start, each in seen.items()}
