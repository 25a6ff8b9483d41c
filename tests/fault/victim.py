"""Processes that do a whole visit, or a refund, or leave their order unpaid, and are killed where FAULT_AT says.

Run by test_power_cuts.py only, which asks for one after the other, a line of JSON each: a process that has read all of
the house already is forked for each. It says what a customer would have seen before the power went: the order's id, and
whether the provider took money.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from config import read_settings
from tests import make
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.foundation import actors, failpoints, jobs
from ticketing.foundation.clock import FixedClock
from ticketing.foundation.money import Money
from ticketing.operations import closing, payments, worker
from ticketing.sales import closure_cases, refunds
from ticketing.sales.models import Payment
from ticketing.tickets.models import Ticket

DEVICE_TOKEN, SCAN_ID = "v" * 43, "victim-scan"


said: list[str] = []


def say(*words: object) -> None:
    """Write down what a customer sees; written to a file at once, which is there after the power went."""
    said.extend(map(str, words))
    Path(os.environ["SAID"]).write_text(" ".join(said))


def serve() -> None:
    """Fork a victim for each line that comes in, and answer with how it ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(asked["environment"])
            failpoints.arm(os.environ["FAULT_AT"])
            main(asked["act"], asked["slot_id"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def main(act: str, slot_id: int) -> None:
    services = build(read_settings())
    if act in OTHER_ACTS:
        OTHER_ACTS[act](services, slot_id)
        return
    order_id = buy(services, slot_id)
    if act == "refund":
        give_back(services, order_id)
    scan(services, order_id)


def leave(services: Services, slot_id: int) -> None:
    """Go to the provider's page and stay away until the sweeper comes."""
    with services.database.transaction() as session:
        order_id = make.order(session, session.get_one(make.Slot, slot_id), services.clock.now(), adult=1).id
    payments.start_checkout(services, order_id)
    say("left", order_id)
    payments.sweep(replace(services, clock=FixedClock(services.clock.now() + timedelta(minutes=40))))


def close(services: Services, slot_id: int) -> None:
    """Close a slot that five have bought for, and see to their orders, two at a time."""
    now = services.clock.now()
    for _ in range(5):
        with services.database.transaction() as session:
            make.confirmed_order(session, session.get_one(make.Slot, slot_id), now, adult=1)
    with services.database.transaction() as session:
        request = ClosureRequest(dict.fromkeys(make.LANGUAGES, "storm"), now, terms=Terms(undo_minutes=0))
        closures.close(session, request, actor=actors.system("victim"), now=now)
    say("closed")
    closure_cases.BATCH = 2
    closing.tend(services)


OTHER_ACTS = {"leave": leave, "close": close}


def buy(services: Services, slot_id: int) -> int:
    """Place, pay, hear from the provider twice over, let the worker send the mail."""
    with services.database.transaction() as session:
        order_id = make.order(session, session.get_one(make.Slot, slot_id), services.clock.now(), adult=1).id
    say("order", order_id)
    url = payments.start_checkout(services, order_id)
    assert url is not None
    assert services.sandbox is not None
    ref = url.rpartition("/")[2]
    services.sandbox.pay(ref)
    say("paid")
    services.sandbox.deliver_due(lambda body, signature: _take(services, body, signature), services.clock.now())
    payments.settle(services, ref)
    worker.run_jobs(services)
    return order_id


def _take(services: Services, body: bytes, signature: str) -> int:
    payments.receive_event(services, body, signature)
    return 200


def give_back(services: Services, order_id: int) -> None:
    """Give half of it back."""
    with services.database.transaction() as session:
        payment = session.scalars(select(Payment).where(Payment.order_id == order_id)).one()
        actor, now = actors.system("victim"), services.clock.now()
        refunds.request_refund(session, payment, Money(500), "half a visit", actor=actor, now=now)
    with services.database.transaction() as session:
        due = jobs.claim(session, now=services.clock.now())
    for job in due:
        payments.send_refund(services, job)


def scan(services: Services, order_id: int) -> None:
    """Come in."""
    with services.database.transaction() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.order_id == order_id)).first()
        assert ticket is not None
    scan = {"code": ticket.code, "gate": "main", "direction": "in", "scan_id": SCAN_ID, "admissions": 1}
    headers = {"Authorization": f"Bearer {DEVICE_TOKEN}"}
    answer = create_app(services.settings, services).test_client().post("/api/v1/scans", json=scan, headers=headers)
    say(answer.json.get("verdict", answer.json))


if __name__ == "__main__":
    serve()
