"""Payments in. One function settles what the provider says of a checkout: however often, however late, from wherever.

Locks are taken in one order: the order, then its slots (through capacity). The provider is never called here; the acts
that call it are in operations/payments.py, between two transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity
from ticketing.catalogue.models import Slot
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, Expired
from ticketing.foundation.money import Money
from ticketing.foundation.states import move
from ticketing.payments.provider import MINIMUM_CHECKOUT_MINUTES, Checkout, CheckoutState
from ticketing.sales import (
    change_effects,
    changes,
    closure_cases,
    gift_card_spending,
    holds,
    late_money,
    orders,
    refunds,
)
from ticketing.sales.gift_cards import GiftCardShort
from ticketing.sales.late_money import Reason
from ticketing.sales.models import (
    PAYMENT_MOVES,
    ChangeState,
    Hold,
    HoldState,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
    Payment,
    PaymentState,
)
from ticketing.sales.reseller_models import ACCOUNT

CHECKOUT_TIME = timedelta(minutes=MINIMUM_CHECKOUT_MINUTES)
# The places outlive the provider's page a little: the last second's payment still finds them.
GRACE = timedelta(minutes=2)
# A bank that confirms later may take so long before somebody else may have the places.
SLOW_BANK_TIME = timedelta(hours=24)
# After its no, the customer has this long to pay in another way.
RETRY_TIME = timedelta(minutes=15)
# However an order is not paid, others get its places in the end: after so many pages, and so long with slow banks.
MOST_ATTEMPTS = 5
LONGEST_UNPAID = timedelta(hours=30)
LIVE = (PaymentState.CREATED, PaymentState.PROCESSING)


class Outcome(StrEnum):
    """What settling a checkout came to."""

    CONFIRMED = "confirmed"  # paid, and the tickets are issued now
    ALREADY = "already"  # settled before; nothing was done
    WAITING = "waiting"  # not paid yet
    ENDED = "ended"  # the attempt came to nothing; no money moved
    REFUNDED = "refunded"  # paid, but there is nothing to give for it: the money goes back
    UNKNOWN = "unknown"  # no payment of ours


class OrderExpired(Expired):
    """The order's places were given back before it was paid."""

    code = "order_expired"


class NotPayable(Conflict):
    """This order cannot be paid in this way."""

    code = "not_payable"


class TriedTooOften(Conflict):
    """Others wait for the places of this order."""

    code = "tried_too_often"


def prepare_payment(session: Session, order_id: int, *, provider: str, actor: Actor, now: datetime) -> Payment | None:
    """Write down an attempt to pay, or return the one that is still open; None when there is nothing to pay just now.

    The places are kept until the provider's page has closed for certain. Raises OrderExpired, HoldExpired, NotPayable,
    SlotClosed, TriedTooOften.
    """
    order = orders.lock_order(session, order_id)
    if order.state is OrderState.EXPIRED:
        raise OrderExpired("Your places were given back before payment. Choose again; nothing was charged.")
    if order.state is OrderState.CANCELLED:
        raise NotPayable("This order was cancelled, so there is nothing to pay.")
    attempts = _payments_of(session, order)
    live = next((payment for payment in attempts if payment.state in LIVE), None)
    if order.state is OrderState.CONFIRMED or (live and live.state is PaymentState.PROCESSING):
        return None
    orders.require_not_closed(session, _slots_of(session, order), now)
    if live is not None and live.expires_at is not None and live.expires_at > now:
        return live
    if not may_be_tried(attempts, now):
        raise TriedTooOften("This was tried too often. Choose again; nothing was charged.")
    payment = begin_attempt(session, order, len(attempts) + 1, provider=provider, actor=actor, now=now)
    hold = session.get_one(Hold, order.hold_id, populate_existing=True)
    holds.require_open(hold, now)
    holds.keep_until(session, hold, now + CHECKOUT_TIME + GRACE, now=now)
    return payment


def begin_attempt(
    session: Session, order: Order, attempt: int, change: OrderChange | None = None, *, provider: str, actor: Actor,
    now: datetime,
) -> Payment:  # fmt: skip
    """Write down an attempt to pay an order, or a change of it. The caller holds the order's lock."""
    payment = Payment(
        order_id=order.id,
        change_id=change.id if change else None,
        attempt=attempt,
        key=f"order:{order.uuid}:attempt:{attempt}",
        provider=provider,
        state=PaymentState.CREATED,
        amount_cents=change.difference_cents if change else left_to_pay(session, order),
        currency=order.currency,
        created_at=now,
        expires_at=now + CHECKOUT_TIME,
    )
    session.add(payment)
    session.flush()
    audit.record(session, "payment.started", payment, actor=actor, now=now, attempt=attempt)
    return payment


