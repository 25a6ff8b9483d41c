"""What must always be true of the door: numbers, names and questions for operations/invariants.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ticketing.door import counting, findings
from ticketing.door.models import Device, DoorFinding, DoorFindingKind, Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.tickets.models import Ticket

# An act reads its time before it waits for a lock; of two that met, the times do not tell which came first. No lock is
# waited for longer than this (foundation/database.py).
LONGEST_WAIT = timedelta(minutes=1)
AT_ONCE = 500  # tickets

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "I16",
        "a ticket admitted as many as its scans say, never more than it may, and whoever came in beyond is a finding",
        """SELECT t.id, t.admitted, t.admissions, COALESCE(s.seen, 0) AS seen, COALESCE(f.beyond, 0) AS beyond
           FROM tickets t LEFT JOIN
             (SELECT ticket_id, SUM(admissions - came_back) AS seen FROM scans
               WHERE verdict = 'admit' AND direction = 'in' GROUP BY ticket_id) s ON s.ticket_id = t.id LEFT JOIN
             (SELECT ticket_id, SUM(people) AS beyond FROM door_findings WHERE kind = 'double'
               GROUP BY ticket_id) f ON f.ticket_id = t.id
           WHERE t.admitted + COALESCE(f.beyond, 0) <> COALESCE(s.seen, 0) OR t.admitted > t.admissions
              OR (COALESCE(f.beyond, 0) > 0 AND t.admitted < t.admissions)""",
    ),
    (
        "I31",
        "no more people have left than came in, ticket by ticket, but those who are a finding",
        """SELECT x.ticket_id, x.inside, COALESCE(f.people, 0) AS found FROM
             (SELECT ticket_id, SUM(CASE WHEN direction = 'in' THEN admissions ELSE -admissions END) AS inside
               FROM scans WHERE verdict = 'admit' AND ticket_id IS NOT NULL GROUP BY ticket_id) x LEFT JOIN
             (SELECT ticket_id, SUM(people) AS people FROM door_findings WHERE kind = 'left'
               GROUP BY ticket_id) f ON f.ticket_id = x.ticket_id
           WHERE CASE WHEN x.inside < 0 THEN -x.inside ELSE 0 END <> COALESCE(f.people, 0)""",
    ),
    (
        "I60",
        "whoever was let in with a code that belongs to no ticket is a finding",
        """SELECT s.id, s.code_digest FROM scans s WHERE s.verdict = 'admit' AND s.ticket_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM door_findings f WHERE f.scan_id = s.id AND f.kind = 'unknown')""",
    ),
)


def _admitted_after_voiding(session: Session) -> list[Any]:
    is_found = exists().where(DoorFinding.scan_id == Scan.id, DoorFinding.kind == DoorFindingKind.VOID)
    late = (
        select(Scan.id, Ticket.id, Scan.scanned_at, Ticket.voided_at)
        .join(Ticket, Ticket.id == Scan.ticket_id)
        .where(Scan.verdict == Verdict.ADMIT, Scan.direction == Direction.IN, Ticket.voided_at < Scan.scanned_at)
        .where(~is_found)
    )
    return [tuple(row[:2]) for row in session.execute(late) if row.scanned_at - row.voided_at > LONGEST_WAIT]


def _admitted_after_revoking(session: Session) -> list[Any]:
    late = (
        select(Scan.id, Device.name, Scan.received_at, Device.revoked_at)
        .join(Device, Device.id == Scan.device_id)
        .where(Scan.verdict == Verdict.ADMIT, Device.revoked_at < Scan.received_at)
    )
    return [tuple(row[:2]) for row in session.execute(late) if row.received_at - row.revoked_at > LONGEST_WAIT]


def _miscounted(session: Session) -> list[Any]:
    """Count the tickets with late scans or people who came again anew, and compare with what is written down."""
    told = select(Scan.ticket_id).where(or_(Scan.told_at.is_not(None), Scan.came_back > 0))
    rows = session.execute(select(Ticket.id, Ticket.admitted).where(Ticket.id.in_(told)).order_by(Ticket.id))
    admitted = {row.id: row.admitted for row in rows}
    kept = select(DoorFinding).where(DoorFinding.kind.in_(findings.COUNTED), DoorFinding.people > 0)
    written: dict[Any, dict[Any, Any]] = defaultdict(dict)
    for finding in session.scalars(kept):
        written[finding.ticket_id][finding.scan_id, finding.kind] = (finding.ticket_id, finding.people)
    wrong: list[Any] = []
    for begin in range(0, len(admitted), AT_ONCE):
        for ticket_id, counted in counting.count(session, list(admitted)[begin : begin + AT_ONCE]).items():
            back = {key: row.came_back for key, row in counted.rows.items() if row.came_back}
            said = (admitted[ticket_id], back, written[ticket_id])
            if said != (counted.merged.admitted, counted.merged.returning, counted.wanted):
                wrong.append((ticket_id, admitted[ticket_id], counted.merged.admitted))
    return wrong


PROOFS: dict[str, tuple[str, Callable[[Session], list[Any]]]] = {
    "I17": (
        "nobody was let in on a ticket a minute or more after it was voided, but those who are a finding",
        _admitted_after_voiding,
    ),
    "I20": ("nothing was admitted by a device a minute or more after it was revoked", _admitted_after_revoking),
    "I61": ("what late scans and returns come to is what counting them anew says, scan by scan", _miscounted),
}
