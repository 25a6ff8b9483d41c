"""The number for an evacuation is what somebody with a pencil counted at the doors, whatever phones went through."""

from __future__ import annotations

from sqlalchemy import func, select

from tests import door_morning
from tests.door_stage import ZONE
from ticketing.door import presence
from ticketing.door.models import DoorFinding, DoorFindingKind, Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.operations import invariants
from ticketing.tickets.models import Ticket


def test_after_a_busy_morning_the_evacuation_count_is_the_reference(own_database):
    morning = door_morning.set_out(own_database, tickets=120, seed=7)

    ended = morning.play()

    with own_database.reading() as session:
        counted = presence.count(session, zone=ZONE, now=ended)
        late = session.scalar(select(func.count()).where(Scan.told_at.is_not(None)))
        came = select(func.sum(Scan.admissions)).where(Scan.verdict == Verdict.ADMIT, Scan.direction == Direction.IN)
        beyond = select(func.sum(DoorFinding.people)).where(DoorFinding.kind == DoorFindingKind.DOUBLE)
        doubles, admitted = session.scalar(beyond), session.scalar(select(func.sum(Ticket.admitted)))
        broken = {each.id for each in invariants.violations(session, now=ended)}
        assert counted.people == morning.paper.inside
        assert session.scalar(came) == morning.paper.came == admitted + doubles
    assert late > 50
    assert doubles > 0
    assert broken & door_morning.DOOR == set()
