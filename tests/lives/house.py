"""Rules of the house: the worker and its death, the clock, a restart."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.lives.machine import MINUTES, Machine
from tests.lives.world import World
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import system
from ticketing.operations import closing, payments, worker
from ticketing.sales import closure_cases

MANAGER = system("manager")


def try_stuck_cases_again(world: World) -> None:
    """Do what a manager does with cases whose default could not happen."""
    with world.services.database.transaction() as session:
        for case in world.open_cases:
            closure_cases.try_again(session, case.id, actor=MANAGER, now=world.clock.now())


def die_with_jobs_in_hand(world: World) -> None:
    """Claim jobs, and do none of them."""
    with world.services.database.transaction() as session:
        jobs.claim(session, now=world.clock.now())


def seal_the_audit(world: World) -> None:
    """Chain what is old enough."""
    with world.services.database.transaction() as session:
        audit.seal(session, settled_before=world.clock.now() - timedelta(minutes=2))


CHORES = {
    "sweep": lambda world: payments.sweep(world.services),
    "ask the provider": lambda world: payments.reconcile(world.services),
    "compare the days": World.compare_days,
    "do jobs": lambda world: worker.run_jobs(world.services),
    "carry closures out": lambda world: closing.tend(world.services),
    "try stuck cases again": try_stuck_cases_again,
    "send again what failed": World.send_again_what_failed,
    "die with jobs in hand": die_with_jobs_in_hand,
    "start again": World.restart,
    "seal the audit": seal_the_audit,
}


class Keeping(Machine):
    """What the house does."""

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.world.let_time_pass(self.now + timedelta(minutes=minutes))

    @rule(what=st.sampled_from(sorted(CHORES)))
    def works(self, what: str) -> None:
        CHORES[what](self.world)
