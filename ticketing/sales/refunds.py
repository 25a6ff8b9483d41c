"""Money on its way back: asked for here, sent by the worker, never more than came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, NotFound
from ticketing.foundation.money import Money
from ticketing.foundation.states import move
from ticketing.payments.provider import PaymentDisputed
from ticketing.sales import disputes, gift_card_spending, gift_cards, orders
from ticketing.sales.findings import NoteMissing
from ticketing.sales.models import REFUND_MOVES, Order, Payment, PaymentState, Refund, RefundState, RefundWay
from ticketing.sales.reseller_models import ACCOUNT

LONGEST_NOTE = 200
# How money goes back that came otherwise than over the provider.
WAYS = {"cash": RefundWay.CASH, gift_cards.PROVIDER: RefundWay.GIFT_CARD, ACCOUNT: RefundWay.ACCOUNT}


class NothingToRefund(Conflict):
    """More would go back than came in."""

    code = "nothing_to_refund"


class RefundNotFound(NotFound):
    """There is no such refund of this order."""

    code = "refund_not_found"


def request_refund(
    session: Session, payment: Payment, amount: Money, reason: str, *, actor: Actor, now: datetime
) -> Refund:
    """Write down that an amount goes back to the customer; the worker sends it.

    Raises NothingToRefund, PaymentDisputed.
    """
    lock_payment(session, payment)
    left = _free_cents(session, payment)
    if payment.state is not PaymentState.SUCCEEDED or amount.cents > left or amount.cents <= 0:
        raise NothingToRefund("There is less left to give back than that.", left_cents=left)
    _require_undisputed(session, payment)
    way = WAYS.get(payment.provider, RefundWay.PROVIDER)
    refund = _written(session, payment, amount, way, reason=reason, now=now)
    audit.record(session, "refund.requested", refund, actor=actor, now=now, amount_cents=amount.cents, reason=reason)
    if way is RefundWay.GIFT_CARD:
        gift_card_spending.refund_to_card(session, payment, refund, actor=actor, now=now)
    if way is not RefundWay.PROVIDER:  # handed over at the desk, put onto the card or the account, there and then
        move(session, refund, RefundState.SUCCEEDED, REFUND_MOVES, settled_at=now)
    else:
        jobs.enqueue(session, "send_refund", refund.key, now=now, refund_id=refund.id)
    return refund


def give_back(session: Session, order: Order, cents: int, reason: str, *, actor: Actor, now: datetime) -> list[Refund]:
    """Send an amount back over the payments of an order: to its gift card first, then the newest; all or nothing.

    What a bank disputes is passed over. Raises NothingToRefund, PaymentDisputed.
    """
    shares = _share_out(session, order, cents)
    return [request_refund(session, payment, amount, reason, actor=actor, now=now) for payment, amount in shares]


def give_back_onto_cards(
    session: Session, order: Order, cents: int, reason: str, *, actor: Actor, now: datetime
) -> list[tuple[Payment, Refund]]:
    """Take an amount off the payments of an order for gift cards, however it came; what a card paid is back on it.

    The caller puts the rest onto a card. Raises NothingToRefund, PaymentDisputed.
    """
    made = []
    for payment, amount in _share_out(session, order, cents):
        if payment.provider == gift_cards.PROVIDER:
            refund = request_refund(session, payment, amount, reason, actor=actor, now=now)
        else:
            refund = _written(session, payment, amount, RefundWay.GIFT_CARD, reason=reason, now=now)
            said = {"amount_cents": amount.cents, "reason": reason}
            audit.record(session, "refund.requested", refund, actor=actor, now=now, **said)
            move(session, refund, RefundState.SUCCEEDED, REFUND_MOVES, settled_at=now)
        made.append((payment, refund))
    return made


def _share_out(session: Session, order: Order, cents: int) -> list[tuple[Payment, Money]]:
    """Share an amount that goes back out over the payments of an order, locked, as give_back says. Raises the same."""
    paid = select(Payment).where(Payment.order_id == order.id, Payment.state == PaymentState.SUCCEEDED)
    locked = session.scalars(paid.order_by(Payment.id.desc()).with_for_update(key_share=True)).all()
    shares: list[tuple[Payment, Money]] = []
    left, is_disputed = cents, False
    for payment in sorted(locked, key=lambda each: each.provider != gift_cards.PROVIDER):
        if left and disputes.forbids_refund(session, payment):
            is_disputed = True
            continue
        amount = min(left, _free_cents(session, payment))
        if amount > 0:
            shares.append((payment, Money(amount, payment.currency)))
            left -= amount
    if left and is_disputed:
        raise PaymentDisputed("The customer's bank is deciding on this payment. Wait for what it says.")
    if left:
        raise NothingToRefund("There is less left to give back than that.", left_cents=cents - left)
    return shares


def refunded_cents(session: Session, payment: Payment) -> int:
    """Return what has gone back of a payment, or is on its way."""
    given = select(func.sum(Refund.amount_cents)).where(
        Refund.payment_id == payment.id, Refund.state != RefundState.FAILED
    )
    return int(session.scalar(given) or 0)


def owed_of_payment(session: Session, payment: Payment) -> int:
    """Return what of a payment's failed refunds has not reached the customer."""
    owed = select(func.sum(Refund.amount_cents - Refund.covered_cents)).where(
        Refund.payment_id == payment.id, Refund.state == RefundState.FAILED
    )
    return int(session.scalar(owed) or 0)


