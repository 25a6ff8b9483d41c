"""The desk: choose a gate, scan, read a verdict; in four languages, without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests import door_stage
from tests.staff_stage import signed_in
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import Experience
from ticketing.catalogue.reentry import Reentry
from ticketing.door import gates
from ticketing.door.models import Scan
from ticketing.door.verdict import Reason
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES
from ticketing.staff.models import Role
from ticketing.tickets.models import Ticket, TicketState

SOMEBODY = system("test")
WORD = re.compile(r'class="verdict (\w+)".*?class="word">([^<]+)<', re.DOTALL)


@pytest.fixture
def stage(database, clock):
    with database.transaction() as session:
        return door_stage.build(session, starts_at=clock.now())


@pytest.fixture
def desk(app, services, stage):
    browser = signed_in(app, services, Role.FRONT_DESK)
    browser.get("/desk/scan")
    return browser


def scan(browser, code, **form):
    return browser.post("/desk/scan", {"code": code, "direction": "in", **form})


def verdict_of(answer):
    kind, word = WORD.search(answer.get_data(as_text=True)).groups()
    return kind, word


def test_a_valid_ticket_is_welcome_once(desk, stage):
    first, second = scan(desk, stage.code), scan(desk, stage.code)

    assert verdict_of(first) == ("admit", "Welcome")
    assert verdict_of(second) == ("refuse", "Already used")
    assert stage.gate.name in second.get_data(as_text=True)


def test_who_shows_our_stamp_comes_in_again_where_stamps_count(desk, stage, database):
    with database.transaction() as session:
        session.get_one(Experience, stage.experience_id).reentry = Reentry.STAMP
    scan(desk, stage.code)

    refused = scan(desk, stage.code)
    fields = dict(re.findall(r'type="hidden" name="(code|stamp)" value="([^"]*)"', refused.text))
    again = scan(desk, **fields)

    assert fields == {"code": stage.code, "stamp": "1"}
    assert verdict_of(again) == ("admit", "Welcome")
    assert 'name="stamp"' not in again.text


def test_sending_the_same_form_twice_is_one_scan(desk, stage, database):
    first = scan(desk, stage.code, scan_id="page-1")
    again = scan(desk, stage.code, scan_id="page-1")

    assert verdict_of(first) == verdict_of(again) == ("admit", "Welcome")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Scan)) == 1


def test_the_scan_is_recorded_under_the_person_who_made_it(desk, stage, database):
    scan(desk, stage.code)

    with database.reading() as session:
        row = session.scalars(select(Scan)).one()
    assert row.staff_id is not None
    assert row.device_id is None


def test_the_page_after_a_verdict_takes_the_next_code(desk, stage):
    page = scan(desk, "nothing").get_data(as_text=True)

    assert '<input class="code-input" id="code" name="code"' in page
    assert "autofocus" in page


def test_the_script_gets_the_verdict_alone(desk, stage):
    answer = desk.post("/desk/scan", {"code": stage.code}, headers={"X-Scanner": "1"})

    page = answer.get_data(as_text=True)
    assert verdict_of(answer) == ("admit", "Welcome")
    assert "<html" not in page
    assert "data-next=" in page


def test_going_out_is_said_in_other_words(desk, stage):
    scan(desk, stage.code)

    assert verdict_of(scan(desk, stage.code, direction="out")) == ("admit", "Goodbye")
    assert verdict_of(scan(desk, stage.code, direction="out")) == ("refuse", "Not inside")


def test_with_several_gates_one_is_chosen_once(app, services, stage, database, clock):
    with database.transaction() as session:
        side = gates.add_gate(session, "Side door", actor=SOMEBODY, now=clock.now())
    desk = signed_in(app, services, Role.FRONT_DESK)

    before = desk.get("/desk/scan")
    desk.get("/desk/")
    desk.post("/desk/gate", {"gate": side.slug})
    after = desk.get("/desk/scan")

    assert before.location.startswith("/desk/")
    assert "Side door" in after.get_data(as_text=True)
    assert desk.post("/desk/gate", {"gate": "nowhere"}).status_code == 422


@pytest.mark.parametrize(
    "code",
    ["", " ", "x" * 200_000, "'; DROP TABLE tickets; --", "<script>alert(1)</script>", "\x1b", "😀" * 300, "\0"],
    ids=range(8),
)  # fmt: skip
def test_a_hostile_code_is_unknown_and_is_not_shown(desk, code):
    answer = scan(desk, code)

    assert answer.status_code == 200
    assert verdict_of(answer) == ("refuse", "Unknown")
    assert "alert(1)" not in answer.get_data(as_text=True)


def test_a_hostile_scan_id_or_direction_changes_nothing(desk, stage):
    assert verdict_of(scan(desk, stage.code, scan_id="\x1b '", direction="sideways")) == ("admit", "Welcome")


def test_the_last_scans_are_listed(desk, stage):
    scan(desk, stage.code)
    scan(desk, "nothing")

    listed = re.findall(r'<li class="(\w+)">', desk.get("/desk/scan").get_data(as_text=True))
    assert listed == ["refuse", "admit"]


EXPECTED = {
    "nl": {"admit": "Welkom", Reason.UNKNOWN: "Onbekend", Reason.VOID: "Ongeldig", Reason.CLOSED: "Gesloten",
           Reason.ALREADY_USED: "Al gebruikt", Reason.TOO_EARLY: "Te vroeg", Reason.TOO_LATE: "Te laat",
           Reason.WRONG_DAY: "Andere dag"},
    "fr": {"admit": "Bienvenue", Reason.UNKNOWN: "Inconnu", Reason.VOID: "Non valable", Reason.CLOSED: "Fermé",
           Reason.ALREADY_USED: "Déjà utilisé", Reason.TOO_EARLY: "Trop tôt", Reason.TOO_LATE: "Trop tard",
           Reason.WRONG_DAY: "Autre jour"},
    "en": {"admit": "Welcome", Reason.UNKNOWN: "Unknown", Reason.VOID: "Void", Reason.CLOSED: "Closed",
           Reason.ALREADY_USED: "Already used", Reason.TOO_EARLY: "Too early", Reason.TOO_LATE: "Too late",
           Reason.WRONG_DAY: "Other day"},
    "de": {"admit": "Willkommen", Reason.UNKNOWN: "Unbekannt", Reason.VOID: "Ungültig", Reason.CLOSED: "Geschlossen",
           Reason.ALREADY_USED: "Schon benutzt", Reason.TOO_EARLY: "Zu früh", Reason.TOO_LATE: "Zu spät",
           Reason.WRONG_DAY: "Anderer Tag"},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_is_said_in_the_language_of_the_desk(app, services, database, clock, language):
    now, words = clock.now(), EXPECTED[language]
    offsets = {"admit": 0, Reason.TOO_EARLY: 60, Reason.TOO_LATE: -60, Reason.WRONG_DAY: 24 * 60}
    with database.transaction() as session:
        stages = {key: door_stage.build(session, starts_at=now + timedelta(minutes=m)) for key, m in offsets.items()}
        void = door_stage.build(session, starts_at=now)
        session.execute(update(Ticket).where(Ticket.id == void.ticket_id).values(state=TicketState.VOID, voided_at=now))
    desk = signed_in(app, services, Role.FRONT_DESK, language=language)
    desk.post("/desk/gate", {"gate": stages["admit"].gate.slug})

    for key, stage in stages.items():
        assert verdict_of(scan(desk, stage.code))[1] == words[key]
    assert verdict_of(scan(desk, stages["admit"].code))[1] == words[Reason.ALREADY_USED]
    assert verdict_of(scan(desk, void.code))[1] == words[Reason.VOID]
    assert verdict_of(scan(desk, "nothing"))[1] == words[Reason.UNKNOWN]
    with database.transaction() as session:
        request = ClosureRequest(dict.fromkeys(LANGUAGES, "Storm"), now)
        closures.close(session, request, actor=SOMEBODY, now=now)
    closed = scan(desk, stages[Reason.TOO_EARLY].code)
    assert verdict_of(closed)[1] == words[Reason.CLOSED]
    assert f'lang="{language}"' in closed.get_data(as_text=True)


def test_the_language_of_the_screens_can_be_changed(desk):
    desk.get("/desk/")
    desk.post("/desk/language", {"language": "de"})

    assert verdict_of(scan(desk, "nothing")) == ("refuse", "Unbekannt")
    assert desk.post("/desk/language", {"language": "xx"}).status_code == 422
