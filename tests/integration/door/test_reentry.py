"""Visitors who go out and come in again, parties that come bit by bit, and people counted by tap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import door_stage
from tests.door_stage import NOON, ZONE
from ticketing.catalogue.models import Experience
from ticketing.catalogue.reentry import Reentry
from ticketing.door import admission, gates, tallies
from ticketing.door.admission import ScanRequest
from ticketing.door.devices import DeviceAtGate
from ticketing.door.models import Tally
from ticketing.door.tallies import Tap
from ticketing.door.verdict import Direction
from ticketing.foundation.actors import system
from ticketing.operations import invariants
from ticketing.tickets.models import Ticket

IN, OUT = Direction.IN, Direction.OUT


def scan(session, stage, minutes, direction=IN, people=1, stamp=False, gate=None):
    at = NOON + timedelta(minutes=minutes)
    request = ScanRequest(f"{minutes}", stage.code, gate or stage.gate, direction, at, people, stamp)
    answer = admission.scan(session, request, stage.device, zone=ZONE, now=at)
    return answer.reason or "admit"


def stage_with(session, reentry, admissions=1):
    stage = door_stage.build(session, admissions=admissions)
    experience = session.get_one(Experience, stage.experience_id)
    experience.reentry, experience.reentry_minutes = reentry, 90 if reentry is Reentry.WINDOW else 0
    session.flush()
    return stage


# In at noon, out at +10; then again: at +20 (with a stamp), and at +100, long after the slot admits, without.
@pytest.mark.parametrize(("reentry", "soon", "much_later"), [
    (Reentry.NONE, "already_used", "already_used"),
    (Reentry.STAMP, "admit", "already_used"),
    (Reentry.EXIT_SCAN, "admit", "admit"),
    (Reentry.WINDOW, "admit", "already_used"),
])  # fmt: skip
def test_who_goes_out_comes_in_again_by_the_rule_of_the_experience(session, reentry, soon, much_later):
    stage = stage_with(session, reentry)

    told = [scan(session, stage, 0), scan(session, stage, 10, OUT), scan(session, stage, 20, stamp=True)]
    told += [scan(session, stage, 30, OUT), scan(session, stage, 100)]

    assert (told[0], told[1], told[2], told[4]) == ("admit", "admit", soon, much_later)
    session.expire_all()
    assert session.get_one(Ticket, stage.ticket_id).admitted == 1
    broken = {each.id for each in invariants.violations(session, now=NOON + timedelta(hours=2))}
    assert broken & {"I16", "I31", "I61"} == set()


def test_a_party_comes_bit_by_bit_at_any_gate(session):
    stage = stage_with(session, Reentry.NONE, admissions=5)
    other = gates.add_gate(session, "Garden", actor=system("test"), now=NOON)

    told = [scan(session, stage, 0, people=2), scan(session, stage, 1, people=4, gate=other)]
    told += [scan(session, stage, 2, people=3, gate=other), scan(session, stage, 3)]

    assert told == ["admit", "already_used", "admit", "already_used"]


def test_a_tap_counts_once_however_often_it_is_sent(session):
    stage = door_stage.build(session)
    device = DeviceAtGate(stage.device.id, stage.device.name, None, stage.gate)
    taps = [Tap("a", "", 1, NOON), Tap("b", stage.gate.slug, 1, NOON), Tap("c", "", -1, NOON + timedelta(hours=9))]

    for sent in (taps[:2], taps, taps[::-1]):
        assert tallies.take(session, device, sent, now=NOON) == [tap.tally_id for tap in sent]

    assert session.execute(select(func.sum(Tally.delta), func.count(), func.max(Tally.counted_at))).one() == (
        1,
        3,
        NOON,
    )
