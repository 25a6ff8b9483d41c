"""What became of the tickets for each day: how many were booked, came, or stayed away.

Days that are over have been added up (tallying.py). What is scanned or voided for them afterwards, by a device that had
no network or by hand, makes such a day doubtful: it is counted afresh until it has been added up again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select, union
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.door.models import Scan
from ticketing.flow.report_models import Basis, TalliedDay, VisitTally
from ticketing.sales.models import Channel, Order, OrderLine
from ticketing.tickets.models import Ticket, TicketState

# An act reads its time before it commits; no transaction takes longer than this by far (foundation/database.py).
IN_FLIGHT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Visited:
    """The tickets for a day: of one type of one experience, sold over a channel; in admissions, and cents."""

    local_date: date
    channel: Channel
    experience_id: int
    ticket_type_id: int
    booked: int  # valid, whether they came or not
    void: int
    admitted: int
    missed_cents: int  # paid for by those who did not come
    pending: int  # of the booked: not here yet, and their door is still open

    @property
    def missed(self) -> int:
        """How many did not come, and cannot any more."""
        return self.booked - self.admitted - self.pending


@dataclass(frozen=True, slots=True)
class Offered:
    """What an experience offered on a day: its slots and their places."""

    local_date: date
    experience_id: int
    slots: int
    capacity: int


def visits_between(session: Session, first: date, last: date, *, now: datetime) -> list[Visited]:
    """Load what became of the tickets from one local day to another, both included, whenever they were sold."""
    doubtful = doubtful_days(session)
    added_up, found = set[date](), list[Visited]()
    key = (TalliedDay.local_date, VisitTally.channel, VisitTally.experience_id, VisitTally.ticket_type_id)
    sums = (VisitTally.booked, VisitTally.void, VisitTally.admitted, VisitTally.missed_cents)
    # One question for which days were added up and to what: in between, a day might be added up again.
    question = select(*key, *sums).outerjoin(VisitTally, VisitTally.day_id == TalliedDay.id)
    of_basis = (TalliedDay.basis == Basis.VISIT, TalliedDay.local_date.between(first, last))
    for row in session.execute(question.where(*of_basis)):
        if row.local_date not in doubtful:
            added_up.add(row.local_date)
            if row.channel is not None:
                found.append(Visited(*row, pending=0))
    with_slots = select(Slot.local_date).where(Slot.local_date.between(first, last)).distinct()
    for day in session.scalars(with_slots):
        if day not in added_up:
            found += visits_on(session, day, now=now)
    return found


def visits_on(session: Session, day: date, *, now: datetime) -> Iterator[Visited]:
    """Count what became of the tickets for one local day, as they are now."""
    is_valid = Ticket.state == TicketState.VALID
    key = (Order.channel, Slot.experience_id, Ticket.ticket_type_id)
    booked = func.sum(case((is_valid, Ticket.admissions), else_=0))
    admitted_of_valid = func.sum(case((is_valid, Ticket.admitted), else_=0))
    of_lines = (
        select(
            *key,
            booked.label("booked"),
            func.sum(case((is_valid, 0), else_=Ticket.admissions)).label("void"),
            func.sum(Ticket.admitted).label("admitted"),
            (booked - admitted_of_valid).label("missing"),
            case((Slot.admits_until > now, 1), else_=0).label("is_open"),
            OrderLine.total_cents,
        )
        .select_from(Slot)
        .join(Ticket, Ticket.slot_id == Slot.id)
        .join(OrderLine, OrderLine.id == Ticket.order_line_id)
        .join(Order, Order.id == Ticket.order_id)
        .where(Slot.local_date == day)
        .group_by(*key, Slot.id, Slot.admits_until, OrderLine.id, OrderLine.total_cents)
        .subquery()
    )
    line = of_lines.c
    did_not_come = and_(line.is_open == 0, line.booked > 0)
    missed_cents = case((did_not_come, line.total_cents * line.missing / func.nullif(line.booked, 0)), else_=0)
    sums: tuple[Any, ...] = (
        func.sum(line.booked), func.sum(line.void), func.sum(line.admitted),
        func.sum(missed_cents), func.sum(line.missing * line.is_open),
    )  # fmt: skip
    dimensions = (line.channel, line.experience_id, line.ticket_type_id)
    for channel, experience_id, type_id, *counted in session.execute(select(*dimensions, *sums).group_by(*dimensions)):
        yield Visited(day, channel, experience_id, type_id, *(int(each) for each in counted))


def doubtful_days(session: Session) -> set[date]:
    """Return the days something was scanned or voided for since days were last added up."""
    last_run = session.scalar(select(func.max(TalliedDay.made_at)).where(TalliedDay.basis == Basis.VISIT))
    if last_run is None:
        return set()
    since = last_run - IN_FLIGHT
    scanned = (
        select(Slot.local_date)
        .join(Ticket, Ticket.slot_id == Slot.id)
        .join(Scan, Scan.ticket_id == Ticket.id)
        .where(Scan.received_at >= since)
    )
    voided = select(Slot.local_date).join(Ticket, Ticket.slot_id == Slot.id).where(Ticket.voided_at >= since)
    return set(session.scalars(union(scanned, voided)))


def offered_between(session: Session, first: date, last: date) -> list[Offered]:
    """Count the slots and places that were offered from one local day to another, both included."""
    question = (
        select(Slot.local_date, Slot.experience_id, func.count(), func.sum(Slot.capacity))
        .where(Slot.local_date.between(first, last), Slot.withdrawn_at.is_(None))
        .group_by(Slot.local_date, Slot.experience_id)
    )
    return [
        Offered(day, experience, count, int(places)) for day, experience, count, places in session.execute(question)
    ]
