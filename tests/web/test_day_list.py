"""The day list as devices get it: small, unchanged when nothing changed, and for enrolled devices only."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import door_stage
from ticketing.door import day_list, devices
from ticketing.door.models import Device
from ticketing.foundation.actors import system
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket
from ticketing.web.together import Together

MANY, MOST_BYTES = 5000, 100_000


def fill(session, stage, now):
    """Put thousands of tickets into the stage's order."""
    ticket = session.get_one(Ticket, stage.ticket_id)
    shared = {"order_id": ticket.order_id, "order_line_id": ticket.order_line_id, "slot_id": ticket.slot_id}
    shared |= {"ticket_type_id": ticket.ticket_type_id, "issued_at": now}
    made = [codes.new_code() for _ in range(MANY - 1)]
    rows = [shared | {"code": code, "digest": secrets.token_hex(32), "place": 2 + at} for at, code in enumerate(made)]
    session.execute(
        Ticket.__table__.insert(), [row | {"admissions": 1, "admitted": 0, "state": "valid"} for row in rows]
    )


def test_thousands_of_tickets_fit_and_nothing_new_is_nothing_sent(client, database, clock):
    with database.transaction() as session:
        stage = door_stage.build(session, starts_at=clock.now())
        device, token = devices.enrol(session, "Phone", None, actor=system("test"), now=clock.now())
        fill(session, stage, clock.now())
    bearer = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}

    whole = client.get("/api/v1/devices/list", headers=bearer)
    same = client.get("/api/v1/devices/list", headers=bearer | {"If-None-Match": whole.headers["ETag"]})
    with database.transaction() as session:
        gone = session.get_one(Device, device.id)
        devices.revoke(session, gone, actor=system("test"), now=clock.now())

    assert whole.headers["Content-Encoding"] == "gzip"
    assert len(whole.data) < MOST_BYTES
    assert (same.status_code, same.data) == (304, b"")
    assert client.get("/api/v1/devices/list", headers=bearer).status_code == 401
    assert client.get("/api/v1/devices/list").status_code == 401


@pytest.mark.one_engine
def test_what_many_ask_for_together_is_made_for_all_and_never_older_than_the_question():
    together, made, begun, goes_on = Together(), [], threading.Event(), threading.Event()

    def make():
        made.append(len(made))
        begun.set()
        goes_on.wait(10)
        return made[-1]

    def ask():
        return together.get("list", make, lambda: len(made))

    with ThreadPoolExecutor(5) as hands:
        first = hands.submit(ask)
        begun.wait(10)
        others = [hands.submit(ask) for _ in range(4)]
        goes_on.set()

    assert first.result() == 0
    assert {other.result() >= 1 for other in others} == {True}
    assert [together.get("kept", make, lambda: "same") for _ in range(3)] == [len(made) - 1] * 3


@pytest.mark.one_engine
def test_cursors_of_about_the_same_time_become_one_and_others_stay_as_they_are():
    near = {day_list.rounded_down(f"stamp.{micros}") for micros in (40_000_000, 40_000_001, 59_999_999)}

    assert near == {"stamp.40000000"}
    assert [day_list.rounded_down(odd) for odd in ("", "stamp", "stamp.x", "stamp.-1")] == [
        "",
        "stamp",
        "stamp.x",
        "stamp.-1",
    ]