def find_open(session: Session, *, requested_before: datetime, limit: int = 200) -> list[Refund]:
    """Load refunds the provider has but has not finished, older than an instant, their payments with them."""
    submitted = select(Refund).where(Refund.state == RefundState.SUBMITTED, Refund.requested_at < requested_before)
    with_payment = submitted.options(joinedload(Refund.payment))
    return list(session.scalars(with_payment.order_by(Refund.requested_at).limit(limit)))


def retry(session: Session, order: Order, refund_id: int, *, actor: Actor, now: datetime) -> Refund | None:
    """Send what is owed of a refund that failed, as a new one with a key of its own; None when nothing is any more.

    Raises RefundNotFound, PaymentDisputed.
    """
    failed, payment = _lock_failed(session, order, refund_id)
    if owed_cents(failed) == 0:
        return None
    _require_undisputed(session, payment)
    refund = _in_place_of(session, failed, payment, failed.way, reason=failed.reason, now=now)
    audit.record(session, "refund.retried", refund, actor=actor, now=now, amount_cents=refund.amount_cents)
    jobs.enqueue(session, "send_refund", refund.key, now=now, refund_id=refund.id)
    return refund


def note_transfer(
    session: Session, order: Order, refund_id: int, note: str, *, actor: Actor, now: datetime
) -> Refund | None:
    """Write down that what is owed of a refund that failed was paid otherwise, and how; None when nothing is any more.

    Raises RefundNotFound, NoteMissing.
    """
    failed, payment = _lock_failed(session, order, refund_id)
    if owed_cents(failed) == 0:
        return None
    text = " ".join(note.split())
    if not 0 < len(text) <= LONGEST_NOTE:
        raise NoteMissing("Say how it was paid back, in at most 200 characters.", field="note")
    refund = _in_place_of(session, failed, payment, RefundWay.TRANSFER, reason=text, now=now)
    move(session, refund, RefundState.SUCCEEDED, REFUND_MOVES, settled_at=now)
    cents = refund.amount_cents
    audit.record(session, "refund.transferred", refund, actor=actor, now=now, amount_cents=cents, reason=text)
    return refund


def owed_cents(refund: Refund) -> int:
    """Return what of a refund failed to reach the customer, and has not reached them otherwise."""
    return refund.amount_cents - refund.covered_cents if refund.state is RefundState.FAILED else 0


def find_failed(session: Session, *, limit: int) -> list[Refund]:
    """Load the refunds of which something is owed, the oldest first, with payment and order."""
    owed = (Refund.state == RefundState.FAILED, Refund.covered_cents < Refund.amount_cents)
    whole = select(Refund).where(*owed).options(joinedload(Refund.payment).joinedload(Payment.order))
    return list(session.scalars(whole.order_by(Refund.id).limit(limit)))


def get_failed(session: Session, order: Order, refund_id: int) -> Refund:
    """Load a refund of an order that failed. Raises RefundNotFound."""
    own = (
        select(Refund)
        .join(Payment)
        .where(Refund.id == refund_id, Payment.order_id == order.id, Refund.state == RefundState.FAILED)
    )
    failed = session.scalars(own.execution_options(populate_existing=True)).one_or_none()
    if failed is None:
        raise RefundNotFound("There is no such refund that failed. Look at the order again.")
    return failed


def failed_of(session: Session, order: Order) -> list[Refund]:
    """Load the refunds of an order of which something is owed, the oldest first. The caller holds the order's lock."""
    owed = (Refund.state == RefundState.FAILED, Refund.covered_cents < Refund.amount_cents)
    own = select(Refund).join(Payment).where(Payment.order_id == order.id, *owed).order_by(Refund.id)
    return list(session.scalars(own.execution_options(populate_existing=True)))


def lock_payment(session: Session, payment: Payment) -> None:
    """Lock a payment, so that what goes back of it is summed up and added to by one at a time."""
    session.scalars(select(Payment.id).where(Payment.id == payment.id).with_for_update(key_share=True)).one()


def _lock_failed(session: Session, order: Order, refund_id: int) -> tuple[Refund, Payment]:
    orders.lock_order(session, order.id)
    failed = get_failed(session, order, refund_id)
    payment = session.get_one(Payment, failed.payment_id)
    lock_payment(session, payment)
    return failed, payment


def _free_cents(session: Session, payment: Payment) -> int:
    """Return what of a payment can be given back besides what is owed of refunds that failed."""
    return payment.amount_cents - refunded_cents(session, payment) - owed_of_payment(session, payment)


def _require_undisputed(session: Session, payment: Payment) -> None:
    if disputes.forbids_refund(session, payment):
        raise PaymentDisputed("The customer's bank is deciding on this payment. Wait for what it says.")


def _in_place_of(
    session: Session, failed: Refund, payment: Payment, way: RefundWay, *, reason: str, now: datetime
) -> Refund:
    amount = Money(owed_cents(failed), failed.currency)
    refund = _written(session, payment, amount, way, reason=reason, now=now)
    refund.covers_cents, failed.covered_cents = amount.cents, failed.amount_cents
    return refund


def _written(
    session: Session,
    payment: Payment,
    amount: Money,
    way: RefundWay,
    *,
    reason: str,
    now: datetime,
) -> Refund:
    """Add a refund with a key of its own: the provider answers a key it knows as it did before."""
    earlier = session.scalar(select(func.count()).select_from(Refund).where(Refund.payment_id == payment.id)) or 0
    refund = Refund(
        payment_id=payment.id,
        key=f"refund:{payment.key}:{earlier + 1}",
        way=way,
        state=RefundState.REQUESTED,
        amount_cents=amount.cents,
        currency=amount.currency,
        reason=reason,
        requested_at=now,
    )
    session.add(refund)
    session.flush()
    return refund
