"""The day list as devices get it: small, unchanged when nothing changed, and for enrolled devices only."""

from __future__ import annotations

import secrets

from tests import door_stage
from ticketing.door import devices
from ticketing.door.models import Device
from ticketing.foundation.actors import system
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket

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
