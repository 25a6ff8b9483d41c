"""The month as weeks of seven days, for the calendar of the shop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ticketing.catalogue.availability import DayView

MONTH_SHAPE = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
MONTHS_BACK, MONTHS_AHEAD = 0, 14


@dataclass(frozen=True)
class MonthGrid:
    """One month: weeks from Monday to Sunday, None where a day belongs to another month."""

    first: date
    weeks: tuple[tuple[DayView | None, ...], ...]
    previous: date | None
    following: date | None


def parse_month(text: str | None, today: date) -> date:
    """Return the first day of the month asked for ("2026-12"); this month for anything else or out of reach."""
    this_month = today.replace(day=1)
    match = MONTH_SHAPE.fullmatch(text or "")
    if not match:
        return this_month
    asked = date(int(match[1]), int(match[2]), 1)
    return asked if this_month <= asked <= _months_after(this_month, MONTHS_AHEAD) else this_month


def month_grid(first: date, days: Sequence[DayView], *, today: date) -> MonthGrid:
    """Lay the days of a month out in weeks, with the months that can be turned to."""
    cells: list[DayView | None] = [None] * first.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
    this_month = today.replace(day=1)
    previous = (first - timedelta(days=1)).replace(day=1)
    following = _months_after(first, 1)
    return MonthGrid(
        first,
        weeks,
        previous if previous >= this_month else None,
        following if following <= _months_after(this_month, MONTHS_AHEAD) else None,
    )


def _months_after(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
