"""Money on its way back: asked for here, sent by the worker, never more than came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict
from ticketing.foundation.money import Money
from ticketing.foundation.states import move
from ticketing.payments.provider import RefundReport, RefundReportState
from ticketing.sales.models import REFUND_MOVES, Order, Payment, PaymentState, Refund, RefundState

STATES = {
    RefundReportState.PENDING: RefundState.SUBMITTED,
    RefundReportState.SUCCEEDED: RefundState.SUCCEEDED,
    RefundReportState.FAILED: RefundState.FAILED,
}
OPEN = (RefundState.REQUESTED, RefundState.SUBMITTED)


class NothingToRefund(Conflict):
    """More would go back than came in."""

    code = "nothing_to_refund"


def request_refund(
    session: Session, payment: Payment, amount: Money, reason: str, *, actor: Actor, now: datetime
) -> Refund:
    """Write down that an amount goes back to the customer; the worker sends it. Raises NothingToRefund."""
    session.scalars(select(Payment.id).where(Payment.id == payment.id).with_for_update(key_share=True)).one()
    earlier = list(session.scalars(select(Refund).where(Refund.payment_id == payment.id)))
    left = payment.amount_cents - sum(each.amount_cents for each in earlier if each.state is not RefundState.FAILED)
    if payment.state is not PaymentState.SUCCEEDED or amount.cents > left or amount.cents <= 0:
        raise NothingToRefund("There is less left to give back than that.", left_cents=left)
    refund = Refund(
        payment_id=payment.id,
        key=f"refund:{payment.key}:{len(earlier) + 1}",
        state=RefundState.REQUESTED,
        amount_cents=amount.cents,
        currency=amount.currency,
        reason=reason,
        requested_at=now,
    )
    session.add(refund)
    audit.record(session, "refund.requested", refund, actor=actor, now=now, amount_cents=amount.cents, reason=reason)
    if payment.provider == "cash":  # handed over at the desk, there and then
        move(session, refund, RefundState.SUCCEEDED, REFUND_MOVES, settled_at=now)
    else:
        jobs.enqueue(session, "send_refund", refund.key, now=now, refund_id=refund.id)
    return refund


def give_back(session: Session, order: Order, cents: int, reason: str, *, actor: Actor, now: datetime) -> list[Refund]:
    """Send an amount back over the payments of an order, the newest first. Raises NothingToRefund; all or nothing."""
    paid = select(Payment).where(Payment.order_id == order.id, Payment.state == PaymentState.SUCCEEDED)
    made, left = [], cents
    for payment in session.scalars(paid.order_by(Payment.id.desc()).with_for_update(key_share=True)):
        amount = min(left, payment.amount_cents - refunded_cents(session, payment))
        if amount > 0:
            money = Money(amount, payment.currency)
            made.append(request_refund(session, payment, money, reason, actor=actor, now=now))
            left -= amount
    if left:
        raise NothingToRefund("There is less left to give back than that.", left_cents=cents - left)
    return made


def refunded_cents(session: Session, payment: Payment) -> int:
    """Return what has gone back of a payment, or is on its way."""
    given = select(func.sum(Refund.amount_cents)).where(
        Refund.payment_id == payment.id, Refund.state != RefundState.FAILED
    )
    return int(session.scalar(given) or 0)


def record_refund(session: Session, report: RefundReport, *, actor: Actor, now: datetime) -> Refund | None:
    """Bring a refund into line with what the provider says of it; one made in the provider's dashboard is written down.

    None when it belongs to no payment of ours.
    """
    payment = session.scalars(select(Payment).where(Payment.intent_ref == report.intent_ref)).one_or_none()
    if payment is None:
        return None
    session.scalars(select(Payment.id).where(Payment.id == payment.id).with_for_update(key_share=True)).one()
    refund = _find(session, report) or _made_elsewhere(session, payment, report, actor=actor, now=now)
    refund.provider_ref = report.ref
    to = STATES[report.state]
    if to != refund.state and to in REFUND_MOVES[refund.state]:
        settled_at = None if to is RefundState.SUBMITTED else now
        move(session, refund, to, REFUND_MOVES, settled_at=settled_at, failure_reason=report.failure_reason)
        audit.record(session, f"refund.{to.value}", refund, actor=actor, now=now)
    return refund


def find_open(session: Session, *, requested_before: datetime, limit: int = 200) -> list[Refund]:
    """Load refunds the provider has but has not finished, older than an instant, their payments with them."""
    submitted = select(Refund).where(Refund.state == RefundState.SUBMITTED, Refund.requested_at < requested_before)
    with_payment = submitted.options(joinedload(Refund.payment))
    return list(session.scalars(with_payment.order_by(Refund.requested_at).limit(limit)))


def _find(session: Session, report: RefundReport) -> Refund | None:
    by_ref = session.scalars(select(Refund).where(Refund.provider_ref == report.ref)).one_or_none()
    if by_ref is not None or report.key is None:
        return by_ref
    return session.scalars(select(Refund).where(Refund.key == report.key)).one_or_none()


def _made_elsewhere(session: Session, payment: Payment, report: RefundReport, *, actor: Actor, now: datetime) -> Refund:
    refund = Refund(
        payment_id=payment.id,
        key=f"elsewhere:{report.ref}",
        provider_ref=report.ref,
        state=RefundState.REQUESTED,
        amount_cents=report.amount.cents,
        currency=report.amount.currency,
        reason="made in the provider's dashboard",
        requested_at=now,
    )
    session.add(refund)
    audit.record(session, "refund.found", refund, actor=actor, now=now, amount_cents=refund.amount_cents)
    return refund
