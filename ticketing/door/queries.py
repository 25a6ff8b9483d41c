"""What screens ask about the door: who came, what was scanned, how slots fill."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity
from ticketing.catalogue.models import Experience, Slot, TicketType
from ticketing.door import inside, presence
from ticketing.door.models import Scan, ScanKind
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.foundation.languages import Texts
from ticketing.tickets.models import Ticket, TicketState


@dataclass(frozen=True, slots=True)
class ScanCounts:
    """People let in, people let out, and attempts refused."""

    came: int
    left: int
    refused: int

    @property
    def inside(self) -> int:
        """How many are inside, as far as exits are scanned."""
        return inside.people_inside(self.came, self.left)


@dataclass(frozen=True, slots=True)
class SlotToday:
    """How a slot fills: capacity, sold and let in are admissions; instants."""

    uuid: str
    starts_at: datetime
    ends_at: datetime
    admits_until: datetime
    experience: Texts
    capacity: int
    free: int
    sold: int
    admitted: int


@dataclass(frozen=True, slots=True)
class LastScan:
    """One line of what was scanned last at a gate."""

    scanned_at: datetime
    direction: Direction
    reason: Reason | None
    kind: ScanKind
    admissions: int
    ticket_type: Texts | None


def count_scans(session: Session, *, zone: ZoneInfo, now: datetime) -> ScanCounts:
    """Count who passed, scanned or tapped, and the attempts refused, since people inside are counted (inside.py)."""
    began = inside.counting_began(now, zone)
    came, left = presence.people_by_gate(session, began)
    refused = select(func.count()).select_from(Scan).where(Scan.scanned_at >= began, Scan.verdict == Verdict.REFUSE)
    return ScanCounts(came.total(), left.total(), session.scalar(refused) or 0)


def filled_on(local_date: date) -> Subquery:
    """Ask how many admissions of each slot of a local date are `sold`, and how many of them `admitted`."""
    return (
        select(
            Ticket.slot_id,
            func.sum(Ticket.admissions).label("sold"),
            func.sum(Ticket.admitted).label("admitted"),
        )
        .join(Slot, Slot.id == Ticket.slot_id)
        .where(Slot.local_date == local_date, Ticket.state == TicketState.VALID)
        .group_by(Ticket.slot_id)
        .subquery()
    )


def slots_on(session: Session, local_date: date, *, now: datetime) -> list[SlotToday]:
    """Load how every slot of a local date fills, by time."""
    counted = filled_on(local_date)
    rows = session.execute(
        select(
            Slot.id, Slot.uuid, Slot.starts_at, Slot.ends_at, Slot.admits_until, Slot.capacity,
            Experience.names.label("experience"),
            func.coalesce(counted.c.sold, 0).label("sold"), func.coalesce(counted.c.admitted, 0).label("admitted"),
        )
        .join(Experience, Experience.id == Slot.experience_id)
        .outerjoin(counted, counted.c.slot_id == Slot.id)
        .where(Slot.local_date == local_date, Slot.withdrawn_at.is_(None))
        .order_by(Slot.starts_at, Experience.position)
    ).all()  # fmt: skip
    free = capacity.free_places(session, [row.id for row in rows], now=now)
    return [
        SlotToday(
            uuid=row.uuid,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            admits_until=row.admits_until,
            experience=row.experience,
            capacity=row.capacity,
            free=max(0, free.get(row.id, 0)),
            sold=row.sold,
            admitted=row.admitted,
        )
        for row in rows
    ]


def first_admissions(session: Session, ticket_ids: Collection[int]) -> dict[int, datetime]:
    """Return when somebody first came in on each of these tickets (instants); those nobody did are missing."""
    let_in = (Scan.ticket_id.in_(sorted(ticket_ids)), Scan.verdict == Verdict.ADMIT, Scan.direction == Direction.IN)
    first = select(Scan.ticket_id, func.min(Scan.scanned_at)).where(*let_in).group_by(Scan.ticket_id)
    return {ticket_id: at for ticket_id, at in session.execute(first) if ticket_id is not None}


def last_scans(session: Session, gate_id: int, *, limit: int) -> list[LastScan]:
    """Load what was scanned last at a gate, the newest first."""
    rows = session.execute(
        select(Scan.scanned_at, Scan.direction, Scan.reason, Scan.kind, Scan.admissions, TicketType.names)
        .outerjoin(Ticket, Ticket.id == Scan.ticket_id)
        .outerjoin(TicketType, TicketType.id == Ticket.ticket_type_id)
        .where(Scan.gate_id == gate_id)
        .order_by(Scan.id.desc())
        .limit(limit)
    )
    return [LastScan(*row) for row in rows]
