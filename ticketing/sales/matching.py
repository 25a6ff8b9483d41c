"""The provider's books beside ours: which object of theirs is which row of ours, and what does not match.

Matched by the provider's reference, else by our own key, which it gives back. Pure decisions; loading around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from ticketing.foundation.money import Money
from ticketing.payments.provider import Charge, Checkout, CheckoutState, RefundReport, RefundReportState, Span
from ticketing.sales import findings
from ticketing.sales.findings import Found
from ticketing.sales.models import Payment, PaymentState, Refund, RefundState, RefundWay
from ticketing.sales.provider_models import FindingKind, ReconciledDay, ReconciliationFinding
from ticketing.sales.provider_news import REFUND_STATES

HOUSE_CURRENCY = "EUR"
AT_ONCE = 500  # references asked about in one question

Row = TypeVar("Row")
Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


@dataclass
class Sums:
    """A day in cents: what the provider says, and what we have of the same objects."""

    charged: int = 0
    charged_here: int = 0
    refunded: int = 0
    refunded_here: int = 0
    disputed: int = 0
    fees: int = 0


@dataclass(frozen=True)
class Known:
    """Our payments and refunds that a list of the provider may be about, by reference and by key."""

    by_ref: dict[str, Payment] = field(default_factory=dict)
    by_key: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)


def agrees(payment: Payment | None, checkout: Checkout) -> bool:
    """Tell whether there is nothing to settle: no payment of ours, or one that stands as the provider says."""
    if payment is None or checkout.state is CheckoutState.OPEN:
        return True
    if checkout.is_paid:
        return payment.state is PaymentState.SUCCEEDED
    if checkout.state is CheckoutState.COMPLETE:
        return payment.state is PaymentState.PROCESSING
    return payment.state in (PaymentState.FAILED, PaymentState.CANCELLED)


def payment_of(charge: Charge, known: Known) -> Payment | None:
    """Return the payment a charge is; a second charge for the same attempt is nobody's."""
    if charge.intent_ref in known.by_ref:
        return known.by_ref[charge.intent_ref]
    by_key = known.by_key.get(charge.key or "")
    return by_key if by_key is not None and by_key.intent_ref is None else None


def judge_charge(charge: Charge, payment: Payment | None) -> Found | None:
    """Return what is wrong with a charge beside the payment it is; None when nothing is."""
    if payment is None:
        return Found(charge.ref, FindingKind.MONEY_NOBODY_ORDERED, charge.amount)
    if payment.state is not PaymentState.SUCCEEDED:
        return Found(charge.ref, FindingKind.NOT_SETTLED, charge.amount, order_id=payment.order_id)
    if Money(payment.amount_cents, payment.currency) != charge.amount:
        return Found(charge.ref, FindingKind.AMOUNT_DIFFERS, charge.amount, payment.amount_cents, payment.order_id)
    return None


def refund_agrees(refund: Refund | None, report: RefundReport) -> bool:
    """Tell whether a refund stands as the provider says."""
    return (
        refund is not None
        and refund.provider_ref == report.ref
        and refund.state is REFUND_STATES[report.state]
        and refund.amount_cents == report.amount.cents
    )


def count_charge(sums: Sums, charge: Charge, payment: Payment | None) -> None:
    """Add a charge to a day, and what we have of it."""
    if charge.amount.currency == HOUSE_CURRENCY:
        sums.charged += charge.amount.cents
        if payment is not None and payment.state is PaymentState.SUCCEEDED:
            sums.charged_here += payment.amount_cents


def count_refund(sums: Sums, report: RefundReport, refund: Refund | None) -> None:
    """Add a refund to a day, unless it failed, and what we have of it."""
    if report.amount.currency == HOUSE_CURRENCY:
        if report.state is not RefundReportState.FAILED:
            sums.refunded += report.amount.cents
        if refund is not None and refund.state is not RefundState.FAILED:
            sums.refunded_here += refund.amount_cents


def load_for_checkouts(session: Session, checkouts: Sequence[Checkout]) -> dict[str, Payment]:
    """Load the payments of checkouts, by the provider's reference of each."""
    found = {
        row.provider_ref: row for row in _rows(session, Payment, Payment.provider_ref, {each.ref for each in checkouts})
    }
    keys = {row.key: row for row in _rows(session, Payment, Payment.key, {each.reference for each in checkouts})}
    named = {each.ref: found.get(each.ref) or keys.get(each.reference) for each in checkouts}
    return {ref: payment for ref, payment in named.items() if payment is not None}


