"""Counts the scans of tickets and writes down what comes of it, where more is to do than to add one up.

That is so when some were judged without us, and where visitors may come in again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, Slot
from ticketing.door import findings, merging
from ticketing.door.merging import Merged, Passage, Terms
from ticketing.door.models import DoorFindingKind, Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Counted:
    """What the scans of a ticket come to, with their rows by id, and what of them is to look into."""

    merged: Merged
    rows: dict[str, Any]
    wanted: findings.Wanted


def settle(session: Session, ticket_ids: Collection[int], *, now: datetime) -> None:
    """Set what these tickets have admitted and what is to look into to what all their scans come to.

    The tickets are locked by the caller.
    """
    wanted: findings.Wanted = {}
    for ticket_id, counted in count(session, ticket_ids).items():
        differs = update(Ticket).where(Ticket.id == ticket_id, Ticket.admitted != counted.merged.admitted)
        session.execute(differs.values(admitted=counted.merged.admitted).execution_options(synchronize_session=False))
        _mark_returning(session, counted)
        wanted |= counted.wanted
    findings.agree(session, ticket_ids, wanted, now=now)


def count(session: Session, ticket_ids: Collection[int]) -> dict[int, Counted]:
    """Count the scans of each ticket from the first on."""
    tickets = session.execute(
        select(
            Ticket.id, Ticket.admissions, Slot.admits_from, Slot.admits_until,
            Experience.reentry, Experience.reentry_minutes,
        )
        .join(Slot, Slot.id == Ticket.slot_id)
        .join(Experience, Experience.id == Slot.experience_id)
        .where(Ticket.id.in_(ticket_ids))
    ).all()  # fmt: skip
    scans: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in _passed(session, ticket_ids):
        scans[row.ticket_id][row.scan_id] = row
    return {ticket.id: _counted(ticket, scans[ticket.id]) for ticket in tickets}


def passages_of(session: Session, ticket_id: int) -> list[Passage]:
    """Load who passed on a ticket."""
    return _passages(_passed(session, [ticket_id]))


def _passed(session: Session, ticket_ids: Collection[int]) -> Iterable[Any]:
    return session.execute(
        select(
            Scan.id, Scan.ticket_id, Scan.scanned_at, Scan.told_at, Scan.scan_id, Scan.direction, Scan.admissions,
            Scan.has_stamp, Scan.came_back,
        ).where(Scan.ticket_id.in_(ticket_ids), Scan.verdict == Verdict.ADMIT)
    )  # fmt: skip


def _passages(rows: Iterable[Any]) -> list[Passage]:
    return [Passage(row.scanned_at, row.scan_id, row.direction, row.admissions, row.has_stamp) for row in rows]


def _counted(ticket: Any, rows: dict[str, Any]) -> Counted:
    terms = Terms(ticket.admissions, ticket.reentry, ticket.reentry_minutes)
    merged = merging.merge(terms, _passages(rows.values()))
    by_kind = {
        DoorFindingKind.DOUBLE: merged.beyond,
        DoorFindingKind.LEFT: merged.left,
        DoorFindingKind.WRONG_SLOT: _out_of_time(ticket, merged, rows),
    }
    wanted = {
        (rows[key].id, kind): (ticket.id, people) for kind, by_key in by_kind.items() for key, people in by_key.items()
    }
    return Counted(merged, rows, wanted)


def _out_of_time(ticket: Any, merged: Merged, rows: dict[str, Any]) -> dict[str, int]:
    """Say whom devices without a network let in before or after the ticket admits; who returns may do so later."""
    newcomers = {
        key: row.admissions - merged.returning.get(key, 0)
        for key, row in rows.items()
        if row.told_at is not None
        and row.direction is Direction.IN
        and not ticket.admits_from <= row.scanned_at < ticket.admits_until
    }
    return {key: people for key, people in newcomers.items() if people}


def _mark_returning(session: Session, counted: Counted) -> None:
    for key, row in counted.rows.items():
        back = counted.merged.returning.get(key, 0)
        if back != row.came_back:
            session.execute(update(Scan).where(Scan.id == row.id).values(came_back=back))
