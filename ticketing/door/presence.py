"""Counts who is inside, against what the house may hold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from ticketing.catalogue import house_limits
from ticketing.door import gates, inside
from ticketing.door.inside import DeviceAge, GateCount, Inside
from ticketing.door.models import Device, Gate, Scan, Tally
from ticketing.door.verdict import Direction, Verdict


def count(session: Session, *, zone: ZoneInfo, now: datetime) -> Inside:
    """Count who is inside now, gate by gate, with the age of what each device has told."""
    began = inside.counting_began(now, zone)
    came, left = people_by_gate(session, began)
    counts = tuple(GateCount(gate.name, came[gate.id], left[gate.id]) for gate in gates.list_gates(session))
    return Inside(now, house_limits.find_limits(session), counts, _devices(session, began))


def people_by_gate(session: Session, began: datetime) -> tuple[Counter[int], Counter[int]]:
    """Return how many came in and went out since an instant, scanned or tapped, by gate id."""
    came: Counter[int] = Counter()
    left: Counter[int] = Counter()
    scans = (
        select(Scan.gate_id, Scan.direction, func.sum(Scan.admissions))
        .where(Scan.scanned_at >= began, Scan.verdict == Verdict.ADMIT)
        .group_by(Scan.gate_id, Scan.direction)
    )
    for gate_id, direction, people in session.execute(scans):
        (came if direction is Direction.IN else left)[gate_id] += people
    taps = select(Tally.gate_id, Tally.delta, func.count()).where(Tally.counted_at >= began)
    for gate_id, delta, people in session.execute(taps.group_by(Tally.gate_id, Tally.delta)):
        (came if delta > 0 else left)[gate_id] += people
    return came, left


def _devices(session: Session, began: datetime) -> tuple[DeviceAge, ...]:
    """Load the devices that were in use since the count began, or that hold scans back, the longest silent first."""
    in_use = or_(Device.last_seen_at >= began, Device.unsent_scans > 0)
    rows = session.execute(
        select(Device.name, Gate.name.label("gate"), Device.last_seen_at, Device.unsent_scans)
        .outerjoin(Gate, Gate.id == Device.gate_id)
        .where(Device.revoked_at.is_(None), in_use)
        .order_by(case((Device.last_seen_at.is_(None), 0), else_=1), Device.last_seen_at, Device.id)
    )
    return tuple(DeviceAge(*row) for row in rows)
