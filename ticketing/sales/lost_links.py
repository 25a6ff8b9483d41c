"""Finding one's order again: an address is mailed the links of its orders, and nobody is told whether it has any.

Asking writes the same job for every address; what there is to send is looked up by the worker, out of sight.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.foundation import jobs
from ticketing.foundation.identifiers import digest_of
from ticketing.sales import orders
from ticketing.sales.customers import checked_email
from ticketing.sales.finding import spellings
from ticketing.sales.models import Order, OrderLine, OrderState

SPAN_MINUTES = 10  # one mail to an address in so long, however often it is asked for
BOUGHT_LATELY = timedelta(days=30)
MOST_ORDERS = 20


def ask(session: Session, email: str, language: str, *, now: datetime) -> None:
    """Let the links of an address's orders be mailed to it. Raises EmailInvalid, for its shape alone."""
    address = checked_email(email)
    span = int(now.timestamp()) // (SPAN_MINUTES * 60)
    key = f"lost:{digest_of(address.lower())[:40]}:{span}"
    jobs.enqueue(session, "send_lost_links", key, now=now, email=address, language=language, asked_at=now.isoformat())


def orders_to_find(session: Session, email: str, *, now: datetime) -> list[Order]:
    """Load the orders of an address that are still to come, or to be paid, or were bought lately; the newest first."""
    coming = select(OrderLine.id).join(Slot, Slot.id == OrderLine.slot_id).where(
        OrderLine.order_id == Order.id, OrderLine.ended_at.is_(None), Slot.ends_at > now
    )  # fmt: skip
    worth_a_link = or_(
        Order.state == OrderState.PENDING,
        and_(Order.state == OrderState.CONFIRMED, coming.exists()),
        and_(Order.state.in_((OrderState.CONFIRMED, OrderState.CANCELLED)), Order.confirmed_at > now - BOUGHT_LATELY),
    )
    mine = select(Order).where(Order.email.in_(spellings(email)), worth_a_link).options(*orders.whole_order())
    return list(session.scalars(mine.order_by(Order.id.desc()).limit(MOST_ORDERS)))
