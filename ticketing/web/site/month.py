"""Months as weeks of seven days, for the calendars of the shop. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ticketing.catalogue.availability import DayMark, DayView

MONTH_SHAPE = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
MONTHS_AHEAD = 14
MONTHS_SHOWN = 2
FOR_SALE = {DayMark.FREE, DayMark.FEW}


@dataclass(frozen=True)
class MonthGrid:
    """One month: weeks from Monday to Sunday, None where a day belongs to another month; weeks gone by are left out."""

    first: date
    weeks: tuple[tuple[DayView | None, ...], ...]

    @property
    def days(self) -> list[DayView]:
        """The days of this month in order."""
        return [day for week in self.weeks for day in week if day is not None]

    @property
    def has_places(self) -> bool:
        """Whether anything in it can be bought."""
        return any(day.mark in FOR_SALE for day in self.days)


@dataclass(frozen=True)
class Turning:
    """The months one can turn to: the one before what is shown and the one after it, if they are in reach."""

    previous: date | None
    following: date | None


def parse_month(text: str | None, today: date) -> date:
    """Return the first day of the month asked for ("2026-12"); this month for anything else or out of reach."""
    return find_month(text, today) or today.replace(day=1)


def find_month(text: str | None, today: date) -> date | None:
    """Return the first day of the month asked for, if one in reach was."""
    match = MONTH_SHAPE.fullmatch(text or "")
    if not match:
        return None
    this_month, asked = today.replace(day=1), date(int(match[1]), int(match[2]), 1)
    return asked if this_month <= asked <= month_after(this_month, MONTHS_AHEAD) else None


def span_shown(first: date, today: date, months: int = MONTHS_SHOWN) -> tuple[date, date]:
    """Return the first and last date to load for so many months: this month begins with this week."""
    this_week = today - timedelta(days=today.weekday())
    return max(first, this_week), month_after(first, months) - timedelta(days=1)


def months_about(day: date, today: date) -> tuple[date, int]:
    """Return the first month to show beside a day and how many: the next one too when the day is near the end."""
    near = min(max(day, today), month_after(today.replace(day=1), MONTHS_AHEAD))
    return near.replace(day=1), 1 if (near + timedelta(days=7)).month == near.month else 2


def month_grids(days: Sequence[DayView]) -> list[MonthGrid]:
    """Lay consecutive days out in months and weeks."""
    firsts = sorted({day.local_date.replace(day=1) for day in days})
    return [_grid(first, [day for day in days if day.local_date.replace(day=1) == first]) for first in firsts]


def turning(first: date, today: date, months: int = MONTHS_SHOWN) -> Turning:
    """Say where the arrows beside so many months lead, from the first of them."""
    this_month = today.replace(day=1)
    previous, following = max(month_after(first, -months), this_month), month_after(first, months)
    return Turning(
        previous if previous < first else None,
        following if following <= month_after(this_month, MONTHS_AHEAD) else None,
    )


def month_after(first: date, months: int) -> date:
    """Return the first day of the month so many months later, or earlier for a negative number."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _grid(first: date, days: list[DayView]) -> MonthGrid:
    cells: list[DayView | None] = [None] * days[0].local_date.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    return MonthGrid(first, tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7)))
