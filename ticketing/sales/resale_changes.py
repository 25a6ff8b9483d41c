"""What a reseller changes of a confirmed order: by the rules of customers, or by none when it was us who closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import Actor
from ticketing.foundation.identifiers import new_token
from ticketing.sales import change_payments, change_rules, changes, closure_answers, orders
from ticketing.sales.change_rules import ClosedHouseRules, RuleBook
from ticketing.sales.changes import OrderNotChangeable, TicketsNotChangeable, Wish
from ticketing.sales.models import ChangeKind, ChangeState, Order, OrderState
from ticketing.tickets.models import Ticket


def rules_of(session: Session, order: Order) -> RuleBook:
    """Return what binds the reseller of an order: while a closure waits for its answer, nothing."""
    if closure_answers.find_open_case(session, order) is not None:
        return ClosedHouseRules()
    return change_rules.customer_rules(session)


def move(session: Session, order_id: int, slot_uuid: str, *, actor: Actor, now: datetime) -> None:
    """Move a whole order to another slot, a dearer one at the cost of its account; one that is there stays.

    Raises OrderNotChangeable, TicketsNotChangeable, ChangeTooLate, and the refusals of changes.carry_out.
    """
    order, tickets = _lock(session, order_id)
    slots = select(Slot.uuid).where(Slot.id.in_({ticket.slot_id for ticket in tickets}))
    if set(session.scalars(slots)) == {slot_uuid}:
        return
    wish = Wish(ChangeKind.MOVE, tuple(ticket.id for ticket in tickets), slot_uuid, reason="moved by the reseller")
    change = changes.carry_out(session, order_id, wish, rules_of(session, order), new_token(), actor=actor, now=now)
    if change.state is ChangeState.PENDING:
        change_payments.put_on_account(session, order_id, actor=actor, now=now)


def cancel(session: Session, order_id: int, reason: str, *, actor: Actor, now: datetime) -> bool:
    """Cancel a whole order; False when it is cancelled already.

    Raises TicketsNotChangeable, ChangeTooLate, ChangeWaits.
    """
    if orders.lock_order(session, order_id).state is OrderState.CANCELLED:
        return False
    order, tickets = _lock(session, order_id)
    wish = Wish(ChangeKind.CANCEL, tuple(ticket.id for ticket in tickets), reason=reason or "cancelled by the reseller")
    changes.carry_out(session, order_id, wish, rules_of(session, order), f"reseller:{order.uuid}", actor=actor, now=now)
    return True


def _lock(session: Session, order_id: int) -> tuple[Order, list[Ticket]]:
    order = orders.lock_order(session, order_id)
    if order.state is not OrderState.CONFIRMED:
        raise OrderNotChangeable("This booking is cancelled.")
    tickets = orders.find_tickets(session, order)
    if any(ticket.admitted for ticket in tickets):
        raise TicketsNotChangeable("Somebody has come in on this booking already.")
    return order, tickets
