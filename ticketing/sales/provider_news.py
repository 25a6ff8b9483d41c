"""What the provider says of money that went back: refunds, ours or made in its dashboard, and disputes.

Money that left without our asking makes its order worth less, as if it had been given freely; or it stands in for a
refunds of ours that failed. So payments less refunds stay what orders are worth, and whoever cancels afterwards is paid
back only what is left. Locks: the order, then the payment. Any number of calls in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.money import Money
from ticketing.foundation.states import move
from ticketing.payments.provider import DisputeReport, DisputeReportState, RefundReport, RefundReportState
from ticketing.sales import findings, orders, refunds, taking_off
from ticketing.sales.findings import Found
from ticketing.sales.models import (
    REFUND_MOVES,
    ChangeKind,
    Order,
    OrderState,
    Payment,
    Refund,
    RefundState,
    RefundWay,
)
from ticketing.sales.provider_models import DISPUTE_MOVES, Dispute, DisputeState, FindingKind, ReconciliationFinding
from ticketing.sales.taking_off import Occasion

REFUND_STATES = {
    RefundReportState.PENDING: RefundState.SUBMITTED,
    RefundReportState.SUCCEEDED: RefundState.SUCCEEDED,
    RefundReportState.FAILED: RefundState.FAILED,
}
DISPUTE_STATES = {state: DisputeState(state.value) for state in DisputeReportState}
ENDED = (DisputeState.WON, DisputeState.LOST, DisputeState.DROPPED)
LONGEST_REASON = 200
ELSEWHERE = "made in the provider's dashboard"
ALREADY_BACK = "given back in the provider's dashboard before"


@dataclass(frozen=True, slots=True)
class Loss:
    """Money that left a payment without our asking."""

    ref: str
    way: RefundWay
    kind: ChangeKind
    amount: Money
    reason: str


def record_refund(session: Session, report: RefundReport, *, actor: Actor, now: datetime) -> Refund | None:
    """Bring a refund into line with what the provider says of it; one made in its dashboard is written down and booked.

    None when it belongs to no payment of ours, or never came to anything.
    """
    found = _lock_payment_of(session, report.intent_ref)
    if found is None:
        return None
    order, payment = found
    refund = _find(session, report)
    if refund is None:
        if report.state is RefundReportState.FAILED:
            return None
        refund = _made_elsewhere(session, order, payment, report, actor=actor, now=now)
    if refund is None:
        return None
    if refund.amount_cents != report.amount.cents:
        differs = Found(report.ref, FindingKind.AMOUNT_DIFFERS, report.amount, refund.amount_cents, order.id)
        findings.note(session, differs, now=now)
    refund.provider_ref = report.ref
    to = REFUND_STATES[report.state]
    if to != refund.state and to in REFUND_MOVES[refund.state]:
        settled_at = None if to is RefundState.SUBMITTED else now
        move(session, refund, to, REFUND_MOVES, settled_at=settled_at, failure_reason=report.failure_reason)
        audit.record(session, f"refund.{to.value}", refund, actor=actor, now=now)
        if to is RefundState.FAILED:
            _explain_by_what_failed(session, order, payment, actor=actor, now=now)
    return refund


def record_refusal(session: Session, refund_id: int, why: str, *, actor: Actor, now: datetime) -> None:
    """Write down that the provider refused a refund for good; again is already so."""
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    if refund.state is not RefundState.REQUESTED:
        return
    move(session, refund, RefundState.FAILED, REFUND_MOVES, settled_at=now, failure_reason=why)
    audit.record(session, "refund.failed", refund, actor=actor, now=now, reason=why)


def note_not_taken(session: Session, refund_id: int, why: str) -> None:
    """Note why the provider has not taken a refund so far; it is asked again, until it takes it or refuses for good."""
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    if refund.state is RefundState.REQUESTED:
        refund.failure_reason = " ".join(why.split())[:LONGEST_REASON]


def record_dispute(session: Session, report: DisputeReport, *, actor: Actor, now: datetime) -> Dispute | None:
    """Bring a dispute into line with what the provider says of it; one that is lost has taken its money.

    None when it is about no payment of ours.
    """
    found = _lock_payment_of(session, report.intent_ref)
    if found is None:
        return None
    order, payment = found
    dispute = session.scalars(select(Dispute).where(Dispute.provider_ref == report.ref)).one_or_none()
    if dispute is None:
        dispute = _opened(session, payment, report, actor=actor, now=now)
    dispute.is_refundable, dispute.evidence_due_at = report.is_refundable, report.evidence_due_at
    session.flush()
    to = DISPUTE_STATES[report.state]
    if to is dispute.state:
        return dispute
    if to not in DISPUTE_MOVES[dispute.state]:
        turned = Found(report.ref, FindingKind.DISPUTE_TURNED, report.amount, order_id=order.id)
        findings.note(session, turned, now=now)
        return dispute
    move(session, dispute, to, DISPUTE_MOVES, ended_at=now if to in ENDED else None)
    audit.record(session, f"dispute.{to.value}", dispute, actor=actor, now=now, amount_cents=dispute.amount_cents)
    if to is DisputeState.LOST:
        loss = Loss(report.ref, RefundWay.DISPUTE, ChangeKind.DISPUTE, report.amount, f"dispute: {report.reason}")
        _book(session, order, payment, loss, state=RefundState.SUCCEEDED, actor=actor, now=now)
    return dispute


def _lock_payment_of(session: Session, intent_ref: str) -> tuple[Order, Payment] | None:
    payment = session.scalars(select(Payment).where(Payment.intent_ref == intent_ref)).one_or_none()
    if payment is None:
        return None
    order = orders.lock_order(session, payment.order_id)
    refunds.lock_payment(session, payment)
    return order, payment


def _find(session: Session, report: RefundReport) -> Refund | None:
    by_ref = session.scalars(select(Refund).where(Refund.provider_ref == report.ref)).one_or_none()
    if by_ref is not None or report.key is None:
        return by_ref
    unnamed = select(Refund).where(Refund.key == report.key, Refund.provider_ref.is_(None))
    return session.scalars(unnamed).one_or_none()


def _made_elsewhere(
    session: Session, order: Order, payment: Payment, report: RefundReport, *, actor: Actor, now: datetime
) -> Refund | None:
    found = Found(report.ref, FindingKind.REFUND_ELSEWHERE, report.amount, order_id=order.id)
    findings.note(session, found, now=now)
    _drop_what_cannot_be_sent(session, payment, report.amount.cents, actor=actor, now=now)
    loss = Loss(report.ref, RefundWay.PROVIDER, ChangeKind.REFUND, report.amount, ELSEWHERE)
    return _book(session, order, payment, loss, state=RefundState.REQUESTED, actor=actor, now=now)


def _drop_what_cannot_be_sent(session: Session, payment: Payment, cents: int, *, actor: Actor, now: datetime) -> None:
    """Give up refunds of ours that wait to be sent, as far as the dashboard has left nothing for them."""
    waiting = select(Refund).where(Refund.payment_id == payment.id, Refund.state == RefundState.REQUESTED)
    for refund in session.scalars(waiting.order_by(Refund.id.desc())).all():
        if payment.amount_cents - refunds.refunded_cents(session, payment) >= cents:
            return
        record_refusal(session, refund.id, ALREADY_BACK, actor=actor, now=now)


def _book(
    session: Session, order: Order, payment: Payment, loss: Loss, *, state: RefundState, actor: Actor, now: datetime
) -> Refund | None:
    """Write down money that left: in the place of a refund that failed, or off what the order is worth.

    What goes beyond both is somebody's to explain.
    """
    left = payment.amount_cents - refunds.refunded_cents(session, payment)
    booked = max(0, min(loss.amount.cents, left))
    unsendable = max(0, refunds.owed_of_payment(session, payment) - (left - booked))
    off_the_order, covers = _shared(session, order, payment, booked, unsendable=unsendable)
    if off_the_order + covers < loss.amount.cents:
        beyond = Found(loss.ref, FindingKind.BEYOND_THE_ORDER, loss.amount, off_the_order + covers, order.id)
        findings.note(session, beyond, now=now)
    if not booked:
        return None
    refund = Refund(
        payment_id=payment.id,
        key=f"elsewhere:{loss.ref}",
        provider_ref=loss.ref,
        way=loss.way,
        state=state,
        amount_cents=booked,
        covers_cents=covers,
        currency=loss.amount.currency,
        reason=loss.reason,
        requested_at=now,
        settled_at=now if state is RefundState.SUCCEEDED else None,
    )
    session.add(refund)
    audit.record(session, "refund.found", refund, actor=actor, now=now, amount_cents=booked, reason=loss.reason)
    if off_the_order:
        occasion = Occasion(loss.kind, loss.reason, f"elsewhere:{loss.ref}")
        taking_off.take_off(session, order, off_the_order, occasion, now=now)
        facts = {"amount_cents": off_the_order, "reason": loss.reason}
        audit.record(session, "order.worth_less", order, actor=actor, now=now, **facts)
    return refund


def _shared(session: Session, order: Order, payment: Payment, cents: int, *, unsendable: int) -> tuple[int, int]:
    """Share money that left: what comes off the order's worth, and what the customer was owed and has now.

    An amount that is owed exactly is that refund, made by hand. What is owed of this payment and could not be sent over
    it any more went out with it.
    """
    failed = sorted(refunds.failed_of(session, order), key=lambda each: each.payment_id != payment.id)
    same = next((each for each in failed if refunds.owed_cents(each) == cents), None)
    off_the_order = 0 if same else min(cents - unsendable, _worth(order))
    return off_the_order, _cover([same] if same else failed, cents - off_the_order)


def _explain_by_what_failed(
    session: Session, order: Order, payment: Payment, *, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """Let what went back beyond the order stand in for a refund that failed since: the provider has no more to send."""
    beyond = (
        select(ReconciliationFinding, Refund)
        .join(Refund, Refund.provider_ref == ReconciliationFinding.object_ref)
        .where(ReconciliationFinding.kind == FindingKind.BEYOND_THE_ORDER, Refund.payment_id == payment.id)
        .where(Refund.state != RefundState.FAILED)
    )
    for finding, refund in session.execute(beyond.order_by(Refund.id)):
        explained = finding.expected_cents or 0
        covers = _cover(refunds.failed_of(session, order), finding.amount_cents - explained)
        if covers:
            refund.amount_cents = min(finding.amount_cents, refund.amount_cents + covers)
            refund.covers_cents += covers
            finding.expected_cents = explained + covers
            audit.record(session, "refund.explained", refund, actor=actor, now=now, amount_cents=covers)
            session.flush()


def _cover(failed: Sequence[Refund], cents: int) -> int:
    """Let an amount stand in for refunds that failed, in this order; return how much of it did."""
    left = cents
    for refund in failed:
        part = min(left, refunds.owed_cents(refund))
        refund.covered_cents += part
        left -= part
    return cents - left


def _worth(order: Order) -> int:
    return order.total_cents if order.state in (OrderState.CONFIRMED, OrderState.CANCELLED) else 0


def _opened(session: Session, payment: Payment, report: DisputeReport, *, actor: Actor, now: datetime) -> Dispute:
    dispute = Dispute(
        provider_ref=report.ref,
        payment_id=payment.id,
        state=DisputeState.NEEDS_ANSWER,
        reason=report.reason[:60],
        is_refundable=report.is_refundable,
        amount_cents=report.amount.cents,
        currency=report.amount.currency,
        opened_at=report.opened_at,
        evidence_due_at=report.evidence_due_at,
    )
    session.add(dispute)
    audit.record(session, "dispute.opened", dispute, actor=actor, now=now, amount_cents=dispute.amount_cents)
    return dispute
