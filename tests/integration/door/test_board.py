"""What the duty manager watches at the door."""

from __future__ import annotations

from datetime import timedelta

from tests import door_stage
from tests.door_stage import NOON, ZONE
from ticketing.door import board
from ticketing.door.verdict import Reason


def test_the_board_counts_by_minute_and_gate_by_reason_and_by_slot(session):
    stage = door_stage.build(session, admissions=2)
    other = door_stage.build(session)
    for minutes in (0, 0, 2, 3):
        door_stage.scan(session, stage, now=NOON + timedelta(minutes=minutes))
    door_stage.scan(session, other, code="A" * 26, now=NOON + timedelta(minutes=4))

    shown = board.load(session, zone=ZONE, now=NOON + timedelta(minutes=4))

    pace = next(each for each in shown.paces if each.name == stage.gate.name)
    assert pace.by_minute[-5:] == (2, 0, 1, 1, 0)
    assert (pace.in_hour, pace.a_minute, pace.refused) == (4, 0.8, 2)
    assert shown.by_minute[-1] == 1
    assert shown.refusals == ((Reason.ALREADY_USED, 2), (Reason.UNKNOWN, 1))
    assert sorted((slot.sold, slot.admitted) for slot in shown.slots) == [(1, 0), (2, 2)]
