"""The rules by which people inside are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ticketing.catalogue.fullness import Light, Limits
from ticketing.door import snapshot
from ticketing.door.inside import DeviceAge, GateCount, Inside, counting_began

ZONE = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


def counted(came, left=0, limit=100, devices=()):
    return Inside(
        NOON,
        None if limit is None else Limits(limit),
        (GateCount("Main", came, 0), GateCount("Garden", 0, left)),
        tuple(devices),
    )


@pytest.mark.parametrize(("local", "began"), [
    ((2026, 11, 25, 12, 0), (2026, 11, 25, 3)), ((2026, 11, 25, 3, 59), (2026, 11, 24, 3)),
    ((2026, 11, 25, 4, 0), (2026, 11, 25, 3)), ((2026, 3, 29, 9, 0), (2026, 3, 29, 2)),
])  # fmt: skip
def test_each_day_begins_at_four_in_the_morning(local, began):
    assert counting_began(datetime(*local, tzinfo=ZONE), ZONE) == datetime(*began, tzinfo=UTC)


def test_people_and_room_follow_from_the_gates_and_never_go_below_none():
    lights = [counted(came).light for came in (79, 80, 94, 95, 99, 100)]

    assert (counted(70, 20).people, counted(70, 20).room) == (50, 50)
    assert (counted(3, 5).people, counted(120).room, counted(9, limit=None).room) == (0, 0, None)
    assert lights == [Light.GREEN, *[Light.AMBER] * 2, *[Light.RED] * 2, Light.STOP]
    assert counted(9, limit=None).light is None


def test_who_was_not_heard_of_or_holds_scans_back_may_know_of_more(tmp_path):
    fresh = DeviceAge("Fresh", "Main", NOON - timedelta(minutes=1), 0)
    silent = DeviceAge("Silent", None, NOON - timedelta(minutes=4), 0)
    holding = DeviceAge("Holding", "Main", NOON, 12)
    told = counted(9, devices=(fresh, silent, holding))

    snapshot.write(tmp_path, told)

    assert told.old_devices == (silent, holding)
    assert snapshot.find(tmp_path) == told
    assert snapshot.find(tmp_path / "nowhere") is None
