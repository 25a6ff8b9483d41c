"""A busy morning at four doors, over the real functions: the number for an evacuation is the one on paper."""

from __future__ import annotations

import time

from bench import serving
from bench.report import Report
from tests import door_morning
from tests.door_stage import ZONE
from ticketing.door import presence
from ticketing.foundation.database import Database, make_engine
from ticketing.operations import invariants

TICKETS, VISITORS, SEED = 1200, 2000, 7  # for three each; who comes on them is drawn, and counted


def measure(engine: str, report: Report) -> None:
    """Let everybody come, with one phone cut off for an hour and one whose clock is seven minutes off; count."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        serving.command(serving.environment(url, folder), "db", "upgrade")
        database, began = Database(make_engine(url)), time.perf_counter()
        morning = door_morning.set_out(database, TICKETS, SEED)
        ended = morning.play()
        with database.reading() as session:
            counted = presence.count(session, zone=ZONE, now=ended).people
            broken = {each.id for each in invariants.violations(session, now=ended)} & door_morning.DOOR
        database.close()
    paper = morning.paper
    report.figure(
        f"{engine}, a busy morning",
        f"{paper.came:,} came, {counted:,} inside, {paper.inside:,} on paper, {time.perf_counter() - began:.0f} s",
    )
    report.mark(f"{engine}: at least {VISITORS:,} visitors", holds=paper.came >= VISITORS)
    report.mark(f"{engine}: the evacuation count is the one on paper", holds=counted == paper.inside and not broken)
