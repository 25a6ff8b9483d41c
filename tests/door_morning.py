"""A busy morning at the doors, played over the real functions beside a count on paper.

Four gates with a phone each. One is cut off for an hour, and so is one whose clock is seven minutes ahead; people are
counted by tap too. Families come bit by bit, some leave again, a few tickets are shown in copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import insert

from tests import door_stage
from tests.door_stage import NOON, ZONE
from ticketing.door import admission, day_list, devices, gates, late, tallies, verdict
from ticketing.door.admission import ScanRequest
from ticketing.door.day_list import DayList
from ticketing.door.devices import Contact, DeviceAtGate
from ticketing.door.late import LateScan
from ticketing.door.tallies import Tap
from ticketing.door.verdict import Attempt, Direction, TicketFacts, Verdict
from ticketing.foundation import actors
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.database import Database
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket

MORNING = timedelta(minutes=40)  # the slot admits from 15 minutes before noon to 30 after
CUT_OFF, WRONG_CLOCK = 2, 3  # which phones; from the first of them on, all are cut off
BEGIN = NOON - timedelta(minutes=12)
DOOR = {"I16", "I17", "I20", "I31", "I32", "I60", "I61"}  # what the ledger promises of the door
CUT_FROM, CUT_UNTIL = BEGIN + timedelta(minutes=5), BEGIN + timedelta(minutes=65)


@dataclass
class Phone:
    """A phone at a gate, with the list it holds and what waits in it."""

    device: DeviceAtGate
    ahead: timedelta
    listed: DayList | None = None
    passed: dict[str, int] = field(default_factory=dict)
    waiting: list[LateScan] = field(default_factory=list)


@dataclass
class Paper:
    """What somebody with a pencil counts at the doors."""

    inside: int = 0
    came: int = 0


@dataclass
class Morning:
    """The stage and everything that happens on it."""

    database: Database
    random: Random
    phones: list[Phone]
    codes: list[str]
    paper: Paper = field(default_factory=Paper)
    number: int = 0

    def play(self) -> datetime:
        """Let everybody come; return when the last scan has reached the house."""
        visits = sorted(self._visits(), key=lambda visit: visit[0])
        for at, code, people, direction in visits:
            if at >= CUT_FROM:
                self._cut_off(*self.phones[CUT_OFF:])
            self._come(at, code, people, direction)
        self._tap(visits[-1][0])
        self._send_waiting(CUT_UNTIL)
        return CUT_UNTIL

    def _visits(self) -> Iterator[tuple[datetime, str, int, Direction]]:
        for code in self.codes:
            at = BEGIN + self.random.random() * MORNING
            for people in self.random.choice(([1], [1], [2], [1, 1], [3], [2, 1])):
                yield at, code, people, Direction.IN
                at += timedelta(seconds=self.random.randint(5, 90))
            if self.random.random() < 0.2:
                yield at + timedelta(minutes=3), code, 1, Direction.OUT

    def _come(self, at: datetime, code: str, people: int, direction: Direction) -> None:
        """Somebody holds a ticket up at any gate; now and then its copy a minute later at the gate that is cut off."""
        phone = self.random.choice(self.phones)
        self._scan(phone, at, code, people, direction)
        if direction is Direction.IN and self.random.random() < 0.05:
            self._scan(self.phones[CUT_OFF], at + timedelta(minutes=1), code, people, direction)

    def _scan(self, phone: Phone, at: datetime, code: str, people: int, direction: Direction) -> None:
        self.number += 1
        if phone.listed is None:
            request = ScanRequest(str(self.number), code, phone.device.gate, direction, at, people)
            who = actors.device(phone.device.id, phone.device.name)
            with self.database.transaction() as session:
                answer = admission.scan(session, request, who, zone=ZONE, now=at)
            is_in = answer.verdict is Verdict.ADMIT
        else:
            is_in = self._judge_alone(phone, at, code, people, direction)
        if is_in:
            self.paper.inside += people if direction is Direction.IN else -people
            self.paper.came += people if direction is Direction.IN else 0

    def _judge_alone(self, phone: Phone, at: datetime, code: str, people: int, direction: Direction) -> bool:
        """Judge as the phone does: by its list, and by who has passed it since."""
        code_hash = codes.digest(code)[: day_list.HASH_CHARACTERS]
        [ticket] = [each for each in phone.listed.tickets if each.hash == code_hash]
        slot, here = phone.listed.slots[ticket.slot], phone.passed.get(code, 0)
        facts = TicketFacts(
            False, True, slot.experience_id, slot.local_date, slot.starts_at, slot.admits_from, slot.admits_until,
            ticket.admissions, ticket.admitted + max(0, here), ticket.inside + here,
        )  # fmt: skip
        judged = verdict.judge(facts, Attempt(direction, people, at, local_date_of(at, ZONE)), ())
        told_at = at + phone.ahead
        phone.waiting.append(
            LateScan(str(self.number), code_hash, "", direction, told_at, people, judged.verdict, judged.reason)
        )
        if judged.verdict is Verdict.ADMIT:
            phone.passed[code] = here + (people if direction is Direction.IN else -people)
        return judged.verdict is Verdict.ADMIT

    def _cut_off(self, *phones: Phone) -> None:
        """From now on these judge alone, by the list they got last."""
        for phone in phones:
            if phone.listed is None:
                with self.database.reading() as session:
                    phone.listed = day_list.compile_list(session, local_date_of(CUT_FROM, ZONE), "", now=CUT_FROM)

    def _tap(self, now: datetime) -> None:
        """Forty people through a door without scanner, seven of them out; sent in pieces, and some twice."""
        taps = [Tap(str(at), "", -1 if at % 6 == 0 else 1, now) for at in range(1, 41)]
        for sent in (taps[:25], taps[20:], taps[:5]):
            with self.database.transaction() as session:
                tallies.take(session, self.phones[0].device, sent, now=now)
        self.paper.inside += sum(tap.delta for tap in taps)

    def _send_waiting(self, now: datetime) -> None:
        """The network is back: what waits is sent in pieces, in any order, and partly once more."""
        pieces = [
            (phone, phone.waiting[at : at + 20])
            for phone in self.phones[CUT_OFF:]
            for at in range(0, len(phone.waiting), 20)
        ]
        self.random.shuffle(pieces)
        for phone, piece in [*pieces, *pieces[:2]]:
            with self.database.transaction() as session:
                late.take(session, phone.device, piece, zone=ZONE, now=now)


def set_out(database: Database, tickets: int, seed: int) -> Morning:
    """Sell so many tickets for two or three people each, and put the phones at their gates."""
    with database.transaction() as session:
        stage = door_stage.build(session, admissions=3)
        sold = session.get_one(Ticket, stage.ticket_id)
        shared = {
            "order_id": sold.order_id, "order_line_id": sold.order_line_id, "slot_id": sold.slot_id,
            "ticket_type_id": sold.ticket_type_id, "issued_at": NOON, "admissions": 3,
        }  # fmt: skip
        made = [codes.new_code() for _ in range(tickets - 1)]
        rows = [{"code": code, "digest": codes.digest(code), "place": 2 + at} for at, code in enumerate(made)]
        session.execute(insert(Ticket), [shared | row for row in rows])
        phones = [_phone(session, number) for number in range(4)]
    return Morning(database, Random(seed), phones, [stage.code, *made])


def _phone(session, number: int) -> Phone:
    boss = actors.system("test")
    gate = gates.add_gate(session, f"Door {number}", actor=boss, now=BEGIN)
    device, _ = devices.enrol(session, f"Phone {number}", gate.slug, actor=boss, now=BEGIN)
    ahead = timedelta(minutes=7) if number == WRONG_CLOCK else timedelta()
    at_gate = DeviceAtGate(device.id, device.name, None, gate)
    seconds = devices.note_contact(session, at_gate, Contact(BEGIN + ahead, 0), now=BEGIN)
    return Phone(replace(at_gate, clock_ahead=timedelta(seconds=seconds)), ahead)
