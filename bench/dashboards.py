"""How long each page that shows figures takes over a year: 300,000 admissions, 5,000 slots, the house limited."""

from __future__ import annotations

import time
from datetime import date, timedelta
from random import Random
from urllib.parse import urlencode

from bench import many, reports, serving
from bench.lists import MARK_MS, Look, looked, sign_in
from bench.load import Answer, Client
from bench.report import Report
from config import Settings
from ticketing.bootstrap import build
from ticketing.catalogue import house_limits
from ticketing.catalogue.house_limits import Limits
from ticketing.flow import learning
from ticketing.foundation.clock import Clock
from ticketing.foundation.database import make_engine

PATHS = {
    "today": "/office/",
    "who is inside": "/office/flow",
    "the wall": "/office/flow/wall",
    "the door": "/office/door",
    "what went wrong at the door": "/office/door/findings",
    "inside, for the desk": "/desk/inside",
    "evacuation": "/desk/evacuation",
    "the reports": "/office/reports",
    "the books of this month": "/office/accounts",
}
OF_A_YEAR = ("/office/accounts", "/office/reports/sales", "/office/reports/attendance")
LIMITS = Limits(900)


def measure(engine: str, report: Report) -> None:
    """Fill a year, do what the worker does at night, look at every page of figures, and prove the ledger."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        environment = {**serving.environment(url, folder), "DEMO": "0"}
        serving.command(environment, "db", "upgrade")
        settings, began = serving.settings_of(environment), time.perf_counter()
        many.fill(make_engine(url), settings.centre_zone, reports.TICKETS, many.OF_A_YEAR)
        report.lists(f"{engine}, {reports.TICKETS:,} tickets, {many.OF_A_YEAR.slots:,} slots",
                     time.perf_counter() - began)  # fmt: skip
        report.figure("all days added up in", f"{reports.add_up(environment):.0f} s")
        _limit(settings)
        with serving.foyer(environment) as server:
            client = Client(server.port)
            sign_in(client)
            for name, look in _looks(Clock().now().date()).items():
                run = looked(client, look)
                report.list(name, run)
                report.mark(f"{engine}: {name} p95 < {MARK_MS} ms", holds=run.percentile_ms(95) < MARK_MS)
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


def _limit(settings: Settings) -> None:
    """Set a limit, so that every page works out how near it is; and learn what visitors are like."""
    services = build(settings)
    with services.database.transaction() as session:
        house_limits.set_limits(session, LIMITS, actor=many.BENCH, now=services.clock.now())
        learning.learn(session, zone=services.zone, now=services.clock.now())
    services.database.close()


def _looks(today: date) -> dict[str, Look]:
    fixed: dict[str, Look] = {name: _at(path) for name, path in PATHS.items()}
    return fixed | {
        "planning, another day": lambda client, random: client.get(
            f"/office/flow/planning?{urlencode({'day': today + timedelta(days=random.randint(0, 1))})}"
        ),
        "planning, 13 weeks' fullness": lambda client, random: client.get(
            f"/office/flow/planning?{urlencode({'weeks': 13, 'heat': random.choice(['sold', 'came', 'inside'])})}"
        ),
        **{f"a year of {path.rsplit('/', 1)[-1]}": _year_at(path, today) for path in OF_A_YEAR},
    }


def _at(path: str) -> Look:
    return lambda client, random: client.get(path)


def _year_at(path: str, today: date) -> Look:
    """Look at a year, each time another one."""

    def look(client: Client, random: Random) -> Answer:
        until = today - timedelta(days=random.randint(0, 20))
        return client.get(f"{path}?{urlencode({'from': until - timedelta(days=364), 'until': until})}")

    return look
