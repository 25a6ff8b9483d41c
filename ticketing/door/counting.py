"""Counts the scans of tickets again and writes down what comes of it, when some of them were judged without us."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ticketing.door import findings, merging
from ticketing.door.merging import Merged, Passage
from ticketing.door.models import DoorFindingKind, Scan
from ticketing.door.verdict import Verdict
from ticketing.tickets.models import Ticket


def settle(session: Session, ticket_ids: Collection[int], *, now: datetime) -> None:
    """Set what these tickets have admitted and what is to look into to what all their scans come to.

    The tickets are locked by the caller.
    """
    wanted: findings.Wanted = {}
    for ticket_id, (merged, scan_ids) in count(session, ticket_ids).items():
        differs = update(Ticket).where(Ticket.id == ticket_id, Ticket.admitted != merged.admitted)
        session.execute(differs.values(admitted=merged.admitted).execution_options(synchronize_session=False))
        for kind, people_by_key in ((DoorFindingKind.DOUBLE, merged.beyond), (DoorFindingKind.LEFT, merged.left)):
            wanted |= {(scan_ids[key], kind): (ticket_id, people) for key, people in people_by_key.items()}
    findings.agree(session, ticket_ids, wanted, now=now)


def count(session: Session, ticket_ids: Collection[int]) -> dict[int, tuple[Merged, dict[str, int]]]:
    """Return what the scans of each ticket come to, and the row of each scan by its id."""
    tickets = session.execute(select(Ticket.id, Ticket.admissions).where(Ticket.id.in_(ticket_ids))).all()
    rows = session.execute(
        select(Scan.id, Scan.ticket_id, Scan.scanned_at, Scan.scan_id, Scan.direction, Scan.admissions).where(
            Scan.ticket_id.in_(ticket_ids), Scan.verdict == Verdict.ADMIT
        )
    )
    passages: dict[int, list[Passage]] = defaultdict(list)
    scan_ids: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        passages[row.ticket_id].append(Passage(row.scanned_at, row.scan_id, row.direction, row.admissions))
        scan_ids[row.ticket_id][row.scan_id] = row.id
    return {
        ticket.id: (merging.merge(ticket.admissions, passages[ticket.id]), scan_ids[ticket.id]) for ticket in tickets
    }
