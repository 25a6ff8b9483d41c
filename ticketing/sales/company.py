"""No companion without a visitor: in a basket, and through every change of an order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue import companions
from ticketing.catalogue.models import TicketType
from ticketing.foundation.errors import InvalidInput
from ticketing.sales.change_amounts import NewLine, Part
from ticketing.sales.models import Order, OrderLine

COME_ALONG = "A companion comes along with a visitor: at most one for each, at the same time."


class CompanionAlone(InvalidInput):
    """More companions than visitors they may come along with, at the same time."""

    code = "companion_alone"


class CompanionLeftAlone(InvalidInput):
    """A companion would stay, or move, without the visitor."""

    code = "companion_left_alone"


def require_company(session: Session, slots: Iterable[Mapping[TicketType, int]]) -> None:
    """Let companions into each slot only with visitors they may accompany, of the numbers wanted there.

    Raises CompanionAlone, naming the field.
    """
    accompanied = companions.accompanied_types(session)
    for quantities in slots:
        by_id = {ticket_type.id: count for ticket_type, count in quantities.items()}
        lonely = companions.alone(by_id, accompanied)
        for ticket_type in quantities:
            if ticket_type.id in lonely:
                raise CompanionAlone(COME_ALONG, field=f"quantity-{ticket_type.slug}")


def require_company_after(session: Session, order: Order, ends: Iterable[Part], begins: Iterable[NewLine]) -> None:
    """Let a change leave no companion alone who was not before. Raises CompanionAlone, CompanionLeftAlone."""
    accompanied = companions.accompanied_types(session)
    if not accompanied:
        return
    before, after = _standing(session, order), _standing(session, order)
    ended, begun = list(ends), list(begins)
    for part in ended:
        after[part.line.slot_id][part.line.ticket_type_id] -= part.quantity
    for line in begun:
        after[line.slot_id][line.ticket_type_id] += line.quantity
    for slot_id, quantities in after.items():
        was_alone = companions.alone(before[slot_id], accompanied)
        for companion_id, count in companions.alone(quantities, accompanied).items():
            if count > was_alone.get(companion_id, 0):
                _refuse(session, companion_id, is_addition=not ended)


def _standing(session: Session, order: Order) -> defaultdict[int, Counter[int]]:
    """Count the tickets of an order that stand, by slot id and ticket type id."""
    counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
    lines = select(OrderLine.slot_id, OrderLine.ticket_type_id, OrderLine.quantity).where(
        OrderLine.order_id == order.id, OrderLine.ended_at.is_(None)
    )
    for slot_id, ticket_type_id, quantity in session.execute(lines):
        counts[slot_id][ticket_type_id] += quantity
    return counts


def _refuse(session: Session, companion_id: int, *, is_addition: bool) -> NoReturn:
    if is_addition:
        slug = session.get_one(TicketType, companion_id).slug
        raise CompanionAlone(COME_ALONG, field=f"quantity-{slug}")
    raise CompanionLeftAlone("A companion would be left without a visitor. Choose both tickets.", field="tickets")
