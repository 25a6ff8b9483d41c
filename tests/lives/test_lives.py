"""Anything that can happen to an order, in any order, on both databases: after every step the ledger is sound.

`scripts/lives` makes it a long run: LIVES_STEPS in the environment is how many steps on each database.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.changing import Changing
from tests.lives.closing import Closing
from tests.lives.editing import Editing
from tests.lives.house import Keeping
from tests.lives.money import Moving
from tests.lives.reselling import Reselling
from tests.lives.waiting import Waiting

STEPS = 50
SHORT_EXAMPLES = 3
LONG_STEPS = int(os.environ.get("LIVES_STEPS", "0"))


class Lives(Changing, Moving, Waiting, Closing, Reselling, Editing, Keeping):
    """The whole."""


def live(machine, open_world, examples, *, steps=STEPS, derandomize=True, phases=(Phase.generate, Phase.shrink)):
    """Live so many lives."""
    machine.open_world = staticmethod(open_world)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=derandomize,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=phases,
            print_blob=True,
            report_multiple_bugs=False,
        ),
    )


def test_whatever_happens_the_ledger_is_sound_and_nobody_loses_money_or_tickets(open_world):
    if LONG_STEPS:
        live(Lives, open_world, LONG_STEPS // STEPS, derandomize=False)
    else:
        live(Lives, open_world, SHORT_EXAMPLES)
