"""How many are inside, now and later today: by hand for small days, and against simulated days whose truth is known."""

from __future__ import annotations

import math
from random import Random

import pytest

from bench import flow as grading
from ticketing.flow import ahead, habits
from ticketing.flow.ahead import DueSlot
from ticketing.flow.habits import Habits, StaySeen
from ticketing.flow.occupancy import DayCounts, HandCounted, Passing, Source, inside_now
from ticketing.flow.plans import House
from ticketing.flow.showing import ShowRate
from ticketing.flow.stays import Lognormal

CLOSES = 17.0
COUNTED = Habits(exit_factor=1.0, exit_sd=0.01, exit_days=20, dispersion=1.0)


def counts(*, outs: tuple[Passing, ...] = (), hand: HandCounted | None = None) -> DayCounts:
    return DayCounts((Passing(10, 100), Passing(11, 60)), outs, CLOSES, hand)


def test_without_exits_the_model_says_who_has_left() -> None:
    usual = Habits(exit_days=0, dispersion=1.0)
    inside = inside_now(counts(), usual, 12)
    gone = usual.stay.beyond(2), usual.stay.beyond(1)

    assert inside.source is Source.MODEL
    assert inside.estimate.mean == pytest.approx(100 * gone[0] + 60 * gone[1])
    assert (inside.by_counters, inside.age_hours, inside.anchored_at) == (None, 1, None)


def test_counters_and_model_are_mixed_and_the_surer_one_weighs_more() -> None:
    inside = inside_now(counts(outs=(Passing(11.5, 30),)), COUNTED, 12)

    assert inside.by_counters is not None
    assert inside.by_counters.mean == 130
    assert inside.source is Source.BOTH
    assert inside.estimate.mean == pytest.approx(130, abs=2)
    assert inside.estimate.variance < inside.by_counters.variance
    assert not inside.is_doubtful


def test_a_counter_that_has_gone_mad_is_told() -> None:
    assert inside_now(counts(outs=(Passing(11.5, 150),)), COUNTED, 12).is_doubtful


def test_exits_are_set_right_as_on_days_before_so_that_the_day_ends_empty() -> None:
    factor, sd, days = habits.exits_of([(1000, 980), (500, 488), (800, 781), (10, 0), (900, 300)])
    missing = Habits(exit_factor=factor, exit_sd=sd, exit_days=days, dispersion=1.0)
    evening = inside_now(counts(outs=(Passing(16.5, 156),)), missing, 17.2)

    assert (factor, days) == (pytest.approx(1.0231, abs=1e-4), 3)
    assert evening.source is Source.COUNTERS
    assert evening.estimate.mean == pytest.approx(160 - factor * 156)
    assert inside_now(counts(), COUNTED, 18.5).estimate.mean == 0


def test_a_hand_count_begins_the_reckoning_anew() -> None:
    hand = HandCounted(10.5, 80)
    inside = inside_now(counts(outs=(Passing(10.2, 5), Passing(11.5, 20)), hand=hand), COUNTED, 12)
    just_then = inside_now(counts(hand=hand), COUNTED, 10.5)

    assert just_then.estimate.mean == pytest.approx(80, abs=0.5)
    assert just_then.estimate.sd < 5.2
    assert inside.by_counters is not None
    assert inside.by_counters.mean == 80 + 60 - 20
    assert inside.anchored_at == 10.5
    assert inside_now(counts(hand=HandCounted(13, 7)), COUNTED, 12).anchored_at is None


def test_who_has_not_come_yet_may_still_come_and_ever_less_so() -> None:
    usual = Habits(show=ShowRate(900, 950), dispersion=1.0)
    nobody = DayCounts((), (), CLOSES)

    def expected(at: float, shown: int) -> float:
        slot = DueSlot(1, 12, 0.5, 12.75, 100, shown, 20)
        outlook = ahead.rest_of_day(inside_now(nobody, usual, at), nobody, [slot], usual, at)
        return outlook.means[round((14 - at) * 12)]

    before, during, late, over = expected(11, 0), expected(12.25, 0), expected(12.7, 0), expected(12.8, 0)
    assert min(before, during) > late > over == 0
    assert expected(12.25, 60) == pytest.approx(during * 0.4)


def test_what_may_still_be_sold_keeps_the_limit_of_the_house() -> None:
    slots = [DueSlot(number, 10 + number / 2, 0.5, 10.75 + number / 2, 60, 0, 140) for number in range(8)]
    outlook = ahead.whole_day(slots, Habits(), 9.5, CLOSES)
    ample = ahead.places_left(outlook, slots, House(2000), Habits(), 9.5)
    tight = ahead.places_left(outlook, slots, House(500), Habits(), 9.5)

    assert ample == [140] * 8
    assert all(0 <= each < 140 for each in tight)
    assert 0 < sum(tight) < 300
    assert ahead.places_left(outlook, slots, House(300), Habits(), 9.5) == [0] * 8


def test_stays_cut_short_by_closing_are_not_taken_for_short_stays() -> None:
    random, true = Random(3), Lognormal(3.5, 0.4)
    seen = []
    for _ in range(1500):
        stay, until_closing = math.exp(random.gauss(true.log_mean, true.sigma)), random.uniform(1, 7)
        seen.append(StaySeen(min(stay, until_closing), stay >= until_closing))
    learnt = habits.stay_of(seen)

    assert learnt.mean == pytest.approx(true.mean, rel=0.06)
    assert learnt.cv == pytest.approx(true.cv, abs=0.06)
    assert habits.stay_of([]) == Lognormal(pytest.approx(3), pytest.approx(0.4))


def test_simulated_days_find_their_truth_within_the_bands() -> None:
    days = grading.simulated(24, seed=5)
    usual = grading.learnt(days[:14])
    grade = grading.grade_occupancy(days[14:], usual, every=1 / 2)

    assert grade.now >= 0.9
    assert 0.7 <= (grade.one_hour + grade.three_hours) / 2 <= 0.9
    assert usual.show.share == pytest.approx(0.91, abs=0.04)
    assert 1.02 < usual.exit_factor < 1.04


def test_a_planned_limit_is_kept_over_sold_out_days() -> None:
    usual = grading.learnt(grading.simulated(14, seed=5))
    grade = grading.grade_plan(40, 6, usual)

    assert grade.over <= 1 / 40
    assert grade.places > 1150
