"""`flask device` and `flask staff`: what scripts and operators rely on."""

from __future__ import annotations

from tests import door_stage
from tests.staff_stage import PASSWORD
from ticketing.door import gates
from ticketing.foundation.actors import system
from ticketing.staff import accounts


def run(app, *words):
    return app.test_cli_runner().invoke(args=list(words))


def test_the_token_stands_alone_on_the_last_line_and_scans(app, client, database, clock):
    with database.transaction() as session:
        stage = door_stage.build(session, starts_at=clock.now())

    result = run(app, "device", "add", "Tablet 1", "--token")

    token = result.stdout.splitlines()[-1]
    body = {"code": stage.code, "scan_id": "1"}  # no gate: the device was put at the first there is
    answer = client.post("/api/v1/scans", json=body, headers={"Authorization": f"Bearer {token}"})
    assert result.exit_code == 0
    assert answer.json["verdict"] == "admit"


def test_a_second_device_of_one_name_is_refused_on_standard_error(app, database, clock):
    with database.transaction() as session:
        gates.add_gate(session, "Main", actor=system("test"), now=clock.now())
    run(app, "device", "add", "Tablet", "--token")

    again = run(app, "device", "add", "Tablet", "--token")

    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.strip() == "A device of this name is enrolled already."
    assert run(app, "device", "list").stdout == "Tablet  Main  may scan\n"


def test_a_device_can_be_revoked_by_its_name(app, client):
    token = run(app, "device", "add", "Tablet", "--token").stdout.splitlines()[-1]

    assert run(app, "device", "revoke", "Tablet").exit_code == 0
    assert run(app, "device", "revoke", "Nobody").exit_code == 1
    body = {"code": "x", "scan_id": "1"}
    assert client.post("/api/v1/scans", json=body, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_somebody_added_by_command_can_sign_in_and_the_password_is_not_printed(app, database, clock):
    result = run(app, "staff", "add", "eva@example.org", "--role", "manager", "--password", PASSWORD)

    assert result.exit_code == 0
    assert PASSWORD not in result.output
    with database.transaction() as session:
        assert accounts.sign_in(session, "eva@example.org", PASSWORD, now=clock.now())


def test_a_weak_password_is_refused_by_command_too(app):
    result = run(app, "staff", "add", "eva@example.org", "--password", "password123")

    assert (result.exit_code, result.stdout) == (1, "")