def left_to_pay(session: Session, order: Order) -> int:
    """Return what of an order that waits to be paid its gift card does not pay, in cents."""
    return order.total_cents - gift_card_spending.held_cents(session, order)


def may_be_tried(attempts: Sequence[Payment], now: datetime) -> bool:
    """Tell whether a page to pay on is still open by our clock, or another one may be made."""
    is_open = any(each.state in LIVE and each.expires_at and each.expires_at > now for each in attempts)
    return is_open or len(attempts) < MOST_ATTEMPTS


def record_checkout(session: Session, payment_id: int, checkout: Checkout) -> None:
    """Write down under which reference the provider knows an attempt; again is already so."""
    payment = session.get_one(Payment, payment_id)
    if payment.provider_ref is None:
        payment.provider_ref, payment.checkout_url = checkout.ref, checkout.url


def settle_checkout(session: Session, checkout: Checkout, *, actor: Actor, now: datetime) -> Outcome:
    """Bring an order into line with what the provider says of its checkout. The one fulfilment function.

    Stands any number, order and simultaneity of calls: everything is decided under the order's lock.
    """
    found = _find_payment(session, checkout)
    if found is None:
        return Outcome.UNKNOWN
    order = orders.lock_order(session, found.order_id)
    payment = session.get_one(Payment, found.id, populate_existing=True)
    if payment.provider_ref is None:  # the power failed before its reference was written down
        payment.provider_ref = checkout.ref
    if payment.state is PaymentState.SUCCEEDED:
        return Outcome.ALREADY
    if checkout.is_paid:
        return _take_money(session, order, payment, checkout, actor=actor, now=now)
    return _note_unpaid(session, order, payment, checkout, actor=actor, now=now)


