"""Scans that devices judged while cut off: nothing is lost, nothing counts twice, what went wrong is listed."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from tests import door_stage
from tests.door_stage import NOON, ZONE
from tests.unit.door.test_verdict import TABLE
from ticketing.door import admission, devices, findings, late, presence
from ticketing.door.admission import ScanRequest
from ticketing.door.devices import Contact, DeviceAtGate
from ticketing.door.late import LateScan
from ticketing.door.models import CheckedBy, DoorFinding, DoorFindingKind, Scan, ScanKind
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.foundation.actors import system
from ticketing.operations import invariants
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket, TicketState

MANAGER = system("manager")
LATER = NOON + timedelta(hours=2)


def late_scan(stage, scan_id, *, minutes=0, direction=Direction.IN, people=1, reason=None, code_hash=None):
    digest = codes.digest(stage.code) if code_hash is None else code_hash
    decided = Verdict.REFUSE if reason else Verdict.ADMIT
    at = NOON + timedelta(minutes=minutes)
    return LateScan(scan_id, digest[:16], stage.gate.slug, direction, at, people, decided, reason)


def device_of(session, stage, name=None):
    if name is None:
        return DeviceAtGate(stage.device.id, stage.device.name, None, stage.gate)
    device, _ = devices.enrol(session, name, stage.gate.slug, actor=MANAGER, now=NOON)
    return DeviceAtGate(device.id, name, None, stage.gate)


def take(session, device, *scans, now=LATER):
    taken = late.take(session, device, scans, zone=ZONE, now=now)
    session.expire_all()
    return taken.scan_ids


def batches(scans):
    return [scans[at : at + 2] for at in range(0, len(scans), 2)]


def open_findings(session):
    return [(each.kind, each.people) for each in findings.list_open(session, after=None, limit=50)]


def proof(session):
    """Ask the invariants of the door; the stage sells without all the papers of a sale."""
    broken = {each.id for each in invariants.violations(session, now=LATER)}
    return broken & {"I16", "I17", "I31", "I32", "I60", "I61"}


def checked(stage, scan_id, people=1, *, minutes=0, code_hash=None):
    told = late_scan(stage, scan_id, minutes=minutes, people=people, code_hash=code_hash)
    return replace(told, kind=ScanKind.CHECKED, checked_by=CheckedBy.MAIL)


def test_who_was_let_in_after_checking_is_admitted_or_to_look_into(session):
    """The table that holds verdict and script (tests/unit/door/test_verdict.py) says what the house makes of it."""
    seen, inside = [], 0
    for case in TABLE["merged"]:
        told = case["ticket"] or {}
        starts_at = NOON + timedelta(minutes=told.get("minutes_until", 0))
        stage = door_stage.build(session, starts_at=starts_at, admissions=told.get("admissions", 1))
        ticket = session.get_one(Ticket, stage.ticket_id)
        if told.get("admitted"):
            door_stage.scan(session, stage, admissions=told["admitted"])
        if told.get("opens") == "void":
            ticket.state, ticket.voided_at = TicketState.VOID, NOON - timedelta(hours=1)
            session.flush()
        one = checked(stage, "c", case["people"], minutes=1, code_hash=None if case["ticket"] is not None else "0" * 16)
        for _ in range(2):
            take(session, device_of(session, stage), one)
        scans = select(Scan.id).where(Scan.device_id == stage.device.id, Scan.kind == ScanKind.CHECKED)
        found = select(DoorFinding.kind, DoorFinding.people).where(DoorFinding.scan_id.in_(scans))
        admitted = None if case["ticket"] is None else ticket.admitted
        seen.append((case["case"], admitted, {row.kind.value: row.people for row in session.execute(found)}))
        inside += case["people"] + told.get("admitted", 0)

    assert seen == [(case["case"], case["admitted"], case["findings"]) for case in TABLE["merged"]]
    assert presence.count(session, zone=ZONE, now=LATER).people == inside
    assert findings.list_open(session, after=None, limit=1)[0].passages[-1].checked_by is CheckedBy.MAIL
    assert proof(session) == set()


def test_of_many_wrong_codes_some_are_taken_and_the_rest_stays_until_it_is_too(session):
    stage = door_stage.build(session)
    device = device_of(session, stage)
    wrong = [checked(stage, f"w{at}", minutes=at, code_hash=f"{at:016x}") for at in range(5)]
    waiting, taken = [*wrong[::-1], late_scan(stage, "ours")], []

    for left in (2, 0, 3):
        told = late.take(session, device, waiting, wrong_codes_left=left, zone=ZONE, now=LATER)
        waiting = [*(scan for scan in waiting if scan.scan_id not in told.scan_ids), wrong[0]]  # one answer was lost
        taken.append((sorted(told.scan_ids), told.wrong_codes))

    assert taken == [(["ours", "w0", "w1"], 2), (["w0"], 0), (["w0", "w2", "w3", "w4"], 3)]
    assert proof(session) == set()


def test_what_is_sent_twice_counts_once_and_times_are_set_right(session):
    stage = door_stage.build(session, admissions=3)
    device = device_of(session, stage)
    seconds = devices.note_contact(session, device, Contact(NOON + timedelta(minutes=7), 2), now=NOON)
    device = replace(device, clock_ahead=timedelta(seconds=seconds))
    scans = late_scan(stage, "a", minutes=7, people=2), late_scan(stage, "b", minutes=9, reason=Reason.VOID)

    assert [take(session, device, *scans), take(session, device, *scans[::-1])] == [["a", "b"], ["b", "a"]]

    rows = session.execute(select(Scan.scanned_at, Scan.told_at)).all()
    assert sorted(rows) == [(NOON + timedelta(minutes=each - 7), NOON + timedelta(minutes=each)) for each in (7, 9)]
    assert session.get_one(Ticket, stage.ticket_id).admitted == 2
    assert open_findings(session) == []
    assert proof(session) == set()


def test_every_kind_of_thing_that_went_wrong_is_listed_and_worked_off_once(session):
    stage = door_stage.build(session)
    device = device_of(session, stage)
    session.get_one(Ticket, stage.ticket_id).state = TicketState.VOID
    session.get_one(Ticket, stage.ticket_id).voided_at = NOON - timedelta(hours=1)
    other = door_stage.build(session, starts_at=NOON + timedelta(hours=5))
    take(
        session, device,
        late_scan(stage, "a"), late_scan(stage, "b", minutes=1),
        late_scan(other, "c"), late_scan(other, "d", minutes=2, direction=Direction.OUT, people=3),
        late_scan(stage, "e", code_hash="0123456789abcdef"),
        late_scan(stage, "f", code_hash="0123456789abcdee", reason=Reason.UNKNOWN),
    )  # fmt: skip

    seen = set(open_findings(session))
    first = findings.list_open(session, after=None, limit=1)[0]
    for _ in range(2):
        findings.resolve(session, first.id, "Spoke to them", actor=MANAGER, now=LATER)

    kind = DoorFindingKind
    assert seen == {(kind.VOID, 1), (kind.DOUBLE, 1), (kind.WRONG_SLOT, 1), (kind.LEFT, 2), (kind.UNKNOWN, 1)}
    assert [passage.device for passage in first.passages] == [device.name] * len(first.passages)
    assert findings.count_open(session) == 5  # two void admissions, beyond, slot, left, unknown; one worked off
    assert findings.list_settled(session, before=None, limit=9)[0].note == "Spoke to them"
    assert proof(session) == set()


def test_who_was_let_in_although_we_had_refused_is_counted(session):
    """The answer was lost on its way: the device judged by its list and let them in."""
    stage = door_stage.build(session)
    device = device_of(session, stage, "Other")
    door_stage.scan(session, stage, scan_id="first")
    door_stage.scan(session, stage, scan_id="lost")  # refused, and nobody heard it

    for _ in range(2):
        take(session, device_of(session, stage), late_scan(stage, "lost", minutes=1))
        take(session, device, late_scan(stage, "lost", minutes=2))

    assert open_findings(session) == [(DoorFindingKind.DOUBLE, 1), (DoorFindingKind.DOUBLE, 1)]
    assert proof(session) == set()


def test_a_finding_that_grows_is_open_again_and_one_that_is_explained_is_empty(session):
    stage = door_stage.build(session, admissions=2)
    device = device_of(session, stage)
    take(
        session,
        device,
        late_scan(stage, "z", minutes=9, people=3),
        late_scan(stage, "o", direction=Direction.OUT, people=5),
    )
    double, left = session.scalars(select(DoorFinding).order_by(DoorFinding.kind)).all()
    findings.resolve(session, double.id, "A class of three", actor=MANAGER, now=LATER)

    take(session, device, late_scan(stage, "y", minutes=1))
    grown = (double.people, double.resolved_at, left.people)
    door_stage.scan(session, stage, direction=Direction.OUT, now=LATER)

    assert grown == (2, None, 1)
    assert proof(session) == set()


def test_any_order_of_any_split_over_devices_mixed_with_scans_of_ours_is_one_state(own_database):
    """Two phones cut off, batches repeated and shuffled, the house scanning in between; thrice, told otherwise.

    Some were let in after checking: on this ticket, whose code a phone's list lacked, and on codes that nobody knows.
    """
    states = []
    for seed in range(3):
        with own_database.transaction() as session:
            stage = door_stage.build(session, admissions=3)
            phones = [device_of(session, stage, f"phone {seed} {number}") for number in range(2)]
        scans = [
            [late_scan(stage, f"{phone}-{at}", minutes=at, people=1 + at % 2,
                       direction=Direction.OUT if at == 4 else Direction.IN) for at in range(phone, 6, 2)]
            for phone in range(2)
        ]  # fmt: skip
        for phone, told in enumerate(scans):
            told.append(checked(stage, f"{phone}-known", 2, minutes=3))
            told.append(checked(stage, f"{phone}-nobody", 2, minutes=3, code_hash=f"{seed:016x}"))
        acts = [(phone, batch) for phone in range(2) for batch in batches(scans[phone] * 2)]
        random.Random(seed).shuffle(acts)

        def act(told, stage=stage, phones=phones):
            phone, batch = told
            if batch is None:
                request = ScanRequest(phone, stage.code, stage.gate, Direction.IN, NOON)
                return own_database.run(lambda s: admission.scan(s, request, stage.device, zone=ZONE, now=NOON))
            return own_database.run(lambda s: late.take(s, phones[phone], batch, zone=ZONE, now=LATER))

        with ThreadPoolExecutor(4) as hands:
            list(hands.map(act, [*acts[:3], ("ours-1", None), *acts[3:], ("ours-2", None), acts[0]]))
        with own_database.reading() as session:
            ticket = session.get_one(Ticket, stage.ticket_id)
            mine = select(Scan.admissions).where(Scan.ticket_id == ticket.id, Scan.verdict == Verdict.ADMIT)
            let_in = sum(session.scalars(mine.where(Scan.direction == Direction.IN)))
            beyond = select(DoorFinding.people).where(DoorFinding.ticket_id == ticket.id)
            assert sum(session.scalars(beyond.where(DoorFinding.kind == DoorFindingKind.DOUBLE))) == let_in - 3
            nobody = select(DoorFinding.people).join(Scan, Scan.id == DoorFinding.scan_id)
            assert list(session.scalars(nobody.where(Scan.code_digest == f"{seed:016x}"))) == [2, 2]
            late_rows = mine.where(Scan.told_at.is_not(None))
            states.append((ticket.admitted, sorted(session.scalars(late_rows))))
            assert proof(session) == set()
    assert states[1:] == states[:-1]
    assert states[0][0] == 3
