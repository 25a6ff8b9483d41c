"""Codes that are not ours: refused at every door, written down unread, limited, at no honest device's cost."""

from __future__ import annotations

import itertools
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests import door_stage
from tests.house.source import package
from tests.staff_stage import signed_in
from tests.web.secret_comparing import compared_in_clear, parsed
from ticketing.door import devices
from ticketing.door.models import Scan
from ticketing.door.verdict import Reason, Verdict
from ticketing.foundation.actors import system
from ticketing.staff.models import Role
from ticketing.tickets import codes
from ticketing.web import limits

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
WORLD = [
    "https://example.org/t?c=AAAAAAAAAAAAAAAAAAAAAAAAAA", "5412345678908", "WIFI:T:WPA;S=x;P:y;;", "BEGIN:VCARD\nN:A",
    "票券" * 13, "\u202e" + "A" * 26, "A" * 25 + "\t\x7f", "' OR 1=1 --", "A" * 500, "\U0001f3ab" * 26,
]  # fmt: skip
numbers = itertools.count()


@pytest.fixture
def stage(database, clock):
    with database.transaction() as session:
        return door_stage.build(session, starts_at=clock.now(), admissions=3)


@pytest.fixture
def tokens(database, stage, clock):
    with database.transaction() as session:
        return [
            devices.enrol(session, name, stage.gate.slug, actor=system("test"), now=clock.now())[1]
            for name in ("hammering", "honest")
        ]


def show(client, token, code):
    body = {"code": code, "scan_id": str(next(numbers))}
    return client.post("/api/v1/scans", json=body, headers={"Authorization": f"Bearer {token}"})


@st.composite
def mutants(draw):
    """Draw what becomes of a code: one character another, a piece missing, more of it, turned round, or another's."""
    place, letter = draw(st.integers(0, 25)), draw(st.sampled_from(ALPHABET))
    return draw(
        st.sampled_from(
            [
                lambda code: code[:place] + letter + code[place + 1 :],
                lambda code: code[:place],
                lambda code: code[place + 1 :],
                lambda code: code + letter,
                lambda code: code[:place] + letter + code[place:],
                lambda code: code[::-1],
                lambda code: codes.new_code(),
                lambda code: codes.digest(code),
                lambda code: codes.digest(code)[:16],
                lambda code: code[:place] + "\N{CYRILLIC CAPITAL LETTER A}" + code[place + 1 :],
            ]
        )
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutate=mutants())
def test_no_mutant_of_a_code_opens_anything(session, mutate):
    stage = door_stage.build(session) if not session.info else session.info["stage"]
    session.info["stage"] = stage
    code = mutate(stage.code)

    answer = door_stage.scan(session, stage, code=code)

    is_ours = code == stage.code  # a letter may have become itself
    if not is_ours:
        assert (answer.verdict, answer.reason, answer.ticket) == (Verdict.REFUSE, Reason.UNKNOWN, None)


def test_what_the_world_prints_is_refused_at_every_door_and_written_down_unread(
    app, services, client, stage, tokens, database, caplog
):
    desk = signed_in(app, services, Role.FRONT_DESK)
    desk.get("/desk/scan")

    with caplog.at_level(logging.DEBUG):
        told = [show(client, tokens[0], text).json for text in WORLD]
        pages = [desk.post("/desk/scan", {"code": text, "direction": "in"}) for text in WORLD]

    assert {(each["verdict"], each["reason"], each["ticket"]) for each in told} == {("refuse", "unknown", None)}
    assert [(page.status_code, 'class="verdict refuse' in page.text) for page in pages] == [(200, True)] * len(WORLD)
    with database.reading() as session:
        rows = session.execute(select(Scan.__table__)).all()
    written = repr(rows) + caplog.text
    assert len(rows) == 2 * len(WORLD)
    assert [text for text in WORLD if text in written or repr(text)[1:-1] in written] == []


def test_a_device_that_hammers_is_limited_and_no_honest_scan_is(client, stage, tokens, database, caplog):
    hammering, honest = tokens
    most = limits.WRONG_CODES.amount

    guesses = [show(client, hammering, codes.new_code()).status_code for _ in range(most + 5)]
    its_own, anothers = show(client, hammering, stage.code), show(client, honest, stage.code)
    mistyped = show(client, honest, "A" * 26)

    assert guesses == [200] * most + [429] * 5
    assert [each.json["verdict"] for each in (its_own, anothers)] == ["admit", "admit"]
    assert mistyped.json["reason"] == "unknown"
    assert caplog.text.count("too many wrong codes") == 5
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Scan.reason == Reason.UNKNOWN)) == most + 1


@pytest.mark.one_engine
def test_late_scans_are_limited_alike_and_none_of_an_honest_device_is_lost(client, stage, tokens, database, clock):
    most, at = limits.WRONG_CODES.amount, clock.now().isoformat()
    told = {"scanned_at": at, "admissions": 1, "verdict": "refuse", "reason": "unknown"}
    waiting = [told | {"scan_id": str(number), "code_hash": f"{number:016x}"} for number in range(most + 2)]
    ours = told | {"scan_id": "ours", "code_hash": codes.digest(stage.code)[:16], "verdict": "admit", "reason": None}

    def send(token, scans):
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/api/v1/scans/late", json={"scans": scans}, headers=headers)

    first, again, others = send(tokens[0], [*waiting, ours]), send(tokens[0], waiting[most:]), send(tokens[1], waiting)
    taken_before = send(tokens[0], waiting[:3])

    assert first.json["taken"] == [str(number) for number in range(most)] + ["ours"]
    assert (again.status_code, again.json["code"], again.headers["Retry-After"]) == (429, "slow_down", "60")
    assert (len(others.json["taken"]), len(taken_before.json["taken"])) == (most, 3)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Scan)) == 2 * most + 1


@pytest.mark.one_engine
def test_forged_tokens_are_limited_by_network_and_no_device_of_that_network_is(client, stage, tokens):
    most = limits.STRANGERS.amount

    forged = [show(client, f"forged-token-number-{number}", stage.code).status_code for number in range(most + 3)]

    assert forged == [401] * most + [429] * 3
    assert show(client, tokens[1], stage.code).json["verdict"] == "admit"


def test_the_desk_is_limited_alike_and_goes_on_with_codes_of_ours(app, services, stage):
    desk = signed_in(app, services, Role.FRONT_DESK)
    desk.get("/desk/scan")
    guesses = [
        desk.post("/desk/scan", {"code": codes.new_code(), "direction": "in"}).status_code
        for _ in range(limits.WRONG_CODES.amount + 1)
    ]

    ours = desk.post("/desk/scan", {"code": stage.code, "direction": "in"})

    assert guesses == [200] * limits.WRONG_CODES.amount + [429]
    assert 'class="verdict admit' in ours.text


@pytest.mark.one_engine
def test_codes_and_tokens_are_found_by_digest_and_never_compared_in_clear():
    plain = "def find(session, code):\n    return session.scalar(select(Ticket).where(Ticket.code == code))\n"

    found = [fault for module in package() for fault in compared_in_clear(module)]

    assert compared_in_clear(parsed(plain)) != []
    assert found == [], "Look a ticket or a device up by the digest of what was shown (DESIGN: ticket codes)."
