"""How long it takes to close an afternoon of 2,000 orders: previewed, then carried out, and carried out again."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import func, select

from bench import serving
from bench.report import Report
from ticketing.bootstrap import Services, build
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import Experience, Slot
from ticketing.foundation.actors import system
from ticketing.foundation.clock import Clock, FixedClock
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import closing as carrying_out
from ticketing.sales import closing, holds, orders, settlement
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.holds import BasketRequest
from ticketing.sales.models import Channel
from ticketing.sales.orders import Customer

BENCH = system("bench")
ORDERS, A_TRANSACTION = 2_000, 100
MOST_PREVIEW_SECONDS, LEAST_A_SECOND = 2, 50


def measure(engine: str, report: Report) -> None:
    """Sell, close, carry out, and prove the ledger; a fifth of the orders is for two experiences."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        environment = serving.environment(url, folder)
        serving.command(environment, "db", "upgrade")
        serving.command(environment, "demo")
        services = build(serving.settings_of(environment), FixedClock(Clock().now()))
        _sell(services)
        report.figure(f"{engine}, closing", f"{ORDERS} orders sold")
        _close(services, engine, report)
        services.database.close()
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


def _sell(services: Services) -> None:
    now = services.clock.now()
    with services.database.transaction() as session:
        slots = []
        for slug in ("visit", "lightning"):
            experience = session.scalars(select(Experience).where(Experience.slug == slug)).one()
            coming = select(Slot).where(Slot.experience_id == experience.id, Slot.starts_at > now + timedelta(days=2))
            slots.append(session.scalars(coming.order_by(Slot.starts_at).limit(1)).one())
            slots[-1].capacity = 10 * ORDERS
        uuids = [slot.uuid for slot in slots]
    for begin in range(0, ORDERS, A_TRANSACTION):
        with services.database.transaction() as session:
            for number in range(begin, begin + A_TRANSACTION):
                chosen = uuids if number % 5 == 0 else uuids[:1]
                wants = {uuid: {"adult": 2} for uuid in chosen}
                hold = holds.open_basket(session, BasketRequest(new_token(), wants, Channel.DESK), now=now)
                who = Customer(f"an{number}@example.org", None, "nl")
                settlement.pay_cash(
                    session, orders.place(session, hold, who, actor=BENCH, now=now), actor=BENCH, now=now
                )


def _close(services: Services, engine: str, report: Report) -> None:
    now = services.clock.now()
    begin = now + timedelta(days=2)
    reasons = dict.fromkeys(LANGUAGES, "bench")
    wanted = ClosureRequest(reasons, begin, begin + timedelta(days=8), terms=Terms(undo_minutes=0))
    began = time.perf_counter()
    with services.database.reading() as session:
        shown = closing.preview(session, wanted, zone=services.zone, now=now)
    previewed = time.perf_counter() - began
    report.figure("preview", f"{shown.orders} orders, {shown.people} people in {previewed:.2f} s")
    report.mark(f"{engine}: closing previewed < {MOST_PREVIEW_SECONDS} s", holds=previewed < MOST_PREVIEW_SECONDS)
    with services.database.transaction() as session:
        closing.close(session, wanted, actor=BENCH, now=now)
    seconds, cases = _carried_out(services)
    report.figure("carried out", f"{cases} cases in {seconds:.1f} s, {cases / seconds:.0f} a second")
    report.mark(f"{engine}: closing >= {LEAST_A_SECOND} cases a second", holds=cases / seconds >= LEAST_A_SECOND)
    again, all_cases = _carried_out(services)
    report.figure("and again", f"nothing in {again:.2f} s")
    report.mark(f"{engine}: carried out twice changes nothing", holds=all_cases == cases == shown.orders)


def _carried_out(services: Services) -> tuple[float, int]:
    began = time.perf_counter()
    carrying_out.tend(services)
    seconds = time.perf_counter() - began
    with services.database.reading() as session:
        return seconds, session.scalar(select(func.count()).select_from(ClosureCase)) or 0
