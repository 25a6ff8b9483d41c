"""What devices that were cut off let happen and the house would not have: written down, worked off by a manager."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, Slot, TicketType
from ticketing.door.models import CheckedBy, Device, DoorFinding, DoorFindingKind, Gate, Scan, ScanKind
from ticketing.door.verdict import Direction, Verdict
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.languages import Texts
from ticketing.sales.models import Order
from ticketing.tickets.models import Ticket

LONGEST_NOTE = 300
# What follows from all scans of a ticket together (counting.py); the others are said of one scan once.
COUNTED = (DoorFindingKind.DOUBLE, DoorFindingKind.LEFT, DoorFindingKind.WRONG_SLOT)

_OPEN = (DoorFinding.resolved_at.is_(None), DoorFinding.people > 0)

# (row of the scan, kind) -> (ticket, people)
Wanted = dict[tuple[int, DoorFindingKind], tuple[int, int]]


class DoorFindingNotFound(NotFound):
    """There is no such finding."""

    code = "door_finding_not_found"


class DoorNoteMissing(InvalidInput):
    """What came of it has to be said; `details["field"]` names where."""

    code = "door_note_missing"


@dataclass(frozen=True, slots=True)
class PassageView:
    """One time people went through on a ticket: when by our clock, and by the device's when it judged by itself."""

    at: datetime
    told_at: datetime | None
    direction: Direction
    people: int
    gate: str
    device: str | None
    kind: ScanKind
    checked_by: CheckedBy | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with its ticket, and everybody who passed on it."""

    id: int
    kind: DoorFindingKind
    people: int
    found_at: datetime
    code_hash: str
    order_code: str | None
    experience: Texts | None
    ticket_type: Texts | None
    starts_at: datetime | None
    admissions: int | None
    voided_at: datetime | None
    passages: Sequence[PassageView]
    resolved_at: datetime | None
    resolved_by: str
    note: str


def note(
    session: Session, kind: DoorFindingKind, scan_id: int, ticket_id: int | None, people: int, *, now: datetime
) -> None:
    """Write a finding about one scan down."""
    session.add(DoorFinding(kind=kind, scan_id=scan_id, ticket_id=ticket_id, people=people, found_at=now))


def agree(session: Session, ticket_ids: Collection[int], wanted: Wanted, *, now: datetime) -> None:
    """Let what is written down of these tickets be what their scans come to.

    What has grown since somebody settled it is open again; what a later scan explains is kept, with nobody in it.
    """
    mine = select(DoorFinding).where(DoorFinding.ticket_id.in_(ticket_ids), DoorFinding.kind.in_(COUNTED))
    written = {(finding.scan_id, finding.kind): finding for finding in session.scalars(mine)}
    for key, (ticket_id, people) in wanted.items():
        finding = written.pop(key, None)
        if finding is None:
            note(session, key[1], key[0], ticket_id, people, now=now)
        else:
            _set_people(finding, people)
    for finding in written.values():
        _set_people(finding, 0)
    session.flush()


def _set_people(finding: DoorFinding, people: int) -> None:
    if people > finding.people:
        finding.resolved_at, finding.resolved_by, finding.note = None, "", ""
    finding.people = people


def resolve(session: Session, finding_id: int, how: str, *, actor: Actor, now: datetime) -> DoorFinding:
    """Settle a finding with a note; again is already so. Raises DoorFindingNotFound, DoorNoteMissing."""
    finding = session.get(DoorFinding, finding_id)
    if finding is None:
        raise DoorFindingNotFound("There is no such finding. Look at the list again.")
    text = " ".join(how.split())
    if not 0 < len(text) <= LONGEST_NOTE:
        raise DoorNoteMissing("Say what came of it, in at most 300 characters.", field=f"note-{finding_id}")
    settled = update(DoorFinding).where(DoorFinding.id == finding_id, DoorFinding.resolved_at.is_(None))
    values = {"resolved_at": now, "resolved_by": actor.name, "note": text}
    if session.scalar(settled.values(values).returning(DoorFinding.id)) is not None:
        audit.record(
            session, "door_finding.resolved", finding, actor=actor, now=now,
            kind=finding.kind.value, people=finding.people, reason=text,
        )  # fmt: skip
    return finding


def resolve_of_scan(session: Session, scan_id: int, how: str, *, actor: Actor, now: datetime) -> None:
    """Settle what one scan brought up: whoever let it happen knew, and said why."""
    for finding_id in session.scalars(select(DoorFinding.id).where(DoorFinding.scan_id == scan_id, *_OPEN)).all():
        resolve(session, finding_id, how, actor=actor, now=now)


def count_open(session: Session) -> int:
    """Return how many findings nobody has worked off."""
    return session.scalar(select(func.count()).select_from(DoorFinding).where(*_OPEN)) or 0


def list_open(session: Session, *, after: int | None, limit: int) -> list[FindingView]:
    """Load the findings nobody has worked off, the oldest first, above an id."""
    above = (DoorFinding.id > after,) if after is not None else ()
    return _load(session, (*_OPEN, *above), DoorFinding.id.asc(), limit)


def list_settled(session: Session, *, before: int | None, limit: int) -> list[FindingView]:
    """Load the findings somebody has worked off, the newest first, below an id."""
    below = (DoorFinding.id < before,) if before is not None else ()
    return _load(session, (DoorFinding.resolved_at.is_not(None), *below), DoorFinding.id.desc(), limit)


def _load(
    session: Session, conditions: Collection[ColumnElement[bool]], order: ColumnElement[int], limit: int
) -> list[FindingView]:
    rows = session.execute(
        select(
            DoorFinding, Scan.code_digest, Order.code, Experience.names.label("experience"),
            TicketType.names.label("ticket_type"), Slot.starts_at, Ticket.admissions, Ticket.voided_at,
        )
        .join(Scan, Scan.id == DoorFinding.scan_id)
        .outerjoin(Ticket, Ticket.id == DoorFinding.ticket_id)
        .outerjoin(Order, Order.id == Ticket.order_id)
        .outerjoin(Slot, Slot.id == Ticket.slot_id)
        .outerjoin(Experience, Experience.id == Slot.experience_id)
        .outerjoin(TicketType, TicketType.id == Ticket.ticket_type_id)
        .where(*conditions)
        .order_by(order)
        .limit(limit)
    ).all()  # fmt: skip
    findings = [row.DoorFinding for row in rows]
    passages = _passages(session, findings)
    return [
        FindingView(
            id=found.id, kind=found.kind, people=found.people, found_at=found.found_at, code_hash=row.code_digest[:16],
            order_code=row.code, experience=row.experience, ticket_type=row.ticket_type, starts_at=row.starts_at,
            admissions=row.admissions, voided_at=row.voided_at, passages=passages[found.id],
            resolved_at=found.resolved_at, resolved_by=found.resolved_by, note=found.note,
        )
        for row, found in zip(rows, findings, strict=True)
    ]  # fmt: skip


def _passages(session: Session, findings: Collection[DoorFinding]) -> dict[int, list[PassageView]]:
    """Load who passed on the ticket of each finding, or with the code that nobody knows, by time."""
    by_ticket = {finding.ticket_id for finding in findings if finding.ticket_id is not None}
    by_scan = {finding.scan_id for finding in findings if finding.ticket_id is None}
    rows = session.execute(
        select(Scan.id, Scan.ticket_id, Scan.scanned_at, Scan.told_at, Scan.direction, Scan.admissions,
               Scan.kind, Scan.checked_by, Gate.name, Device.name.label("device"))
        .join(Gate, Gate.id == Scan.gate_id)
        .outerjoin(Device, Device.id == Scan.device_id)
        .where(Scan.ticket_id.in_(by_ticket) | Scan.id.in_(by_scan), Scan.verdict == Verdict.ADMIT)
        .order_by(Scan.scanned_at, Scan.scan_id)
    ).all()  # fmt: skip
    return {
        finding.id: [
            PassageView(
                row.scanned_at,
                row.told_at,
                row.direction,
                row.admissions,
                row.name,
                row.device,
                row.kind,
                row.checked_by,
            )
            for row in rows
            if (row.ticket_id == finding.ticket_id if finding.ticket_id is not None else row.id == finding.scan_id)
        ]
        for finding in findings
    }
