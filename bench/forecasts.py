"""Grades of the forecast as a house makes it: from tickets and scans in a database, by the work of the night."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from bench import serving
from bench.report import Report
from ticketing.bootstrap import Services, build
from ticketing.catalogue import timetable
from ticketing.flow import forecasting, influences, learning
from ticketing.flow.forecast_models import ForecastScore, InfluenceKind
from ticketing.flow.influences import InfluenceWish
from ticketing.foundation.actors import system
from ticketing.foundation.clock import local_date_of
from ticketing.operations import demo_calendar, demo_catalogue, forecasts, migrating, simulator
from ticketing.tickets.models import Ticket

BENCH = system("bench")
DAYS = 300  # of past, Mondays and other closed days among them
LEAST_JUDGED = 200


@dataclass(frozen=True)
class Kept:
    """What the tables of a house say of its forecasts, and what making them took."""

    scores: tuple[ForecastScore, ...]
    tickets: int
    seconds: float


def measure(report: Report) -> None:
    """Let a house live for most of a year, forecast, and hold what was kept against the marks."""
    with serving.room() as folder:
        environment = serving.environment(f"sqlite:///{folder / 'foyer.sqlite3'}", folder)
        services = build(serving.settings_of(environment))
        migrating.upgrade(services.database.engine)
        kept = grade(services)
        services.database.close()
    report.figure("forecast of a house, made in", f"{kept.seconds:.1f} s from {kept.tickets:,} tickets of {DAYS} days")
    for score in kept.scores:
        report.figure(
            f"kept, {score.lead} days ahead",
            f"WAPE {score.wape:.1%}, MASE {score.mase:.2f}, bias {score.bias:+.1%}, "
            f"in the band {score.coverage:.1%}, n {score.n}",
        )
        if score.lead == 7:
            report.mark(f"kept: n >= {LEAST_JUDGED} at seven days", holds=score.n >= LEAST_JUDGED)
            report.mark("kept: MASE < 0.8 at seven days", holds=score.mase < 0.8)
            report.mark("kept: 75 to 85 % in the band at seven days", holds=0.75 <= score.coverage <= 0.85)


def grade(services: Services, seed: int = 1) -> Kept:
    """Fill an empty house with a past, forecast, and read what the tables say."""
    _live(services, seed)
    began = time.perf_counter()
    forecasts.make(services)
    seconds = time.perf_counter() - began
    with services.database.reading() as session:
        scores = tuple(session.scalars(select(ForecastScore).order_by(ForecastScore.lead)))
        return Kept(scores, session.scalar(select(func.count()).select_from(Ticket)) or 0, seconds)


def _live(services: Services, seed: int) -> None:
    now, zone = services.clock.now(), services.zone
    begin, end = now - timedelta(days=DAYS + 1), local_date_of(now, zone) + timedelta(days=forecasting.DAYS_AHEAD)
    with services.database.transaction() as session:
        demo_catalogue.load(session, zone=zone, now=begin)
        timetable.lay_out(session, local_date_of(begin, zone), end, zone=zone, now=begin)
        for each in demo_calendar.holidays_between(local_date_of(begin, zone), end):
            wish = InfluenceWish(InfluenceKind.SCHOOL_HOLIDAY, each.name, each.first, each.last)
            influences.write_down(session, wish, actor=BENCH, now=now)
        simulator.simulate_past(session, days=DAYS, zone=zone, now=now, seed=seed, days_ahead=forecasting.DAYS_AHEAD)
        learning.learn(session, zone=zone, now=now)
