"""Payments a customer's bank wants back. They are answered in the provider's dashboard; here they are known.

How they are written down is in provider_news.py.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from ticketing.sales.models import Order, Payment
from ticketing.sales.provider_models import Dispute, DisputeState

OPEN = (DisputeState.NEEDS_ANSWER, DisputeState.UNDER_REVIEW)


def forbids_refund(session: Session, payment: Payment) -> bool:
    """Tell whether a bank holds a payment's money back, so that nothing of it can be refunded now."""
    holding = select(Dispute.id).where(
        Dispute.payment_id == payment.id, Dispute.state.in_(OPEN), Dispute.is_refundable.is_(False)
    )
    return session.scalar(holding.limit(1)) is not None


def of_order(session: Session, order: Order) -> list[Dispute]:
    """Load the disputes about an order's payments, the newest first."""
    mine = select(Dispute).join(Payment, Payment.id == Dispute.payment_id).where(Payment.order_id == order.id)
    return list(session.scalars(mine.order_by(Dispute.id.desc())))


def list_open(session: Session, *, limit: int) -> list[Dispute]:
    """Load the disputes a bank has not decided, with payment and order; what we have to answer first comes first."""
    late = (Dispute.state == DisputeState.UNDER_REVIEW, Dispute.evidence_due_at, Dispute.id)
    return list(session.scalars(_whole().where(Dispute.state.in_(OPEN)).order_by(*late).limit(limit)))


def page_of_ended(session: Session, *, before: int | None, limit: int) -> list[Dispute]:
    """Load disputes that have ended, the newest first, below an id."""
    conditions: list[ColumnElement[bool]] = [Dispute.state.not_in(OPEN)]
    if before is not None:
        conditions.append(Dispute.id < before)
    return list(session.scalars(_whole().where(*conditions).order_by(Dispute.id.desc()).limit(limit)))


def count_to_answer(session: Session) -> tuple[int, datetime | None]:
    """Return how many disputes wait for our answer, and the first deadline among them."""
    waiting = select(func.count(), func.min(Dispute.evidence_due_at)).where(Dispute.state == DisputeState.NEEDS_ANSWER)
    row = session.execute(waiting).one()
    return row[0], row[1]


def _whole() -> Select[Dispute]:
    return select(Dispute).options(joinedload(Dispute.payment).joinedload(Payment.order))
