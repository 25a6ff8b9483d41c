"""The commands: the same acts as on the screens, in the form that scripts read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import make
from ticketing.foundation.audit import AuditEntry
from ticketing.operations import invariants
from ticketing.sales.models import Order, OrderState, Payment
from ticketing.tickets.models import Ticket

NOON = "2026-11-24T13:00"  # make.NOON, in Mechelen


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=list(words))


@pytest.fixture
def slot(database):
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session, capacity=5)


def test_sell_prints_the_order_code_and_then_a_ticket_code_a_line(run, slot, database) -> None:
    sold = run("sell", "visit", NOON, "adult=2", "child=1", "--email", "an@example.org", "--language", "fr")

    code, *tickets = sold.stdout.splitlines()
    assert (sold.exit_code, sold.stderr) == (0, "")
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{8}", code)
    assert all(re.fullmatch(r"[A-Z2-7]{26}", ticket) for ticket in tickets)
    with database.reading() as session:
        order = session.query(Order).filter_by(code=code).one()
        assert (order.state, order.language) == (OrderState.CONFIRMED, "fr")
        assert session.query(Ticket).filter_by(order_id=order.id).count() == len(tickets) == 3


@pytest.mark.parametrize(("words", "says"), [
    (["visit", NOON, "adult=6"], "places"),
    (["visit", NOON, "adult=0"], "Choose"),
    (["visit", NOON, "adult=-1"], "'adult=-1' is not like adult=2."),
    (["visit", NOON, "adult=٣"], "is not like adult=2."),
    (["visit", NOON, "dragon=1"], "not sold"),
    (["visit", "2026-11-24T13:01", "adult=1"], "Nothing of visit starts at 2026-11-24T13:01"),
    (["visit", "yesterday", "adult=1"], "is not a local date and time"),
    (["visit", "2026-02-30T13:00", "adult=1"], "is not a date and time that exists"),
    (["moon", NOON, "adult=1"], "nothing under this name"),
    (["visit", "0001-01-01T00:00", "adult=1"], "0001-01-01 is not a date we can count with"),
    (["visit", "٢٠٢٦-11-24T13:00", "adult=1"], "is not a local date and time"),
    (["visit", NOON, "adult=1", "adult=2"], "adult is named twice"),
])  # fmt: skip
def test_what_cannot_be_sold_is_refused_on_standard_error(run, slot, words, says) -> None:
    refused = run("sell", *words, "--email", "an@example.org")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert says in refused.stderr


def test_an_address_that_mail_cannot_reach_is_refused(run, slot) -> None:
    refused = run("sell", "visit", NOON, "adult=1", "--email", "an@")

    assert refused.exit_code == 1
    assert refused.stdout == ""


def test_a_free_ticket_needs_no_money(run, slot) -> None:
    sold = run("sell", "visit", NOON, "companion=1", "--email", "an@example.org", "--method", "none")

    assert (sold.exit_code, len(sold.stdout.splitlines())) == (0, 2)


def test_what_the_house_gives_away_has_tickets_and_costs_nothing(run, slot, database) -> None:
    given = run("sell", "visit", NOON, "adult=2", "--email", "an@example.org", "--method", "none")

    code, *tickets = given.stdout.splitlines()
    assert (given.exit_code, len(tickets)) == (0, 2)
    with database.reading() as session:
        order = session.query(Order).filter_by(code=code).one()
        assert (order.state, order.total_cents) == (OrderState.CONFIRMED, 0)
        assert session.query(Payment).count() == 0
    assert run("check").exit_code == 0


@pytest.mark.parametrize("day", ["٢٠٢٦-11-24", "2026-11-24 00:00", "2026-02-30", "tomorrow"])
def test_a_day_that_cannot_be_read_is_refused(run, slot, day) -> None:
    refused = run("slots", "visit", day)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert repr(day) in refused.stderr


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_far_from_all_calendars_has_no_slots(run, slot, day) -> None:
    listed = run("slots", "visit", day)

    assert (listed.exit_code, listed.stdout, listed.stderr) == (0, "", "")


@pytest.mark.parametrize("days", ["0", "-1", "100000000", "1.5"])
def test_the_simulator_looks_back_a_year_at_most(run, days) -> None:
    refused = run("simulate", "--days", days)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--days" in refused.stderr


def test_a_reason_is_as_short_as_a_header_and_stands_on_one_line(run, slot, client) -> None:
    refused = run("close", "x" * 301)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "300" in refused.stderr
    assert run("close", " Stroom\n\npanne ").exit_code == 0
    assert client.get("/api/v1/status").json["closure"]["reason"]["nl"] == "Stroom panne"


@pytest.mark.parametrize("until", ["0001-01-01T00:00", "2026-11-24", "2026-11-24T09:00"])
def test_an_end_that_makes_no_sense_closes_nothing(run, slot, client, until) -> None:
    refused = run("close", "Stroompanne", "--until", until)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert client.get("/api/v1/status").json["closure"] is None


def test_an_end_at_the_end_of_all_calendars_is_far_off(run, slot, client) -> None:
    assert run("close", "Stroompanne", "--until", "9999-12-31T23:59").exit_code == 0
    assert client.get("/api/v1/status").json["closure"]["reason"]["nl"] == "Stroompanne"
    assert client.get("/nl/").status_code == 200


def test_slots_lists_what_is_left(run, slot) -> None:
    run("sell", "visit", NOON, "adult=2", "--email", "an@example.org")

    listed = run("slots", "visit", "2026-11-24")

    assert listed.stdout.split() == [NOON, "few", "3", "of", "5"]
    assert run("slots", "moon").exit_code == 1


def test_close_and_reopen_are_seen_by_everybody_at_once(run, slot, client) -> None:
    closed = run("close", "Stroompanne", "--until", "2026-11-24T17:00")

    assert closed.stdout.startswith("closed: ")
    assert client.get("/api/v1/status").json["closure"]["reason"]["fr"] == "Stroompanne"
    assert run("sell", "visit", NOON, "adult=1", "--email", "an@example.org").exit_code == 1
    assert run("reopen").exit_code == 0
    assert client.get("/api/v1/status").json["closure"] is None
    assert run("sell", "visit", NOON, "adult=1", "--email", "an@example.org").exit_code == 0
    again = run("reopen")
    assert (again.exit_code, again.stderr.strip()) == (1, "Nothing is closed just now, so there is nothing to reopen.")


def test_one_experience_may_close_while_the_centre_is_open(run, slot, client) -> None:
    run("close", "Proef mislukt", "--experience", "visit")

    assert client.get("/api/v1/status").json["open"] is True
    assert run("sell", "visit", NOON, "adult=1", "--email", "an@example.org").exit_code == 1


def test_check_is_silent_about_a_sound_ledger_and_shows_the_rows_of_a_broken_one(run, slot, database) -> None:
    run("sell", "visit", NOON, "adult=2", "--email", "an@example.org")
    assert (run("check").exit_code, run("check").stdout) == (0, f"{invariants.count()} invariants, 0 violated\n")

    with database.transaction() as session:
        session.query(Ticket).delete()
    told = run("check")

    assert told.exit_code == 1
    assert told.stdout.startswith("I03 a confirmed order has exactly as many tickets as it bought\n    (")


def test_the_worker_does_what_is_due_and_stops(run, slot, mailbox) -> None:
    run("sell", "visit", NOON, "adult=2", "--email", "an@example.org")

    assert run("worker", "--once").exit_code == 0

    assert [message.to for message in mailbox.messages] == ["an@example.org"]


@pytest.mark.one_engine("postgresql")  # on SQLite it is what the houses of the browser stand on
def test_demo_fills_an_empty_house_and_touches_no_other(run, database, clock) -> None:
    filled = run("demo")

    assert filled.exit_code == 0
    assert "admin@foyer.example" in filled.stdout
    assert run("check").exit_code == 0
    assert run("demo").stdout.startswith("The database already has a catalogue")
    days = {line[:10] for offset in (0, 29, 80) for line in  # 30: Christmas Eve
            run("slots", "visit", f"{clock.now() + timedelta(days=offset):%Y-%m-%d}").stdout.splitlines()}  # fmt: skip
    assert len(days) == 3
    for minutes in (0, 1, 4):  # sound before and after the worker has sealed the audit log
        clock.advance(minutes=minutes)
        run("worker", "--once")
        assert run("check").exit_code == 0
    with database.reading() as session:
        assert session.query(AuditEntry).filter_by(seal=None).count() == 0
