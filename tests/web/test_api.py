"""The JSON interface: what devices send and get, and what happens to everything else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from tests import door_stage
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.door import devices
from ticketing.door.models import Scan
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES
from ticketing.tickets import codes

SOMEBODY = system("test")


@pytest.fixture
def door(database, clock):
    """A ticket for now, a gate, a device; returns what a device needs."""
    with database.transaction() as session:
        stage = door_stage.build(session, starts_at=clock.now())
        _, token = devices.enrol(session, "Scanner", stage.gate.slug, actor=SOMEBODY, now=clock.now())
    return stage, token


def post(client, token, body, path="/scans", **values):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(
        f"/api/v1{path}",
        data=body if isinstance(body, bytes) else json.dumps(body),
        headers=headers,
        content_type="application/json",
        **values,
    )


def scan_of(stage, clock, **changes):
    return {
        "code": stage.code, "gate": stage.gate.slug, "direction": "in", "scanned_at": clock.now().isoformat(),
        "scan_id": "5f0c", "admissions": 1, **changes,
    }  # fmt: skip


def test_a_device_scans_and_learns_the_verdict(client, clock, door):
    stage, token = door

    answer = post(client, token, scan_of(stage, clock))

    assert answer.status_code == 200
    assert (answer.json["verdict"], answer.json["reason"]) == ("admit", None)
    assert answer.json["ticket"]["experience"]["nl"] == "Bezoek"
    assert (answer.json["ticket"]["admissions"], answer.json["ticket"]["admitted"]) == (1, 1)
    assert answer.json["ticket"]["local_date"] == "2026-11-24"


def test_the_same_scan_id_gets_the_very_same_answer(client, clock, door):
    stage, token = door

    first = post(client, token, scan_of(stage, clock))
    clock.advance(minutes=1)
    again = post(client, token, scan_of(stage, clock))
    other = post(client, token, scan_of(stage, clock, scan_id="other"))

    assert again.data == first.data
    assert (other.json["verdict"], other.json["reason"]) == ("refuse", "already_used")
    assert other.json["already"]["gate"] == stage.gate.name


def test_a_device_needs_to_name_little(client, door):
    stage, token = door

    answer = post(client, token, {"code": stage.code, "scan_id": "1"})

    assert answer.json["verdict"] == "admit"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Bearer " + "A" * 43, "Basic YTpi", "Bearer " + "é" * 43]
)
def test_without_a_good_token_nothing_is_judged(client, clock, database, door, authorization):
    stage, _ = door

    answer = client.post("/api/v1/scans", json=scan_of(stage, clock), headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Scan)) == 0


@pytest.mark.parametrize("authorization", ["", "Bearer " + "A" * 43, "Basic YTpi"])
@pytest.mark.parametrize("body", [b"", b"{", b'{"code": 1}', b"x" * 3000], ids=len)
def test_who_asks_is_judged_before_what_they_say(client, database, door, authorization, body):
    before = database.revision()

    answer = client.post(
        "/api/v1/scans", data=body, headers={"Authorization": authorization}, content_type="application/json"
    )

    assert answer.status_code == 401
    assert database.revision() == before


@pytest.mark.parametrize("authorization", ["", "Bearer " + "A" * 43])
def test_a_stranger_takes_nobody_elses_turn_to_write(client, clock, database, door, authorization):
    stage, _ = door

    with database.transaction() as busy:
        busy.execute(text("UPDATE gates SET name = 'busy'"))  # on SQLite this takes the one lock there is
        answer = client.post("/api/v1/scans", json=scan_of(stage, clock), headers={"Authorization": authorization})

    assert answer.status_code == 401


def test_a_revoked_device_is_refused_on_its_next_call(client, clock, database, door):
    stage, token = door
    with database.transaction() as session:
        device = devices.get_by_name(session, "Scanner")
        devices.revoke(session, device, actor=SOMEBODY, now=clock.now())

    assert post(client, token, scan_of(stage, clock)).status_code == 401


WRONG_FIELDS = [
    ("code", None), ("code", 5), ("code", "x" * 501), ("code", ["a"]), ("gate", "nowhere"), ("gate", 1), ("gate", "\0"),
    ("direction", "up"), ("scanned_at", "yesterday"), ("scanned_at", "2026-11-24T10:00:00"), ("scanned_at", 10**30),
    ("scanned_at", "2027-01-01T00:00:00Z"), ("scanned_at", "1900-01-01T00:00:00Z"), ("scan_id", ""), ("scan_id", "a b"),
    ("scan_id", "x" * 61), ("scan_id", None), ("scan_id", "é"), ("admissions", 0), ("admissions", -1),
    ("admissions", 10**9), ("admissions", 1.5), ("admissions", "1"), ("admissions", "٣"), ("admissions", True),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), WRONG_FIELDS)
def test_a_wrong_field_is_named_and_nothing_breaks(client, clock, door, field, value):
    stage, token = door

    answer = post(client, token, scan_of(stage, clock, **{field: value}))

    assert answer.status_code == 422, answer.json
    assert answer.content_type == "application/problem+json"
    named = answer.json.get("field") or answer.json["errors"][0]["field"]
    assert named == field


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"{" * 5000, b'{"code": "\\ud800", "scan_id": "1"}'],
    ids=range(8),
)  # fmt: skip
def test_a_body_that_is_no_scan_is_refused_as_a_problem(client, door, body):
    _, token = door

    answer = post(client, token, body)

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "body_invalid"


def test_what_was_sent_is_not_sent_back(client, clock, door):
    stage, token = door

    answer = post(client, token, scan_of(stage, clock, admissions="<script>alert(1)</script>"))

    assert b"script" not in answer.data


def test_a_body_of_megabytes_is_refused(client, door):
    _, token = door

    refused = post(client, token, b"x" * 300_000)

    assert (refused.status_code, refused.headers["Connection"]) == (413, "close")


@pytest.mark.parametrize("code", ["", "'; DROP TABLE tickets; --", "\0\0", "😀" * 100, "A" * 26, "../../etc/passwd"])
def test_a_hostile_code_is_simply_unknown(client, clock, door, code):
    stage, token = door

    answer = post(client, token, scan_of(stage, clock, code=code))

    assert (answer.status_code, answer.json["reason"], answer.json["ticket"]) == (200, "unknown", None)


def test_a_scan_id_used_for_another_code_is_a_conflict(client, clock, door):
    stage, token = door
    post(client, token, scan_of(stage, clock))

    answer = post(client, token, scan_of(stage, clock, code="something else"))

    assert (answer.status_code, answer.json["code"]) == (409, "scan_id_reused")


def test_a_get_on_scans_says_what_is_allowed(client):
    answer = client.get("/api/v1/scans")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_closing_shows_in_status_and_at_the_door_in_the_same_second(client, clock, database, door):
    stage, token = door
    reasons = {language: f"Storm {language}" for language in LANGUAGES}
    advice = {language: f"Stay in, {language}" for language in LANGUAGES}
    with database.transaction() as session:
        request = ClosureRequest(reasons, clock.now(), advice=advice)
        closures.close(session, request, actor=SOMEBODY, now=clock.now())

    status = client.get("/api/v1/status")
    answer = post(client, token, scan_of(stage, clock))

    assert status.json == {
        "open": False, "until": None, "next_opening": None, "closure": {"reason": reasons, "advice": advice},
    }  # fmt: skip
    assert (answer.json["verdict"], answer.json["reason"]) == ("refuse", "closed")


def test_status_without_opening_hours_is_simply_closed(client):
    answer = client.get("/api/v1/status")

    assert answer.json == {"open": False, "until": None, "next_opening": None, "closure": None}


def test_the_openapi_document_describes_every_route_of_the_interface(app, client):
    document = client.get("/api/v1/openapi.json").json

    routes = {
        rule.rule.removeprefix("/api/v1") for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")
    }
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == routes - {"/openapi.json"}


def test_the_document_tells_every_way_a_scan_can_be_refused(client):
    told = client.get("/api/v1/openapi.json").json["paths"]["/scans"]["post"]["responses"]

    assert set(told) == {"200", "400", "401", "409", "413", "422", "429", "503"}


def test_every_reference_of_the_document_leads_somewhere(client):
    document = client.get("/api/v1/openapi.json").json
    found = []

    def walk(node):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if key == "$ref":
                found.append(value)
            elif isinstance(value, dict | list):
                walk(value)

    walk(document)
    assert found
    for reference in found:
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target["type"]


def test_real_answers_have_the_described_fields(client, clock, door):
    stage, token = door
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]

    scan = post(client, token, scan_of(stage, clock)).json
    problem = post(client, token, {}).json
    status = client.get("/api/v1/status").json

    for shape, body in (
        ("VerdictBody", scan),
        ("TicketBody", scan["ticket"]),
        ("StatusBody", status),
        ("ProblemBody", problem),
    ):
        assert set(schemas[shape]["required"]) <= set(body)
        assert set(body) <= set(schemas[shape]["properties"])


def test_a_hook_without_a_good_signature_is_refused_with_400(client):
    for headers in ({}, {"Stripe-Signature": "t=1,v1=abc"}):
        answer = client.post("/hooks/stripe", data=b'{"id": "evt_1"}', headers=headers)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_a_late_scan_is_judged_by_its_own_time(client, clock, door):
    stage, token = door
    made_at = clock.now()
    clock.advance(hours=5)

    answer = post(client, token, scan_of(stage, clock, scanned_at=(made_at + timedelta(minutes=1)).isoformat()))

    assert answer.json["verdict"] == "admit"


def test_scans_of_a_device_that_was_cut_off_are_taken_once(client, clock, door, database):
    stage, token = door
    hashed = codes.digest(stage.code)[:16]
    told = {"code_hash": hashed, "gate": "", "scanned_at": clock.now().isoformat(), "admissions": 1}
    scans = [
        told | {"scan_id": "1", "verdict": "admit", "reason": None, "direction": "in"},
        told | {"scan_id": "2", "verdict": "refuse", "reason": "already_used", "direction": "in"},
    ]

    answers = [post(client, token, {"scans": each}, path="/scans/late") for each in (scans, scans[::-1], [])]

    assert [answer.json for answer in answers] == [{"taken": ["1", "2"]}, {"taken": ["2", "1"]}, {"taken": []}]
    assert post(client, token, {"scans": scans * 251}, path="/scans/late").status_code == 422
    assert post(client, "not-ours", {"scans": scans}, path="/scans/late").status_code == 401
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Scan)) == 2


def test_taps_are_taken_alone_or_together(client, clock, door):
    _, token = door
    tap = {"tally_id": "a", "gate": "", "delta": -1, "counted_at": clock.now().isoformat()}

    told = [post(client, token, body, path="/tallies") for body in (tap, {"tallies": [tap, tap | {"tally_id": "b"}]})]

    assert [answer.json for answer in told] == [{"taken": ["a"]}, {"taken": ["a", "b"]}]
    assert post(client, token, tap | {"delta": 2}, path="/tallies").status_code == 422
