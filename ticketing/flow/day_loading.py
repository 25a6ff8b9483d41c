"""What is known of one day: its slots with what was booked and used of them, who passed the doors, its hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity, closures
from ticketing.catalogue.models import Experience, ExperienceKind, Slot
from ticketing.catalogue.opening import hours_on, span_covering
from ticketing.door.models import Gate, Scan, Tally
from ticketing.door.queries import filled_on
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.flow import hand_counts
from ticketing.flow.ahead import DueSlot
from ticketing.flow.occupancy import DayCounts, HandCounted, Passing
from ticketing.flow.showing import Offset
from ticketing.foundation.clock import day_bounds
from ticketing.foundation.languages import Texts
from ticketing.tickets.models import Ticket

# Whose admissions bring people into the house; shows and workshops are for those who are inside already.
ENTERING = (ExperienceKind.ADMISSION, ExperienceKind.SCHOOL)
HOUR = timedelta(hours=1)
USUALLY_OPEN = (9.5, 17.0)  # drawn when nothing says otherwise


@dataclass(frozen=True, slots=True)
class DaySlot:
    """A slot that brings people in: instants, admissions booked, used, still for sale, and its capacity."""

    id: int
    uuid: str
    experience_id: int
    experience: Texts
    starts_at: datetime
    admits_until: datetime
    capacity: int
    booked: int
    shown: int
    free: int


@dataclass(frozen=True)
class LoadedDay:
    """A local date as the database tells it; `begin` is its midnight, from which hours are counted."""

    local_date: date
    begin: datetime
    opens: float
    closes: float
    is_open: bool
    slots: tuple[DaySlot, ...]
    counts: DayCounts
    offsets: tuple[Offset, ...]  # of everybody let in, against the slot of their ticket

    def hours(self, instant: datetime) -> float:
        """Return an instant as hours of this day."""
        return (instant - self.begin) / HOUR

    def instant(self, hours: float) -> datetime:
        """Return hours of this day as an instant."""
        return self.begin + timedelta(hours=hours)

    @property
    def bookings(self) -> list[DueSlot]:
        """The slots as the arithmetic wants them, in the same order."""
        return [
            DueSlot(
                slot.id, self.hours(slot.starts_at), (slot.admits_until - slot.starts_at) / HOUR,
                self.hours(slot.admits_until), slot.booked, slot.shown, slot.free,
            )
            for slot in self.slots
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class GateScan:
    """One attempt at a gate of late."""

    gate: str
    scanned_at: datetime
    reason: Reason | None


def load_day(session: Session, local_date: date, *, zone: ZoneInfo, now: datetime) -> LoadedDay:
    """Load a local date, today or another, as it is known at `now`."""
    begin, end = day_bounds(local_date, zone)
    hours = hours_on(closures.load_calendar(session, zone), local_date)
    is_open = hours.opens_at is not None and hours.closes_at is not None
    opens = (hours.opens_at - begin) / HOUR if hours.opens_at else USUALLY_OPEN[0]
    closes = (hours.closes_at - begin) / HOUR if hours.closes_at else USUALLY_OPEN[1]
    passed = _passed(session, begin, min(end, now)) if begin < now else []
    last = hand_counts.find_last(session, begin, min(end, now)) if begin < now else None
    hand = HandCounted((last.counted_at - begin) / HOUR, last.people) if last else None
    taps = _taps(session, begin, min(end, now)) if begin < now else []
    entries, exits = (_passings(passed, taps, begin, way) for way in (Direction.IN, Direction.OUT))
    counts = DayCounts(entries, exits, closes, hand)
    offsets = tuple(_offset(row) for row in passed if row.direction is Direction.IN)
    return LoadedDay(
        local_date, begin, opens, closes, is_open, tuple(_slots(session, local_date, now)), counts, offsets
    )


def gate_scans(session: Session, since: datetime, until: datetime) -> list[GateScan]:
    """Load every attempt at the gates in [since, until], by gate and time."""
    wanted = (
        select(Gate.name, Scan.scanned_at, Scan.reason)
        .join(Scan, Scan.gate_id == Gate.id)
        .where(Scan.scanned_at >= since, Scan.scanned_at <= until)
        .order_by(Gate.name, Scan.scanned_at)
    )
    return [GateScan(*row) for row in session.execute(wanted)]


def _slots(session: Session, local_date: date, now: datetime) -> list[DaySlot]:
    counted = filled_on(local_date)
    rows = session.execute(
        select(
            Slot.id, Slot.uuid, Slot.experience_id, Experience.names, Slot.starts_at, Slot.ends_at, Slot.admits_until,
            Slot.capacity, func.coalesce(counted.c.sold, 0).label("booked"),
            func.coalesce(counted.c.admitted, 0).label("shown"),
        )
        .join(Experience, Experience.id == Slot.experience_id)
        .outerjoin(counted, counted.c.slot_id == Slot.id)
        .where(Slot.local_date == local_date, Slot.withdrawn_at.is_(None), Experience.kind.in_(ENTERING))
        .order_by(Slot.starts_at, Experience.position, Slot.id)
    ).all()  # fmt: skip
    free = capacity.free_places(session, [row.id for row in rows], now=now)
    spans = closures.spans(session, now=now)
    return [
        _slot(row, 0 if span_covering(spans, row.experience_id, row.starts_at, row.ends_at) else free[row.id])
        for row in rows
    ]


def _slot(row: Row[Any], free: int) -> DaySlot:
    return DaySlot(
        row.id, row.uuid, row.experience_id, row.names, row.starts_at, row.admits_until, row.capacity,
        int(row.booked), int(row.shown), max(0, free),
    )  # fmt: skip


def _passed(session: Session, begin: datetime, until: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Load who was let in and out, by time, with the slot of their ticket."""
    passed = (
        select(
            Scan.ticket_id, Scan.scanned_at, Scan.direction, Scan.admissions, Slot.starts_at, Slot.admits_until
        )
        .join(Ticket, Ticket.id == Scan.ticket_id)
        .join(Slot, Slot.id == Ticket.slot_id)
        .join(Experience, Experience.id == Slot.experience_id)
        .where(
            Scan.scanned_at >= begin, Scan.scanned_at <= until, Scan.verdict == Verdict.ADMIT,
            Experience.kind.in_(ENTERING),
        )
        .order_by(Scan.scanned_at, Scan.id)
    )  # fmt: skip
    return _without_errands(session.execute(passed).all())


