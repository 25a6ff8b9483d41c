"""What was sold and what of it ended, on the day of the sale: the rows that every report of sales adds up.

Orders are most of it. Days that are over have been added up once (tallying.py) and never change: what an order began
stays what it was. Changes, cancellations and fees are few, and are asked for as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ticketing.catalogue.models import Slot
from ticketing.flow.report_models import Basis, SaleTally, TalliedDay
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.sales import books
from ticketing.sales.accounts import Revenue
from ticketing.sales.models import ChangeKind, Channel, Order, OrderChange, OrderLine

LEADS = (0, 1, 2, 4, 8, 15, 31)  # the first day of each stretch between sale and visit

_DIMENSIONS = (Order.channel, Slot.experience_id, OrderLine.ticket_type_id, OrderLine.vat_class, OrderLine.vat_bp)


@dataclass(frozen=True, slots=True)
class Began:
    """Tickets that began: by an order, added to one, or moved here. Cents; `orders` counts each order once."""

    part: date  # the first day of the part of the span
    by: ChangeKind | None  # None: the order itself
    channel: Channel
    experience_id: int
    ticket_type_id: int
    vat_class: str
    vat_bp: int | None
    lead: int | None  # of tickets that were bought; a move is no purchase
    orders: int
    tickets: int
    list_cents: int
    discount_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Tickets that ended: cancelled, or moved away. Cents."""

    part: date
    by: ChangeKind
    channel: Channel
    experience_id: int
    ticket_type_id: int
    vat_class: str
    vat_bp: int | None
    tickets: int
    cents: int
    vat_cents: int


@dataclass(frozen=True)
class Sold:
    """Everything that made revenue in a span, so that it adds up to the books (sales/books.py) to the cent."""

    began: tuple[Began, ...]
    ended: tuple[Ended, ...]
    fees: tuple[Revenue, ...]  # kept for changes, given freely, taken by banks: of no ticket


def sold_between(session: Session, parts: Sequence[tuple[date, date]], *, zone: ZoneInfo, now: datetime) -> Sold:
    """Load what was sold and ended in the parts of a span: first and last local days that follow on each other."""
    begin, end = day_bounds(parts[0][0], zone)[0], day_bounds(parts[-1][1], zone)[1]
    fees = (fee for first, last in parts for fee in books.fees_of(session, first, *_bounds(first, last, zone)))
    within = _Parts(parts, zone)
    return Sold(
        (*_of_orders(session, within, now), *_begun_by_changes(session, begin, end, within)),
        tuple(_ended(session, begin, end, within)),
        tuple(fees),
    )


def of_orders_on(session: Session, day: date, *, zone: ZoneInfo) -> Iterator[Began]:
    """Add up what the orders of one local day began."""
    begin, end = day_bounds(day, zone)
    earlier = aliased(OrderLine)
    is_first = ~select(earlier.id).where(
        earlier.order_id == OrderLine.order_id, earlier.id < OrderLine.id, earlier.change_id.is_(None)
    ).exists()  # fmt: skip
    question = (
        select(*_DIMENSIONS, _lead(day).label("lead"), func.sum(case((is_first, 1), else_=0)), *_sums())
        .select_from(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Slot, Slot.id == OrderLine.slot_id)
        .where(Order.confirmed_at >= begin, Order.confirmed_at < end, OrderLine.change_id.is_(None))
        .group_by(*_DIMENSIONS, "lead")
    )
    yield from (Began(day, None, *_whole(row)) for row in session.execute(question))


@dataclass(frozen=True)
class _Parts:
    """A span cut in parts, and into which of them a day falls."""

    parts: Sequence[tuple[date, date]]
    zone: ZoneInfo

    @property
    def first(self) -> date:
        return self.parts[0][0]

    @property
    def last(self) -> date:
        return self.parts[-1][1]

    def of(self, day: date) -> date:
        return next(first for first, last in reversed(self.parts) if day >= first)

    def of_day(self, day: InstrumentedAttribute[date]) -> ColumnElement[int]:
        """Say in SQL into which part a day falls, by its number."""
        return self._number([day <= last for _, last in self.parts[:-1]])

    def of_instant(self, instant: InstrumentedAttribute[Any]) -> ColumnElement[int]:
        """Say in SQL into which part an instant falls, by its number."""
        return self._number([instant < day_bounds(last, self.zone)[1] for _, last in self.parts[:-1]])

    def _number(self, is_within: Sequence[ColumnElement[bool]]) -> ColumnElement[int]:
        whens = [(condition, place) for place, condition in enumerate(is_within)]
        return case(*whens, else_=len(whens)) if whens else literal(0)


