"""What was sold and what of it ended, on the day of the sale: the rows that every report of sales adds up.

Days that are over have been added up once (tallying.py) and never change: an order line may be cut in two when a part
of it ends, but what began and ended on a day stays what it was. Fees are few, and are asked for as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session, aliased

from ticketing.catalogue.models import Slot
from ticketing.flow.report_models import Act, Basis, SaleTally, TalliedDay
from ticketing.flow.report_shapes import every_day
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.sales import books
from ticketing.sales.accounts import Revenue
from ticketing.sales.models import ChangeKind, Channel, Order, OrderChange, OrderLine

LEADS = (0, 1, 2, 4, 8, 15, 31)  # the first day of each stretch between sale and visit
BEGINS = {ChangeKind.ADD: Act.ADDED, ChangeKind.MOVE: Act.MOVED_HERE}
ENDS = {ChangeKind.MOVE: Act.MOVED_AWAY, ChangeKind.CANCEL: Act.CANCELLED}
PURCHASES = (Act.BOUGHT, Act.ADDED)

_DIMENSIONS = (Order.channel, Slot.experience_id, OrderLine.ticket_type_id, OrderLine.vat_class, OrderLine.vat_bp)
_SUMS = (
    func.sum(OrderLine.quantity), func.sum(OrderLine.quantity * OrderLine.unit_cents),
    func.sum(OrderLine.discount_cents), func.sum(OrderLine.vat_cents),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """Tickets that began or ended by one kind of act, added up. Cents; `orders` counts each order once."""

    part: date  # the first day of the part of the span
    act: Act
    channel: Channel
    experience_id: int
    ticket_type_id: int
    vat_class: str
    vat_bp: int | None
    lead: int | None  # of what was bought; a move is no purchase
    orders: int
    tickets: int
    list_cents: int
    discount_cents: int
    vat_cents: int

    @property
    def cents(self) -> int:
        """What they cost."""
        return self.list_cents - self.discount_cents

    @property
    def has_ended(self) -> bool:
        """Whether they count against what was sold."""
        return self.act in ENDS.values()

    @property
    def is_purchase(self) -> bool:
        """Whether somebody bought them, rather than moved them."""
        return self.act in PURCHASES


@dataclass(frozen=True)
class Sold:
    """Everything that made revenue in a span, so that it adds up to the books (sales/books.py) to the cent."""

    lines: tuple[Lines, ...]
    fees: tuple[Revenue, ...]  # kept for changes, given freely, taken by banks: of no ticket


def sold_between(session: Session, parts: Sequence[tuple[date, date]], *, zone: ZoneInfo, now: datetime) -> Sold:
    """Load what was sold and ended in the parts of a span: first and last local days that follow on each other."""
    fees = (
        fee
        for first, last in parts
        for fee in books.fees_of(session, first, day_bounds(first, zone)[0], day_bounds(last, zone)[1])
    )
    return Sold(tuple(_lines(session, parts, zone, now)), tuple(fees))


def lines_on(session: Session, day: date, *, zone: ZoneInfo) -> Iterator[Lines]:
    """Add up what began and ended on one local day, as the lines of orders say it."""
    begin, end = day_bounds(day, zone)
    for *key, lead, orders, tickets, list_cents, discount, vat in session.execute(_ordered(day, begin, end)):
        yield _of(day, Act.BOUGHT, key, lead, (orders, tickets, list_cents, discount, vat))
    began = _changed(_lead(day).label("lead")).join(OrderLine, OrderLine.change_id == OrderChange.id)
    began = _with_dimensions(began).where(OrderChange.done_at >= begin, OrderChange.done_at < end)
    for kind, lead, *key, tickets, list_cents, discount, vat in session.execute(began.group_by("lead")):
        act = BEGINS[kind]
        yield _of(day, act, key, lead if act in PURCHASES else None, (0, tickets, list_cents, discount, vat))
    ended = _changed(literal(0).label("lead")).join(OrderLine, OrderLine.ended_by_id == OrderChange.id)
    ended = _with_dimensions(ended).where(OrderLine.ended_at >= begin, OrderLine.ended_at < end)
    for kind, _, *key, tickets, list_cents, discount, vat in session.execute(ended):
        yield _of(day, ENDS[kind], key, None, (0, tickets, list_cents, discount, vat))


def _lines(session: Session, parts: Sequence[tuple[date, date]], zone: ZoneInfo, now: datetime) -> Iterator[Lines]:
    """Return the lines of days that were added up as they were, of the others as they are."""
    first, last = parts[0][0], parts[-1][1]
    within = (TalliedDay.basis == Basis.SALE, TalliedDay.local_date.between(first, last))
    added_up = session.execute(select(TalliedDay.local_date, TalliedDay.id).where(*within))
    known = {row.local_date: row.id for row in added_up}
    if known:
        key = (
            SaleTally.act, SaleTally.channel, SaleTally.experience_id, SaleTally.ticket_type_id, SaleTally.vat_class,
            SaleTally.vat_bp, SaleTally.lead,
        )  # fmt: skip
        sums = (
            SaleTally.orders, SaleTally.tickets, SaleTally.list_cents, SaleTally.discount_cents, SaleTally.vat_cents
        )  # fmt: skip
        question = (
            select(_number_of(parts).label("part"), *key, *(func.sum(each) for each in sums))
            .join(TalliedDay, TalliedDay.id == SaleTally.day_id)
            .where(*within, TalliedDay.id <= max(known.values()))
            .group_by("part", *key)
        )
        for part, act, *dimensions, lead, orders, tickets, list_cents, discount, vat in session.execute(question):
            yield _of(parts[part][0], act, dimensions, lead, (orders, tickets, list_cents, discount, vat))
    for part_first, part_last in parts:
        for day in every_day(part_first, min(part_last, local_date_of(now, zone))):
            if day not in known:
                yield from (replace(each, part=part_first) for each in lines_on(session, day, zone=zone))


def _ordered(day: date, begin: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    """Ask what the orders of a day began; an order is counted at its first line."""
    earlier = aliased(OrderLine)
    is_first = ~select(earlier.id).where(
        earlier.order_id == OrderLine.order_id, earlier.id < OrderLine.id, earlier.change_id.is_(None)
    ).exists()  # fmt: skip
    return (
        select(*_DIMENSIONS, _lead(day).label("lead"), func.sum(case((is_first, 1), else_=0)), *_SUMS)
        .select_from(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Slot, Slot.id == OrderLine.slot_id)
        .where(Order.confirmed_at >= begin, Order.confirmed_at < end, OrderLine.change_id.is_(None))
        .group_by(*_DIMENSIONS, "lead")
    )


def _changed(lead: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    return select(OrderChange.kind, lead, *_DIMENSIONS, *_SUMS).select_from(OrderChange)


def _with_dimensions(question: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    joined = question.join(Order, Order.id == OrderLine.order_id).join(Slot, Slot.id == OrderLine.slot_id)
    return joined.group_by(OrderChange.kind, *_DIMENSIONS)


def _of(part: date, act: Act, dimensions: Sequence[Any], lead: int | None, amounts: Sequence[Any]) -> Lines:
    """Put a row together, its sums as whole numbers: PostgreSQL adds integers up to numerics."""
    channel, experience_id, type_id, vat_class, vat_bp = dimensions
    orders, tickets, list_cents, discount, vat = (int(each) for each in amounts)
    return Lines(
        part, act, channel, experience_id, type_id, vat_class, vat_bp, lead, orders, tickets, list_cents, discount, vat
    )  # fmt: skip


def _lead(day: date) -> ColumnElement[int]:
    """Say in SQL into which stretch the days from a sale on `day` to the visit fall."""
    later = itertools.pairwise(LEADS)
    return case(*((Slot.local_date < day + timedelta(days=after), lead) for lead, after in later), else_=LEADS[-1])


def _number_of(parts: Sequence[tuple[date, date]]) -> ColumnElement[int]:
    """Say in SQL into which part of a span a tallied day falls, by its number."""
    whens = [(TalliedDay.local_date <= last, number) for number, (_, last) in enumerate(parts[:-1])]
    return case(*whens, else_=len(whens)) if whens else literal(0)
