"""Loads the books of a span, day by day, from what was sold, changed, paid and given back; and the provider's.

What accounts.py adds up. Every question is a sum over an index of instants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ticketing.catalogue.models import VATClass
from ticketing.foundation.clock import day_bounds
from ticketing.foundation.languages import Texts
from ticketing.sales import accounts, gift_cards
from ticketing.sales.accounts import Accounts, Compared, Moved, Owed, Owing, Revenue
from ticketing.sales.models import (
    ChangeKind,
    Order,
    OrderChange,
    OrderLine,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    RefundWay,
)
from ticketing.sales.provider_models import ReconciledDay

WAY_METHODS = {RefundWay.TRANSFER: "transfer", RefundWay.GIFT_CARD: gift_cards.PROVIDER}  # whatever they came by
ELSEWHERE = "elsewhere:"  # how the keys begin of what left without our asking (provider_news.py)
SETTLED_AFTER = timedelta(hours=1)  # an act reads its time before it commits, and no transaction takes so long
NEGATIVE_FEES = (ChangeKind.REFUND, ChangeKind.DISPUTE)


@dataclass(frozen=True, slots=True)
class DayBooks:
    """What a day moved, not added up yet."""

    revenue: tuple[Revenue, ...]
    money: tuple[Moved, ...]
    owed: tuple[Owed, ...]


_RATE = (OrderLine.vat_class, OrderLine.vat_bp, Order.channel)
_METHOD = func.coalesce(Payment.method, Payment.provider)


def accounts_of(
    session: Session, first: date, last: date, *, zone: ZoneInfo, known: Mapping[date, DayBooks] | None = None
) -> Accounts:
    """Add up the books from one local day to another, both included, loading those not known. Raises SpanInvalid."""
    days, known = accounts.days_of(first, last), known or {}
    loaded = [known[day] if day in known else load_day(session, day, zone=zone) for day in days]
    return accounts.assemble(
        days, chain.from_iterable(day.revenue for day in loaded), chain.from_iterable(day.money for day in loaded),
        chain.from_iterable(day.owed for day in loaded),
    )  # fmt: skip


def load_day(session: Session, day: date, *, zone: ZoneInfo) -> DayBooks:
    """Load what a local day moved."""
    begin, end = day_bounds(day, zone)
    revenue = [*_sold(session, day, begin, end), *_ended(session, day, begin, end), *fees_of(session, day, begin, end)]
    money = [*_came(session, day, begin, end), *_went(session, day, begin, end)]
    return DayBooks(tuple(revenue), tuple(money), tuple(_owed(session, day, begin, end)))


def is_settled(day: date, *, zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether a local day is over for good: every act counts on the day it is written, so nothing joins it."""
    return now >= day_bounds(day, zone)[1] + SETTLED_AFTER


def compare(session: Session, first: date, last: date, provider: str, *, zone: ZoneInfo) -> Compared:
    """Return how a span stands at the provider and here, as far as its days have been reconciled."""
    days = accounts.days_of(first, last)
    sums = (
        ReconciledDay.charged_cents, ReconciledDay.charged_here_cents, ReconciledDay.refunded_cents,
        ReconciledDay.refunded_here_cents, ReconciledDay.disputed_cents, ReconciledDay.fees_cents,
    )  # fmt: skip
    within = (ReconciledDay.provider == provider, ReconciledDay.local_date.between(first, last))
    begin, end = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    came = select(func.sum(Payment.amount_cents)).where(Payment.provider == provider, *_paid(begin, end))
    of_provider = (Refund.way == RefundWay.PROVIDER, Payment.provider == provider, Refund.state != RefundState.FAILED)
    went = (
        select(func.sum(Refund.amount_cents))
        .join(Payment)
        .where(*of_provider, Refund.requested_at >= begin, Refund.requested_at < end)
    )
    booked = int(session.scalar(came) or 0) - int(session.scalar(went) or 0)
    missing = sorted(set(days) - set(session.scalars(select(ReconciledDay.local_date).where(*within))))
    added = session.execute(select(*(func.coalesce(func.sum(each), 0) for each in sums)).where(*within)).one()
    charged, charged_here, refunded, refunded_here, disputed, fees = (int(each) for each in added)
    return Compared(
        len(days) - len(missing), tuple(missing), charged, charged_here, refunded, refunded_here, disputed, fees, booked
    )


def class_names(session: Session) -> dict[str, Texts]:
    """Return what the VAT classes are called, by their slugs."""
    return {row.slug: row.names for row in session.execute(select(VATClass.slug, VATClass.names))}


def fees_of(session: Session, day: date, begin: datetime, end: datetime) -> Iterable[Revenue]:
    """Return what was kept for changes, given back freely, and taken by banks; each at the class it came off.

    Between two instants, however far apart; `day` only names where it is put.
    """
    at_its_rate = or_(
        OrderLine.vat_bp == OrderChange.fee_vat_bp, and_(OrderLine.vat_bp.is_(None), OrderChange.fee_vat_bp.is_(None))
    )
    of_class = (
        select(func.min(OrderLine.vat_class))
        .where(OrderLine.order_id == OrderChange.order_id, at_its_rate)
        .correlate(OrderChange)
        .scalar_subquery()
    )
    acts = (
        select(
            of_class.label("vat_class"), OrderChange.fee_vat_bp, Order.channel, OrderChange.kind,
            OrderChange.fee_cents, OrderChange.given_before_cents, OrderChange.fee_vat_cents,
        )
        .join(Order, Order.id == OrderChange.order_id)
        .where(OrderChange.done_at >= begin, OrderChange.done_at < end, OrderChange.fee_cents != 0)
        .subquery()
    )  # fmt: skip
    key = (acts.c.vat_class, acts.c.fee_vat_bp, acts.c.channel, acts.c.kind)
    sums = (func.sum(acts.c.fee_cents), func.sum(acts.c.given_before_cents), func.sum(acts.c.fee_vat_cents))
    for vat_class, vat_bp, channel, kind, fee, given, vat in session.execute(select(*key, *sums).group_by(*key)):
        row = Revenue(day, vat_class, vat_bp, channel, vat=int(vat))
        if kind is ChangeKind.REFUND:
            yield replace(row, goodwill=-int(fee))
        elif kind is ChangeKind.DISPUTE:
            yield replace(row, disputes=-int(fee))
        else:
            yield replace(row, fees=int(fee) - int(given), goodwill=-int(given))


