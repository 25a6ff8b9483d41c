"""An afternoon of 2,000 customers is closed: how long that takes, and that nobody and no cent is forgotten."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from bench import serving
from bench.report import Report
from tests import closed_afternoon
from tests.closed_afternoon import Afternoon
from tests.fault import closing_cuts, last_place
from tests.fault.closing_cuts import CutHouse
from ticketing.bootstrap import Services, build
from ticketing.foundation.clock import Clock, FixedClock
from ticketing.operations import closing as carrying_out

CUSTOMERS, REFUSED_EVERY = 2_000, 10
AFFECTED = 100  # who want the last place
BATCH, MORE = 50, 5  # cases to a transaction, as the house does; and how much further each victim gets
LONG_AGO = timedelta(days=30)  # the deadline of the afternoon's cases has passed by now
MOST_PREVIEW_SECONDS, LEAST_A_SECOND = 2, 50


def measure(engine: str, report: Report) -> None:
    """Play the afternoon, and prove the ledger; cut the power all along; let a hundred want the last place."""
    _afternoon(engine, report)
    _power_cuts(engine, report)
    _last_place(engine, report)


def _afternoon(engine: str, report: Report) -> None:
    forgotten = f"{engine}: of 2,000 customers nobody is forgotten, and no cent"
    with _house(engine) as (services, environment), _proved(forgotten, report):
        _tell(engine, closed_afternoon.play(services, CUSTOMERS, refused_every=REFUSED_EVERY), report)
        report.figure("flask check", serving.command(environment, "check").strip().splitlines()[-1])


def _tell(engine: str, afternoon: Afternoon, report: Report) -> None:
    seconds, cases = afternoon.seconds, afternoon.cases
    previewed, carried_out = seconds["previewed"], seconds["carried out"]
    report.figure(f"{engine}, closing", f"{len(afternoon.bought)} customers, sold to in {seconds['sold']:.0f} s")
    report.figure("preview", f"{previewed:.2f} s")
    report.mark(f"{engine}: closing previewed < {MOST_PREVIEW_SECONDS} s", holds=previewed < MOST_PREVIEW_SECONDS)
    report.figure("carried out", f"{cases} cases in {carried_out:.1f} s, {cases / carried_out:.0f} a second")
    report.mark(f"{engine}: closing >= {LEAST_A_SECOND} cases a second", holds=cases / carried_out >= LEAST_A_SECOND)
    began = time.perf_counter()
    carrying_out.tend(afternoon.services)
    report.figure("and again", f"nothing in {time.perf_counter() - began:.2f} s")
    asked, refused = afternoon.asked, afternoon.provider.refused
    report.figure("refunds", f"{refused} of {asked} refused, seen on the board, sent again")


def _power_cuts(engine: str, report: Report) -> None:
    """Close with nobody dying, and with somebody dying at every batch and far beyond: what is left is the same."""
    pictures, cuts, began = [], 0, time.perf_counter()
    with closing_cuts.victims() as ask, _proved(f"{engine}: killed at every step comes to the same", report):
        for is_cut in (False, True):
            with _house(engine) as (services, environment):
                house = CutHouse(services, environment, ask, BATCH)
                house.sell_many(CUSTOMERS)
                if is_cut:
                    house.carry_out_cut(MORE)
                else:
                    house.carry_out_uncut()
                house.assert_sound()
                cuts += house.cuts
                pictures.append(house.picture())
        differing = [name for name in pictures[0] if pictures[0][name] != pictures[1][name]]
        assert not differing, differing
        seconds = time.perf_counter() - began
        report.figure("kill -9", f"{CUSTOMERS} orders, killed {cuts} times, the same as undisturbed, {seconds:.0f} s")


def _last_place(engine: str, report: Report) -> None:
    """Let all whose visit was taken choose the last place at the same instant."""
    with _house(engine) as (services, _), _proved(f"{engine}: {AFFECTED} want the last place, one has it", report):
        fight, began = last_place.set_out(services.database, services.clock.now(), AFFECTED), time.perf_counter()
        assert fight.fight() == 1, "not one has it"
        seconds = time.perf_counter() - began
        assert fight.losers_choices() == [[fight.other.uuid]] * (AFFECTED - 1), "somebody sees no fresh choices"
        report.figure("the last place", f"1 of {AFFECTED} has it in {seconds:.1f} s, the others see another time")


@contextmanager
def _house(engine: str) -> Iterator[tuple[Services, dict[str, str]]]:
    """An empty house on a disk, some weeks ago."""
    with serving.room() as folder, serving.database_url(engine, folder) as url:
        environment = serving.environment(url, folder)
        serving.command(environment, "db", "upgrade")
        begin = (Clock().now() - LONG_AGO).replace(hour=9, minute=0, second=0, microsecond=0)
        services = build(serving.settings_of(environment), FixedClock(begin))
        yield services, environment
        services.database.close()


@contextmanager
def _proved(what: str, report: Report) -> Iterator[None]:
    """Mark whether everything held; print what did not."""
    try:
        yield
    except (AssertionError, RuntimeError) as wrong:
        report.figure("NOT SO", "".join(traceback.format_tb(wrong.__traceback__, -2)) + f"{wrong}"[:2000])
        report.mark(what, holds=False)
    else:
        report.mark(what, holds=True)