def confirm_without_payment(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Confirm an order of which nothing is left to pay: it costs nothing, or a gift card pays it all.

    Raises NotPayable, SlotFull, SlotClosed.
    """
    locked = orders.lock_order(session, order.id)
    if left_to_pay(session, locked):
        raise NotPayable("This order has to be paid.")
    _confirm_or_refuse(session, locked, actor=actor, now=now)


def pay_cash(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Take what is left to pay in cash, and confirm the order. Raises NotPayable, SlotFull, SlotClosed, SlotOver."""
    _pay_at_once(session, order, "cash", f"cash:{order.uuid}", actor=actor, now=now)


def pay_on_account(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Put what is left to pay on the account of the reseller, and confirm the order. Raises what pay_cash does."""
    _pay_at_once(session, order, ACCOUNT, f"{ACCOUNT}:{order.uuid}", actor=actor, now=now)


def _pay_at_once(session: Session, order: Order, provider: str, key: str, *, actor: Actor, now: datetime) -> None:
    locked = orders.lock_order(session, order.id)
    if locked.state is not OrderState.PENDING:
        raise NotPayable("This order is not waiting to be paid.")
    if left := left_to_pay(session, locked):
        session.add(
            Payment(
                order_id=locked.id,
                attempt=len(_payments_of(session, locked)) + 1,
                key=key,
                provider=provider,
                state=PaymentState.SUCCEEDED,
                amount_cents=left,
                currency=locked.currency,
                created_at=now,
                succeeded_at=now,
            )
        )
    _confirm_or_refuse(session, locked, actor=actor, now=now)


def end_attempt(session: Session, payment_id: int, *, actor: Actor, now: datetime) -> None:
    """Give up an attempt the provider never heard of."""
    payment = session.get_one(Payment, payment_id, populate_existing=True)
    if move(session, payment, PaymentState.CANCELLED, PAYMENT_MOVES):
        audit.record(session, "payment.cancelled", payment, actor=actor, now=now)


def expire_if_lapsed(session: Session, order_id: int, *, actor: Actor, now: datetime) -> bool:
    """Expire an order whose time is over and that no open attempt can still pay; False when it lives."""
    order = orders.lock_order(session, order_id)
    hold = session.get_one(Hold, order.hold_id, populate_existing=True)
    if order.state is not OrderState.PENDING or hold.expires_at > now:
        return False
    if any(payment.state in LIVE for payment in _payments_of(session, order)):
        return False
    return orders.expire(session, order, actor=actor, now=now)


def find_lapsed_orders(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """Return the ids of unpaid orders whose time is over, the oldest first."""
    lapsed = select(Order.id).join(Hold, Order.hold_id == Hold.id)
    due = lapsed.where(Order.state == OrderState.PENDING, Hold.expires_at <= now)
    return list(session.scalars(due.order_by(Hold.expires_at).limit(limit)))


def find_live_payments(session: Session, order_id: int) -> list[Payment]:
    """Load the attempts of an order that may still come to something."""
    return list(session.scalars(select(Payment).where(Payment.order_id == order_id, Payment.state.in_(LIVE))))


def find_unsettled(session: Session, *, created_before: datetime, limit: int = 200) -> list[Payment]:
    """Load open attempts older than an instant: what reconciliation asks the provider about."""
    old = select(Payment).where(Payment.state.in_(LIVE), Payment.created_at < created_before)
    return list(session.scalars(old.order_by(Payment.created_at).limit(limit)))


def _find_payment(session: Session, checkout: Checkout) -> Payment | None:
    """Find by the provider's reference, else by our own key, which the provider gives back."""
    by_ref = session.scalars(select(Payment).where(Payment.provider_ref == checkout.ref)).one_or_none()
    if by_ref is not None or not checkout.reference:
        return by_ref
    unnamed = select(Payment).where(Payment.key == checkout.reference, Payment.provider_ref.is_(None))
    return session.scalars(unnamed).one_or_none()


def _take_money(
    session: Session, order: Order, payment: Payment, checkout: Checkout, *, actor: Actor, now: datetime
) -> Outcome:
    """Money is in: give tickets for it, or give it back."""
    came_in, asked = checkout.amount, Money(payment.amount_cents, payment.currency)
    facts = {"succeeded_at": now, "intent_ref": checkout.intent_ref, "method": checkout.method}
    move(session, payment, PaymentState.SUCCEEDED, PAYMENT_MOVES, amount_cents=came_in.cents, **facts)
    audit.record(session, "payment.succeeded", payment, actor=actor, now=now, amount_cents=came_in.cents)
    if came_in != asked:
        audit.record(session, "payment.mismatched", payment, actor=actor, now=now, asked_cents=asked.cents)
        return _give_back(session, payment, "the amount does not match the order", actor=actor, now=now)
    if payment.change_id is not None:
        return _take_money_for_change(session, payment, actor=actor, now=now)
    if order.state in (OrderState.CONFIRMED, OrderState.CANCELLED):
        return _give_back(session, payment, "the order was paid before", actor=actor, now=now)
    hold = session.get_one(Hold, order.hold_id, populate_existing=True)
    refusal = _sell_paid(session, order, hold, actor=actor, now=now)
    if refusal is None:
        orders.confirm(session, order, actor=actor, now=now)
        closure_cases.note_paid(session, {slot.id for slot in _slots_of(session, order)}, now=now)
        return Outcome.CONFIRMED
    if order.state is OrderState.PENDING:
        orders.expire(session, order, actor=actor, now=now)
    jobs.enqueue(session, "send_late_payment_mail", late_money.mail_key(payment), now=now, payment_id=payment.id)
    return _give_back(session, payment, refusal, actor=actor, now=now)


def _sell_paid(session: Session, order: Order, hold: Hold, *, actor: Actor, now: datetime) -> Reason | None:
    """Sell the places and take again what a gift card pays, both or neither; return why not."""
    try:
        with session.begin_nested():
            if capacity.sell_paid(session, hold.key, now=now):
                gift_card_spending.take_again(session, order, actor=actor, now=now)
                return None
    except GiftCardShort:
        return Reason.CARD
    return late_money.reason_of(capacity.why_unsold_paid(session, hold.key, now=now))


def _take_money_for_change(session: Session, payment: Payment, *, actor: Actor, now: datetime) -> Outcome:
    change = session.get_one(OrderChange, payment.change_id, populate_existing=True)
    if change.state is ChangeState.DONE:
        return _give_back(session, payment, "the change was paid before", actor=actor, now=now)
    if changes.complete(session, change, actor=actor, now=now):
        return Outcome.CONFIRMED
    changes.lapse(session, change, actor=actor, now=now)
    jobs.enqueue(session, "send_late_payment_mail", late_money.mail_key(payment), now=now, payment_id=payment.id)
    reason = late_money.reason_of(capacity.why_unsold_paid(session, change.uuid, now=now))
    return _give_back(session, payment, reason, actor=actor, now=now)


def _give_back(session: Session, payment: Payment, reason: str, *, actor: Actor, now: datetime) -> Outcome:
    whole = Money(payment.amount_cents, payment.currency)
    refunds.request_refund(session, payment, whole, reason, actor=actor, now=now)
    return Outcome.REFUNDED


def _note_unpaid(
    session: Session, order: Order, payment: Payment, checkout: Checkout, *, actor: Actor, now: datetime
) -> Outcome:
    if checkout.state is CheckoutState.OPEN:
        return Outcome.WAITING
    if checkout.state is CheckoutState.COMPLETE:
        if move(session, payment, PaymentState.PROCESSING, PAYMENT_MOVES):
            audit.record(session, "payment.processing", payment, actor=actor, now=now)
            _keep_places(session, order, payment, now)
        return Outcome.WAITING
    if payment.state not in LIVE:
        return Outcome.ALREADY
    to = PaymentState.FAILED if checkout.state is CheckoutState.FAILED else PaymentState.CANCELLED
    move(session, payment, to, PAYMENT_MOVES)
    audit.record(session, f"payment.{to.value}", payment, actor=actor, now=now)
    if to is PaymentState.FAILED:
        _shorten_places(session, order, payment, now)
    _end_what_lapsed(session, order, payment, actor=actor, now=now)
    return Outcome.ENDED


def _end_what_lapsed(session: Session, order: Order, payment: Payment, *, actor: Actor, now: datetime) -> None:
    """End what only this attempt was still waited for: its time may have been over long before a bank's no."""
    if payment.change_id is None:
        expire_if_lapsed(session, order.id, actor=actor, now=now)
        return
    change = session.get_one(OrderChange, payment.change_id, populate_existing=True)
    others = [each for each in _payments_of(session, order) if each.change_id == change.id and each.state in LIVE]
    if change.state is ChangeState.PENDING and change.expires_at and change.expires_at <= now and not others:
        changes.lapse(session, change, actor=actor, now=now)


def _keep_places(session: Session, order: Order, payment: Payment, now: datetime) -> None:
    """Keep the places while a slow bank decides; if they have lapsed they must be won again when the money comes."""
    if payment.change_id is not None:
        change = session.get_one(OrderChange, payment.change_id, populate_existing=True)
        change_effects.keep_until(
            session, change, min(now + SLOW_BANK_TIME, change.created_at + LONGEST_UNPAID), now=now
        )
        return
    hold = session.get_one(Hold, order.hold_id, populate_existing=True)
    if hold.state is HoldState.OPEN and hold.expires_at > now:
        instant = min(now + SLOW_BANK_TIME, order.placed_at + LONGEST_UNPAID)
        holds.keep_until(session, hold, instant, now=now)


def _shorten_places(session: Session, order: Order, payment: Payment, now: datetime) -> None:
    """Give back early what was kept for a slow bank, but not before an open page has closed for certain."""
    beside = [each for each in _payments_of(session, order) if each.change_id == payment.change_id]
    still = [each for each in beside if each.state in LIVE]
    if any(each.state is PaymentState.PROCESSING for each in still):
        return
    until = max([now + RETRY_TIME, *(each.expires_at + GRACE for each in still if each.expires_at)])
    if payment.change_id is not None:
        change = session.get_one(OrderChange, payment.change_id, populate_existing=True)
        change_effects.keep_no_longer_than(session, change, until)
        return
    hold = session.get_one(Hold, order.hold_id, populate_existing=True)
    holds.keep_no_longer_than(session, hold, until)


def _confirm_or_refuse(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    hold = session.get_one(Hold, order.hold_id)
    if not capacity.sell(session, hold.key, now=now):
        raise capacity.why_unsold(session, hold.key, now=now)
    orders.confirm(session, order, actor=actor, now=now)


def _slots_of(session: Session, order: Order) -> list[Slot]:
    lines = select(OrderLine.slot_id).where(OrderLine.order_id == order.id)
    return list(session.scalars(select(Slot).where(Slot.id.in_(lines))))


def _payments_of(session: Session, order: Order) -> list[Payment]:
    own = select(Payment).where(Payment.order_id == order.id).order_by(Payment.attempt)
    return list(session.scalars(own.execution_options(populate_existing=True)))
