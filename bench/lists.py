"""How long the office's lists take with a million tickets and thirteen thousand slots: one page after another."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from urllib.parse import urlencode

from sqlalchemy import text

from bench import many, serving
from bench.load import Answer, Client, Run, Unexpected, expect
from bench.report import Report
from ticketing.foundation.clock import Clock
from ticketing.foundation.database import make_engine

LOOKS = 40  # at pages of one kind, each another one; the first few fill caches as they would on any day
WARM_UP = 5
MARK_MS = 200
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
EVERY_DAY = {f"weekday_{weekday}": "1" for weekday in range(7)}

Look = Callable[[Client, Random], Answer]


@dataclass(frozen=True)
class House:
    """What there is to look at: how many tickets and orders, slots by name, and the day it is."""

    tickets: int
    orders: int
    slots: tuple[str, ...]
    today: date


def measure(engine: str, tickets: int, report: Report) -> None:
    """Fill a house, look at every list, and prove its ledger."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        environment = {**serving.environment(url, folder), "DEMO": "0"}
        serving.command(environment, "db", "upgrade")
        began = time.perf_counter()
        many.fill(make_engine(url), serving.settings_of(environment).centre_zone, tickets)
        house = _house(url, tickets)
        report.lists(f"{engine}, {tickets:,} tickets, {len(house.slots):,} slots", time.perf_counter() - began)
        with serving.foyer(environment) as server:
            client = Client(server.port)
            sign_in(client)
            for name, look in looks(house).items():
                run = looked(client, look)
                report.list(name, run)
                if not name.startswith("preview"):  # works out thousands of slots, a few times a year
                    report.mark(f"{engine}: {name} p95 < {MARK_MS} ms", holds=run.percentile_ms(95) < MARK_MS)
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


def looks(house: House) -> dict[str, Look]:
    """Say what is looked at, by what it is called."""
    return {**_orders(house), **_slots(house), **_catalogue(house), **_rest(house)}


def _orders(house: House) -> dict[str, Look]:
    def some(random: Random) -> int:
        return random.randint(1, house.orders)

    return {
        "search: order code": lambda client, random: _search(client, many.order_code(some(random))),
        "search: ticket code": lambda client, random: _search(
            client, many.ticket_code(random.randint(1, house.tickets))
        ),
        "search: e-mail": lambda client, random: _search(client, many.email_of(some(random))),
        "search: whole name": lambda client, random: _search(client, many.name_of(some(random))),
        "search: first name": lambda client, random: _search(client, random.choice(many.FIRST_NAMES)),
        "search: two letters": lambda client, random: _search(client, random.choice(many.BEGINNINGS)[:2]),
        "search: nobody": lambda client, random: _search(client, f"xyz{random.random()}"),
        "orders, newest": lambda client, random: client.get("/office/orders"),
        "orders, further on": lambda client, random: client.get(f"/office/orders?before={some(random)}"),
        "an order": lambda client, random: client.get(f"/office/orders/{many.order_code(some(random))}"),
        "a customer's order": lambda client, random: client.get(_own_order(some(random))),
    }


def _slots(house: House) -> dict[str, Look]:
    def day(random: Random) -> date:
        return house.today + timedelta(days=random.randint(-100, many.DAYS_AHEAD))

    return {
        "a day, slot by slot": lambda client, random: client.get(f"/office/catalogue/days/{day(random)}"),
        "a slot, who comes": lambda client, random: client.get(f"/office/catalogue/slots/{random.choice(house.slots)}"),
        "a slot's printed list": lambda client, random: client.get(
            f"/office/catalogue/slots/{random.choice(house.slots)}/list"
        ),
        "today": lambda client, random: client.get("/office/"),
    }


def _catalogue(house: House) -> dict[str, Look]:
    pages = {
        "catalogue": "", "experiences": "experiences", "an experience": "experiences/visit",
        "ticket types": "ticket-types", "prices": "prices", "prices of one": "prices/visit", "VAT": "vat",
        "opening hours": "opening-hours", "timetable": "timetable", "many at once, empty": "bulk",
    }  # fmt: skip
    fixed: dict[str, Look] = {name: _page(f"/office/catalogue/{path}") for name, path in pages.items()}
    tomorrow, in_a_month = house.today + timedelta(days=1), house.today + timedelta(days=30)
    wish = {"experience": "visit", "act": "more", "amount": "-10", "first": tomorrow, "last": in_a_month, "times": ""}
    week = {"what": "usual", "open": "yes", "opens_at": "10:00", "closes_at": "16:00", "valid_from": tomorrow}
    return fixed | {
        "preview: a month's capacity": _page("/office/catalogue/bulk", {**wish, **EVERY_DAY}),
        "preview: other usual hours": _page("/office/catalogue/opening-hours/preview", {**week, **EVERY_DAY}),
    }


def _rest(house: House) -> dict[str, Look]:
    return {
        "audit log": _page("/office/audit"),
        "audit log, orders": _page("/office/audit", {"kind": "order"}),
        "audit log, closures": _page("/office/audit", {"kind": "closure"}),
        "audit log, further on": lambda client, random: client.get(
            f"/office/audit?kind=order&before={random.randint(100, 2 * house.orders)}"
        ),
    }


def _page(path: str, asked: Mapping[str, object] | None = None) -> Look:
    address = f"{path}?{urlencode(asked)}" if asked else path
    return lambda client, random: client.get(address)


def _own_order(number: int) -> str:
    return f"/nl/orders/{many.order_code(number)}/{many.order_secret(number)}/"


def _search(client: Client, typed: str) -> Answer:
    return client.post("/office/orders", {"csrf_token": client.token, "typed": typed})


def looked(client: Client, look: Look) -> Run:
    """Look again and again; return how long each look took."""
    run, random = Run(), Random(7)
    for number in range(WARM_UP + LOOKS):
        began = time.perf_counter()
        answer = look(client, random)
        if answer.status not in (200, 303):
            raise Unexpected(f"{answer.status}: {answer.body[:200]!r}")
        if number >= WARM_UP:
            run.times.append(time.perf_counter() - began)
    run.seconds = sum(run.times)
    return run


def sign_in(client: Client) -> None:
    """Sign the manager of many rows in."""
    token = _token(expect(client.get("/desk/sign-in"), 200))
    expect(client.post("/desk/sign-in", {"csrf_token": token, "email": many.EMAIL, "password": many.PASSWORD}), 303)
    client.token = _token(expect(client.get("/office/orders"), 200))


def _token(answer: Answer) -> str:
    found = CSRF.search(answer.body)
    if found is None:
        raise Unexpected("there is no token on this page")
    return found[1]


def _house(url: str, tickets: int) -> House:
    engine = make_engine(url)
    with engine.connect() as connection:
        slots = tuple(connection.execute(text("SELECT uuid FROM slots ORDER BY id")).scalars())
        orders = connection.execute(text("SELECT count(*) FROM orders")).scalar_one()
    engine.dispose()
    return House(tickets, orders, slots, Clock().now().date())
