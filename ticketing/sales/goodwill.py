"""Money given back freely: the tickets stand, and the order is worth less. A manager does it, with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.money import Money
from ticketing.sales import orders, refunds, taking_off
from ticketing.sales.changes import OrderNotChangeable
from ticketing.sales.models import ChangeKind, Order, OrderChange, OrderState
from ticketing.sales.taking_off import Occasion

LONGEST_REASON = 200
REFUNDABLE = (OrderState.CONFIRMED, OrderState.CANCELLED)


class RefundInvalid(InvalidInput):
    """This cannot be given back like this; `details["field"]` names where, `details["most"]` how many cents can be."""

    code = "refund_invalid"


def checked(order: Order, cents: int, reason: str) -> str:
    """Return the reason in its form for the books, if an amount can be given back. Raises RefundInvalid.

    Raises OrderNotChangeable for an order that was never confirmed.
    """
    if order.state not in REFUNDABLE:
        raise OrderNotChangeable("Only an order that was paid can be refunded.")
    if not 0 < cents <= order.total_cents:
        raise RefundInvalid("Give an amount above nothing and at most what is left.", field="amount",
                            most=order.total_cents)  # fmt: skip
    text = " ".join(reason.split())
    if not 0 < len(text) <= LONGEST_REASON:
        raise RefundInvalid("Say why, in at most 200 characters.", field="reason")
    return text


def give_back(
    session: Session, order_id: int, amount: Money, reason: str, request_key: str, *, actor: Actor, now: datetime
) -> list[OrderChange]:
    """Give an amount back though the tickets stand; the same request again is the same refund.

    Raises RefundInvalid, OrderNotChangeable, NothingToRefund, PaymentDisputed.
    """
    order = orders.lock_order(session, order_id)
    if known := taking_off.find_taken(session, order, request_key):
        return known
    text = checked(order, amount.cents, reason)
    occasion = Occasion(ChangeKind.REFUND, text, request_key)
    made = taking_off.take_off(session, order, amount.cents, occasion, now=now)
    audit.record(session, "order.refunded", order, actor=actor, now=now, amount_cents=amount.cents, reason=text)
    refunds.give_back(session, order, amount.cents, text, actor=actor, now=now)
    jobs.enqueue(session, "send_change_mail", f"change:{made[0].uuid}", now=now, change_id=made[0].id)
    return made


def given_cents(session: Session, change: OrderChange) -> int:
    """Return what the whole act gave back that a row of it belongs to: its rows share their order and their instant."""
    act = select(func.sum(-OrderChange.fee_cents)).where(
        OrderChange.order_id == change.order_id,
        OrderChange.kind == ChangeKind.REFUND,
        OrderChange.created_at == change.created_at,
    )
    return int(session.scalar(act) or 0)
