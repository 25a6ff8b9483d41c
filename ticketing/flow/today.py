"""The day of the duty manager: who is inside, who will be, who came of whom we expected, what may still be sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ticketing.catalogue import house_limits
from ticketing.catalogue.fullness import Light, Limits
from ticketing.flow import ahead, gate_flow, lanes, learning
from ticketing.flow.day_loading import DaySlot, LoadedDay, gate_scans, load_day
from ticketing.flow.gate_flow import WATCHED, GateFlow
from ticketing.flow.habits import Habits
from ticketing.flow.occupancy import DayCounts, Inside, inside_now
from ticketing.flow.outlook import Outlook
from ticketing.flow.plans import House
from ticketing.flow.showing import PunctualitySeen, ShowRate, punctuality_seen
from ticketing.foundation.clock import local_date_of

HOUR = timedelta(hours=1)
QUARTER = 0.25
BAND = 0.8  # of the forecast: from what one day in ten stays below to what one in ten exceeds
OLD_HOURS = 0.05  # three minutes: nothing heard for so long may mean that a scanner has failed
SILENT_PARTIES = (
    3.0  # it does where so many parties were expected meanwhile: one silence in twenty is that long by chance
)


@dataclass(frozen=True, slots=True)
class Moment:
    """How many were or will be inside at an instant, with the band around it."""

    at: datetime
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of an hour: people let in (None: still to come) and people expected of what is booked."""

    at: datetime
    came: int | None
    expected: float


@dataclass(frozen=True, slots=True)
class SlotFlow:
    """A slot as it fills: who came of whom was booked, how many are late or still to come, what may still be sold."""

    slot: DaySlot
    show: ShowRate
    is_over: bool
    is_running: bool
    room: int | None  # None: no limit of the house is set

    @property
    def to_come(self) -> int:
        """Booked and not scanned, while they are still let in."""
        return 0 if self.is_over else self.slot.booked - self.slot.shown

    @property
    def left(self) -> int:
        """What may still be sold: the places left, as far as the house has room for them."""
        return self.slot.free if self.room is None else min(self.slot.free, self.room)


@dataclass(frozen=True)
class FlowToday:
    """Everything the page of today shows; instants, people."""

    at: datetime
    opens_at: datetime
    closes_at: datetime
    is_open_day: bool
    inside: Inside
    anchored_at: datetime | None  # when somebody counted by hand last
    trend: float  # more inside than a quarter of an hour ago, or than at a hand count since
    limits: Limits | None
    light: Light | None
    past: tuple[Moment, ...]
    coming: tuple[Moment, ...]
    peak: Moment | None
    quarters: tuple[Quarter, ...]
    slots: tuple[SlotFlow, ...]
    punctuality: PunctualitySeen
    gates: tuple[GateFlow, ...]
    lanes_next: int
    habits: Habits
    left: int  # counted out so far
    wait_next: float = 0.0  # minutes on average in the quarter to come, at the gates that scan; infinite: a queue grows

    @property
    def next_quarter(self) -> Quarter | None:
        """The next quarter of an hour that has not begun."""
        return next((quarter for quarter in self.quarters if quarter.came is None), None)

    @property
    def slots_ahead(self) -> tuple[SlotFlow, ...]:
        """The slots that still let people in, by time."""
        return tuple(each for each in self.slots if not each.is_over)

    @property
    def silent_hours(self) -> float:
        """For how long nothing was heard of any door; since opening, when nothing was heard at all."""
        if self.inside.age_hours is not None:
            return self.inside.age_hours
        return max(0.0, (self.at - self.opens_at) / HOUR)

    @property
    def is_quiet_against_expectation(self) -> bool:
        """Tell whether nobody was heard of though several parties were expected: a scanner may have failed."""
        silent_since = self.at - HOUR * self.silent_hours
        expected = 0.0
        for quarter in self.quarters:
            meanwhile = min(self.at, quarter.at + HOUR * QUARTER) - max(silent_since, quarter.at)
            expected += quarter.expected * max(0.0, meanwhile / HOUR / QUARTER)
        return self.silent_hours > OLD_HOURS and expected >= SILENT_PARTIES * self.habits.dispersion

    @property
    def gates_since(self) -> datetime:
        """From when on the gates were watched."""
        return self.at - WATCHED

    @property
    def scans(self) -> int:
        """How many attempts there were at all gates while they were watched."""
        return sum(gate.scans for gate in self.gates)

    @property
    def came(self) -> int:
        """How many were let in."""
        return sum(quarter.came or 0 for quarter in self.quarters)

    @property
    def late(self) -> int:
        """Booked for slots that have begun, and not scanned yet."""
        return sum(each.to_come for each in self.slots if each.is_running)

    @property
    def future(self) -> int:
        """Booked for slots that begin later."""
        return sum(each.to_come for each in self.slots if not each.is_running)


