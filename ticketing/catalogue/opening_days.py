"""Days as people read them: open from when to when, or closed, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from ticketing.catalogue.opening import Calendar, ClosedSpan, hours_on
from ticketing.foundation.languages import Texts


@dataclass(frozen=True, slots=True)
class DayShown:
    """One local date: hours as instants, whether it is closed all day, the part of it that is, and the reason."""

    local_date: date
    opens_at: datetime | None
    closes_at: datetime | None
    is_closed: bool
    closed_part: tuple[datetime, datetime] | None
    reasons: Texts


@dataclass(frozen=True, slots=True)
class ClosedPart:
    """A stretch of a date's opening hours in which a closure keeps the centre shut; instants."""

    begins_at: datetime
    ends_at: datetime
    reasons: Texts


@dataclass(frozen=True, slots=True)
class UsualDay:
    """What a weekday is usually like (Monday is 0); wall clock."""

    weekday: int
    opens_at_local: time | None
    closes_at_local: time | None


def day_shown(calendar: Calendar, local_date: date) -> DayShown:
    """Return a date with exceptions and closures of the whole centre applied."""
    hours = hours_on(calendar, local_date)
    if hours.opens_at is None or hours.closes_at is None:
        return DayShown(local_date, None, None, True, None, hours.reasons)
    span = _centre_span(calendar, hours.opens_at, hours.closes_at)
    if span is None:
        return DayShown(local_date, hours.opens_at, hours.closes_at, False, None, hours.reasons)
    begins = max(span.starts_at, hours.opens_at)
    ends = min(span.ends_at or hours.closes_at, hours.closes_at)
    is_whole_day = begins == hours.opens_at and ends == hours.closes_at
    part = None if is_whole_day else (begins, ends)
    return DayShown(local_date, hours.opens_at, hours.closes_at, is_whole_day, part, span.reasons)


def closed_parts(calendar: Calendar, local_date: date) -> list[ClosedPart]:
    """Return what closures of the whole centre take of a date's opening hours, by start; none when it never opens."""
    hours = hours_on(calendar, local_date)
    if hours.opens_at is None or hours.closes_at is None:
        return []
    parts = [
        ClosedPart(
            max(span.starts_at, hours.opens_at), min(span.ends_at or hours.closes_at, hours.closes_at), span.reasons
        )
        for span in calendar.spans
        if span.experience_id is None and span.overlaps(hours.opens_at, hours.closes_at)
    ]
    return sorted(parts, key=lambda part: part.begins_at)


def open_parts(calendar: Calendar, local_date: date) -> list[tuple[datetime, datetime]]:
    """Return the stretches of a date (instants) in which the centre is open, closures taken out; none when closed."""
    hours = hours_on(calendar, local_date)
    if hours.opens_at is None or hours.closes_at is None:
        return []
    parts, begin = [], hours.opens_at
    for closed in closed_parts(calendar, local_date):
        if begin < closed.begins_at:
            parts.append((begin, closed.begins_at))
        begin = max(begin, closed.ends_at)
    if begin < hours.closes_at:
        parts.append((begin, hours.closes_at))
    return parts


def usual_week(calendar: Calendar, on: date) -> list[UsualDay]:
    """Return the usual hours of Monday to Sunday as they hold on a local date."""
    week = []
    for weekday in range(7):
        valid = [hours for hours in calendar.usual if hours.weekday == weekday and hours.valid_from <= on]
        latest = max(valid, key=lambda hours: hours.valid_from, default=None)
        week.append(
            UsualDay(weekday, latest.opens_at_local if latest else None, latest.closes_at_local if latest else None)
        )
    return week


def _centre_span(calendar: Calendar, opens_at: datetime, closes_at: datetime) -> ClosedSpan | None:
    """Return the closure that takes most of the opening hours, if any does."""
    spans = [span for span in calendar.spans if span.experience_id is None and span.overlaps(opens_at, closes_at)]
    return max(
        spans, key=lambda span: min(span.ends_at or closes_at, closes_at) - max(span.starts_at, opens_at), default=None
    )
