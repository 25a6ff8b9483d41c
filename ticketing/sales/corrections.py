"""Putting right who an order is for and in which language, and whose tickets they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.sales import name_words, orders, settlement, undelivered
from ticketing.sales.changes import OrderNotChangeable, TicketsNotChangeable
from ticketing.sales.customers import checked_email, cleaned_name
from ticketing.sales.models import Order, OrderState
from ticketing.sales.orders import Customer
from ticketing.tickets.models import Ticket, TicketState

CORRECTABLE = (OrderState.PENDING, OrderState.CONFIRMED)
RESEND_MINUTES = 5  # asking for the same mail again sooner is the same mail


def correct_customer(
    session: Session, order_id: int, email: str, name: str | None, *, actor: Actor, now: datetime
) -> bool:
    """Send an unpaid order's tickets to another address; False when the order is not waiting any more.

    Raises EmailInvalid.
    """
    order = orders.lock_order(session, order_id)
    if order.state is not OrderState.PENDING:
        return False
    _apply(session, order, Customer(email, name, order.language), actor=actor, now=now)
    return True


def change_customer(session: Session, order_id: int, customer: Customer, *, actor: Actor, now: datetime) -> bool:
    """Change address, name and language of an order; False when it has expired or was cancelled.

    When a confirmed order's address changes, the old one is told so, and the new one gets the tickets and whatever did
    not arrive.
    Raises EmailInvalid.
    """
    order = orders.lock_order(session, order_id)
    if order.state not in CORRECTABLE:
        return False
    old_email = order.email
    _apply(session, order, customer, actor=actor, now=now)
    if order.email != old_email:
        is_confirmed = order.state is OrderState.CONFIRMED
        if is_confirmed:
            _tell_both(session, order, old_email, now)
        brought = undelivered.TICKET_MAILS if is_confirmed else ()
        undelivered.send_anew(session, order, leave_out=brought, actor=actor, now=now)
    return True


def reach_again(session: Session, order_id: int, email: str, *, actor: Actor, now: datetime) -> bool:
    """Send what did not arrive of an order once more, to this address; False when the order has ended.

    Another address than before is put right as `change_customer` does it. Raises EmailInvalid.
    """
    order = orders.lock_order(session, order_id)
    if checked_email(email) != order.email:
        return change_customer(session, order_id, Customer(email, order.name, order.language), actor=actor, now=now)
    undelivered.send_anew(session, order, actor=actor, now=now)
    return True


def reached_otherwise(session: Session, order_id: int, *, actor: Actor, now: datetime) -> None:
    """Write down that an order's customer knows what the mails said that did not arrive."""
    undelivered.set_aside(session, orders.lock_order(session, order_id), actor=actor, now=now)


def name_tickets(
    session: Session, order_id: int, names: Mapping[int, str], *, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """Say who each ticket is for, by ticket id; an empty name takes one off. Names are only ever shown, never checked.

    Raises OrderNotChangeable, TicketsNotChangeable.
    """
    order = orders.lock_order(session, order_id)
    if order.state is not OrderState.CONFIRMED:
        raise OrderNotChangeable("Only an order with tickets can be changed. Look at your order again.")
    own = select(Ticket).where(
        Ticket.id.in_(sorted(names)), Ticket.order_id == order.id, Ticket.state == TicketState.VALID
    )
    tickets = list(session.scalars(own.order_by(Ticket.id).with_for_update(key_share=True)))
    if len(tickets) < len(names):
        raise TicketsNotChangeable("Some of these tickets have changed meanwhile. Look at your order again.")
    renamed = 0
    for ticket in tickets:
        name = cleaned_name(names[ticket.id])
        renamed += name != ticket.holder_name
        ticket.holder_name = name
    if renamed:
        audit.record(session, "order.tickets_named", order, actor=actor, now=now, tickets=renamed)


def send_again(session: Session, order_id: int, *, actor: Actor, now: datetime) -> bool:
    """Mail an order's tickets once more; False when there are none. Asked again within minutes it is the same mail."""
    order = orders.lock_order(session, order_id)
    if order.state is not OrderState.CONFIRMED or order.email is None:
        return False
    _enqueue_tickets(session, order, again_mail_key(order, now), "again", now)
    audit.record(session, "order.tickets_sent_again", order, actor=actor, now=now)
    return True


def again_mail_key(order: Order, asked_at: datetime) -> str:
    """Return the key of the mail that brings the tickets again, asked for at an instant."""
    return f"tickets:{order.uuid}:{int(asked_at.timestamp()) // (RESEND_MINUTES * 60)}"


def address_mail_key(order: Order, changed_at: datetime) -> str:
    """Return what the keys of the two mails about another address begin with; ":new" and ":old" follow."""
    return f"address:{order.uuid}:{changed_at.isoformat()}"


def _apply(session: Session, order: Order, customer: Customer, *, actor: Actor, now: datetime) -> None:
    """Write down what is different now; attempts to pay that the provider may know under the old facts end."""
    after = (checked_email(customer.email or ""), cleaned_name(customer.name), customer.language)
    names = ("email", "name", "language")
    changed = [name for name, value in zip(names, after, strict=True) if getattr(order, name) != value]
    if changed:
        order.email, order.name, order.language = after
        name_words.write_down(session, order)
        audit.record(session, "order.corrected", order, actor=actor, now=now, changed=changed)
        _end_unnamed_attempts(session, order, actor=actor, now=now)


def _end_unnamed_attempts(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """End attempts whose key is bound to the old address: with another one the provider would refuse them."""
    for payment in settlement.find_live_payments(session, order.id):
        if payment.provider_ref is None:
            settlement.end_attempt(session, payment.id, actor=actor, now=now)


def _tell_both(session: Session, order: Order, old_email: str | None, now: datetime) -> None:
    act = address_mail_key(order, now)
    _enqueue_tickets(session, order, f"{act}:new", "address", now)
    if old_email is not None:
        jobs.enqueue(
            session, "send_address_mail", f"{act}:old", now=now, order_id=order.id, email=old_email,
            asked_at=now.isoformat(),
        )  # fmt: skip


def _enqueue_tickets(session: Session, order: Order, key: str, why: str, now: datetime) -> None:
    jobs.enqueue(session, "send_tickets", key, now=now, order_id=order.id, why=why, asked_at=now.isoformat())
