"""What a device holds so that it can judge tickets without a network: the tickets of a day by truncated hash.

No personal data and no full code: 64 bits of the digest of a 130-bit secret find a ticket that is held up, and forge
none. What changes is told by time: issuing, voiding and passing each leave their instant, so an answer since a cursor
repeats the tickets touched from a little before it. A ticket is told as it stands, so repeating does no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, case, false, func, or_, select
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.models import Experience, Slot, TicketType
from ticketing.catalogue.opening import ClosedSpan
from ticketing.catalogue.reentry import Reentry
from ticketing.door.models import Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.sales.models import Order, OrderState
from ticketing.tickets.models import Ticket, TicketState

HASH_CHARACTERS = 16  # of 64 hexadecimal ones
# An act reads its time before it waits for a lock, and commits later: so long before a cursor something may still have
# been on its way. No lock is waited for longer (foundation/database.py).
OVERLAP = timedelta(minutes=1)

SHARED_MICROS = 20_000_000  # so far back a cursor may be moved

# A list is of the day it is asked on, so what its cursor has not seen came after the day began, in any zone.
FURTHEST_AHEAD = timedelta(hours=14)

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

SlotRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ListedTicket:
    """A ticket as a device knows it; `slot` and `ticket_type` are places in the lists beside it."""

    hash: str
    slot: int
    ticket_type: int
    admissions: int
    admitted: int
    inside: int
    opens: str  # "yes", "void" or "unpaid"
    first_in: datetime | None  # when somebody first came in (instant); told where a window of time begins then


@dataclass(frozen=True, slots=True)
class DayList:
    """Everything a verdict of a day needs, or since a cursor only the tickets that may have changed."""

    local_date: date
    cursor: str
    is_whole: bool
    slots: Sequence[SlotRow]
    ticket_types: Sequence[Any]
    closures: Sequence[ClosedSpan]
    tickets: list[ListedTicket]


def compile_list(session: Session, local_date: date, since: str, *, now: datetime) -> DayList:
    """Compile the list of a local date: all of it, or what may have changed since the cursor of an earlier one.

    A cursor of other slots or of another day, or one that is none, gets the whole list.
    """
    slots = _slots(session, local_date, now)
    places = {slot.id: place for place, slot in enumerate(slots)}
    stamp = hashlib.sha256(repr([local_date, sorted(slot.uuid for slot in slots)]).encode()).hexdigest()[:12]
    seen = _seen(since, stamp)
    mine = Ticket.slot_id.in_(places) if places else false()
    begun = datetime.combine(local_date, time(), UTC) - FURTHEST_AHEAD
    wanted = mine if seen is None else _changed(session, mine, max(seen, begun) - OVERLAP)
    rows = session.execute(_tickets(wanted)).all()
    types = session.execute(
        select(TicketType.id, TicketType.uuid, TicketType.names)
        .where(TicketType.id.in_({row.ticket_type_id for row in rows}))
        .order_by(TicketType.id)
    ).all()
    type_places = {kind.id: place for place, kind in enumerate(types)}
    return DayList(
        local_date=local_date,
        cursor=f"{stamp}.{_micros(_last_change(session, mine, begun) or seen)}",
        is_whole=seen is None,
        slots=slots,
        ticket_types=types,
        closures=closures.spans(session, now=now),
        tickets=[_listed(row, slots, places[row.slot_id], type_places[row.ticket_type_id]) for row in rows],
    )


def rounded_down(since: str) -> str:
    """Move a cursor back onto a coarse grid: devices that asked at about the same time then share one answer."""
    head, dot, micros = since.partition(".")
    if not _is_number(micros):
        return since
    return f"{head}{dot}{int(micros) // SHARED_MICROS * SHARED_MICROS}"


def _slots(session: Session, local_date: date, now: datetime) -> Sequence[SlotRow]:
    """Load the slots of a date, and those of the night before that still admit."""
    return session.execute(
        select(
            Slot.id, Slot.uuid, Slot.local_date, Slot.starts_at, Slot.admits_from, Slot.admits_until,
            Slot.experience_id, Experience.uuid.label("experience_uuid"), Experience.names.label("experience"),
            Experience.reentry, Experience.reentry_minutes,
        )
        .join(Experience, Experience.id == Slot.experience_id)
        .where(or_(Slot.local_date == local_date, (Slot.local_date < local_date) & (Slot.admits_until > now)))
        .order_by(Slot.starts_at, Slot.id)
    ).all()  # fmt: skip


def _changed(session: Session, mine: Any, since: datetime) -> Any:
    """Say which of these tickets may have changed, by their ids: few, and only their scans are added up then.

    Scans are asked by themselves, never joined: PostgreSQL, whose figures of a day just begun are old, would look at
    all of them once for each ticket (bench/README.md).
    """
    touched = select(Ticket.id).where(mine, or_(Ticket.issued_at >= since, Ticket.voided_at >= since))
    scanned = select(Scan.ticket_id).where(Scan.received_at >= since, Scan.ticket_id.is_not(None)).distinct()
    passed = set(session.scalars(scanned))
    return mine & Ticket.id.in_(sorted(passed.union(session.scalars(touched))))


def _tickets(wanted: Any) -> Any:
    moved = case((Scan.direction == Direction.IN, Scan.admissions), else_=-Scan.admissions)
    came_at = case((Scan.direction == Direction.IN, Scan.scanned_at))
    inside = (
        select(Scan.ticket_id, func.sum(moved).label("inside"), func.min(came_at).label("first_in"))
        .join(Ticket, Ticket.id == Scan.ticket_id)
        .where(wanted, Scan.verdict == Verdict.ADMIT)
        .group_by(Scan.ticket_id)
        .subquery()
    )
    return (
        select(
            Ticket.digest, Ticket.slot_id, Ticket.ticket_type_id, Ticket.admissions, Ticket.admitted, Ticket.state,
            Order.state.label("order_state"), func.coalesce(inside.c.inside, 0).label("inside"),
            inside.c.first_in,
        )
        .join(Order, Order.id == Ticket.order_id)
        .outerjoin(inside, inside.c.ticket_id == Ticket.id)
        .where(wanted)
        .order_by(Ticket.id)
    )  # fmt: skip


def _last_change(session: Session, mine: Any, begun: datetime) -> datetime | None:
    """Return when something last happened to these tickets, or anybody was scanned since the day began."""
    own = session.execute(select(func.max(Ticket.issued_at), func.max(Ticket.voided_at)).where(mine)).one()
    passed = session.scalar(select(func.max(Scan.received_at)).where(Scan.received_at >= begun))
    return max((instant for instant in (*own, passed) if instant is not None), default=None)


def _listed(row: Any, slots: Sequence[SlotRow], slot: int, ticket_type: int) -> ListedTicket:
    opens = "void" if row.state is not TicketState.VALID else "yes"
    if opens == "yes" and row.order_state is not OrderState.CONFIRMED:
        opens = "unpaid"
    return ListedTicket(
        row.digest[:HASH_CHARACTERS], slot, ticket_type, row.admissions, row.admitted, max(0, row.inside), opens,
        row.first_in if slots[slot].reentry is Reentry.WINDOW else None,
    )  # fmt: skip


def _seen(since: str, stamp: str) -> datetime | None:
    """Read a cursor; None when it is not of these slots."""
    head, _, micros = since.partition(".")
    if head != stamp or not _is_number(micros):
        return None
    return EPOCH + timedelta(microseconds=int(micros))


def _is_number(micros: str) -> bool:
    return micros.isascii() and micros.isdigit() and len(micros) <= 17


def _micros(instant: datetime | None) -> int:
    return 0 if instant is None else (instant - EPOCH) // timedelta(microseconds=1)
