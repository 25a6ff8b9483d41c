"""The books of a span of days: what was earned by VAT rate, what money moved by method, and that both agree.

Every act counts on the local day it was written down here: a sale on the day it was paid, not of the visit; a refund on
the day it was asked for. Each act moves money and revenue in one transaction, so a day never changes afterwards and

    money in, less money out = revenue (its VAT included) + what is owed to customers

holds for every day by itself. Owed are refunds that failed and wait for somebody. Pure: what is
added up here, books.py loads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from ticketing.foundation.errors import InvalidInput
from ticketing.sales.models import Channel

MOST_DAYS = 366

Row = TypeVar("Row", "Revenue", "Moved")


class SpanInvalid(InvalidInput):
    """These are no days we can report on; `details["field"]` names where."""

    code = "span_invalid"


@dataclass(frozen=True, slots=True)
class Revenue:
    """What was earned on a day at a VAT class and rate (basis points, None: exempt) over a channel; cents with VAT.

    `sold` is at list price; everything else but `fees` comes off it.
    """

    day: date
    vat_class: str
    vat_bp: int | None
    channel: Channel
    sold: int = 0
    discounts: int = 0
    ended: int = 0  # cancelled, or moved to another time
    fees: int = 0  # kept for changes
    goodwill: int = 0  # given back though the tickets stood, less what of it was counted against a cancellation
    disputes: int = 0  # taken by banks
    vat: int = 0

    @property
    def gross(self) -> int:
        """What is left of it, VAT included."""
        return self.sold - self.discounts - self.ended + self.fees - self.goodwill - self.disputes

    @property
    def net(self) -> int:
        """What is left of it without VAT."""
        return self.gross - self.vat


@dataclass(frozen=True, slots=True)
class Moved:
    """What money moved on a day by a method over a channel, in cents."""

    day: date
    method: str
    channel: Channel
    came: int = 0
    refunded: int = 0
    sent_back: int = 0  # refunds that failed: the money is here again
    taken: int = 0  # by banks, in disputes

    @property
    def kept(self) -> int:
        """What is left of it."""
        return self.came - self.refunded + self.sent_back - self.taken


class Owing(StrEnum):
    """Why money here is not ours, or gone without having been taken off an order."""

    FAILED = "failed"  # a refund failed
    SETTLED = "settled"  # something stood in for one that had
    BEYOND = "beyond"  # more went than the order was worth: somebody has to explain it


@dataclass(frozen=True, slots=True)
class Owed:
    """What came to be owed on a day (above zero), or was settled (below), over a channel; cents."""

    day: date
    why: Owing
    channel: Channel
    cents: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the books, added up; cents."""

    day: date
    gross: int
    vat: int
    money: int
    owed: int

    @property
    def difference(self) -> int:
        """What does not add up: always 0."""
        return self.money - self.gross - self.owed


@dataclass(frozen=True, slots=True)
class Compared:
    """A span at the provider and here: the same objects of theirs and ours, and what of them is booked here; cents."""

    days: int  # that were compared
    missing: tuple[date, ...]
    charged: int
    charged_here: int
    refunded: int
    refunded_here: int
    disputed: int
    fees: int
    booked: int  # payments less refunds over the provider, by the day they were written down here

    @property
    def difference(self) -> int:
        """What the provider has more than we have of the same days."""
        return (self.charged - self.refunded) - (self.charged_here - self.refunded_here)

    @property
    def other_days(self) -> int:
        """What is booked here in the span, and belongs to another day at the provider, or one that is not compared."""
        return self.booked - (self.charged_here - self.refunded_here)


@dataclass(frozen=True)
class Accounts:
    """The books of a span: revenue by rate and money by method, each day by itself, and every day added up."""

    days: tuple[Day, ...]
    revenue: tuple[Revenue, ...]
    money: tuple[Moved, ...]
    owed: tuple[Owed, ...]

    @property
    def by_rate(self) -> tuple[Revenue, ...]:
        """The revenue of the whole span, by class, rate and channel."""
        return _added(replace(each, day=self.days[0].day) for each in self.revenue)

    @property
    def by_method(self) -> tuple[Moved, ...]:
        """The money of the whole span, by method and channel."""
        return _added(replace(each, day=self.days[0].day) for each in self.money)

    @property
    def total(self) -> Day:
        """The whole span as if it were one day."""
        each = self.days
        return Day(
            each[0].day, sum(day.gross for day in each), sum(day.vat for day in each),
            sum(day.money for day in each), sum(day.owed for day in each),
        )  # fmt: skip

    @property
    def has_balance(self) -> bool:
        """Whether every single day adds up."""
        return all(day.difference == 0 for day in self.days)


def days_of(first: date, last: date) -> list[date]:
    """Return the days of a span, both ends included. Raises SpanInvalid."""
    if last < first:
        raise SpanInvalid("The last day comes before the first.", field="until")
    if (last - first).days >= MOST_DAYS:
        raise SpanInvalid("Choose a year at most.", field="until")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def assemble(
    days: Sequence[date], revenue: Iterable[Revenue], money: Iterable[Moved], owed: Iterable[Owed]
) -> Accounts:
    """Put the books together from what moved, in any order and in any number of pieces."""
    earned, moved = _added(revenue), _added(money)
    owing: Counter[tuple[date, Owing, Channel]] = Counter()
    for each in owed:
        owing[each.day, each.why, each.channel] += each.cents
    rows = tuple(Owed(*key, cents) for key, cents in sorted(owing.items()) if cents)
    gross, vat, kept, open_ = Counter[date](), Counter[date](), Counter[date](), Counter[date]()
    for line in earned:
        gross[line.day] += line.gross
        vat[line.day] += line.vat
    for movement in moved:
        kept[movement.day] += movement.kept
    for row in rows:
        open_[row.day] += row.cents
    told = tuple(Day(day, gross[day], vat[day], kept[day], open_[day]) for day in days)
    return Accounts(told, earned, moved, rows)


def _added(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Add up rows of the same day, class or method, and channel: the fields that begin at 0 are the sums."""
    merged: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        names = [each.name for each in fields(row) if each.default == 0]
        key = tuple(getattr(row, each.name) for each in fields(row) if each.name not in names)
        known = merged.get(key)
        more = {name: getattr(known, name) + getattr(row, name) for name in names} if known else {}
        merged[key] = replace(row, **more)
    in_order = sorted(merged, key=lambda key: tuple(-1 if part is None else part for part in key))
    return tuple(merged[key] for key in in_order)
