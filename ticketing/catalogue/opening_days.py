"""Days as people read them: open from when to when, or closed, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from ticketing.catalogue.opening import Calendar, hours_on
from ticketing.foundation.languages import Texts


@dataclass(frozen=True, slots=True)
class DayShown:
    """One local date: hours as instants, whether it is closed all day, the stretches of it that are, and the reason."""

    local_date: date
    opens_at: datetime | None
    closes_at: datetime | None
    is_closed: bool
    closed_stretches: tuple[tuple[datetime, datetime], ...]
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
    """Return a date with exceptions and closures of the whole centre applied; the reason is that of the longest."""
    hours = hours_on(calendar, local_date)
    if hours.opens_at is None or hours.closes_at is None:
        return DayShown(local_date, None, None, True, (), hours.reasons)
    closed = closed_parts(calendar, local_date)
    longest = max(closed, key=lambda part: part.ends_at - part.begins_at, default=None)
    reasons = longest.reasons if longest else hours.reasons
    is_closed = bool(closed) and not open_parts(calendar, local_date)
    stretches = () if is_closed else _joined(closed)
    return DayShown(local_date, hours.opens_at, hours.closes_at, is_closed, stretches, reasons)


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


def _joined(closed: Sequence[ClosedPart]) -> tuple[tuple[datetime, datetime], ...]:
    """Join what overlaps or touches of parts in the order of their beginnings."""
    stretches: list[tuple[datetime, datetime]] = []
    for part in closed:
        if stretches and part.begins_at <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], part.ends_at))
        else:
            stretches.append((part.begins_at, part.ends_at))
    return tuple(stretches)
