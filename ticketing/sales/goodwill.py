"""Money given back freely: the tickets stand, and the order is worth less. A manager does it, with a reason.

It is a change with a negative fee, one row for each VAT rate it comes off, in proportion to what the order is worth at
each: so an order's total stays what was kept of its payments, and the VAT of every rate follows to the cent. When the
tickets are cancelled later, what was given before is counted against what comes back (sales/change_amounts.py).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_uuid
from ticketing.foundation.money import Money, split, vat_within
from ticketing.sales import change_effects, orders, refunds
from ticketing.sales.changes import OrderNotChangeable
from ticketing.sales.models import ChangeKind, ChangeState, Order, OrderChange, OrderLine, OrderState

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

    Raises RefundInvalid, OrderNotChangeable, NothingToRefund.
    """
    order = orders.lock_order(session, order_id)
    if known := _find_by_request(session, order, request_key):
        return known
    text = checked(order, amount.cents, reason)
    made = [
        _change(order, rate, cents, f"{request_key[:60]}:{number}", reason=text, now=now)
        for number, (rate, cents) in enumerate(_shares(session, order, amount.cents).items())
    ]
    session.add_all(made)
    session.flush()
    order.total_cents = change_effects.worth_of(session, order).total_cents
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


def _find_by_request(session: Session, order: Order, request_key: str) -> list[OrderChange]:
    keys = OrderChange.request_key.startswith(f"{request_key[:60]}:", autoescape=True)
    return list(session.scalars(select(OrderChange).where(OrderChange.order_id == order.id, keys)))


def _shares(session: Session, order: Order, cents: int) -> dict[int | None, int]:
    """Share an amount over the VAT rates of an order, by what it is worth at each."""
    worth: Counter[int | None] = Counter()
    standing = select(OrderLine.vat_bp, func.sum(OrderLine.total_cents)).where(
        OrderLine.order_id == order.id, OrderLine.ended_at.is_(None)
    )
    kept = select(OrderChange.fee_vat_bp, func.sum(OrderChange.fee_cents)).where(
        OrderChange.order_id == order.id, OrderChange.state == ChangeState.DONE
    )
    for question in (standing.group_by(OrderLine.vat_bp), kept.group_by(OrderChange.fee_vat_bp)):
        for rate, amount in session.execute(question):
            worth[rate] += int(amount)
    rates = sorted((rate for rate in worth if worth[rate] > 0), key=lambda rate: -1 if rate is None else rate)
    shares = split(cents, [worth[rate] for rate in rates])
    return {rate: share for rate, share in zip(rates, shares, strict=True) if share}


def _change(order: Order, rate: int | None, cents: int, request_key: str, *, reason: str, now: datetime) -> OrderChange:
    return OrderChange(
        uuid=new_uuid(),
        request_key=request_key,
        order_id=order.id,
        kind=ChangeKind.REFUND,
        state=ChangeState.DONE,
        ticket_ids=[],
        additions=[],
        fee_cents=-cents,
        given_before_cents=0,
        fee_vat_bp=rate,
        fee_vat_cents=vat_within(-cents, rate or 0),
        difference_cents=-cents,
        currency=order.currency,
        reason=reason,
        created_at=now,
        expires_at=None,
        done_at=now,
    )
