"""Counts who is inside, and keeps the house's limit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from ticketing.door import gates, inside
from ticketing.door.inside import DeviceAge, GateCount, Inside
from ticketing.door.models import Device, Gate, HouseLimit, Scan, Tally
from ticketing.door.verdict import Direction, Verdict
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput

MOST_PEOPLE = 100_000


class LimitInvalid(InvalidInput):
    """The limit is a whole number of people; `details["field"]` names where."""

    code = "house_limit_invalid"


def count(session: Session, *, zone: ZoneInfo, now: datetime) -> Inside:
    """Count who is inside now, gate by gate, with the age of what each device has told."""
    began = inside.counting_began(now, zone)
    came, left = _people_by_gate(session, began)
    counts = tuple(GateCount(gate.name, came[gate.id], left[gate.id]) for gate in gates.list_gates(session))
    return Inside(now, find_limit(session), counts, _devices(session, began))


def _people_by_gate(session: Session, began: datetime) -> tuple[Counter[int], Counter[int]]:
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


def find_limit(session: Session) -> int | None:
    """Return how many visitors the house may hold; None while nobody has said."""
    return session.scalar(select(HouseLimit.people).order_by(HouseLimit.id.desc()).limit(1))


def set_limit(session: Session, people: int, *, actor: Actor, now: datetime) -> None:
    """Say how many visitors the house may hold from now on; the same again changes nothing. Raises LimitInvalid."""
    if not 0 < people <= MOST_PEOPLE:
        raise LimitInvalid(f"Fill in a whole number from 1 to {MOST_PEOPLE}.", field="people")
    before = find_limit(session)
    if people == before:
        return
    limit = HouseLimit(people=people, set_by=actor.name, set_at=now)
    session.add(limit)
    session.flush()
    audit.record(session, "house_limit.set", limit, actor=actor, now=now, people=people, before=before)
