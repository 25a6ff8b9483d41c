"""The centre's wall clock, up to where the calendar's years end."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ticketing.foundation.clock import NoSuchLocalTime, instant_of
from ticketing.foundation.errors import InvalidInput


@pytest.mark.parametrize(("day", "hour", "zone"), [
    (date.min, time(0), "Europe/Brussels"), (date.min, time(5), "Asia/Tokyo"), (date.max, time(23), "America/New_York"),
])  # fmt: skip
def test_where_the_years_end_there_is_no_instant(day, hour, zone) -> None:
    with pytest.raises(InvalidInput) as refused:
        instant_of(day, hour, ZoneInfo(zone))

    assert not isinstance(refused.value, NoSuchLocalTime)
    assert day.isoformat() in refused.value.message


def test_the_last_evening_of_all_is_an_instant_still() -> None:
    assert instant_of(date.max, time(23), ZoneInfo("Europe/Brussels")) == datetime(9999, 12, 31, 22, tzinfo=UTC)