def load_for_charges(session: Session, charges: Sequence[Charge]) -> Known:
    """Load the payments that charges may be."""
    refs = _rows(session, Payment, Payment.intent_ref, {each.intent_ref for each in charges})
    keys = _rows(session, Payment, Payment.key, {each.key for each in charges if each.key})
    return Known({row.intent_ref or "": row for row in refs}, {row.key: row for row in keys})


def load_for_refunds(session: Session, reports: Sequence[RefundReport]) -> Known:
    """Load the refunds that reports are about, by the provider's reference, and the payments they are of."""
    payments = _rows(session, Payment, Payment.intent_ref, {each.intent_ref for each in reports})
    named = _rows(session, Refund, Refund.provider_ref, {each.ref for each in reports})
    unnamed = {row.key: row for row in _rows(session, Refund, Refund.key, {each.key for each in reports if each.key})}
    known = {row.provider_ref or "": row for row in named}
    for each in reports:
        if each.ref not in known and each.key in unnamed and unnamed[each.key].provider_ref is None:
            known[each.ref] = unnamed[each.key]
    return Known({row.intent_ref or "": row for row in payments}, refunds=known)


def find_own_payments(session: Session, provider: str, span: Span) -> list[Payment]:
    """Load the payments that succeeded with us in a span: what the provider should know too."""
    own = select(Payment).where(
        Payment.provider == provider, Payment.state == PaymentState.SUCCEEDED,
        Payment.succeeded_at >= span.since, Payment.succeeded_at < span.until,
    )  # fmt: skip
    return list(session.scalars(own.order_by(Payment.id)))


def find_own_refunds(session: Session, provider: str, span: Span) -> list[Refund]:
    """Load the refunds of a span that the provider should have made, with their payments."""
    own = select(Refund).join(Payment).where(
        Payment.provider == provider, Refund.way == RefundWay.PROVIDER, Refund.state == RefundState.SUCCEEDED,
        Refund.requested_at >= span.since, Refund.requested_at < span.until,
    )  # fmt: skip
    return list(session.scalars(own.options(joinedload(Refund.payment)).order_by(Refund.id)))


def note_method(session: Session, payment_id: int, method: str | None) -> None:
    """Write down what a payment was made with, if that is not known yet."""
    payment = session.get_one(Payment, payment_id)
    if payment.method is None:
        payment.method = method


def open_among(session: Session, refs: Iterable[str]) -> list[ReconciliationFinding]:
    """Load the findings about these references that nobody has settled, the oldest first."""
    rows = _rows(session, ReconciliationFinding, ReconciliationFinding.object_ref, set(refs))
    return sorted((row for row in rows if row.resolved_at is None), key=lambda row: row.id)


def keep_day(session: Session, provider: str, local_date: date, sums: Sums, *, now: datetime) -> ReconciledDay:
    """Write down how a local day compared; a day that is compared again is overwritten."""
    same = (ReconciledDay.provider == provider, ReconciledDay.local_date == local_date)
    day = session.scalars(select(ReconciledDay).where(*same).with_for_update(key_share=True)).one_or_none()
    if day is None:
        day = ReconciledDay(provider=provider, local_date=local_date, currency=HOUSE_CURRENCY)
        session.add(day)
    day.charged_cents, day.charged_here_cents = sums.charged, sums.charged_here
    day.refunded_cents, day.refunded_here_cents = sums.refunded, sums.refunded_here
    day.disputed_cents, day.fees_cents, day.checked_at = sums.disputed, sums.fees, now
    return day


def note_all(session: Session, found: Iterable[Found | None], *, now: datetime) -> None:
    """Write down what does not match."""
    for each in found:
        if each is not None:
            findings.note(session, each, now=now)


def _rows(session: Session, entity: type[Row], column: Column, values: set[str]) -> list[Row]:
    wanted, found = sorted(values - {""}), list[Row]()
    for begin in range(0, len(wanted), AT_ONCE):
        found += session.scalars(select(entity).where(column.in_(wanted[begin : begin + AT_ONCE])))
    return found
