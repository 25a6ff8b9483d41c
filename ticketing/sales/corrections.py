"""Putting right who an order is for, while it waits to be paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.sales import orders, settlement
from ticketing.sales.customers import checked_email, cleaned_name
from ticketing.sales.models import OrderState


def correct_customer(
    session: Session, order_id: int, email: str, name: str | None, *, actor: Actor, now: datetime
) -> bool:
    """Send an unpaid order's tickets to another address; False when the order is not waiting any more.

    Raises EmailInvalid.
    """
    order = orders.lock_order(session, order_id)
    if order.state is not OrderState.PENDING:
        return False
    order.email, order.name = checked_email(email), cleaned_name(name)
    audit.record(session, "order.corrected", order, actor=actor, now=now)
    for payment in settlement.find_live_payments(session, order_id):
        if payment.provider_ref is None:  # its key is bound to the old address: the provider would refuse it with this
            settlement.end_attempt(session, payment.id, actor=actor, now=now)
    return True
