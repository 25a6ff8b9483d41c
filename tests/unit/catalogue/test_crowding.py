"""How a day's busyness is told: from now on, each change once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ticketing.catalogue.crowding import Crowd, Stretch, stretches

OPENS = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
QUIET, NORMAL, BUSY = Crowd.QUIET, Crowd.NORMAL, Crowd.BUSY
DAY = [QUIET, QUIET, NORMAL, BUSY, BUSY, NORMAL, QUIET]


def at(half_hours: float) -> datetime:
    return OPENS + timedelta(minutes=30 * half_hours)


@pytest.mark.parametrize(
    ("now", "crowds", "told"),
    [
        (at(-1), DAY, [(0, QUIET), (2, NORMAL), (3, BUSY), (5, NORMAL), (6, QUIET)]),
        (at(1.9), DAY, [(1, QUIET), (2, NORMAL), (3, BUSY), (5, NORMAL), (6, QUIET)]),
        (at(4), DAY, [(4, BUSY), (5, NORMAL), (6, QUIET)]),
        (at(9), DAY, [(6, QUIET)]),
        (at(0), [None, QUIET, None, QUIET], [(1, QUIET)]),
        (at(0), [None, None], []),
        (at(0), [], []),
    ],
)
def test_the_rest_of_a_day_is_told_from_the_start_at_hand_each_change_once(now, crowds, told):
    starts = [(at(number), crowd) for number, crowd in enumerate(crowds)]

    assert stretches(starts, now) == [Stretch(at(number), crowd) for number, crowd in told]
