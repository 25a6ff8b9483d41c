"""What a closure touches, so that whoever closes sees it before they do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.tickets.models import Ticket, TicketState


@dataclass(frozen=True, slots=True)
class Consequences:
    """Slots nobody can enter or buy, orders and tickets for them, and the people who were not let in yet."""

    slots: int
    orders: int
    tickets: int
    people: int


def consequences(
    session: Session, starts_at: datetime, ends_at: datetime | None, experience_id: int | None, *, now: datetime
) -> Consequences:
    """Count what a closure in [starts_at, ends_at) (instants) touches; admissions already made are not in it."""
    touched = _touched(starts_at, ends_at, experience_id, now)
    slots = session.scalar(select(func.count()).select_from(Slot).where(*touched)) or 0
    row = session.execute(
        select(
            func.count(distinct(Ticket.order_id)),
            func.count(Ticket.id),
            func.sum(Ticket.admissions - Ticket.admitted),
        )
        .join(Slot, Slot.id == Ticket.slot_id)
        .where(*touched, Ticket.state == TicketState.VALID, Ticket.admitted < Ticket.admissions)
    ).one()
    return Consequences(slots, row[0], row[1], row[2] or 0)


def _touched(
    starts_at: datetime, ends_at: datetime | None, experience_id: int | None, now: datetime
) -> list[ColumnElement[bool]]:
    conditions = [Slot.ends_at > starts_at, Slot.admits_until > now, Slot.withdrawn_at.is_(None)]
    if ends_at is not None:
        conditions.append(Slot.starts_at < ends_at)
    if experience_id is not None:
        conditions.append(Slot.experience_id == experience_id)
    return conditions
