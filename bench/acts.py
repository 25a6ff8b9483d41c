"""What is pressed: a whole purchase, a scan, a page; and the stage they play on."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.load import Act, Client, expect
from config import Settings
from ticketing.catalogue.models import Experience, Slot
from ticketing.door import devices, gates
from ticketing.foundation.actors import system
from ticketing.foundation.clock import Clock
from ticketing.foundation.database import Database, make_engine
from ticketing.foundation.identifiers import new_token, new_uuid
from ticketing.sales import holds, orders, settlement
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import Channel
from ticketing.sales.orders import Customer

BENCH = system("bench")
HOT_CAPACITY, TICKETS_AN_ORDER, MONTH_SLOTS = 1_000_000, 20, 480
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
HOLD = re.compile(r"/nl/tickets/holds/([^/]+)/")


@dataclass(frozen=True)
class Stage:
    """One hot slot, tickets for it, a device, and a month full of slots."""

    slot_uuid: str
    slot_date: date
    codes: tuple[str, ...]
    token: str
    month: str


def prepare(settings: Settings, tickets: int) -> Stage:
    """Put a slot with room for everybody at this hour, sell so many tickets of it, and fill the next month."""
    database, now = Database(make_engine(settings.database_url)), Clock().now()
    with database.transaction() as session:
        visit = session.scalars(select(Experience).where(Experience.slug == "visit")).one()
        slot = _slot(visit, now.replace(microsecond=0), settings.centre_zone, HOT_CAPACITY)
        session.add(slot)
        _, token = devices.enrol(session, "bench", gates.list_gates(session)[0].slug, actor=BENCH, now=now)
        month = (slot.local_date.replace(day=1) + timedelta(days=32)).replace(day=1)
        _fill_month(session, visit, month, settings.centre_zone)
    codes: list[str] = []
    while len(codes) < tickets:
        with database.transaction() as session:
            request = HoldRequest(new_token(), slot.uuid, {"adult": TICKETS_AN_ORDER}, Channel.DESK)
            hold = holds.open_hold(session, request, now=now)
            order = orders.place(session, hold, Customer("bench@example.org", None, "nl"), actor=BENCH, now=now)
            settlement.pay_cash(session, order, actor=BENCH, now=now)
            codes += [ticket.code for ticket in orders.find_tickets(session, order)]
    database.close()
    return Stage(slot.uuid, slot.local_date, tuple(codes), token, f"{month:%Y-%m}")


def _slot(visit: Experience, starts_at: datetime, zone: ZoneInfo, capacity: int) -> Slot:
    return Slot(
        uuid=new_uuid(), experience_id=visit.id, local_date=starts_at.astimezone(zone).date(), starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3), admits_from=starts_at - timedelta(hours=1),
        admits_until=starts_at + timedelta(hours=2), capacity=capacity,
    )  # fmt: skip


def _fill_month(session: Session, visit: Experience, month: date, zone: ZoneInfo) -> None:
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    there = session.scalars(
        select(Slot)
        .where(Slot.experience_id == visit.id, Slot.local_date.between(month, last))
        .order_by(Slot.starts_at)
    ).all()
    for slot in there[: max(0, MONTH_SLOTS - len(there))]:
        session.add(_slot(visit, slot.starts_at + timedelta(minutes=10), zone, 80))


def purchase(stage: Stage) -> Act:
    """Browse, hold, order, pay in the sandbox, and see the tickets: a whole customer, twelve requests."""

    def act(client: Client, number: int) -> None:
        client.cookies.clear()
        expect(client.get("/nl/tickets/"), 200)
        expect(client.get(f"/nl/tickets/visit/{stage.slot_date}/"), 200)
        slot = f"/nl/tickets/slots/{stage.slot_uuid}/"
        token = _token(expect(client.get(slot), 200).body)
        choice = {"csrf_token": token, "request_key": new_token(), "quantity-adult": "2", "quantity-child": "1"}
        hold = expect(client.post(slot, choice), 303).location.rsplit("/details/", 1)[0]
        token = _token(expect(client.get(f"{hold}/details/"), 200).body)
        who = {"csrf_token": token, "email": f"an{number}@example.org", "name": "An Peeters"}
        expect(client.post(f"{hold}/details/", who), 303)
        token = _token(expect(client.get(f"{hold}/review/"), 200).body)
        pay_page = expect(client.post(f"{hold}/order/", {"csrf_token": token}), 303).location
        token = _token(expect(client.get(pay_page), 200).body)
        back = expect(client.post(pay_page, {"csrf_token": token, "outcome": "pay"}), 303).location
        order = expect(client.get(back), 303).location
        expect(client.get(order), 200)

    return act


def scan(stage: Stage) -> Act:
    """Judge a ticket that was never scanned; when all have been, one that was."""
    codes = itertools.cycle(stage.codes)

    def act(client: Client, number: int) -> None:
        body = {"code": next(codes), "gate": "", "direction": "in", "scan_id": str(uuid.uuid4())}
        expect(client.send_json("/api/v1/scans", json.dumps(body), stage.token), 200)

    return act


def page(address: str) -> Act:
    """Look at one page."""

    def act(client: Client, number: int) -> None:
        expect(client.get(address), 200)

    return act


def bare(address: str) -> Act:
    """Do a bare transaction."""

    def act(client: Client, number: int) -> None:
        expect(client.post(address, {}), 201)

    return act


def _token(body: str) -> str:
    found = CSRF.search(body)
    assert found is not None, "every form carries a token"
    return found[1]
