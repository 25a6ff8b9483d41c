"""Takes in what devices judged by themselves while they were cut off: people went in, so it is written down.

Nothing is judged anew and nothing is refused. What the house would not have let happen becomes a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.opening import ClosedSpan
from ticketing.door import admission, counting, devices, findings, gates, statements, verdict
from ticketing.door.admission import Facts
from ticketing.door.devices import DeviceAtGate
from ticketing.door.models import CheckedBy, DoorFindingKind, Scan, ScanKind
from ticketing.door.verdict import Attempt, Direction, Reason, Verdict
from ticketing.foundation.clock import local_date_of

MOST_AT_ONCE = 500

# What is wrong with the ticket or the house; what is wrong with numbers and times is counted (counting.py).
KINDS = {
    Reason.VOID: DoorFindingKind.VOID,
    Reason.UNPAID: DoorFindingKind.VOID,
    Reason.CLOSED: DoorFindingKind.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What is written down now or was before, by id; and how many of what is new have a code that nobody knows."""

    scan_ids: list[str]
    wrong_codes: int


@dataclass(frozen=True, slots=True)
class LateScan:
    """A scan that a device judged by its list; `gate` is a slug, `scanned_at` an instant by the device's clock.

    Of the kind `checked` its list did not know the code, and a person let them in; `checked_by` says what by.
    """

    scan_id: str
    code_hash: str
    gate: str
    direction: Direction
    scanned_at: datetime
    admissions: int
    verdict: Verdict
    reason: Reason | None
    stamp: bool = False
    kind: ScanKind = ScanKind.SCAN
    checked_by: CheckedBy | None = None


def take(
    session: Session,
    device: DeviceAtGate,
    scans: Sequence[LateScan],
    *,
    wrong_codes_left: int | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> Taken:
    """Write down what is not known yet and count it; return the ids of all, for the device to forget them.

    Of codes that nobody knows so many are taken as are left, people who are in first; the others stay in the device.
    Times are set right by what the device's clock was off when it last told. Raises UnknownGate.
    """
    facts = _lock_tickets(session, {scan.code_hash for scan in scans})
    taken = _within(session, device, scans, facts, wrong_codes_left)
    gate_ids = gates.ids_by_slug(session)
    rows = {}
    for scan in sorted(taken, key=lambda each: each.scan_id):
        told_at, scanned_at = devices.set_right(scan.scanned_at, device.clock_ahead, now=now)
        gate_id = gate_ids.get(scan.gate) or devices.require_gate(device).id
        times = {"told_at": told_at, "scanned_at": scanned_at, "received_at": now}
        row = _row(scan, device, facts.get(scan.code_hash))
        rows[row["scan_id"]] = row | times | {"gate_id": gate_id}
    fresh = _write(session, _beside_refusals(session, rows))
    by_ticket = {each.id: each for each in facts.values()}
    _find_wrong(session, [row for row in fresh if row.verdict is Verdict.ADMIT], by_ticket, zone, now)
    counting.settle(session, {row.ticket_id for row in fresh if row.ticket_id is not None}, now=now)
    return Taken([scan.scan_id for scan in taken], sum(row.ticket_id is None for row in fresh))


def _lock_tickets(session: Session, hashes: Iterable[str]) -> dict[str, Facts]:
    """Load the tickets of truncated hashes, locked in the order of ids; a hash the house does not know is left out."""
    connection = session.connection()
    ids = {}
    for code_hash in sorted(hashes):
        found = connection.execute(statements.BY_HASH, {"least": code_hash, "beyond": code_hash + "g"}).first()
        if found is not None:
            ids[found.id] = code_hash
    locked = connection.execute(statements.LOCKED_FACTS_BY_IDS, {"ticket_ids": sorted(ids)})
    return {ids[row.id]: row for row in locked}


def _within(
    session: Session, device: DeviceAtGate, scans: Sequence[LateScan], facts: Mapping[str, Facts], left: int | None
) -> list[LateScan]:
    """Leave out what is beyond the wrong codes that are left; what was taken before is none of them."""
    wrong = sorted((scan for scan in scans if scan.code_hash not in facts), key=_who_is_in_first)
    if left is None or len(wrong) <= left:
        return list(scans)
    keys = [_key_of(scan, device) for scan in wrong]
    before = set(session.scalars(select(Scan.scan_id).where(Scan.scan_id.in_(keys))))
    fresh = [scan.scan_id for scan in wrong if _key_of(scan, device) not in before]
    held_back = set(fresh[max(0, left) :])
    return [scan for scan in scans if scan.scan_id not in held_back]


def _who_is_in_first(scan: LateScan) -> tuple[bool, datetime]:
    return scan.verdict is not Verdict.ADMIT, scan.scanned_at


def _key_of(scan: LateScan, device: DeviceAtGate) -> str:
    return f"device:{device.id}:{scan.scan_id}"


def _row(scan: LateScan, device: DeviceAtGate, ticket: Facts | None) -> dict[str, Any]:
    is_refused = scan.verdict is Verdict.REFUSE
    is_checked = scan.kind is ScanKind.CHECKED and not is_refused and scan.direction is Direction.IN
    return {
        "scan_id": _key_of(scan, device),
        "ticket_id": None if ticket is None else ticket.id,
        "code_digest": scan.code_hash if ticket is None else ticket.digest,
        "device_id": device.id,
        "direction": scan.direction,
        "verdict": scan.verdict,
        "reason": (scan.reason or Reason.UNKNOWN) if is_refused else None,
        "admissions": scan.admissions,
        "came_back": 0,
        "has_stamp": scan.stamp,
        "kind": ScanKind.CHECKED if is_checked else ScanKind.SCAN,
        "checked_by": scan.checked_by if is_checked else None,
    }


def _beside_refusals(session: Session, rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Give an id of its own to who was let in although we had refused: the answer did not reach the device."""
    refused = session.scalars(
        select(Scan.scan_id).where(Scan.scan_id.in_(rows), Scan.verdict == Verdict.REFUSE, Scan.told_at.is_(None))
    )
    for key in refused:
        if rows[key]["verdict"] is Verdict.ADMIT:
            rows[key]["scan_id"] = f"{key}!"
    return list(rows.values())


def _write(session: Session, rows: list[dict[str, Any]]) -> Sequence[Any]:
    """Add the scans that are not known yet; return those."""
    if not rows:
        return []
    connection = session.connection()
    insert = statements.LATE[connection.dialect.name]
    return connection.execute(insert.values(rows)).all()


def _find_wrong(
    session: Session, let_in: Sequence[Any], facts: dict[int, Facts], zone: ZoneInfo, now: datetime
) -> None:
    """Note who would have been refused by what the house knows now."""
    earliest = min((row.scanned_at for row in let_in), default=now)
    spans = closures.spans(session, now=earliest)
    for row in let_in:
        kind = DoorFindingKind.UNKNOWN
        if row.ticket_id is not None:
            found = _kind_of(row, facts[row.ticket_id], spans, zone)
            if found is None:
                continue
            kind = found
        findings.note(session, kind, row.id, row.ticket_id, row.admissions, now=now)


def _kind_of(row: Any, ticket: Facts, spans: Sequence[ClosedSpan], zone: ZoneInfo) -> DoorFindingKind | None:
    """Judge as if nobody had come in yet, by the ticket and the house alone."""
    if row.direction is Direction.OUT:
        return None
    attempt = Attempt(row.direction, 1, row.scanned_at, local_date_of(row.scanned_at, zone))
    judged = verdict.judge(admission.facts_of(ticket, admitted=0, inside=0), attempt, spans)
    return None if judged.reason is None else KINDS.get(judged.reason)
