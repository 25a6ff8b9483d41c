"""Mails that follow a commit: loaded in one transaction, written and sent outside any. Again is the same mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.foundation import jobs
from ticketing.foundation.failpoints import reach
from ticketing.foundation.jobs import ClaimedJob
from ticketing.foundation.money import Money
from ticketing.sales import closure_credits, closure_letters, documents, goodwill, lost_links, orders, overview
from ticketing.sales.documents import Letterhead, MailJob
from ticketing.sales.models import ChangeKind, Channel, Order, OrderChange, OrderState, Payment
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
    """Send an order's confirmation with its tickets; one anonymised or cancelled meanwhile gets none."""
    reach("C6")
    with services.database.reading() as session:
        order, view = _load(session, job.payload["order_id"], services)
    if order.email is not None and view.tickets:
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
        is_free = change.kind is ChangeKind.REFUND
        back_cents = goodwill.given_cents(session, change) if is_free else max(0, -change.difference_cents)
        is_resold = order.channel is Channel.RESELLER  # what goes back is the reseller's to give, and to tell
        back_cents = 0 if is_resold else back_cents
        cards = closure_credits.cards_of_change(session, change.id, services.zone)
    if order.email is None or (is_resold and is_free):
        return
    head = letterhead(services)
    if cards:
        assert change.done_at is not None, "what is on a card was done"
        written = MailJob(job.key, change.done_at)
        services.mail.send(closure_letters.credited(order, cards, head, has_tickets=bool(view.tickets), job=written))
    else:
        services.mail.send(documents.changed(order, view, change, head, back_cents=back_cents, key=job.key))


def send_tickets(services: Services, job: ClaimedJob) -> None:
    """Send an order's tickets once more: because somebody asked, or because its address is another now."""
    with services.database.reading() as session:
        order, view = _load(session, job.payload["order_id"], services)
    if order.email is not None and order.state is OrderState.CONFIRMED:
        why = job.payload["why"]
        message = documents.tickets_once_more(order, view, letterhead(services), why=why, job=_mail_job(job))
        services.mail.send(message)


def send_address_mail(services: Services, job: ClaimedJob) -> None:
    """Tell an order's old address that mails go elsewhere now, and forget that address."""
    to = job.payload.get("email")
    if to is None:
        return
    with services.database.reading() as session:
        order, _ = _load(session, job.payload["order_id"], services)
    if order.email is not None:
        services.mail.send(documents.address_changed(order, to, letterhead(services), job=_mail_job(job)))
    with services.database.transaction() as session:
        jobs.forget(session, job.id, "email")


def send_lost_links(services: Services, job: ClaimedJob) -> None:
    """Mail an address the links of its orders, if it has any, and forget who asked."""
    to, language = job.payload.get("email"), job.payload["language"]
    if to is None:
        return
    with services.database.reading() as session:
        found = lost_links.orders_to_find(session, to, now=services.clock.now())
    if found:
        services.mail.send(documents.lost_links(found, to, language, letterhead(services), job=_mail_job(job)))
    with services.database.transaction() as session:
        jobs.forget(session, job.id, "email")


def _mail_job(job: ClaimedJob) -> MailJob:
    return MailJob(job.key, datetime.fromisoformat(job.payload["asked_at"]))


def _load(session: Session, order_id: int, services: Services) -> tuple[Order, OrderView]:
    code, secret = session.execute(select(Order.code, Order.secret).where(Order.id == order_id)).one()
    order = orders.get_order(session, code, secret)
    return order, overview.overview_of(session, order, zone=services.zone)
