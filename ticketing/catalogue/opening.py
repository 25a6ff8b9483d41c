"""When the centre is open. Pure: frozen facts and `now` in, an answer out.

Hours are wall clock and become instants only for a date, so both clock changes come out right. Whoever is inside a
closure's times is closed, whatever the usual hours say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ticketing.foundation.clock import local_date_of
from ticketing.foundation.languages import Texts

LOOK_AHEAD_DAYS = 400  # a year and a holiday: beyond it "until further notice" is the honest answer


@dataclass(frozen=True, slots=True)
class UsualHours:
    """What one weekday (Monday is 0) looks like from a date on; no times: usually closed."""

    weekday: int
    valid_from: date
    opens_at_local: time | None
    closes_at_local: time | None


@dataclass(frozen=True, slots=True)
class ExceptionHours:
    """How one date differs from its weekday, and why; no times: closed all day."""

    opens_at_local: time | None
    closes_at_local: time | None
    reasons: Texts


@dataclass(frozen=True, slots=True)
class ClosedSpan:
    """A closure as a span of instants; no experience means the whole centre, no end means until further notice.

    A closure of several experiences is as many spans.
    """

    closure_id: int
    experience_id: int | None
    starts_at: datetime
    ends_at: datetime | None
    reasons: Texts = field(hash=False)
    advice: Texts = field(default_factory=dict, hash=False)

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether any instant of [starts_at, ends_at) is closed."""
        return self.starts_at < ends_at and (self.ends_at is None or self.ends_at > starts_at)

    def contains(self, instant: datetime) -> bool:
        """Tell whether this instant is closed; the end itself is open again."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of one local date as instants, closures not applied; no instants: closed that day."""

    local_date: date
    opens_at: datetime | None
    closes_at: datetime | None
    reasons: Texts


@dataclass(frozen=True, slots=True)
class OpeningStatus:
    """Whether the centre is open: until when if so, when it next opens if not, and the closure in force if any."""

    is_open: bool
    until: datetime | None
    next_opening: datetime | None
    closure: ClosedSpan | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that decides whether the centre is open."""

    zone: ZoneInfo
    usual: tuple[UsualHours, ...]
    exceptions: Mapping[date, ExceptionHours]
    spans: tuple[ClosedSpan, ...]
    closing_days: Mapping[tuple[int, int], Texts] = field(default_factory=dict)  # (month, day) of every year: why


def hours_on(calendar: Calendar, local_date: date) -> DayHours:
    """Return the hours of a local date: its exception, else closed on a closing day, else its weekday's latest.

    Closing at or before the time of opening means on the next day.
    """
    differing = calendar.exceptions.get(local_date) or _closing_day(calendar, local_date)
    hours = differing or _usual_hours(calendar, local_date)
    if hours is None or hours.opens_at_local is None or hours.closes_at_local is None:
        return DayHours(local_date, None, None, _reasons_of(hours))
    is_overnight = hours.closes_at_local <= hours.opens_at_local
    closing_date = local_date + timedelta(days=1) if is_overnight else local_date
    opens_at = _turning_instant(local_date, hours.opens_at_local, calendar.zone)
    closes_at = _turning_instant(closing_date, hours.closes_at_local, calendar.zone)
    return DayHours(local_date, opens_at, closes_at, _reasons_of(hours))


def status_at(calendar: Calendar, now: datetime) -> OpeningStatus:
    """Tell whether the centre is open at `now` (instant); the next opening is sought for up to 400 days."""
    closures = [span for span in calendar.spans if span.experience_id is None]
    in_force = _closed_at(closures, now)
    for opens_at, closes_at in _open_times(calendar, now, days=1):
        if in_force is None and opens_at <= now < closes_at:
            next_closures = [span.starts_at for span in closures if span.starts_at > now]
            return OpeningStatus(True, min([closes_at, *next_closures]), None, None)
    return OpeningStatus(False, None, _next_opening(calendar, closures, now), in_force)


def span_covering(
    spans: Iterable[ClosedSpan], experience_id: int, starts_at: datetime, ends_at: datetime
) -> ClosedSpan | None:
    """Return a closure that touches [starts_at, ends_at) of an experience; one of the centre covers all experiences."""
    for span in spans:
        if span.experience_id in {None, experience_id} and span.overlaps(starts_at, ends_at):
            return span
    return None


def _closing_day(calendar: Calendar, local_date: date) -> ExceptionHours | None:
    reasons = calendar.closing_days.get((local_date.month, local_date.day))
    return None if reasons is None else ExceptionHours(None, None, reasons)


def _usual_hours(calendar: Calendar, local_date: date) -> UsualHours | None:
    valid = [
        hours for hours in calendar.usual if hours.weekday == local_date.weekday() and hours.valid_from <= local_date
    ]
    return max(valid, key=lambda hours: hours.valid_from, default=None)


def _reasons_of(hours: UsualHours | ExceptionHours | None) -> Texts:
    return hours.reasons if isinstance(hours, ExceptionHours) else {}


def _turning_instant(local_date: date, local_time: time, zone: ZoneInfo) -> datetime:
    # Doors have to open and close on every date, also when the clock skips or repeats that very minute: a skipped time
    # means as long after midnight as on other days, a repeated one its first occurrence. Slots are stricter.
    return datetime.combine(local_date, local_time, zone).astimezone(UTC)


def _open_times(calendar: Calendar, now: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield opening and closing instants of yesterday (it may close after midnight) and of `days` days from today."""
    today = local_date_of(now, calendar.zone)
    for offset in range(-1, days):
        hours = hours_on(calendar, today + timedelta(days=offset))
        if hours.opens_at is not None and hours.closes_at is not None:
            yield hours.opens_at, hours.closes_at


def _closed_at(closures: list[ClosedSpan], instant: datetime) -> ClosedSpan | None:
    """Return the closure that holds at this instant; of several the one that lasts longest."""
    holding = [span for span in closures if span.contains(instant)]
    return max(holding, key=lambda span: (span.ends_at is None, span.ends_at or span.starts_at), default=None)


def _next_opening(calendar: Calendar, closures: list[ClosedSpan], now: datetime) -> datetime | None:
    if not calendar.usual and not calendar.exceptions:  # a new house
        return None
    for opens_at, closes_at in _open_times(calendar, now, days=LOOK_AHEAD_DAYS):
        instant = max(opens_at, now)
        while instant < closes_at:
            closure = _closed_at(closures, instant)
            if closure is None:
                return instant
            if closure.ends_at is None:
                return None
            instant = closure.ends_at
    return None