def _sold(session: Session, day: date, begin: datetime, end: datetime) -> Iterable[Revenue]:
    """Return what orders and changes began, at list price and with what came off it."""
    sums = (
        func.sum(OrderLine.quantity * OrderLine.unit_cents), func.sum(OrderLine.discount_cents),
        func.sum(OrderLine.vat_cents),
    )  # fmt: skip
    ordered = select(*_RATE, *sums).join(Order, Order.id == OrderLine.order_id).where(OrderLine.change_id.is_(None))
    changed = (
        select(*_RATE, *sums)
        .join(Order, Order.id == OrderLine.order_id)
        .join(OrderChange, OrderChange.id == OrderLine.change_id)
    )
    for question, instant in ((ordered, Order.confirmed_at), (changed, OrderChange.done_at)):
        for vat_class, vat_bp, channel, sold, discounts, vat in session.execute(
            _on(question, instant, begin, end).group_by(*_RATE)
        ):
            yield Revenue(day, vat_class, vat_bp, channel, sold=int(sold), discounts=int(discounts), vat=int(vat))


def _ended(session: Session, day: date, begin: datetime, end: datetime) -> Iterable[Revenue]:
    question = (
        select(*_RATE, func.sum(OrderLine.total_cents), func.sum(OrderLine.vat_cents))
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.ended_at >= begin, OrderLine.ended_at < end)
        .group_by(*_RATE)
    )
    for vat_class, vat_bp, channel, ended, vat in session.execute(question):
        yield Revenue(day, vat_class, vat_bp, channel, ended=int(ended), vat=-int(vat))


def _came(session: Session, day: date, begin: datetime, end: datetime) -> Iterable[Moved]:
    question = select(_METHOD, Order.channel, func.sum(Payment.amount_cents)).join(Order, Order.id == Payment.order_id)
    for method, channel, came in session.execute(question.where(*_paid(begin, end)).group_by(_METHOD, Order.channel)):
        yield Moved(day, method, channel, came=int(came))


def _went(session: Session, day: date, begin: datetime, end: datetime) -> Iterable[Moved]:
    """Return what went back on the day it was asked for, and what of it was here again on the day it failed."""
    key = (_METHOD, Order.channel, Refund.way)
    question = select(*key, func.sum(Refund.amount_cents)).select_from(Refund)
    question = question.join(Payment, Payment.id == Refund.payment_id).join(Order, Order.id == Payment.order_id)
    for how, channel, way, cents in session.execute(_on(question, Refund.requested_at, begin, end).group_by(*key)):
        if way is RefundWay.DISPUTE:
            yield Moved(day, how, channel, taken=int(cents))
        else:
            yield Moved(day, WAY_METHODS.get(way, how), channel, refunded=int(cents))
    failed = _on(question, Refund.settled_at, begin, end).where(Refund.state == RefundState.FAILED)
    for how, channel, _, cents in session.execute(failed.group_by(*key)):
        yield Moved(day, how, channel, sent_back=int(cents))


def _owed(session: Session, day: date, begin: datetime, end: datetime) -> Iterable[Owed]:
    """Return refunds that failed, what stood in for them, and what left without our asking and came off no order."""
    came_off = (
        select(Order.channel, func.sum(OrderChange.fee_cents))
        .join(Order, Order.id == OrderChange.order_id)
        .where(OrderChange.kind.in_(NEGATIVE_FEES), OrderChange.request_key.startswith(ELSEWHERE))
    )
    failed = _refunds_of(Refund.amount_cents).where(Refund.state == RefundState.FAILED)
    left = _refunds_of(Refund.amount_cents - Refund.covers_cents).where(Refund.key.startswith(ELSEWHERE))
    for why, sign, question, instant in (
        (Owing.FAILED, 1, failed, Refund.settled_at),
        (Owing.SETTLED, -1, _refunds_of(Refund.covers_cents), Refund.requested_at),
        (Owing.BEYOND, -1, left, Refund.requested_at),
        (Owing.BEYOND, -1, came_off, OrderChange.done_at),
    ):
        for channel, cents in session.execute(_on(question, instant, begin, end).group_by(Order.channel)):
            yield Owed(day, why, channel, sign * int(cents))


def _refunds_of(cents: SQLColumnExpression[int]) -> Select[*tuple[Any, ...]]:
    question = select(Order.channel, func.sum(cents)).select_from(Refund)
    return question.join(Payment, Payment.id == Refund.payment_id).join(Order, Order.id == Payment.order_id)


def _paid(begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Payment.state == PaymentState.SUCCEEDED, Payment.succeeded_at >= begin, Payment.succeeded_at < end)


def _on(
    question: Select[*tuple[Any, ...]],
    instant: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime],
    begin: datetime,
    end: datetime,
) -> Select[*tuple[Any, ...]]:
    return question.where(instant >= begin, instant < end)
