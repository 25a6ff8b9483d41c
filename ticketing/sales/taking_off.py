"""An order is worth less though its tickets stand: money was given back freely, or was taken by a bank.

It is a change with a negative fee, one row for each VAT rate it comes off, in proportion to what the order is worth at
each: so an order's total stays what was kept of its payments, and the VAT of every rate follows to the cent. When the
tickets are cancelled later, what went before is counted against what comes back (sales/change_amounts.py).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.foundation.identifiers import new_uuid
from ticketing.foundation.money import split, vat_within
from ticketing.sales import change_effects
from ticketing.sales.models import ChangeKind, ChangeState, Order, OrderChange, OrderLine

LONGEST_KEY = 60  # what follows it numbers the rows of one act


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why an order is worth less; `request_key` makes it once."""

    kind: ChangeKind
    reason: str
    request_key: str


def take_off(session: Session, order: Order, cents: int, why: Occasion, *, now: datetime) -> list[OrderChange]:
    """Take an amount off what an order is worth, at most all of it. The caller holds the order's lock."""
    shares = _shares(session, order, cents)
    made = [
        _change(order, rate, share, number, why=why, now=now) for number, (rate, share) in enumerate(shares.items())
    ]
    session.add_all(made)
    session.flush()
    order.total_cents = change_effects.worth_of(session, order).total_cents
    return made


def find_taken(session: Session, order: Order, request_key: str) -> list[OrderChange]:
    """Load what an act took off before, if it did."""
    keys = OrderChange.request_key.startswith(f"{request_key[:LONGEST_KEY]}:", autoescape=True)
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


def _change(order: Order, rate: int | None, cents: int, number: int, *, why: Occasion, now: datetime) -> OrderChange:
    return OrderChange(
        uuid=new_uuid(),
        request_key=f"{why.request_key[:LONGEST_KEY]}:{number}",
        order_id=order.id,
        kind=why.kind,
        state=ChangeState.DONE,
        ticket_ids=[],
        additions=[],
        fee_cents=-cents,
        given_before_cents=0,
        fee_vat_bp=rate,
        fee_vat_cents=vat_within(-cents, rate or 0),
        difference_cents=-cents,
        currency=order.currency,
        reason=why.reason,
        created_at=now,
        expires_at=None,
        done_at=now,
    )
