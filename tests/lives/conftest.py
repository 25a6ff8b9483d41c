"""One empty world after another, on the database of the test."""

from __future__ import annotations

import logging

import pytest

from tests import emptying
from tests.lives.world import Alarms, begin


@pytest.fixture
def open_world(engine, settings, tmp_path):
    """Open one empty world after another."""
    alarms = Alarms()
    log = logging.getLogger("ticketing")
    log.addHandler(alarms)

    def opened():
        emptying.empty(engine)
        store = tmp_path / "far_end.sqlite3"
        for file in tmp_path.glob("far_end.sqlite3*"):
            file.unlink()
        alarms.heard.clear()
        return begin(engine, settings, store, alarms)

    yield opened
    log.removeHandler(alarms)
