"""Mails that follow a commit: loaded in one transaction, written and sent outside any. Again is the same mail."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.foundation.failpoints import reach
from ticketing.foundation.jobs import ClaimedJob
from ticketing.foundation.money import Money
from ticketing.sales import documents, orders, overview
from ticketing.sales.documents import Letterhead
from ticketing.sales.models import Order, OrderChange, Payment
from ticketing.sales.overview import OrderView


def letterhead(services: Services) -> Letterhead:
    """Return who writes, by the settings."""
    settings = services.settings
    return Letterhead(
        centre_name=settings.centre_name,
        zone=settings.centre_zone,
        public_url=settings.public_url,
        sender=settings.mail_sender,
        is_test=services.sandbox is not None,
    )


def send_confirmation(services: Services, job: ClaimedJob) -> None:
    """Send an order's confirmation with its tickets; an order anonymised meanwhile gets none."""
    reach("C6")
    with services.database.reading() as session:
        order, view = _load(session, job.payload["order_id"], services)
    if order.email is not None:
        services.mail.send(documents.confirmation(order, view, letterhead(services), key=job.key))


def send_late_payment_mail(services: Services, job: ClaimedJob) -> None:
    """Explain that a payment came too late and goes back."""
    with services.database.reading() as session:
        payment = session.get_one(Payment, job.payload["payment_id"])
        order, _ = _load(session, payment.order_id, services)
    if order.email is not None:
        amount = Money(payment.amount_cents, payment.currency)
        services.mail.send(documents.late_payment(order, amount, letterhead(services), key=job.key))


def send_change_mail(services: Services, job: ClaimedJob) -> None:
    """Say what has changed of an order, with the tickets that hold now."""
    with services.database.reading() as session:
        change = session.get_one(OrderChange, job.payload["change_id"])
        order, view = _load(session, change.order_id, services)
    if order.email is not None:
        services.mail.send(documents.changed(order, view, change, letterhead(services), key=job.key))


def _load(session: Session, order_id: int, services: Services) -> tuple[Order, OrderView]:
    code, secret = session.execute(select(Order.code, Order.secret).where(Order.id == order_id)).one()
    order = orders.get_order(session, code, secret)
    return order, overview.overview_of(session, order, zone=services.zone)
