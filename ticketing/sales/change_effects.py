"""What a change does to an order once it may: lines are split and ended, tickets voided and issued, the total follows.

Called under the order's lock by changes.py, which has settled places and money; and how long its places wait for that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.states import move
from ticketing.sales import change_amounts, orders, promotions
from ticketing.sales.change_amounts import Part, SoldLine
from ticketing.sales.models import (
    ORDER_MOVES,
    ChangeState,
    Hold,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
)
from ticketing.tickets.models import Ticket, TicketState


def apply(session: Session, order: Order, change: OrderChange, *, actor: Actor, now: datetime) -> None:
    """End what ends, begin what begins, bring the order's total in line, and write the mail's job."""
    ended = _end_lines(session, change, now)
    _void_tickets(session, change.ticket_ids, now)
    begun = [_begin_line(session, order, change, addition) for addition in change.additions]
    orders.issue_tickets_for(session, order, begun, now)
    session.flush()
    _hand_names_on(session, change.ticket_ids, begun)
    order.total_cents = worth_of(session, order).total_cents
    audit.record(
        session, f"order.{_past(change)}", order, actor=actor, now=now, change=change.uuid, ended=ended,
        fee_cents=change.fee_cents, difference_cents=change.difference_cents, reason=change.reason,
    )  # fmt: skip
    if not begun and not _has_valid_ticket(session, order):
        move(session, order, OrderState.CANCELLED, ORDER_MOVES)
        promotions.give_back(session, order, now=now)
        audit.record(session, "order.cancelled", order, actor=actor, now=now)
    jobs.enqueue(session, "send_change_mail", f"change:{change.uuid}", now=now, change_id=change.id)


@dataclass(frozen=True, slots=True)
class Worth:
    """What an order is worth now, in cents: its lines that have not ended, and the fees of its changes."""

    lines_cents: int
    fees_cents: int  # below zero when more was given back freely than was ever kept

    @property
    def total_cents(self) -> int:
        """Both together: what we keep of the customer's money."""
        return self.lines_cents + self.fees_cents


def worth_of(session: Session, order: Order) -> Worth:
    """Add up what an order is worth."""
    lines = select(func.sum(OrderLine.total_cents)).where(OrderLine.order_id == order.id, OrderLine.ended_at.is_(None))
    fees = select(func.sum(OrderChange.fee_cents)).where(
        OrderChange.order_id == order.id, OrderChange.state == ChangeState.DONE
    )
    return Worth(int(session.scalar(lines) or 0), int(session.scalar(fees) or 0))


def takes(change: OrderChange) -> Counter[int]:
    """Return how many places a change takes, by slot id."""
    wanted: Counter[int] = Counter()
    for addition in change.additions:
        wanted[addition["slot_id"]] += addition["quantity"]
    return wanted


def hold_key(session: Session, order: Order) -> str:
    """Return the name an order's places are sold under."""
    return session.scalars(select(Hold.key).where(Hold.id == order.hold_id)).one()


def sold_line(line: OrderLine) -> SoldLine:
    """Return a line as facts to calculate with."""
    return SoldLine(
        line.id, line.slot_id, line.ticket_type_id, line.quantity, line.unit_cents, line.discount_cents,
        line.total_cents, line.vat_class, line.vat_bp, line.vat_cents, line.bundle_cents, line.bundle_id,
    )  # fmt: skip


def _end_lines(session: Session, change: OrderChange, now: datetime) -> int:
    """Split off and end the part of each line whose tickets end; return how many tickets that were."""
    tickets = list(session.scalars(select(Ticket).where(Ticket.id.in_(sorted(change.ticket_ids))).order_by(Ticket.id)))
    for line_id, quantity in sorted(Counter(ticket.order_line_id for ticket in tickets).items()):
        line = session.get_one(OrderLine, line_id, populate_existing=True)
        ended = _ended_part(session, line, change_amounts.split_off(sold_line(line), quantity))
        ended.ended_at, ended.ended_by_id = now, change.id
        session.flush()
        mine = [ticket.id for ticket in tickets if ticket.order_line_id == line_id]
        session.execute(update(Ticket).where(Ticket.id.in_(mine)).values(order_line_id=ended.id))
    return len(tickets)