def _of_orders(session: Session, parts: _Parts, now: datetime) -> Iterator[Began]:
    """Return what orders began: of days that were added up as they were, of the others as they are."""
    within = (TalliedDay.basis == Basis.SALE, TalliedDay.local_date.between(parts.first, parts.last))
    known = {
        row.local_date: row.id for row in session.execute(select(TalliedDay.id, TalliedDay.local_date).where(*within))
    }
    if known:
        key = (
            SaleTally.channel, SaleTally.experience_id, SaleTally.ticket_type_id, SaleTally.vat_class,
            SaleTally.vat_bp, SaleTally.lead,
        )  # fmt: skip
        sums = (
            SaleTally.orders,
            SaleTally.tickets,
            SaleTally.list_cents,
            SaleTally.discount_cents,
            SaleTally.vat_cents,
        )
        question = (
            select(parts.of_day(TalliedDay.local_date).label("part"), *key, *(func.sum(each) for each in sums))
            .join(TalliedDay, TalliedDay.id == SaleTally.day_id)
            .where(*within, TalliedDay.id <= max(known.values()))
            .group_by("part", *key)
        )
        for part, *row in session.execute(question):
            yield Began(parts.parts[part][0], None, *_whole(row))
    for day in _days(parts.first, min(parts.last, local_date_of(now, parts.zone))):
        if day not in known:
            yield from (replace(each, part=parts.of(day)) for each in of_orders_on(session, day, zone=parts.zone))


def _begun_by_changes(session: Session, begin: datetime, end: datetime, parts: _Parts) -> Iterator[Began]:
    """Return what moves began, part by part, and what was added to orders, act by act: each had its own lead."""
    part = parts.of_instant(OrderChange.done_at).label("part")
    done = OrderChange.done_at >= begin, OrderChange.done_at < end
    moved = _of_changes(part).where(*done, OrderChange.kind == ChangeKind.MOVE).group_by("part", *_DIMENSIONS)
    for number, *row in session.execute(moved):
        yield _of_change(parts.parts[number][0], ChangeKind.MOVE, None, row)
    key = (Slot.local_date, OrderChange.done_at)
    added = _of_changes(*key).where(*done, OrderChange.kind == ChangeKind.ADD).group_by(*key, *_DIMENSIONS)
    for visit, done_at, *row in session.execute(added):
        day = local_date_of(done_at, parts.zone)
        yield _of_change(parts.of(day), ChangeKind.ADD, _stretch((visit - day).days), row)


def _of_change(part: date, by: ChangeKind, lead: int | None, row: Sequence[Any]) -> Began:
    channel, experience_id, type_id, vat_class, vat_bp, *amounts = _whole(row)
    tickets, list_cents, discount, vat = amounts
    return Began(
        part, by, channel, experience_id, type_id, vat_class, vat_bp, lead, 0, tickets, list_cents, discount, vat
    )  # fmt: skip


def _of_changes(*key: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*key, *_DIMENSIONS, *_sums())
        .select_from(OrderChange)
        .join(OrderLine, OrderLine.change_id == OrderChange.id)
        .join(Order, Order.id == OrderChange.order_id)
        .join(Slot, Slot.id == OrderLine.slot_id)
    )


def _ended(session: Session, begin: datetime, end: datetime, parts: _Parts) -> Iterator[Ended]:
    sums = (func.sum(OrderLine.quantity), func.sum(OrderLine.total_cents), func.sum(OrderLine.vat_cents))
    question = (
        select(parts.of_instant(OrderLine.ended_at).label("part"), OrderChange.kind, *_DIMENSIONS, *sums)
        .select_from(OrderLine)
        .join(OrderChange, OrderChange.id == OrderLine.ended_by_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Slot, Slot.id == OrderLine.slot_id)
        .where(OrderLine.ended_at >= begin, OrderLine.ended_at < end)
        .group_by("part", OrderChange.kind, *_DIMENSIONS)
    )
    for number, *row in session.execute(question):
        yield Ended(parts.parts[number][0], *_whole(row))


def _sums() -> tuple[Any, ...]:
    return (
        func.sum(OrderLine.quantity), func.sum(OrderLine.quantity * OrderLine.unit_cents),
        func.sum(OrderLine.discount_cents), func.sum(OrderLine.vat_cents),
    )  # fmt: skip


def _lead(day: date) -> Any:
    """Say in SQL into which stretch the days from a sale on `day` to the visit fall."""
    later = itertools.pairwise(LEADS)
    return case(*((Slot.local_date < day + timedelta(days=after), lead) for lead, after in later), else_=LEADS[-1])


def _stretch(days: int) -> int:
    return max(lead for lead in LEADS if lead <= max(days, 0))


def _whole(row: Any) -> Sequence[Any]:
    """Return a row with its sums as whole numbers: PostgreSQL adds integers up to numerics."""
    return [int(each) if each is not None and not isinstance(each, str) else each for each in row]


def _bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return day_bounds(first, zone)[0], day_bounds(last, zone)[1]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