def flow_today(session: Session, *, zone: ZoneInfo, now: datetime) -> FlowToday:
    """Put the day together as it stands at `now`."""
    day = load_day(session, local_date_of(now, zone), zone=zone, now=now)
    habits, house = learning.find_habits(session), house_limits.find_limits(session)
    scans = gate_scans(session, now - WATCHED, now)
    at = day.hours(now)
    inside = inside_now(day.counts, habits, at)
    outlook = ahead.rest_of_day(inside, day.counts, day.bookings, habits, at) if at < day.closes else None
    rooms = _rooms(day, outlook, house, habits, at)
    coming = moments(day, outlook) if outlook else ()
    quarters = _quarters(day, habits, at)
    expected = next((quarter.expected for quarter in quarters if quarter.came is None), 0.0)
    gates, service = tuple(gate_flow.gate_flows(scans)), gate_flow.service_seconds(scans)
    return FlowToday(
        now, day.instant(day.opens), day.instant(day.closes), day.is_open, inside,
        None if inside.anchored_at is None else day.instant(inside.anchored_at),
        _trend(day.counts, inside, habits, at),
        house, house.light(inside.estimate.mean) if house else None,
        _past(day, habits, at), coming, max(coming, key=lambda moment: moment.mean, default=None),
        quarters, tuple(_slot_flow(slot, room, now) for slot, room in zip(day.slots, rooms, strict=True)),
        punctuality_seen(day.offsets), gates, lanes.lanes_needed(expected, 15, service), habits,
        sum(each.people for each in day.counts.outs),
        lanes.mean_wait(expected / 15, service / 60, max(1, sum(gate.scans > 0 for gate in gates))),
    )  # fmt: skip


def expected_inside(session: Session, at: datetime, *, zone: ZoneInfo) -> float:
    """Return how many we would have said were inside at an instant."""
    day = load_day(session, local_date_of(at, zone), zone=zone, now=at)
    return inside_now(day.counts, learning.find_habits(session), day.hours(at)).estimate.mean


def moments(day: LoadedDay, outlook: Outlook, every: int = 3) -> tuple[Moment, ...]:
    """Return an outlook as moments with its band of 80 %; every third step is every quarter of an hour."""
    low, high = (1 - BAND) / 2, (1 + BAND) / 2
    return tuple(
        Moment(day.instant(outlook.hours[step]), outlook.means[step], outlook.at(step).quantile(low),
               outlook.at(step).quantile(high))
        for step in range(0, len(outlook.hours), every)
    )  # fmt: skip


def _trend(counts: DayCounts, inside: Inside, habits: Habits, at: float) -> float:
    """Say how many more are inside than before; what a hand count put right did not come through the door."""
    hand = counts.hand_count
    if hand is not None and at - QUARTER < hand.hours <= at:
        return inside.estimate.mean - hand.people
    return inside.estimate.mean - inside_now(counts, habits, at - QUARTER).estimate.mean


def _past(day: LoadedDay, habits: Habits, at: float) -> tuple[Moment, ...]:
    found = []
    hours = day.opens
    while hours < min(at, day.closes):
        inside = inside_now(_as_of(day.counts, hours), habits, hours)
        low, high = inside.estimate.quantile((1 - BAND) / 2), inside.estimate.quantile((1 + BAND) / 2)
        found.append(Moment(day.instant(hours), inside.estimate.mean, low, high))
        hours += QUARTER
    return tuple(found)


def _as_of(counts: DayCounts, hours: float) -> DayCounts:
    """Return what had been counted by then; a hand count made later tells nothing about it."""
    ins = tuple(each for each in counts.ins if each.hours <= hours)
    outs = tuple(each for each in counts.outs if each.hours <= hours)
    hand = counts.hand_count if counts.hand_count and counts.hand_count.hours <= hours else None
    return DayCounts(ins, outs, counts.closes, hand)


def _quarters(day: LoadedDay, habits: Habits, at: float) -> tuple[Quarter, ...]:
    """Count who came in each quarter of an hour from opening to closing, beside whom one expected of the bookings."""
    found, begin = [], min([day.opens, *(each.hours for each in day.counts.ins)])
    hours = QUARTER * int(begin / QUARTER)
    while hours < day.closes:
        end = hours + QUARTER
        came = sum(each.people for each in day.counts.ins if hours <= each.hours < end)
        expected = sum(_expected(booking.booked, habits, (hours, end), (booking.hours, booking.width))
                       for booking in day.bookings)  # fmt: skip
        found.append(Quarter(day.instant(hours), came if hours <= at else None, expected))
        hours = end
    return tuple(found)


def _expected(booked: int, habits: Habits, span: tuple[float, float], slot: tuple[float, float]) -> float:
    starts, width = slot
    begin, end = span
    arrived = habits.punctuality.arrived(end - starts, width) - habits.punctuality.arrived(begin - starts, width)
    return booked * habits.show.share * arrived


def _rooms(
    day: LoadedDay, outlook: Outlook | None, house: Limits | None, habits: Habits, at: float
) -> Sequence[int | None]:
    if house is None:
        return [None] * len(day.slots)
    if outlook is None:
        return [0] * len(day.slots)
    return ahead.places_left(outlook, day.bookings, House(house.sales, house.risk, house.promise), habits, at)


def _slot_flow(slot: DaySlot, room: int | None, now: datetime) -> SlotFlow:
    return SlotFlow(
        slot, ShowRate(slot.shown, slot.booked), slot.admits_until <= now,
        slot.starts_at <= now < slot.admits_until, room,
    )  # fmt: skip
