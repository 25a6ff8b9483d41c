"""A month of opening hours in weeks of seven days, for the calendar of the opening hours page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ticketing.catalogue.opening_days import DayShown

MONTHS_AHEAD = 14


@dataclass(frozen=True)
class OpeningMonth:
    """One month: weeks from Monday to Sunday, None where a day belongs to another month; the months to turn to."""

    first: date
    weeks: tuple[tuple[DayShown | None, ...], ...]
    previous: date | None
    following: date | None


def days_of_month(first: date) -> list[date]:
    """Return the dates of the month that begins on `first`."""
    after = month_after(first)
    return [first + timedelta(days=offset) for offset in range((after - first).days)]


def opening_month(days: Sequence[DayShown], *, today: date) -> OpeningMonth:
    """Lay the days of a whole month out in weeks."""
    first = days[0].local_date
    cells: list[DayShown | None] = [None] * first.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    this_month, previous = today.replace(day=1), (first - timedelta(days=1)).replace(day=1)
    is_last = (first.year - today.year) * 12 + first.month - today.month >= MONTHS_AHEAD
    return OpeningMonth(
        first,
        tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7)),
        previous if previous >= this_month else None,
        None if is_last else month_after(first),
    )


def month_after(first: date) -> date:
    """Return the first day of the month after one."""
    return (first + timedelta(days=31)).replace(day=1)
