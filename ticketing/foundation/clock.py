"""The only place that reads the machine's clock. Everywhere else `now` is an argument."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ticketing.foundation.errors import InvalidInput


class Clock:
    """Tells the present instant in UTC; tests and the simulator put another in its place."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock(Clock):
    """Stands still until it is told to move."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the instant it was last set to."""
        return self.instant

    def advance(self, **duration: float) -> datetime:
        """Move forward by a `timedelta` given in its own words (minutes=5) and return the new instant."""
        self.instant += timedelta(**duration)
        return self.instant


class NoSuchLocalTime(InvalidInput):
    """The wall clock never shows this time on this date: it is skipped when summer time begins."""

    code = "no_such_local_time"


def instant_of(local_date: date, local_time: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which the centre's wall clock shows this time.

    An hour that occurs twice (end of summer time) means its first occurrence, unless `local_time.fold` is 1.
    Raises NoSuchLocalTime for an hour that is skipped, InvalidInput where the calendar's years end.
    """
    local = datetime.combine(local_date, local_time, zone)
    try:
        instant = local.astimezone(UTC)
    except (OverflowError, ValueError) as error:  # which of the two depends on the side of UTC
        raise InvalidInput(f"{local_date} is not a date we can count with.") from error
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(tzinfo=None, fold=0):
        raise NoSuchLocalTime(f"The clock skips {local_time:%H:%M} on {local_date}. Choose a time before or after it.")
    return instant


def local_date_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar date the centre's wall calendar shows at this instant."""
    return instant.astimezone(zone).date()


def day_bounds(local_date: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which a local date begins and ends (23, 24 or 25 hours apart)."""
    begin = datetime.combine(local_date, time(), zone).astimezone(UTC)
    end = datetime.combine(local_date + timedelta(days=1), time(), zone).astimezone(UTC)
    return begin, end
