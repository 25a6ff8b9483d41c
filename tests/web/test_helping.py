"""Helping hands at the desk: found, let in without ticket, moved to now, overridden, mailed, printed; no JavaScript."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from tests import make
from tests.staff_stage import signed_in
from ticketing.catalogue import house_limits
from ticketing.catalogue.fullness import Limits
from ticketing.door import gates
from ticketing.door.models import Scan
from ticketing.foundation.actors import system
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.jobs import Job
from ticketing.operations import invariants
from ticketing.sales.models import OrderChange
from ticketing.staff.models import Role
from ticketing.tickets.models import Ticket, TicketState

SOMEBODY = system("test")
KEY = re.compile(r'name="request_key" value="([^"]+)"')


@pytest.fixture
def stage(database, clock):
    """Two adults for a slot three hours away, a slot that admits now with three places, and one gate."""
    with database.transaction() as session:
        order = make.confirmed_order(session, make.priced_slot(session), clock.now())
        make.priced_slot(session, capacity=3, starts_at=clock.now())
        gates.add_gate(session, "Main", actor=SOMEBODY, now=clock.now())
        return order.code


def act(browser, code, what, **form):
    key = form.pop("key", None) or KEY.search(browser.get(f"/desk/orders/{code}").text)[1]
    told = {"t": ["1", "2"], "request_key": key, **form}
    return browser.post(f"/desk/orders/{code}/{what}", told)


def counted(session):
    admitted = session.scalar(select(func.sum(Ticket.admitted)))
    return admitted, session.scalar(select(func.count()).select_from(OrderChange))


def broken(services):
    with services.database.reading() as session:
        return {each.id for each in invariants.violations(session, now=services.clock.now())}


def test_somebody_without_ticket_is_found_and_moved_to_the_time_that_admits_now(app, services, stage):
    desk = signed_in(app, services, Role.FRONT_DESK)
    desk.get("/desk/find")
    found = desk.post("/desk/find", {"typed": "Peeters"})
    page = desk.get(found.location)
    refused = act(desk, stage, "admissions")
    key = KEY.search(page.text)[1]
    answers = [act(desk, stage, "moves", key=key) for _ in range(2)]

    assert found.location.endswith(f"/desk/orders/{stage}")
    assert "Move to 10:00 and let in" in page.text
    assert "Too early" in refused.text
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "Moved to the time that admits now" in desk.get(answers[0].location).text
    with services.database.reading() as session:
        assert counted(session) == (2, 1)
        assert session.scalar(select(func.count()).where(Ticket.state == TicketState.VOID)) == 2
    assert broken(services) == set()


def test_nobody_is_moved_into_a_house_that_is_full(app, services, stage, clock):
    with services.database.transaction() as session:
        house_limits.set_limits(session, Limits(1), actor=SOMEBODY, now=clock.now())
    desk = signed_in(app, services, Role.FRONT_DESK)

    answer = act(desk, stage, "moves")

    assert (answer.status_code, "There is no place now" in answer.text) == (409, True)
    with services.database.reading() as session:
        assert counted(session) == (0, 0)


def test_a_supervisor_lets_in_against_the_verdict_with_a_reason_and_their_name(app, services, stage, clock):
    desk, manager = signed_in(app, services, Role.FRONT_DESK), signed_in(app, services, Role.MANAGER)
    key = KEY.search(manager.get(f"/desk/orders/{stage}").text)[1]

    refused = act(desk, stage, "overrides", reason="They came by train")
    wordless = act(manager, stage, "overrides", reason=" ", key=key)
    done = [act(manager, stage, "overrides", reason="They came by train", key=key) for _ in range(2)]
    beyond = act(manager, stage, "overrides", reason="The first scan was a mistake", t=["1"])

    assert [each.status_code for each in (refused, wordless, *done, beyond)] == [403, 422, 303, 303, 303]
    with services.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.code == "ticket.admitted_by_override")).all()
        assert [entry.details["against"] for entry in entries] == ["too_early", "too_early", "already_used"]
        assert {entry.actor_name for entry in entries} == {"Test manager"}
        assert session.scalar(select(func.count()).select_from(Scan)) == 3
        assert counted(session) == (2, 0)
    assert "Let in against the verdict" in manager.get(f"/office/orders/{stage}").text
    assert broken(services) == set()


def test_tickets_are_let_in_mailed_and_printed_on_the_spot(app, services, stage, clock):
    clock.advance(hours=3)
    desk = signed_in(app, services, Role.FRONT_DESK)

    first, again = act(desk, stage, "admissions"), act(desk, stage, "admissions")
    mailed = desk.post(f"/desk/orders/{stage}/mails")
    printed = desk.client.get(f"/desk/orders/{stage}/tickets.pdf")

    assert (first.status_code, again.status_code, mailed.status_code) == (303, 200, 303)
    assert "Already used" in again.text
    assert printed.data[:5] == b"%PDF-"
    with services.database.reading() as session:
        assert counted(session) == (2, 0)
        assert session.scalar(select(func.count()).where(Job.kind == "send_tickets")) == 1
