"""Plans of slot capacities, and forecasts, against worked numbers."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random

import pytest

from bench import flow as grading
from ticketing.catalogue.promise import Promise
from ticketing.flow import day_types, forecast, measures, pick_up, plans
from ticketing.flow.arrivals import ALL_ON_TIME
from ticketing.flow.day_types import Day
from ticketing.flow.forecast import Coming
from ticketing.flow.outlook import Start, Visitors, day_risk, empty_outlook, moment_risk
from ticketing.flow.pick_up import Booked
from ticketing.flow.plans import Asked, House
from ticketing.flow.stays import Lognormal


def asked(mean: float, party: int = 1, most: int = 400, taken: int = 0) -> list[Asked]:
    """Thirteen slots of half an hour, as the model case has them."""
    who = Visitors(Lognormal(mean, 0.4), ALL_ON_TIME, 0.93, dispersion=party)
    return [Asked(Start(number / 2, 0.5, who), most, taken) for number in range(13)]


@pytest.mark.parametrize(
    ("mean", "limit", "capacity", "peak", "sd", "of_threes", "admissions"),
    [
        (2, 500, 126, 468.8, 12.0, 121, 3.05), (2, 1000, 257, 956.2, 17.1, 250, 3.11),
        (3, 500, 85, 472.1, 11.3, 81, 2.06), (3, 1000, 173, 960.8, 16.1, 168, 2.09),
        (4, 500, 65, 472.0, 10.9, 62, 1.57), (4, 1000, 132, 958.5, 15.6, 129, 1.60),
    ],
)  # fmt: skip
def test_one_capacity_for_all_slots(
    mean: float, limit: int, capacity: int, peak: float, sd: float, of_threes: int, admissions: float
) -> None:
    house, nobody = House(limit, promise=Promise.MOMENT), empty_outlook(7.5)
    plan = plans.flat(asked(mean), house, nobody)
    highest = plan.outlook.at(77 if mean == 2 else 78)  # 15:55, where the two differ by a tenth of a person, or 16:00

    assert set(plan.capacities) == {capacity}
    assert plan.places == 13 * capacity
    assert round(plan.places * 0.93 / limit, 2) == admissions
    assert plan.outlook.means[plan.outlook.peak] == pytest.approx(highest.mean, abs=0.2)
    assert (highest.mean, highest.sd) == (pytest.approx(peak, abs=0.4), pytest.approx(sd, abs=0.06))
    assert set(plans.flat(asked(mean, party=3), house, nobody).capacities) == {of_threes}


# Shares of 2,000 simulated days over the limit: every 5 minutes (as published), and at any moment (simulated anew).
DAYS_OVER = [(500, 85, 0.034, 0.045), (500, 84, 0.0065, 0.016), (500, 83, 0.0035, 0.003), (1000, 173, 0.024, 0.047),
             (1000, 170, 0.0015, 0.002)]  # fmt: skip


@pytest.mark.parametrize(("limit", "capacity", "every_five_minutes", "at_any_moment"), DAYS_OVER)
def test_the_risk_of_a_day_is_that_of_simulated_days(
    limit: int, capacity: int, every_five_minutes: float, at_any_moment: float
) -> None:
    plan = plans.flat(asked(3, most=capacity), House(limit, risk=1), empty_outlook(7.5))
    risk = day_risk(plan.outlook, limit)

    assert moment_risk(plan.outlook, limit) < 0.0101
    assert risk == pytest.approx(at_any_moment, rel=0.5, abs=2e-3)
    assert risk > every_five_minutes - 1e-3


def test_a_promise_for_the_day_is_stricter_and_a_plan_with_many_early_sells_more() -> None:
    nobody, house = empty_outlook(7.5), House(500)
    flat = plans.flat(asked(3), house, nobody)
    fullest = plans.fullest(asked(3, most=200), house, nobody)
    shortened = plans.shortened(asked(3, most=200), house, nobody)

    assert set(flat.capacities) == {83}
    assert max(flat.risk, fullest.risk, shortened.risk) <= 0.01
    assert flat.places < min(shortened.places, fullest.places)
    assert fullest.capacities[0] > fullest.capacities[6] < fullest.capacities[-1]
    assert min(fullest.capacities) >= 83 // 2, "no start is nearly closed"
    assert fullest.places > 1.05 * plans.shaped(asked(3, most=200), house, nobody).places > 1.1 * flat.places
    assert min(shortened.capacities) > 60


def test_who_has_a_place_keeps_it_even_when_the_promise_is_broken() -> None:
    plan = plans.shortened(asked(3, most=120, taken=110), House(500), empty_outlook(7.5))

    assert set(plan.capacities) == {110}
    assert plan.risk == 1


def test_what_is_still_booked() -> None:
    past = [Booked(400, 800), Booked(480, 900), Booked(520, 1000), Booked(340, 700)]

    assert pick_up.additive(450, past) == 865
    assert pick_up.multiplicative(450, past) == pytest.approx(879.31, abs=0.005)
    assert pick_up.mean_of_ratios(450, past) == pytest.approx(883.90, abs=0.005)
    assert pick_up.picked_up(450, past).mean == 865


def test_how_good_a_forecast_was() -> None:
    came, said = [100, 120, 80, 150], [110, 115, 90, 130]
    before = [90, 100, 110, 95, 105, 120, 85, 100, 108, 112, 99, 101, 125, 88]

    assert measures.wape(came, said) == pytest.approx(0.1)
    assert measures.mase(came, said, before) == pytest.approx(2.1875)
    assert measures.pinball(came, said, 0.9) == pytest.approx(6.125)
    assert measures.bias(came, said) == pytest.approx(-5 / 450)
    assert measures.coverage(came, [90, 90, 90, 90], [110, 130, 110, 140]) == 0.5


def test_days_spread_wider_than_poisson() -> None:
    assert day_types.spread(900, 20) == 41400
    assert math.sqrt(day_types.spread(900, 20)) == pytest.approx(203, abs=0.5)


def test_a_regression_finds_what_a_made_up_year_was_made_of() -> None:
    random, days = Random(4), []
    for number in range(365):
        day = Day(date(2025, 1, 1) + timedelta(days=number), is_school_holiday=number % 50 < 10,
                  rain_mm=random.choice([0, 0, 8]))  # fmt: skip
        mean = 400 * (1.8 if day.local_date.weekday() >= 5 else 1) * (1.3 if day.rain_mm else 1)
        mean *= 1.5 if day.is_school_holiday and day.local_date.weekday() < 5 else 1
        days.append((day, max(0.0, random.gauss(mean, 0.1 * mean))))
    learnt = day_types.learn(days)

    dry_tuesday, wet_sunday = Day(date(2026, 3, 3), rain_mm=0), Day(date(2026, 3, 8), rain_mm=8)
    assert learnt.forecast(dry_tuesday).mean == pytest.approx(400, rel=0.06)
    assert learnt.forecast(wet_sunday).mean == pytest.approx(936, rel=0.08)
    assert learnt.size == pytest.approx(100, rel=0.4)


def test_forecasts_beat_the_week_before_and_know_how_sure_they_are() -> None:
    scores = {score.lead: score for score in grading.forecast_scores(grading.simulated(190, seed=3))}

    assert scores[7].mase < 0.8
    assert 0.72 <= scores[7].coverage <= 0.9
    assert scores[1].wape < scores[7].wape < scores[28].wape
    assert scores[7].n > 100


def test_closed_days_are_zero_and_too_little_history_says_nothing() -> None:
    past = [grading.past_day(day.truth) for day in grading.simulated(60, seed=3)]
    today = past[-1].day.local_date + timedelta(days=1)
    open_, closed = (Coming(Day(today), 100, 400, is_open=is_open) for is_open in (True, False))
    (tomorrow, shut), _ = forecast.forecast(past, [open_, closed], today)

    assert 0 < tomorrow.low < tomorrow.mid < tomorrow.high <= 400
    assert (shut.low, shut.mid, shut.high) == (0, 0, 0)
    assert forecast.forecast(past[:13], [open_], today) == ([], [])


def test_a_forecast_is_spread_over_slots_and_full_ones_give_way() -> None:
    assert forecast.spread_over_slots(100, {1: 3, 2: 1}, {1: 90, 2: 90}) == {1: pytest.approx(75), 2: pytest.approx(25)}
    assert forecast.spread_over_slots(100, {1: 3, 2: 1}, {1: 50, 2: 90}) == {1: pytest.approx(50), 2: pytest.approx(50)}
    assert forecast.spread_over_slots(500, {}, {1: 50, 2: 90}) == {1: pytest.approx(50), 2: pytest.approx(90)}
