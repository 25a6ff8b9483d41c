"""Processes that do a whole visit, or a refund, or close, or leave their order unpaid, and are killed on the way.

They die where FAULT_AT says, or at a commit. Asked for by closing_cuts.py: victims, one after the other, a line of JSON
each: a process that has read all of the house already is forked for each. It says what a customer would have seen
before the power went: the order's id, and whether the provider took money.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, event, select

from config import read_settings
from tests import make
from tests.closed_orders import ANSWER_DAYS, LASTS, REASONS
from ticketing.app import create_app
from ticketing.bootstrap import Services, build
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.foundation import actors, failpoints, jobs
from ticketing.foundation.clock import FixedClock
from ticketing.foundation.languages import translations
from ticketing.foundation.money import Money
from ticketing.operations import closing, payments, worker
from ticketing.sales import closing as closing_of_orders
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
    for language in make.LANGUAGES:
        translations(language)  # read once, not by each who writes a mail
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(asked["environment"])
            failpoints.arm(os.environ["FAULT_AT"])
            main(asked["act"], asked["number"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def main(act: str, number: int) -> None:
    """Do an act; the number is that of a slot, or says at which commit to die."""
    services = build(read_settings())
    if act in OTHER_ACTS:
        OTHER_ACTS[act](services, number)
        return
    order_id = buy(services, number)
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


def close(services: Services, number: int) -> None:
    """Close for eight hours, and die at a commit."""
    services = _at_its_time(services)
    die_at_commit(services, number)
    begin = services.clock.now()
    terms = Terms(undo_minutes=0, answer_days=ANSWER_DAYS)
    wanted = ClosureRequest(REASONS, begin, begin + LASTS, terms=terms)
    with services.database.transaction() as session:
        closing_of_orders.close(session, wanted, actor=actors.system("victim"), now=begin)


def carry_out(services: Services, number: int) -> None:
    """See to the orders of what is closed, a few to a transaction, and to all that follows; die at a commit."""
    services = _at_its_time(services)
    die_at_commit(services, number)
    closure_cases.BATCH = int(os.environ["BATCH"])
    closing.tend(services)
    worker.run_jobs(services)


def _at_its_time(services: Services) -> Services:
    return replace(services, clock=FixedClock(datetime.fromisoformat(os.environ["INSTANT"])))


def die_at_commit(services: Services, number: int) -> None:
    """Let the power fail at so manieth commit that writes: just after it, or just before (a number below zero)."""
    engine, committed = services.database.engine, itertools.count(1)
    commit = engine.dialect.do_commit

    def before(connection: Connection) -> None:
        reads = connection.get_execution_options().get("postgresql_readonly")
        nonlocal is_last
        is_last = not reads and next(committed) == abs(number)
        if is_last and number < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(connection: object) -> None:
        commit(connection)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    is_last = False
    event.listen(engine, "commit", before)
    engine.dialect.do_commit = after


OTHER_ACTS = {"leave": leave, "close": close, "carry out": carry_out}


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
