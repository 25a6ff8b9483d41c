"""How long each report takes over a year of 300,000 tickets and 5,000 slots, and what saving all of it takes."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from bench import many, serving
from bench.lists import MARK_MS, Look, looked, sign_in
from bench.load import Answer, Client
from bench.report import Report
from ticketing.bootstrap import build
from ticketing.flow import tallying
from ticketing.flow.report_models import ReportName
from ticketing.foundation.clock import Clock
from ticketing.foundation.database import make_engine
from ticketing.operations import forecasts, reporting

TICKETS = 300_000
MOST_MEMORY_MB = 30  # that a process may grow by while it writes a year


def measure(engine: str, report: Report) -> None:
    """Fill a year, add its days up, look at every report, save every act of the year, and prove the ledger."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        environment = {**serving.environment(url, folder), "DEMO": "0"}
        serving.command(environment, "db", "upgrade")
        settings, began = serving.settings_of(environment), time.perf_counter()
        many.fill(make_engine(url), settings.centre_zone, TICKETS, many.OF_A_YEAR)
        report.lists(f"{engine}, {TICKETS:,} tickets, {many.OF_A_YEAR.slots:,} slots", time.perf_counter() - began)
        report.figure("all days added up in", f"{add_up(environment):.0f} s")
        report.figure("forecast made anew in", f"{_forecast(environment):.1f} s")
        with serving.foyer(environment) as server:
            client = Client(server.port)
            sign_in(client)
            for name in ReportName:
                run = looked(client, _year_of(name))
                report.list(name.value, run)
                report.mark(f"{engine}: {name.value} p95 < {MARK_MS} ms", holds=run.percentile_ms(95) < MARK_MS)
            for path in ("attendance/acts.csv", "attendance/acts.xlsx", "sales/acts.csv"):
                _save(client, server, path, report)
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


def add_up(environment: dict[str, str]) -> float:
    """Do what the worker does at night, for all of the year; return the seconds it took."""
    services = build(serving.settings_of(environment))
    began = time.perf_counter()
    while True:
        reporting.tally_days(services)
        with services.database.reading() as session:
            left = tallying.days_to_tally(session, zone=services.zone, now=services.clock.now(), limit=1)
        if not left:
            services.database.close()
            return time.perf_counter() - began


def _forecast(environment: dict[str, str]) -> float:
    """Do what the worker does once a night."""
    services = build(serving.settings_of(environment))
    began = time.perf_counter()
    forecasts.make(services)
    services.database.close()
    return time.perf_counter() - began


def _year_of(name: ReportName) -> Look:
    """Look at a report of a year, each time another one."""

    def look(client: Client, random: Random) -> Answer:
        until = Clock().now().date() - timedelta(days=random.randint(0, 20))
        days = {"from": until - timedelta(days=364), "until": until}
        return client.get(f"/office/reports/{name}?{urlencode(days)}")

    return look


def _save(client: Client, server: serving.Server, path: str, report: Report) -> None:
    """Save every act of a year, and see how far the server grows by it."""
    until = Clock().now().date()
    before, began = _peaks(server), time.perf_counter()
    answer = client.get(f"/office/reports/{path}?{urlencode({'from': until - timedelta(days=364), 'until': until})}")
    assert answer.status == 200, answer.status
    grown = max(after - before.get(pid, after) for pid, after in _peaks(server).items())
    report.figure(f"{path}", f"{time.perf_counter() - began:.1f} s, grows by {grown:.1f} MB")
    report.mark(f"{path} grows a process by < {MOST_MEMORY_MB} MB", holds=grown < MOST_MEMORY_MB)


def _peaks(server: serving.Server) -> dict[int, float]:
    """Return the most memory each process has ever had, in megabytes."""
    found = {}
    for pid in server.processes():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found[pid] = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000
    return found
