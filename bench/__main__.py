"""`python -m bench [rush scans pages pdf start closing lists reports dashboards door morning flow]`, on each engine."""

from __future__ import annotations

import argparse
import gzip
import statistics
import time
from dataclasses import dataclass

from bench import acts, closing, dashboards, door, flow, lists, many, morning, reports, serving
from bench.load import Act, Client, Run, press
from bench.report import Report
from bench.tickets import ticket_costs

PARTS = ("rush", "scans", "pages", "pdf", "start", "closing")
# These take minutes to fill a house, or a browser, or are grades and no speeds: measured only when asked for.
LISTS, REPORTS, DASHBOARDS, DOOR, MORNING, FLOW = "lists", "reports", "dashboards", "door", "morning", "flow"
APART = (LISTS, REPORTS, DASHBOARDS, DOOR, MORNING, FLOW)
OF_ENGINE = {
    "closing": closing.measure, REPORTS: reports.measure, DASHBOARDS: dashboards.measure, DOOR: door.measure,
    MORNING: morning.measure,
}  # fmt: skip
ENGINES = ("sqlite", "postgresql")
LOOKS = 15  # at one page alone, the median counts


def main() -> None:
    """Measure what was asked for, on each engine, and say which marks were reached."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, *APART, []], default=[])
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--tickets", type=int, default=many.TICKETS)
    asked = parser.parse_args()
    parts, report = asked.parts or list(PARTS), Report()
    for engine in [asked.engine] if asked.engine else ENGINES:
        if set(parts) - {"pdf", "closing", *APART}:
            measure(engine, parts, asked, report)
        for part in [each for each in OF_ENGINE if each in parts]:
            OF_ENGINE[part](engine, report)
        if LISTS in parts:
            lists.measure(engine, asked.tickets, report)
    if "pdf" in parts:
        milliseconds, size = ticket_costs()
        report.figure("PDF, a ticket", f"{milliseconds:.1f} ms, {size / 1000:.1f} kB")
        report.mark("PDF <= 15 ms and <= 25 kB a ticket", holds=milliseconds <= 15 and size <= 25_000)
    if FLOW in parts:
        flow.measure(report)
    report.end()


def measure(engine: str, parts: list[str], asked: argparse.Namespace, report: Report) -> None:
    """Measure one engine in one run: Foyer, then the bare limit, then the check of the ledger."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        report.heading(f"{engine}, {asked.clients} clients, {asked.seconds:g} s each")
        environment = serving.environment(url, folder)
        serving.command(environment, "db", "upgrade")
        serving.command(environment, "demo")
        stage = acts.prepare(serving.settings_of(environment), tickets=6000 if "scans" in parts else 20)
        with serving.bare(environment) as server:
            limit = _limits(server.port, asked, report)
        with serving.foyer(environment) as server:
            bench = Bench(server, asked.clients, asked.seconds, report)
            if "pages" in parts:
                _pages(bench, stage, limit["pages"])
            if "scans" in parts:
                bench.load("scans", acts.scan(stage), limit["writes"], 0.30)
            if "rush" in parts:
                bench.load("orders", acts.purchase(stage), limit["orders"], 0.08)
            memory = server.memory_mb()
        report.figure("memory, all processes", f"{memory:.0f} MB")
        report.mark(f"{engine}: all processes < 250 MB", holds=memory < 250)
        if "start" in parts:
            seconds = statistics.median(serving.seconds_to_start(environment) for _ in range(3))
            report.figure("second start", f"{seconds:.2f} s")
            report.mark(f"{engine}: start < 3 s", holds=seconds < 3)
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


@dataclass(frozen=True)
class Bench:
    """A server, how hard it is pressed, and where the figures go."""

    server: serving.Server
    clients: int
    seconds: float
    report: Report

    def load(self, name: str, act: Act, limit: Run, share: float) -> None:
        """Press an act after a short warming up, and hold it against its share of the limit."""
        press(self.server.port, 4, 1, act)
        run = press(self.server.port, self.clients, self.seconds, act)
        self.report.run(name, run, limit)
        self.report.mark(f"{name} >= {share:.0%} of the bare limit", holds=run.per_second >= share * limit.per_second)


def _limits(port: int, asked: argparse.Namespace, report: Report) -> dict[str, Run]:
    found = {}
    for name, act in (("writes", acts.bare("/write")), ("orders", acts.bare("/order")), ("pages", acts.page("/page"))):
        press(port, asked.clients, 1, act)
        found[name] = press(port, asked.clients, asked.seconds, act)
        report.run(f"bare limit, {name}", found[name])
    return found


def _pages(bench: Bench, stage: acts.Stage, limit: Run) -> None:
    month = f"/nl/tickets/visit/?month={stage.month}"
    bench.load("day page", acts.page(f"/nl/tickets/visit/{stage.slot_date}/"), limit, 0.25)
    client, times = Client(bench.server.port), []
    for number in range(LOOKS):  # each under an address of its own, so that nothing is remembered
        began = time.perf_counter()
        answer = client.get(f"{month}&look={number}")
        times.append((time.perf_counter() - began) * 1000)
    alone, size = statistics.median(times), len(gzip.compress(answer.body.encode(), 6))
    bench.report.figure(f"month page, {acts.MONTH_SLOTS} slots", f"{alone:.1f} ms, {size / 1000:.1f} kB compressed")
    bench.report.mark("month page < 30 ms alone and < 60 kB compressed", holds=alone < 30 and size < 60_000)


if __name__ == "__main__":
    main()
