"""The arithmetic of visitor flow against closed forms and worked numbers of the literature."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.flow import chances, counting, lanes, stays
from ticketing.flow.arrivals import ALL_ON_TIME, Punctuality, expected_inside, share_inside
from ticketing.flow.chances import Estimate, Parties
from ticketing.flow.counting import Counts
from ticketing.flow.showing import Offset, ShowRate, punctuality_of, punctuality_seen
from ticketing.flow.stays import Erlang, Exponential, Fixed, Lognormal, Stay, Uniform


def near(number: float) -> object:
    return pytest.approx(number, rel=6e-4)


@pytest.mark.parametrize(
    ("stay", "expected"),
    [
        (Fixed(2), {0.5: 60, 1: 120, 2: 240, 4: 240, 6: 240}),
        (Exponential(2), {0.5: 53.0878, 1: 94.4326, 2: 151.7089, 4: 207.5195, 40: 240}),
        (Erlang(2, 2), {1: 107.5634, 2: 175.0391, 4: 226.8127, 30: 240}),
        (Uniform(1, 3), {0.5: 60, 1: 120, 2: 210, 4: 240, 9: 240}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_house_fills_from_empty_as_the_closed_forms_say(stay: Stay, expected: dict[float, float]) -> None:
    for hours, inside in expected.items():
        assert expected_inside(lambda _: 120, stay, hours) == near(inside), hours


def test_a_house_empties_when_nobody_comes_any_more() -> None:
    def until_four(at: float) -> float:
        return 120.0 if at < 4 else 0.0

    assert expected_inside(until_four, Exponential(2), 5, steps=5000) == near(125.867)
    assert expected_inside(until_four, Exponential(2), 6, steps=6000) == near(76.3422)


@pytest.mark.parametrize(("stay", "inside", "lag"), [(Fixed(2), 560, 1), (Erlang(2, 4), 550, 1.25),
                                                    (Exponential(2), 520, 2)])  # fmt: skip
def test_when_more_and_more_come_the_number_inside_lags_behind(stay: Stay, inside: float, lag: float) -> None:
    def ever_more(at: float) -> float:
        return 100 + 20 * at

    assert stays.mean_excess(stay) == near(lag)
    assert (100 + 20 * (10 - stays.mean_excess(stay))) * stay.mean == near(inside)
    assert expected_inside(ever_more, stay, 10, since=-50, steps=6000) == near(inside)


def test_when_arrivals_swing_the_number_inside_swings_later_and_less() -> None:
    def swing(at: float) -> float:
        return 100 + 50 * math.sin(2 * math.pi * at / 8)

    for at, inside in ((0, 154.6982), (2, 228.84), (4, 245.3018)):
        assert expected_inside(swing, Exponential(2), at, since=-40, steps=4000) == near(inside)


def test_who_stays_equally_long_is_a_moving_sum_and_nobody_is_lost() -> None:
    usual = Punctuality(late=0.0)
    for hours in (0.25, 1.0, 2.1, 2.4, 3.0):
        gone = usual.arrived(hours - 2, 0.5)
        inside = share_inside(Fixed(2), usual, 0.5, hours)
        assert inside == pytest.approx(usual.arrived(hours, 0.5) - gone, abs=0.005)
    # Who comes less who leaves is inside; people leave at E[λ(t - S)]: of a constant rate, λ·P(S ≤ t).
    for stay in (Exponential(2), Erlang(2, 2), Lognormal(2, 0.4)):
        left = sum(120 * (1 - stay.beyond((number + 0.5) / 500)) / 500 for number in range(1500))
        assert 120 * 3 - left == near(expected_inside(lambda _: 120, stay, 3))
    assert expected_inside(lambda _: 884 / 7.5, Fixed(4), 7) == near(471.5)  # Little: the model case


def test_batches_every_quarter_of_an_hour() -> None:
    stay = Exponential(2)
    just_after = sum(30 * stay.beyond(number / 4) for number in range(400))

    assert just_after == near(255.3124)
    assert just_after - 30 == near(225.3124)
    for hours, share in ((0.25, 0.940025), (1, 0.646069), (2, 0.391861)):
        assert share_inside(stay, ALL_ON_TIME, 0.25, hours) == near(share)


def test_a_skewed_stay_of_four_hours() -> None:
    stay = Lognormal(4, 0.4)

    assert (stay.sigma, stay.log_mean) == (pytest.approx(0.3853, abs=5e-5), pytest.approx(1.3121, abs=5e-5))
    assert stays.stay_reached(stay, 0.5) == near(3.714)
    assert stays.stay_reached(stay, 0.9) == near(6.085)


def test_arrivals_of_a_slot_of_thirty() -> None:
    usual = Punctuality()
    for minutes, people in ((-5, 1.8), (0, 2.7), (10, 16.2), (15, 22.95), (35, 25.51), (600, 27)):
        inside = share_inside(Fixed(100), usual, 0.25, minutes / 60)
        assert 30 * 0.9 * usual.arrived(minutes / 60, 0.25) == pytest.approx(people, abs=0.005)
        assert 30 * 0.9 * inside == pytest.approx(people, abs=0.2)


STAYS: list[Callable[[float], Stay]] = [
    Fixed,
    Exponential,
    lambda mean: Erlang(mean, 3),
    lambda mean: Lognormal(mean, 0.4),
]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(STAYS), st.floats(0.05, 6), st.floats(0, 10), st.floats(-3, 3))
def test_shares_stay_between_nobody_and_everybody_who_came(
    made: Callable[[float], Stay], mean: float, hours: float, shift: float
) -> None:
    stay, usual = made(mean), Punctuality()
    inside = share_inside(stay, usual, 0.5, hours)
    constant = expected_inside(lambda _: 60, stay, hours, steps=100)

    assert -1e-9 <= inside <= usual.arrived(hours, 0.5) + 0.01  # late people are counted in fiftieths
    assert 0 <= constant <= 60 * hours + 1e-9
    assert expected_inside(lambda _: 60, stay, hours + shift, since=shift, steps=100) == pytest.approx(constant)
    assert expected_inside(lambda _: 120, stay, hours, steps=100) == pytest.approx(2 * constant)
    assert share_inside(Fixed(1e-9), ALL_ON_TIME, 0.5, hours) == pytest.approx(0, abs=1e-6)


def test_sold_tickets_are_not_poisson() -> None:
    sold = [Parties(240, 0.9)]

    assert chances.estimate_of(sold) == Estimate(pytest.approx(216), near(4.648**2))
    assert chances.quantile_of(sold, 0.99) == 226
    assert math.fsum(chances.distribution_of(sold)[:227]) == near(0.99204)
    assert math.fsum(chances.distribution_of(sold)[:226]) == near(0.98456)
    assert chances.estimate_of(sold).quantile(0.99) == pytest.approx(226.8, abs=0.05)
    assert chances.poisson_quantile(216, 0.99) == 251


def test_parties_spread_more_than_people_alone_and_their_quantile_is_exact() -> None:
    alone, threes = chances.estimate_of([Parties(60, 0.8)]), chances.estimate_of([Parties(20, 0.8, 3)])
    mixed = [Parties(2, 0.5), Parties(1, 0.25, 3)]

    assert threes == Estimate(pytest.approx(alone.mean), pytest.approx(3 * alone.variance))
    assert chances.distribution_of(mixed) == pytest.approx([0.1875, 0.375, 0.1875, 0.0625, 0.125, 0.0625])
    assert [chances.quantile_of(mixed, share) for share in (0.1, 0.5, 0.8, 0.99)] == [0, 1, 3, 5]


def test_the_largest_mean_under_a_limit() -> None:
    means = {50: 35.87, 100: 79.10, 200: 169.50, 300: 262.12, 500: 450.40, 800: 736.63, 1000: 928.87, 1500: 1412.34,
             2000: 1898.41}  # fmt: skip

    for limit, mean in means.items():
        assert chances.largest_poisson_mean(limit, 0.01) == near(mean)
        assert 0 < chances.largest_mean(limit, 2.3263) - mean < 1
    assert chances.largest_mean(500, 2.3263, 3.667) == near(410.3)
    assert chances.largest_mean(1000, 2.3263, 3.667) == near(869.2)


def test_parties_of_three_with_a_variance_of_two_spread_by_eleven_thirds() -> None:
    assert chances.dispersion_of([1, 3, 3, 5]) == near(3.667)
    assert chances.dispersion_of([]) == 1


def test_overbooking_for_those_who_do_not_come() -> None:
    sold = {0.98: 100, 0.95: 101, 0.90: 104, 0.85: 108, 0.80: 113, 0.70: 126}

    assert {show: chances.safe_overbooking(100, show, 0.01) for show in sold} == sold
    assert chances.best_overbooking(100, 0.9, kept=15, refused=75) == 108


def test_show_rates_lean_on_what_is_usual() -> None:
    assert ShowRate(24, 30).share == 0.8625
    assert ShowRate(930, 1000).interval() == (near(0.9125), near(0.9442))
    assert ShowRate(0, 0).share == 0.9
    assert ShowRate(0, 0).interval() == (0, 1)


def test_punctuality_is_what_was_seen_when_much_was_seen() -> None:
    seen = [Offset(-0.1, 0.5)] * 200 + [Offset(0.2, 0.5)] * 600 + [Offset(1.0, 0.5)] * 200
    found = punctuality_of(seen)

    assert (found.early, found.late) == (pytest.approx(0.2, abs=0.01), pytest.approx(0.2, abs=0.01))
    assert (found.early_hours, found.late_hours) == (pytest.approx(0.2, abs=0.01), pytest.approx(0.5, abs=0.01))
    assert punctuality_of([]) == Punctuality(0.1, 0.15, pytest.approx(0.25), pytest.approx(1 / 3))
    assert punctuality_seen(seen).median_late_minutes == pytest.approx(30)


def test_counters_drift_and_are_put_right() -> None:
    assert Counts(2000, 2000).bias == 0
    assert math.sqrt(Counts(2000, 2000).variance) == near(8.854)
    assert Counts(2000, 2000, 0.02, 0.03).bias == pytest.approx(20)
    assert Counts(3, 10).inside.mean == 0
    factor = counting.correction(1000, 980)
    assert 1000 - factor * 980 == pytest.approx(0)
    assert counting.mixed(Estimate(472, 126), Estimate(455, 78)) == Estimate(near(461.50), near(48.18))
    assert counting.mixed(Estimate(472, 126), Estimate(412, 0)) == Estimate(412, 0)


def test_a_stay_is_found_from_curves_of_people_in_and_out() -> None:
    true, came = Lognormal(2.5, 0.4), [40.0] * 16 + [0.0] * 12
    inside = [expected_inside(lambda at: 160.0 if at < 4 else 0.0, true, number / 4, steps=400) for number in range(29)]
    left = [people - (after - before) for people, before, after in zip(came, inside, inside[1:], strict=False)]

    assert counting.stay_from_counts(came, left, 0.25) == true


@pytest.mark.parametrize(
    ("arrivals", "open_lanes", "share", "wait", "wait_of_equals", "over_half_a_minute", "queue"),
    [
        (8, 1, 0.8, 24.0, 12.0, 0.2943, 3.2),
        (18, 2, 0.852632, 25.58, 12.87, 0.3137, 7.67),
        (18, 3, 0.3547, 1.77, 0.94, 0.00088, 0.53),
        (20, 3, 0.444444, 2.67, None, 0.0030, 0.89),
        (28, 3, 0.8767, 26.30, 13.24, 0.3225, 12.3),
        (28, 4, 0.4287, 2.14, 1.13, 0.0011, 1.0),
    ],
)
def test_waits_at_a_gate(
    arrivals: float, open_lanes: int, share: float, wait: float, wait_of_equals: float | None,
    over_half_a_minute: float, queue: float,
) -> None:  # fmt: skip
    assert lanes.waiting_share(open_lanes, arrivals / 10) == near(share)
    assert 60 * lanes.mean_wait(arrivals, 0.1, open_lanes) == pytest.approx(wait, rel=4e-3)
    if wait_of_equals is not None:
        assert 60 * lanes.mean_wait_of_equals(arrivals, 0.1, open_lanes) == pytest.approx(wait_of_equals, abs=0.0051)
    assert lanes.chance_to_wait(arrivals, 0.1, open_lanes, 0.5) == pytest.approx(over_half_a_minute, rel=5e-2)
    assert lanes.queue_length(arrivals, 0.1, open_lanes) == pytest.approx(queue, rel=2e-2)


def test_a_peak_is_a_fluid() -> None:
    assert lanes.backlog([90], 0.1, 1, 5) == [40]
    assert lanes.lanes_for_peak(90, 5, 6, 1) == 2
    assert lanes.lanes_for_peak(0, 5, 6, 1) == 0
    assert [lanes.lanes_needed(people, 15, 6) for people in (0, 30, 120, 420)] == [0, 1, 2, 4]
    assert lanes.mean_wait(11, 0.1, 1) == math.inf