def _ended_part(session: Session, line: OrderLine, part: Part) -> OrderLine:
    """Return the line that ends: the whole one, or a part split off from it."""
    if part.quantity == line.quantity:
        return line
    line.quantity -= part.quantity
    line.discount_cents -= part.discount_cents
    line.bundle_cents -= part.bundle_cents
    line.total_cents -= part.total_cents
    line.vat_cents -= part.vat_cents
    ended = OrderLine(
        order_id=line.order_id,
        slot_id=line.slot_id,
        ticket_type_id=line.ticket_type_id,
        quantity=part.quantity,
        unit_cents=line.unit_cents,
        discount_cents=part.discount_cents,
        bundle_cents=part.bundle_cents,
        bundle_id=line.bundle_id,
        total_cents=part.total_cents,
        vat_class=line.vat_class,
        vat_bp=line.vat_bp,
        vat_cents=part.vat_cents,
        currency=line.currency,
        change_id=line.change_id,
    )
    session.add(ended)
    return ended


def _void_tickets(session: Session, ticket_ids: list[int], now: datetime) -> None:
    standing = (Ticket.id.in_(sorted(ticket_ids)), Ticket.state == TicketState.VALID)
    session.execute(
        update(Ticket)
        .where(*standing)
        .values(state=TicketState.VOID, voided_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _hand_names_on(session: Session, ticket_ids: list[int], begun: list[OrderLine]) -> None:
    """Put the names on tickets that ended onto those that take their place, type by type."""
    named = select(Ticket.ticket_type_id, Ticket.holder_name).where(Ticket.id.in_(sorted(ticket_ids)))
    names: dict[int, list[str | None]] = {}
    for ticket_type_id, name in session.execute(named.order_by(Ticket.id)):
        names.setdefault(ticket_type_id, []).append(name)
    for line in begun:
        own = select(Ticket.id).where(Ticket.order_line_id == line.id).order_by(Ticket.place)
        for ticket_id in session.scalars(own).all():
            name = names[line.ticket_type_id].pop(0) if names.get(line.ticket_type_id) else None
            if name:
                session.execute(update(Ticket).where(Ticket.id == ticket_id).values(holder_name=name))


def _begin_line(session: Session, order: Order, change: OrderChange, addition: dict[str, Any]) -> OrderLine:
    quantity, unit_cents, discount_cents = (addition[name] for name in ("quantity", "unit_cents", "discount_cents"))
    line = OrderLine(
        order_id=order.id,
        slot_id=addition["slot_id"],
        ticket_type_id=addition["ticket_type_id"],
        quantity=quantity,
        unit_cents=unit_cents,
        discount_cents=discount_cents,
        bundle_cents=addition.get("bundle_cents", 0),  # a change that waited from before has none
        bundle_id=addition.get("bundle_id"),
        total_cents=quantity * unit_cents - discount_cents,
        vat_class=addition["vat_class"],
        vat_bp=addition["vat_bp"],
        vat_cents=addition["vat_cents"],
        currency=change.currency,
        change_id=change.id,
    )
    session.add(line)
    session.flush()
    return line


def _has_valid_ticket(session: Session, order: Order) -> bool:
    valid = select(Ticket.id).where(Ticket.order_id == order.id, Ticket.state == TicketState.VALID).limit(1)
    return session.scalar(valid) is not None


def _past(change: OrderChange) -> str:
    return {"move": "rebooked", "cancel": "partly_cancelled", "add": "extended", "refund": "refunded"}[
        change.kind.value
    ]


def keep_until(session: Session, change: OrderChange, instant: datetime, *, now: datetime) -> None:
    """Keep the places of a change until an instant, while a slow bank decides; what has lapsed must be won again."""
    if change.expires_at is not None and change.expires_at < instant:
        change.expires_at = instant
        session.flush()
        capacity.extend(session, change.uuid, expires_at=instant, now=now)


def keep_no_longer_than(session: Session, change: OrderChange, instant: datetime) -> None:
    """Keep the places of a change that waits until an instant at most."""
    if change.state is ChangeState.PENDING and change.expires_at is not None and instant < change.expires_at:
        change.expires_at = instant
        capacity.shorten(session, change.uuid, expires_at=instant)
