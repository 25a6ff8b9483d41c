"""What a report is: columns that say what they hold, rows, totals, how much was counted, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from ticketing.flow.report_models import ReportName
from ticketing.foundation.languages import Texts

# A text of ours in every language, a word of a closed list, what somebody wrote, a day, an instant, a number; None
# where there is nothing to say, which is not zero.
Cell = Texts | StrEnum | str | date | datetime | int | None


class Kind(StrEnum):
    """What a column holds, and so how it is written."""

    NAME = "name"  # a text of ours, or what a row is instead
    WORD = "word"  # of a closed list
    WRITTEN = "written"  # by somebody
    STRETCH = "stretch"  # of days between sale and visit, by its first
    DAY = "day"
    MONTH = "month"  # by its first day
    MOMENT = "moment"  # an instant
    RATE = "rate"  # of VAT, in basis points; None is exempt
    COUNT = "count"
    CENTS = "cents"
    SHARE = "share"  # in basis points


NUMBERS = (Kind.COUNT, Kind.CENTS, Kind.SHARE)


class Beside(StrEnum):
    """Rows that are of no experience and no ticket type, and what was too many to be listed."""

    FEES = "fees_kept"
    GOODWILL = "given_freely"
    DISPUTES = "taken_by_banks"
    WHOLE_CENTRE = "whole_centre"
    OTHER_REASONS = "other_reasons"


class Counted(StrEnum):
    """What the n of a report counts."""

    TICKETS = "tickets"
    ORDERS = "orders"
    VISITORS = "visitors"
    REFUNDS = "refunds"
    CLOSURES = "closures"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; the key is what it is called in a file, in every language."""

    key: str
    kind: Kind

    @property
    def is_number(self) -> bool:
        """Whether it is set to the right."""
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True)
class Span:
    """The local days a report is about, both included, and when it is made."""

    first: date
    last: date
    zone: ZoneInfo
    now: datetime

    def days(self) -> list[date]:
        """Return every day of it."""
        return every_day(self.first, self.last)

    def months(self) -> list[tuple[date, date]]:
        """Cut at the ends of months: first and last days."""
        months = (list(of_month) for _, of_month in groupby(self.days(), key=lambda day: (day.year, day.month)))
        return [(days[0], days[-1]) for days in months]


@dataclass(frozen=True)
class Report:
    """A report as page and files show it: each row and the totals have a cell for every column."""

    name: ReportName
    span: Span
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...]
    counted: int
    counted_what: Counted


def every_day(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included; none when the last is before the first."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def columns(**kinds: Kind) -> tuple[Column, ...]:
    """Name columns with what they hold, in this order."""
    return tuple(Column(key, kind) for key, kind in kinds.items())


def share(part: int, whole: int) -> int | None:
    """Return a part in basis points, half up; None of nothing."""
    return (2 * part * 10_000 + whole) // (2 * whole) if whole else None


def total_row(rows: Iterable[tuple[Cell, ...]], of: tuple[Column, ...], first: int) -> tuple[Cell, ...]:
    """Add up every column from `first` on; before it a total has nothing to say."""
    sums = (sum(amount for row in rows if isinstance(amount := row[place], int)) for place in range(first, len(of)))
    return (*([None] * first), *sums)
