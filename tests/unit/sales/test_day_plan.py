"""What clashes, what suits, and whole days without a clash: pure, and the same as trying everything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.sales import day_plan
from ticketing.sales.day_plan import WALK, ClashKind, Sitting

DAY = date(2026, 11, 25)
VISIT, LIGHTNING, COLD, BEETLE = 1, 2, 3, 4


def at(experience: int, begins: str, minutes: int = 30, day: date = DAY) -> Sitting:
    hour, _, minute = begins.partition(".")
    starts_at = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC)
    ends_at = starts_at + timedelta(minutes=minutes)
    return Sitting(f"{experience}-{day}-{begins}", experience, experience == VISIT, day, starts_at, ends_at)


def starts(plan: day_plan.Plan) -> list[str]:
    return [f"{each.starts_at:%H.%M}" for each in plan]


def test_shows_inside_the_visit_do_not_clash_with_it_and_touching_is_no_overlap():
    basket = [at(VISIT, "10.30", 180), at(LIGHTNING, "11.00"), at(COLD, "11.30"), at(BEETLE, "16.00", 75)]

    assert day_plan.clashes(basket) == []


def test_two_that_overlap_clash_and_one_before_the_visit_is_pointed_out():
    visit, beetle, lightning = at(VISIT, "10.30", 180), at(BEETLE, "10.00", 75), at(LIGHTNING, "11.00")

    found = day_plan.clashes([lightning, visit, beetle])

    assert [(each.kind, each.first, each.second) for each in found] == [
        (ClashKind.BEFORE_ENTRY, beetle, visit),
        (ClashKind.OVERLAP, beetle, lightning),
    ]


def test_who_has_entered_with_an_earlier_visit_is_inside():
    early, late, beetle = at(VISIT, "9.30", 30), at(VISIT, "12.00", 180), at(BEETLE, "10.30", 75)

    assert day_plan.clashes([early, late, beetle]) == []


def test_days_apart_never_clash():
    other = at(LIGHTNING, "11.00", day=DAY + timedelta(days=1))

    assert day_plan.clashes([at(BEETLE, "10.30", 75), other]) == []


def test_the_way_out_of_a_clash_is_the_next_time_that_suits_else_an_earlier_one():
    beetle, lightning = at(BEETLE, "10.30", 75), at(LIGHTNING, "11.00")
    later, early = at(LIGHTNING, "14.00"), at(LIGHTNING, "10.00")

    assert day_plan.next_that_suits([early, lightning, later], lightning, [beetle]) == later
    assert day_plan.next_that_suits([early, lightning], lightning, [beetle]) == early
    assert day_plan.next_that_suits([lightning, at(LIGHTNING, "11.30")], lightning, [beetle]) is None


def test_a_day_is_proposed_earliest_first_with_time_to_walk_and_another_after_it():
    options = {
        VISIT: [at(VISIT, "9.30", 180), at(VISIT, "10.00", 180)],
        LIGHTNING: [at(LIGHTNING, "11.00"), at(LIGHTNING, "14.00")],
        BEETLE: [at(BEETLE, "9.35", 75), at(BEETLE, "11.35", 75), at(BEETLE, "14.00", 75)],
    }

    first, second = day_plan.propose(options)

    # 9.35 is too soon after coming in, 11.35 too soon after a show at 11.00.
    assert starts(first) == ["09.30", "11.35", "14.00"]  # over at half past two
    assert starts(second) == ["09.30", "11.00", "14.00"]


def test_with_one_way_only_the_other_day_begins_later():
    options = {
        VISIT: [at(VISIT, each, 180) for each in ("9.30", "10.00", "10.30", "10.55")],
        LIGHTNING: [at(LIGHTNING, "11.00")],
    }

    assert [starts(plan) for plan in day_plan.propose(options)] == [["09.30", "11.00"], ["10.30", "11.00"]]


def test_what_stands_in_the_way_is_named():
    lightning, beetle = at(LIGHTNING, "11.00"), at(BEETLE, "10.30", 75)
    clashing = {LIGHTNING: [lightning], BEETLE: [beetle], COLD: [], VISIT: [at(VISIT, "9.30", 180)]}

    assert day_plan.propose(clashing) == []
    assert day_plan.obstacle(clashing) == day_plan.Obstacle((COLD,), ((LIGHTNING, BEETLE),))


def _is_a_day(plan: day_plan.Plan) -> bool:
    entries = [each for each in plan if each.is_entry]
    rest = sorted((each for each in plan if not each.is_entry), key=lambda each: each.starts_at)
    walks = all(after.starts_at >= before.ends_at + WALK for before, after in pairwise(rest))
    return walks and all(entry.starts_at + WALK <= rest[0].starts_at for entry in entries if rest)


TIMES = st.lists(st.integers(0, 30), max_size=3, unique=True)


@settings(max_examples=40, deadline=None)
@given(
    visits=st.none() | TIMES, shows=st.lists(st.tuples(TIMES, st.sampled_from([20, 45, 75])), min_size=1, max_size=3)
)
def test_proposals_are_the_same_as_trying_everything(visits, shows):
    def sitting(experience: int, quarter: int, minutes: int) -> Sitting:
        return at(experience, f"{8 + quarter // 4}.{quarter % 4 * 15:02}", minutes)

    options = {
        experience: [sitting(experience, quarter, minutes) for quarter in sorted(quarters)]
        for experience, (quarters, minutes) in enumerate(shows, LIGHTNING)
    }
    if visits is not None:
        options[VISIT] = [sitting(VISIT, quarter, 180) for quarter in sorted(visits)]
    possible = [plan for plan in product(*options.values()) if _is_a_day(plan)]

    proposals = day_plan.propose(options)

    assert len(proposals) == min(len(possible), 2)
    for plan in proposals:
        assert set(plan) in [set(each) for each in possible]
    if proposals:
        shows_over = min(max(each.ends_at for each in plan if not each.is_entry) for plan in possible)
        assert max(each.ends_at for each in proposals[0] if not each.is_entry) == shows_over
