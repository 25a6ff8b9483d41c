"""Any number of scans of one ticket at the same instant: exactly one admits. Without the lock, more are let through."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from tests import door_stage
from tests.door_stage import NOON, ZONE
from tests.fault.unguarded import meeting, unguarded
from ticketing.door import admission
from ticketing.door.admission import ScanRequest
from ticketing.door.models import Scan
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.tickets.models import Ticket, TicketState

AT_ONCE, HANDS = 64, 16


def test_of_64_simultaneous_scans_of_one_ticket_exactly_one_admits(own_database):
    stage = _stage(own_database)

    answers = _at_once(lambda number: _scan(own_database, stage, f"scan-{number}"))

    assert [answer.verdict for answer in answers].count(Verdict.ADMIT) == 1
    assert {answer.reason for answer in answers} == {None, Reason.ALREADY_USED}
    assert all(answer.already.at == NOON for answer in answers if answer.reason)
    assert _admissions(own_database, stage) == (1, 1, AT_ONCE)


def test_one_scan_id_sent_64_times_at_once_is_one_scan_with_one_answer(own_database):
    stage = _stage(own_database, admissions=10)

    answers = _at_once(lambda number: _scan(own_database, stage, "the-same"))

    assert {answer.verdict for answer in answers} == {Verdict.ADMIT}
    assert {answer.ticket.admitted for answer in answers} == {1}
    assert [answer.is_repeat for answer in answers].count(False) == 1
    assert _admissions(own_database, stage) == (1, 1, 1)


def test_a_group_of_ten_scanned_64_times_at_once_lets_exactly_ten_in(own_database):
    stage = _stage(own_database, admissions=10)

    _at_once(lambda number: _scan(own_database, stage, f"scan-{number}"))

    assert _admissions(own_database, stage) == (10, 10, AT_ONCE)


def test_a_ticket_voided_while_it_is_scanned_is_admitted_before_or_refused_after(own_database):
    for _ in range(20):
        stage = _stage(own_database)

        def act(number, stage=stage):
            if number:
                return _scan(own_database, stage, f"scan-{number}").verdict is Verdict.ADMIT
            return _void_if_unused(own_database, stage)

        outcomes = _at_once(act, times=4)

        assert outcomes.count(True) == 1  # either it was voided unused, or it admitted once


BOTH_HAVE_READ = r"FROM tickets.*WHERE tickets\.digest"


def test_without_the_lock_the_same_code_has_only_its_last_guard_left(own_database):
    """Both read an unused ticket and judge it good; the condition of the write stops one of them, as a defect."""
    stage = _stage(own_database)

    def scan(number):
        try:
            return _scan(own_database, stage, f"scan-{number}").verdict
        except AssertionError as error:
            return str(error)

    with unguarded(own_database), meeting(own_database, after=BOTH_HAVE_READ):
        outcomes = _at_once(scan, times=2)

    assert sorted(outcomes) == [Verdict.ADMIT, "the ticket is locked and was judged admissible"]


def test_without_that_guard_too_the_table_itself_refuses_a_second_admission(own_database):
    stage = _stage(own_database)
    weaker = {"<= tickets.admissions": "<= 1000"}

    with unguarded(own_database, weaker), meeting(own_database, after=BOTH_HAVE_READ), pytest.raises(IntegrityError):
        _at_once(lambda number: _scan(own_database, stage, f"scan-{number}"), times=2)

    assert _admissions(own_database, stage)[0] == 1


def _stage(database, admissions=1):
    with database.transaction() as session:
        return door_stage.build(session, admissions=admissions)


def _scan(database, stage, scan_id):
    request = ScanRequest(scan_id, stage.code, stage.gate, Direction.IN, NOON)
    with database.transaction() as session:
        return admission.scan(session, request, stage.device, zone=ZONE, now=NOON)


def _void_if_unused(database, stage):
    with database.transaction() as session:
        unused = update(Ticket).where(Ticket.id == stage.ticket_id, Ticket.admitted == 0)
        return session.execute(unused.values(state=TicketState.VOID, voided_at=NOON)).rowcount == 1


def _admissions(database, stage):
    """Return what the ticket counts, what the scans let in, and how many scans there are."""
    mine = Scan.ticket_id == stage.ticket_id
    with database.reading() as session:
        counted = session.get_one(Ticket, stage.ticket_id).admitted
        let_in = session.scalar(select(func.sum(Scan.admissions)).where(mine, Scan.verdict == Verdict.ADMIT))
        return counted, let_in, session.scalar(select(func.count()).select_from(Scan).where(mine))


def _at_once(act, times=AT_ONCE):
    ready = threading.Barrier(min(times, HANDS))

    def attempt(number):
        if number < HANDS:
            ready.wait()
        return act(number)

    with ThreadPoolExecutor(min(times, HANDS)) as hands:
        return list(hands.map(attempt, range(times)))
