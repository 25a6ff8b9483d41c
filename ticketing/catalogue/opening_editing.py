"""Managers change when the centre is open: usual hours from a date on, exceptions, closing days of every year.

Each change is a frozen wish: what it makes of the calendar is shown first, with the slots it leaves outside the hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from ticketing.catalogue import closures, replanning, slot_changes, timetable
from ticketing.catalogue.checking import (
    LONGEST_REASON,
    checked_texts,
    invalid,
    require_days_ahead,
    require_every_language,
)
from ticketing.catalogue.models import ClosingDay, OpeningException, OpeningHours, Slot
from ticketing.catalogue.opening import Calendar, ExceptionHours, UsualHours
from ticketing.catalogue.replanning import Plan
from ticketing.catalogue.slot_changes import Preview
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor

MOST_DAYS = 120  # of one exception: longer is another usual week
A_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class SetUsualHours:
    """From a date on these weekdays (Monday is 0) have these hours; no times: usually closed."""

    weekdays: tuple[int, ...]
    valid_from: date
    opens_at_local: time | None
    closes_at_local: time | None

    def applied(self, calendar: Calendar) -> Calendar:
        """Return the calendar as it would be."""
        kept = [
            hours
            for hours in calendar.usual
            if not (hours.weekday in self.weekdays and hours.valid_from == self.valid_from)
        ]
        added = [
            UsualHours(weekday, self.valid_from, self.opens_at_local, self.closes_at_local) for weekday in self.weekdays
        ]
        return replace(calendar, usual=(*kept, *added))


@dataclass(frozen=True, slots=True)
class SetException:
    """From one local date to another, both included, other hours than usual; no times: closed all day."""

    first: date
    last: date
    opens_at_local: time | None
    closes_at_local: time | None
    reasons: Mapping[str, str]

    @property
    def dates(self) -> list[date]:
        """The dates it is about."""
        return [self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1)]

    def applied(self, calendar: Calendar) -> Calendar:
        """Return the calendar as it would be."""
        hours = ExceptionHours(self.opens_at_local, self.closes_at_local, self.reasons)
        return replace(calendar, exceptions={**calendar.exceptions, **dict.fromkeys(self.dates, hours)})


@dataclass(frozen=True, slots=True)
class DropException:
    """A local date is as usual again."""

    local_date: date

    def applied(self, calendar: Calendar) -> Calendar:
        """Return the calendar as it would be."""
        kept = {day: hours for day, hours in calendar.exceptions.items() if day != self.local_date}
        return replace(calendar, exceptions=kept)


@dataclass(frozen=True, slots=True)
class SetClosingDay:
    """A day of every year on which the centre stays closed, and why."""

    month: int
    day: int
    reasons: Mapping[str, str]

    def applied(self, calendar: Calendar) -> Calendar:
        """Return the calendar as it would be."""
        return replace(calendar, closing_days={**calendar.closing_days, (self.month, self.day): self.reasons})


@dataclass(frozen=True, slots=True)
class DropClosingDay:
    """A day of every year is as usual again."""

    month: int
    day: int

    def applied(self, calendar: Calendar) -> Calendar:
        """Return the calendar as it would be."""
        kept = {key: reasons for key, reasons in calendar.closing_days.items() if key != (self.month, self.day)}
        return replace(calendar, closing_days=kept)


Wish = SetUsualHours | SetException | DropException | SetClosingDay | DropClosingDay


def checked(wish: Wish, *, today: date) -> Wish:
    """Return a wish with its reasons tidied. Raises CatalogueInvalid."""
    if isinstance(wish, SetUsualHours):
        _check_usual(wish, today)
    if isinstance(wish, SetException):
        require_days_ahead(wish.first, wish.last, today=today, most=MOST_DAYS)
        _check_times(wish.opens_at_local, wish.closes_at_local)
    if isinstance(wish, SetClosingDay):
        _check_day(wish.month, wish.day)
    if isinstance(wish, SetException | SetClosingDay):
        reasons = checked_texts(wish.reasons, "reason", most=LONGEST_REASON)
        require_every_language(reasons, "reason")
        return replace(wish, reasons=reasons)
    return wish


def preview(session: Session, wish: Wish, *, zone: ZoneInfo, now: datetime) -> Preview:
    """Say what a checked wish makes of the slots that are laid out, of every experience."""
    today = now.astimezone(zone).date()
    patterns = tuple(timetable.load_patterns(session))
    calendar = closures.load_calendar(session, zone)
    present = slot_changes.present_slots(session, _concerned(today), now=now)
    before, after = Plan(patterns, calendar), Plan(patterns, wish.applied(calendar))
    span = (today, today + timedelta(days=timetable.DAYS_LAID_OUT))
    return replanning.compare(present, before, after, span, now=now)


def carry_out(session: Session, wish: Wish, digest: str, *, zone: ZoneInfo, actor: Actor, now: datetime) -> Preview:
    """Make a wish true, and let slots follow, if that still does what the preview with this digest showed.

    Raises CatalogueInvalid, PreviewOutdated.
    """
    wish = checked(wish, today=now.astimezone(zone).date())
    slot_changes.lock(session, and_(_concerned(now.astimezone(zone).date()), Slot.admits_until > now))
    found = preview(session, wish, zone=zone, now=now)
    slot_changes.require_shown(found, digest)
    _write(session, wish, actor=actor, now=now, counts=dict(found.counts))
    slot_changes.carry_out(session, found, actor=actor, now=now)
    return found


def _concerned(today: date) -> ColumnElement[bool]:
    return Slot.local_date >= today


def _write(session: Session, wish: Wish, *, actor: Actor, now: datetime, counts: dict[str, int]) -> None:
    rows: list[OpeningHours | OpeningException | ClosingDay]
    if isinstance(wish, SetUsualHours):
        rows, code = _usual_rows(session, wish), "opening_hours.set"
    elif isinstance(wish, SetException):
        rows, code = _exception_rows(session, wish), "opening_exception.set"
    elif isinstance(wish, SetClosingDay):
        rows, code = [_closing_day(session, wish)], "closing_day.set"
    else:
        _drop(session, wish, actor=actor, now=now, counts=counts)
        return
    session.add_all(rows)
    session.flush()
    audit.record(session, code, rows[0], actor=actor, now=now, slots=counts, **_told(wish))


def _usual_rows(session: Session, wish: SetUsualHours) -> list[OpeningHours | OpeningException | ClosingDay]:
    dated = select(OpeningHours).where(
        OpeningHours.weekday.in_(wish.weekdays), OpeningHours.valid_from == wish.valid_from
    )
    there = {row.weekday: row for row in session.scalars(dated)}
    rows: list[OpeningHours | OpeningException | ClosingDay] = []
    for weekday in wish.weekdays:
        row = there.get(weekday) or OpeningHours(weekday=weekday, valid_from=wish.valid_from)
        row.opens_at_local, row.closes_at_local = wish.opens_at_local, wish.closes_at_local
        rows.append(row)
    return rows


def _exception_rows(session: Session, wish: SetException) -> list[OpeningHours | OpeningException | ClosingDay]:
    dated = select(OpeningException).where(OpeningException.local_date.between(wish.first, wish.last))
    there = {row.local_date: row for row in session.scalars(dated)}
    rows: list[OpeningHours | OpeningException | ClosingDay] = []
    for local_date in wish.dates:
        row = there.get(local_date) or OpeningException(local_date=local_date)
        row.opens_at_local, row.closes_at_local = wish.opens_at_local, wish.closes_at_local
        row.reasons = dict(wish.reasons)
        rows.append(row)
    return rows


def _closing_day(session: Session, wish: SetClosingDay) -> ClosingDay:
    dated = select(ClosingDay).where(ClosingDay.month == wish.month, ClosingDay.day == wish.day)
    row = session.scalars(dated).one_or_none() or ClosingDay(month=wish.month, day=wish.day)
    row.reasons = dict(wish.reasons)
    return row


def _drop(
    session: Session, wish: DropException | DropClosingDay, *, actor: Actor, now: datetime, counts: dict[str, int]
) -> None:
    """Take a row away; one that has gone already is no mistake."""
    if isinstance(wish, DropException):
        found = select(OpeningException).where(OpeningException.local_date == wish.local_date)
        row: OpeningException | ClosingDay | None = session.scalars(found).one_or_none()
        code = "opening_exception.dropped"
    else:
        day = select(ClosingDay).where(ClosingDay.month == wish.month, ClosingDay.day == wish.day)
        row, code = session.scalars(day).one_or_none(), "closing_day.dropped"
    if row is not None:
        audit.record(session, code, row, actor=actor, now=now, slots=counts, **_told(wish))
        session.execute(delete(type(row)).where(type(row).id == row.id))


def _told(wish: Wish) -> dict[str, object]:
    """Say a wish for the record; its reasons are public and in the row."""
    names = [name for name in wish.__slots__ if name != "reasons"]
    return {name: _plain(getattr(wish, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, int) else str(value)


def _check_usual(wish: SetUsualHours, today: date) -> None:
    if not wish.weekdays:
        raise invalid("weekdays", "weekdays")
    if wish.valid_from < today:
        raise invalid("valid_from", "past_day")
    _check_times(wish.opens_at_local, wish.closes_at_local)


def _check_times(opens: time | None, closes: time | None) -> None:
    """Closing at or before opening would mean after midnight (opening.py); equal times say nothing at all."""
    if (opens is None) != (closes is None):
        raise invalid("closes_at" if closes is None else "opens_at", "no_time")
    if opens is not None and opens == closes:
        raise invalid("closes_at", "ends_before")


def _check_day(month: int, day: int) -> None:
    try:
        date(A_LEAP_YEAR, month, day)
    except ValueError as error:
        raise invalid("day", "no_date") from error
