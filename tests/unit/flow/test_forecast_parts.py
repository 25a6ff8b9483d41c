"""What a forecast is put together from: events, seasons, slots of a day, lanes."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.flow import day_types, forecast, lanes
from ticketing.flow.day_types import Day
from ticketing.flow.forecast import Coming, Forecast, PastDay
from ticketing.flow.lanes import Target
from ticketing.flow.slot_forecast import AskedSlot, Crowdedness, over_slots, rounded_together

FIRST = date(2026, 9, 1)
CROWD = Crowdedness(show=0.9, dispersion=3.0)


def six_weeks(came: int = 300) -> list[tuple[Day, float]]:
    return [(Day(FIRST + timedelta(days=number)), float(came)) for number in range(42)]


def test_an_event_is_taken_at_its_word_until_days_tell_otherwise() -> None:
    plain, event = Day(date(2026, 10, 20)), Day(date(2026, 10, 20), event_effect=math.log(1.4))
    dull_events = [(Day(date(2026, 10, 13 + number), event_effect=math.log(1.4)), 300.0) for number in range(7)]

    unheard, told = day_types.learn(six_weeks()), day_types.learn([*six_weeks(), *dull_events])

    assert unheard.forecast(event).mean / unheard.forecast(plain).mean == pytest.approx(1.4, rel=0.01)
    assert told.forecast(event).mean / told.forecast(plain).mean < 1.15


def test_six_weeks_say_nothing_of_the_time_of_year() -> None:
    rising = [(day, 200.0 + 5 * number) for number, (day, _) in enumerate(six_weeks())]
    learnt = day_types.learn(rising)

    here, in_half_a_year = (learnt.forecast(Day(FIRST + timedelta(weeks=weeks))).mean for weeks in (1, 27))

    assert here == pytest.approx(in_half_a_year, rel=0.001)


def test_no_band_reaches_below_those_who_have_booked_and_will_come() -> None:
    past = [PastDay(day, int(came), (290,) * 43) for day, came in six_weeks()]
    coming = Coming(Day(FIRST + timedelta(days=42)), 500, 1000)

    (said,), _ = forecast.forecast(past, [coming], FIRST + timedelta(days=42))

    assert said.low >= 500 <= said.mid


SLOTS = st.lists(st.tuples(st.integers(1, 80), st.integers(0, 80), st.floats(0, 50)), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(SLOTS, st.floats(0, 1))
def test_the_slots_of_a_day_add_up_to_it_and_lie_in_their_bands(rows, share) -> None:
    slots = [
        AskedSlot(number, places, min(booked, places), chosen) for number, (places, booked, chosen) in enumerate(rows)
    ]
    places = sum(slot.places for slot in slots)
    mid = share * places
    day = Forecast(FIRST, 3, mid, mid * 0.7, min(mid * 1.3, places), 0, places, is_open=True)

    found = over_slots(day, slots, CROWD)

    assert sum(each.mid for each in found) == round(mid)
    assert all(0 <= each.low <= each.mid <= each.high for each in found)


def test_what_is_booked_stays_where_it_is_and_the_rest_goes_where_people_go() -> None:
    day = Forecast(FIRST, 3, 100.0, 80.0, 120.0, 50, 160, is_open=True)
    early, late = over_slots(day, [AskedSlot(1, 80, 50, 10.0), AskedSlot(2, 80, 0, 30.0)], CROWD)

    assert (early.mid, late.mid) == (59, 41)  # 45 of those who booked, then a quarter of the other 55; the rest
    assert early.low < 59 - 59 * 0.2  # wider than the day's own band
    assert rounded_together({1: 1.5, 2: 1.5, 3: 1.0}, 4) == {1: 2, 2: 1, 3: 1}


def test_lanes_for_a_wait_somebody_chooses() -> None:
    strict, usual, slow = Target(0.5, 0.001), Target(0.5, 0.05), Target(0.5, 0.35)

    # 18 people a minute, six seconds each: two lanes let 31 % wait longer than half a minute, three 0.09 %
    assert [lanes.lanes_needed(270, 15, 6, target) for target in (strict, usual, slow)] == [3, 3, 2]
    assert lanes.lanes_needed(270, 15, 6, Target(0.5, 0.0008)) == 4
