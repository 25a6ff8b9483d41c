from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import door_stage
from tests.door_stage import NOON
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.door.admission import ScanIDReused, ScanInvalid
from ticketing.door.models import Scan
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.foundation.actors import system
from ticketing.tickets.models import Ticket, TicketState

SOMEBODY = system("test")


def test_a_valid_ticket_admits_once_and_then_says_when_and_where_it_was_used(session):
    stage = door_stage.build(session)

    first = door_stage.scan(session, stage)
    second = door_stage.scan(session, stage, now=NOON + timedelta(minutes=3))

    assert (first.verdict, first.reason, first.ticket.admitted) == (Verdict.ADMIT, None, 1)
    assert (second.verdict, second.reason) == (Verdict.REFUSE, Reason.ALREADY_USED)
    assert (second.already.at, second.already.gate) == (NOON, stage.gate.name)


def test_the_answer_names_the_ticket_but_no_person(session):
    stage = door_stage.build(session)

    answer = door_stage.scan(session, stage)

    assert answer.ticket.experience["nl"] == "Bezoek"
    assert answer.ticket.ticket_type["en"] == "Adult"
    assert answer.ticket.starts_at == NOON
    assert "ada" not in repr(answer)


def test_a_code_typed_in_groups_and_small_letters_is_the_same_code(session):
    stage = door_stage.build(session)
    typed = " ".join(stage.code[at : at + 5] for at in range(0, 26, 5)).lower()

    assert door_stage.scan(session, stage, code=typed).verdict is Verdict.ADMIT


HOSTILE = ["", "x", "A" * 26, "A" * 100_000, "'; DROP TABLE tickets; --", "\0", "٣" * 26, "\ud800"]


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_code_is_unknown_and_is_written_down(session, code):
    stage = door_stage.build(session)

    answer = door_stage.scan(session, stage, code=code)

    assert (answer.verdict, answer.reason, answer.ticket) == (Verdict.REFUSE, Reason.UNKNOWN, None)
    assert session.scalars(select(Scan)).one().ticket_id is None


def test_a_void_ticket_and_an_unpaid_order_are_refused(session):
    void, unpaid = door_stage.build(session), door_stage.build(session, is_confirmed=False)
    session.execute(update(Ticket).where(Ticket.id == void.ticket_id).values(state=TicketState.VOID, voided_at=NOON))

    assert door_stage.scan(session, void).reason is Reason.VOID
    assert door_stage.scan(session, unpaid).reason is Reason.UNPAID


def test_closing_the_centre_closes_the_door_at_once_and_lifting_opens_it(session):
    stage = door_stage.build(session)
    reasons = dict.fromkeys(("nl", "fr", "en", "de"), "Storm")
    closure = closures.close(session, ClosureRequest(reasons, NOON), actor=SOMEBODY, now=NOON)

    while_closed = door_stage.scan(session, stage)
    closures.lift(session, closure, actor=SOMEBODY, now=NOON)
    after = door_stage.scan(session, stage)

    assert (while_closed.reason, after.verdict) == (Reason.CLOSED, Verdict.ADMIT)


def test_a_group_goes_in_by_parts_until_all_are_in(session):
    stage = door_stage.build(session, admissions=20)

    answers = [door_stage.scan(session, stage, admissions=number) for number in (12, 9, 8, 1)]

    assert [answer.verdict.value for answer in answers] == ["admit", "refuse", "admit", "refuse"]
    assert [answer.ticket.admitted for answer in answers] == [12, 12, 20, 20]


def test_the_same_scan_id_gets_the_first_answer_whatever_happened_since(session):
    stage = door_stage.build(session, admissions=3)
    first = door_stage.scan(session, stage, scan_id="a")
    door_stage.scan(session, stage, scan_id="b")

    again = door_stage.scan(session, stage, scan_id="a", now=NOON + timedelta(hours=4))

    assert again.is_repeat
    assert (again.verdict, again.reason, again.ticket, again.already) == (
        first.verdict, first.reason, first.ticket, first.already,
    )  # fmt: skip
    assert session.get_one(Ticket, stage.ticket_id, populate_existing=True).admitted == 2
    assert len(session.scalars(select(Scan)).all()) == 2


def test_a_refusal_and_an_unknown_code_are_repeated_too(session):
    stage = door_stage.build(session)
    door_stage.scan(session, stage, scan_id="in")
    refused = door_stage.scan(session, stage, scan_id="again")
    unknown = door_stage.scan(session, stage, scan_id="what", code="nothing")

    assert door_stage.scan(session, stage, scan_id="again").already == refused.already
    assert door_stage.scan(session, stage, scan_id="what", code="nothing").reason is unknown.reason


def test_a_scan_id_of_another_ticket_or_direction_is_a_conflict(session):
    stage, other = door_stage.build(session), door_stage.build(session)
    door_stage.scan(session, stage, scan_id="a")

    with pytest.raises(ScanIDReused):
        door_stage.scan(session, stage, scan_id="a", code=other.code)
    with pytest.raises(ScanIDReused):
        door_stage.scan(session, stage, scan_id="a", direction=Direction.OUT)


def test_two_devices_may_use_the_same_scan_id(session):
    stage, other = door_stage.build(session), door_stage.build(session)
    door_stage.scan(session, stage, scan_id="1")

    assert not door_stage.scan(session, other, scan_id="1").is_repeat


def test_going_out_needs_somebody_inside_and_opens_no_second_way_in(session):
    stage = door_stage.build(session)

    out_first = door_stage.scan(session, stage, direction=Direction.OUT)
    door_stage.scan(session, stage)
    out = door_stage.scan(session, stage, direction=Direction.OUT)
    out_again = door_stage.scan(session, stage, direction=Direction.OUT)
    back = door_stage.scan(session, stage)

    assert [a.reason for a in (out_first, out, out_again, back)] == [
        Reason.NOT_INSIDE, None, Reason.NOT_INSIDE, Reason.ALREADY_USED,
    ]  # fmt: skip


def test_a_clock_that_is_a_little_off_means_now(session):
    stage = door_stage.build(session)

    door_stage.scan(session, stage, scanned_at=NOON + timedelta(seconds=90))

    assert session.scalars(select(Scan.scanned_at)).one() == NOON


def test_a_scan_that_arrives_late_is_judged_by_the_time_it_was_made(session):
    stage = door_stage.build(session)

    answer = door_stage.scan(session, stage, now=NOON + timedelta(hours=5), scanned_at=NOON)

    assert answer.verdict is Verdict.ADMIT


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scan_id": "x" * 61}, "scan_id"),
        ({"scan_id": "a b"}, "scan_id"),
        ({"admissions": 0}, "admissions"),
        ({"admissions": 10**12}, "admissions"),
        ({"scanned_at": NOON + timedelta(minutes=3)}, "scanned_at"),
        ({"scanned_at": NOON - timedelta(days=8)}, "scanned_at"),
    ],
)
def test_a_scan_of_the_wrong_shape_is_refused_and_names_the_field(session, wrong, field):
    stage = door_stage.build(session)

    with pytest.raises(ScanInvalid) as caught:
        door_stage.scan(session, stage, **wrong)

    assert caught.value.details["field"] == field