def _without_errands(passed: Sequence[Row[*tuple[Any, ...]]]) -> list[Row[*tuple[Any, ...]]]:
    """Leave out who went out and came in again on the same ticket: they are neither gone nor one more."""
    out: dict[int, int] = {}
    errands: set[int] = set()
    for number, row in enumerate(passed):
        went = out.pop(row.ticket_id, None)
        if row.direction is Direction.OUT:
            out[row.ticket_id] = number
        elif went is not None and passed[went].admissions == row.admissions:
            errands |= {went, number}
    return [row for number, row in enumerate(passed) if number not in errands]


def _taps(session: Session, begin: datetime, until: datetime) -> Sequence[tuple[datetime, int]]:
    """Load who was counted by tap, at doors without scanner."""
    within = Tally.counted_at.between(begin, until)
    return [(at, delta) for at, delta in session.execute(select(Tally.counted_at, Tally.delta).where(within))]


def _passings(
    passed: Sequence[Row[*tuple[Any, ...]]], taps: Sequence[tuple[datetime, int]], begin: datetime, way: Direction
) -> tuple[Passing, ...]:
    scanned = [(row.scanned_at, row.admissions) for row in passed if row.direction is way]
    tapped = [(at, 1) for at, delta in taps if (delta > 0) is (way is Direction.IN)]
    return tuple(Passing((at - begin) / HOUR, people) for at, people in sorted(scanned + tapped))


def _offset(row: Row[*tuple[Any, ...]]) -> Offset:
    return Offset((row.scanned_at - row.starts_at) / HOUR, (row.admits_until - row.starts_at) / HOUR)
