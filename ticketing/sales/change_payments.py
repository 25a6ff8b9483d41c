"""A change that costs more is paid like an order: an attempt of its own, and places that wait for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity
from ticketing.catalogue.models import Slot
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.sales import changes, orders, settlement
from ticketing.sales.changes import ChangeNotFound
from ticketing.sales.models import ChangeState, Order, OrderChange, Payment, PaymentState
from ticketing.sales.reseller_models import ACCOUNT
from ticketing.sales.settlement import CHECKOUT_TIME, GRACE, LIVE


def prepare(session: Session, order_id: int, *, provider: str, actor: Actor, now: datetime) -> Payment | None:
    """Write down an attempt to pay the change of an order that waits, or return the one that is still open.

    None when a slow bank has it already. Raises ChangeNotFound, SlotClosed, TriedTooOften.
    """
    order = orders.lock_order(session, order_id)
    change = changes.get_pending(session, order_id)
    attempts = _attempts_of(session, change)
    if any(payment.state is PaymentState.PROCESSING for payment in attempts):
        return None
    live = next((payment for payment in attempts if payment.state in LIVE), None)
    orders.require_not_closed(session, _slots_of(session, change), now)
    if live is not None and live.expires_at is not None and live.expires_at > now:
        return live
    if not settlement.may_be_tried(attempts, now):
        raise settlement.TriedTooOften("This was tried too often. Give it up and choose again; nothing was charged.")
    attempt = _next_attempt(session, order)
    payment = settlement.begin_attempt(session, order, attempt, change, provider=provider, actor=actor, now=now)
    change.expires_at = now + CHECKOUT_TIME + GRACE
    if not capacity.extend(session, change.uuid, expires_at=change.expires_at, now=now):
        raise ChangeNotFound("The time to pay this change is over. Choose again; nothing was charged.")
    return payment


def take_cash(session: Session, order_id: int, *, actor: Actor, now: datetime) -> OrderChange:
    """Take the difference of a waiting change in cash and do it. Raises ChangeNotFound, OrderNotChangeable, SlotClosed.

    The caller has closed the pages it could be paid on.
    """
    return _pay_at_once(session, order_id, "cash", actor=actor, now=now)


def put_on_account(session: Session, order_id: int, *, actor: Actor, now: datetime) -> OrderChange:
    """Put the difference of a waiting change on its reseller's account and do it. Raises what take_cash does."""
    return _pay_at_once(session, order_id, ACCOUNT, actor=actor, now=now)


def _pay_at_once(session: Session, order_id: int, provider: str, *, actor: Actor, now: datetime) -> OrderChange:
    order = orders.lock_order(session, order_id)
    change = changes.get_pending(session, order_id)
    orders.require_not_closed(session, _slots_of(session, change), now)
    attempt = _next_attempt(session, order)
    payment = Payment(
        order_id=order.id,
        change_id=change.id,
        attempt=attempt,
        key=f"{provider}:{change.uuid}",
        provider=provider,
        state=PaymentState.SUCCEEDED,
        amount_cents=change.difference_cents,
        currency=change.currency,
        created_at=now,
        succeeded_at=now,
    )
    session.add(payment)
    audit.record(session, "payment.succeeded", payment, actor=actor, now=now, amount_cents=payment.amount_cents)
    if not changes.complete(session, change, actor=actor, now=now):
        raise changes.OrderNotChangeable("Its tickets or places are gone meanwhile. Take no money; choose again.")
    return change


def lapse_if_due(session: Session, order_id: int, *, actor: Actor, now: datetime) -> bool:
    """Give up the change of an order whose time is over and that no open attempt can still pay; False when it lives."""
    orders.lock_order(session, order_id)
    change = changes.find_pending(session, order_id)
    if change is None or change.expires_at is None or change.expires_at > now:
        return False
    return give_up(session, order_id, actor=actor, now=now)


def give_up(session: Session, order_id: int, *, actor: Actor, now: datetime) -> bool:
    """Give up the change of an order that waits, unless an open attempt can still pay it; False when nothing waits."""
    orders.lock_order(session, order_id)
    change = changes.find_pending(session, order_id)
    if change is None or any(payment.state in LIVE for payment in _attempts_of(session, change)):
        return False
    return changes.lapse(session, change, actor=actor, now=now)


def find_lapsed(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """Return the ids of orders that have a change whose time to be paid is over, the oldest first."""
    due = select(OrderChange.order_id).where(OrderChange.state == ChangeState.PENDING, OrderChange.expires_at <= now)
    return list(session.scalars(due.order_by(OrderChange.expires_at).limit(limit)))


def _next_attempt(session: Session, order: Order) -> int:
    return (session.scalar(select(func.max(Payment.attempt)).where(Payment.order_id == order.id)) or 0) + 1


def _slots_of(session: Session, change: OrderChange) -> list[Slot]:
    return list(session.scalars(select(Slot).where(Slot.id.in_([each["slot_id"] for each in change.additions]))))


def _attempts_of(session: Session, change: OrderChange) -> list[Payment]:
    own = select(Payment).where(Payment.change_id == change.id).order_by(Payment.attempt)
    return list(session.scalars(own.execution_options(populate_existing=True)))
