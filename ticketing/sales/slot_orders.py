"""Who has tickets for a slot: counted before a slot is changed, and listed for whoever stands at its door."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import TicketType
from ticketing.foundation.database import in_parts
from ticketing.foundation.languages import Texts
from ticketing.sales.models import Order
from ticketing.tickets.models import Ticket, TicketState


@dataclass(frozen=True, slots=True)
class Touched:
    """Orders with tickets that hold, and the people on them who have not been let in yet."""

    orders: int
    people: int


@dataclass(frozen=True, slots=True)
class SlotOrder:
    """One order's tickets for a slot: how many of each type, how many admissions, how many were let in."""

    order_id: int
    code: str
    name: str | None
    email: str | None
    types: tuple[tuple[Texts, int], ...]
    admissions: int
    admitted: int


def count_touched(session: Session, slot_ids: Collection[int]) -> Touched:
    """Count what hangs on these slots together; an order with tickets for several counts once."""
    orders: set[int] = set()
    people = 0
    for keys in in_parts(slot_ids):
        some = Ticket.slot_id.in_(keys), Ticket.state == TicketState.VALID
        people += session.scalar(select(func.sum(Ticket.admissions - Ticket.admitted)).where(*some)) or 0
        orders.update(session.scalars(select(Ticket.order_id).where(*some).distinct()))
    return Touched(len(orders), people)


def orders_of(session: Session, slot_id: int, *, after: int = 0, limit: int) -> list[SlotOrder]:
    """Load the orders with tickets for a slot, those with an id above `after`, by id."""
    mine = Ticket.slot_id == slot_id, Ticket.state == TicketState.VALID, Ticket.order_id > after
    of_orders = (
        select(Ticket.order_id, func.sum(Ticket.admissions), func.sum(Ticket.admitted))
        .where(*mine)
        .group_by(Ticket.order_id)
        .order_by(Ticket.order_id)
        .limit(limit)
    )
    sums = {order_id: (admissions, admitted) for order_id, admissions, admitted in session.execute(of_orders)}
    orders = session.scalars(select(Order).where(Order.id.in_(sums)).order_by(Order.id))
    types = _types_of(session, slot_id, sums)
    return [
        SlotOrder(order.id, order.code, order.name, order.email, tuple(types[order.id]), *sums[order.id])
        for order in orders
    ]


def _types_of(
    session: Session, slot_id: int, order_ids: Mapping[int, object]
) -> defaultdict[int, list[tuple[Texts, int]]]:
    counted = (
        select(Ticket.order_id, TicketType.id, func.count(Ticket.id))
        .join(TicketType, TicketType.id == Ticket.ticket_type_id)
        .where(Ticket.slot_id == slot_id, Ticket.state == TicketState.VALID, Ticket.order_id.in_(order_ids))
        .group_by(Ticket.order_id, TicketType.id, TicketType.position)
        .order_by(TicketType.position, TicketType.id)
    )
    rows = session.execute(counted).all()
    names = {each.id: each.names for each in session.execute(select(TicketType.id, TicketType.names))}
    types: defaultdict[int, list[tuple[Texts, int]]] = defaultdict(list)
    for order_id, type_id, count in rows:
        types[order_id].append((names[type_id], count))
    return types
