"""From patterns to slots: wall-clock times on the days the centre is open, right through both clock changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import closures
from ticketing.catalogue.models import Experience, ExperienceKind, Slot, TimetablePattern
from ticketing.catalogue.opening import Calendar, DayHours, hours_on
from ticketing.foundation.clock import NoSuchLocalTime, instant_of
from ticketing.foundation.database import insert_into
from ticketing.foundation.identifiers import new_uuid

DAYS_LAID_OUT = 90  # so many days ahead there are slots to be sold
ROWS_PER_STATEMENT = 500  # SQLite takes 32,766 parameters in one statement


@dataclass(frozen=True, slots=True)
class Pattern:
    """How slots of an experience repeat, on which weekdays (Monday is 0), and how long their doors are open."""

    experience_id: int
    weekdays: frozenset[int]
    first_at_local: time
    last_at_local: time
    every_minutes: int
    capacity: int
    valid_from: date
    valid_until: date | None
    duration_minutes: int
    admits_before_minutes: int
    admits_after_minutes: int
    is_cut_at_closing: bool  # a stroll through the centre simply ends when it closes; a show needs its whole time

    def is_valid_on(self, local_date: date) -> bool:
        """Tell whether the pattern makes slots on this date."""
        is_in_span = self.valid_from <= local_date and (self.valid_until is None or local_date <= self.valid_until)
        return is_in_span and local_date.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """A slot as the timetable wants it; times are instants, the date is the centre's."""

    experience_id: int
    local_date: date
    starts_at: datetime
    ends_at: datetime
    admits_from: datetime
    admits_until: datetime
    capacity: int


def plan(patterns: Sequence[Pattern], hours: DayHours, zone: ZoneInfo) -> list[PlannedSlot]:
    """Return the slots of one date, by start: only while the centre is open, each start of an experience once.

    A time the clock skips that day makes no slot; one it shows twice makes a slot the first time. Of two patterns that
    want the same start the first one counts.
    """
    planned: dict[tuple[datetime, int], PlannedSlot] = {}
    for pattern in patterns:
        for slot in _slots_of(pattern, hours, zone):
            planned.setdefault((slot.starts_at, slot.experience_id), slot)
    return [planned[key] for key in sorted(planned)]


def plan_between(patterns: Sequence[Pattern], calendar: Calendar, first: date, last: date) -> list[PlannedSlot]:
    """Return what `plan` says of every date from the first to the last, both included."""
    dates = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [slot for local_date in dates for slot in plan(patterns, hours_on(calendar, local_date), calendar.zone)]


def lay_out(session: Session, first: date, last: date, *, zone: ZoneInfo, now: datetime) -> int:
    """Create the slots the timetable wants from one local date to another, both included; return how many were missing.

    Safe to repeat and to run twice at once: slots that exist are left as they are, whatever was changed in them, and
    those that were withdrawn stay withdrawn. Slots whose doors have closed by `now` are not made any more. Closures do
    not matter here: they may be lifted.
    """
    wanted = plan_between(load_patterns(session), closures.load_calendar(session, zone), first, last)
    in_span = select(Slot.experience_id, Slot.starts_at).where(Slot.local_date.between(first, last))
    existing = {(experience_id, starts_at) for experience_id, starts_at in session.execute(in_span)}
    return create(
        session,
        [slot for slot in wanted if slot.admits_until > now and (slot.experience_id, slot.starts_at) not in existing],
    )


def create(session: Session, slots: Sequence[PlannedSlot]) -> int:
    """Write these slots down; return how many there were not yet."""
    rows = [{"uuid": new_uuid(), **asdict(slot)} for slot in slots]
    return sum(
        _insert(session, rows[begin : begin + ROWS_PER_STATEMENT]) for begin in range(0, len(rows), ROWS_PER_STATEMENT)
    )


def _slots_of(pattern: Pattern, hours: DayHours, zone: ZoneInfo) -> Iterator[PlannedSlot]:
    if hours.opens_at is None or hours.closes_at is None or not pattern.is_valid_on(hours.local_date):
        return
    for starts_at in _starts(pattern, hours.local_date, zone):
        ends_at = starts_at + timedelta(minutes=pattern.duration_minutes)
        if pattern.is_cut_at_closing:
            ends_at = min(ends_at, hours.closes_at)
        if hours.opens_at <= starts_at < ends_at <= hours.closes_at:
            yield PlannedSlot(
                experience_id=pattern.experience_id,
                local_date=hours.local_date,
                starts_at=starts_at,
                ends_at=ends_at,
                admits_from=starts_at - timedelta(minutes=pattern.admits_before_minutes),
                admits_until=starts_at + timedelta(minutes=pattern.admits_after_minutes),
                capacity=pattern.capacity,
            )


def _starts(pattern: Pattern, local_date: date, zone: ZoneInfo) -> Iterator[datetime]:
    # Wall-clock steps are added to a naive time on purpose: "every half hour" is what the clock on the wall shows.
    local = datetime.combine(local_date, pattern.first_at_local)
    last = datetime.combine(local_date, pattern.last_at_local)
    while local <= last:
        with suppress(NoSuchLocalTime):
            yield instant_of(local_date, local.time(), zone)
        local += timedelta(minutes=pattern.every_minutes)


def load_patterns(session: Session) -> list[Pattern]:
    """Load every pattern with the times of its experience, the oldest first: of two that want one start it counts."""
    statement = select(TimetablePattern).options(joinedload(TimetablePattern.experience)).order_by(TimetablePattern.id)
    return [pattern_of(row, row.experience) for row in session.scalars(statement)]


def pattern_of(row: TimetablePattern, experience: Experience) -> Pattern:
    """Put a row and the times of its experience together."""
    return Pattern(
        experience_id=experience.id,
        weekdays=frozenset(int(weekday) for weekday in row.weekdays),
        first_at_local=row.first_at_local,
        last_at_local=row.last_at_local,
        every_minutes=row.every_minutes,
        capacity=row.capacity,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        duration_minutes=experience.duration_minutes,
        admits_before_minutes=experience.admits_before_minutes,
        admits_after_minutes=experience.admits_after_minutes,
        is_cut_at_closing=experience.kind is ExperienceKind.ADMISSION,
    )


def _insert(session: Session, rows: list[dict[str, Any]]) -> int:
    unless_there = (
        insert_into(session, Slot).values(rows).on_conflict_do_nothing(index_elements=["experience_id", "starts_at"])
    )
    return len(session.scalars(unless_there.returning(Slot.id)).all())
