"""What another plan makes of the slots that are there."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.catalogue.opening import Calendar, ExceptionHours, UsualHours
from ticketing.catalogue.replanning import Plan, compare
from ticketing.catalogue.slot_changes import Fate, PresentSlot, Preview
from ticketing.catalogue.timetable import Pattern, PlannedSlot, plan_between

BRUSSELS = ZoneInfo("Europe/Brussels")
FIRST, LAST = date(2026, 10, 24), date(2026, 10, 26)  # the clock goes back on the Sunday between
NOW = datetime(2026, 10, 23, tzinfo=UTC)
HOURLY = Pattern(
    experience_id=1, weekdays=frozenset(range(7)), first_at_local=time(10), last_at_local=time(12), every_minutes=60,
    capacity=20, valid_from=date(2026, 1, 1), valid_until=None, duration_minutes=60, admits_before_minutes=15,
    admits_after_minutes=5, is_cut_at_closing=True,
)  # fmt: skip


def calendar(opens: time = time(9), closes: time = time(17), *, is_closed_first: bool = False) -> Calendar:
    usual = tuple(UsualHours(weekday, date(2020, 1, 1), opens, closes) for weekday in range(7))
    return Calendar(BRUSSELS, usual, {FIRST: ExceptionHours(None, None, {})} if is_closed_first else {}, ())


def present(plan: Plan, claimed: int = 0) -> list[PresentSlot]:
    planned = plan_between(plan.patterns, plan.calendar, FIRST, LAST)
    return [_as_present(number, slot, claimed) for number, slot in enumerate(planned, 1)]


def _as_present(number: int, slot: PlannedSlot, claimed: int) -> PresentSlot:
    return PresentSlot(
        number, f"slot-{number}", slot.experience_id, slot.local_date, slot.starts_at, slot.ends_at, slot.admits_from,
        slot.admits_until, slot.capacity, False, claimed,
    )  # fmt: skip


def compared(slots: list[PresentSlot], before: Plan, after: Plan) -> Preview:
    return compare(slots, before, after, (FIRST, LAST), now=NOW)


HOURLY_PLAN = Plan((HOURLY,), calendar())


def fates(slots: list[PresentSlot], after: Plan, before: Plan = HOURLY_PLAN) -> list[str]:
    return [outcome.fate.value for outcome in compared(slots, before, after).outcomes]


def test_slots_without_sales_go_and_slots_with_sales_are_kept_with_nothing_more_to_sell() -> None:
    slots = present(HOURLY_PLAN)
    slots[0] = replace(slots[0], claimed=3)

    preview = compared(slots, HOURLY_PLAN, Plan((), calendar()))

    assert [outcome.fate for outcome in preview.outcomes] == [Fate.KEPT] + [Fate.GOES] * 8
    assert preview.outcomes[0].after.capacity == 0
    assert preview.outcomes[0].oversold == 3


def test_a_slot_follows_the_pattern_but_not_where_somebody_changed_it_by_hand() -> None:
    slots = present(HOURLY_PLAN)[:2]
    slots[1] = replace(slots[1], capacity=7)
    shorter = Plan((replace(HOURLY, capacity=30),), calendar(closes=time(11, 30)))

    outcomes = compared(slots, HOURLY_PLAN, shorter).outcomes[:2]

    assert [outcome.after.capacity for outcome in outcomes] == [30, 7]
    assert outcomes[1].after.ends_at == slots[1].starts_at + timedelta(minutes=30)


def test_a_slot_added_by_hand_stays_unless_the_doors_close_around_it() -> None:
    odd = replace(present(HOURLY_PLAN)[0], starts_at=datetime(2026, 10, 24, 13, 10, tzinfo=UTC))
    odd = replace(odd, ends_at=odd.starts_at + timedelta(hours=1))
    evening = datetime(2026, 10, 24, 19, tzinfo=UTC)
    late = replace(odd, starts_at=evening, ends_at=evening + timedelta(hours=1))

    other_pattern = {o.starts_at: o.fate for o in compared([odd, late], HOURLY_PLAN, Plan((), calendar())).outcomes}
    noon = Plan((HOURLY,), calendar(closes=time(12)))
    other_hours = {o.starts_at: o.fate for o in compared([odd, late], HOURLY_PLAN, noon).outcomes}

    assert (other_pattern[odd.starts_at], other_hours[odd.starts_at]) == (Fate.STAYS, Fate.GOES)
    assert other_hours[late.starts_at] is Fate.STAYS  # it was outside the hours before, on purpose


def test_what_was_taken_away_by_hand_stays_away_and_what_the_old_plan_did_not_want_comes_back() -> None:
    slot = replace(present(HOURLY_PLAN)[0], is_withdrawn=True)
    more = Plan((replace(HOURLY, capacity=30),), calendar())

    assert slot.key not in {o.before.key for o in compared([slot], HOURLY_PLAN, more).outcomes if o.before}
    assert compared([slot], Plan((), calendar()), more).outcomes[0].fate is Fate.APPEARS


def test_a_slot_that_was_only_kept_is_offered_again_when_it_is_wanted_again() -> None:
    slot = replace(present(HOURLY_PLAN)[0], capacity=0, claimed=4)

    outcome = compared([slot], Plan((), calendar()), HOURLY_PLAN).outcomes[0]

    assert (outcome.fate, outcome.after.capacity) == (Fate.CHANGES, 20)


def test_a_sale_that_fits_leaves_the_digest_and_one_that_oversells_does_not() -> None:
    fewer = Plan((replace(HOURLY, capacity=5),), calendar())

    digests = [compared(present(HOURLY_PLAN, claimed), HOURLY_PLAN, fewer).digest for claimed in (2, 3, 6)]

    assert digests[0] == digests[1] != digests[2]


plans = st.builds(
    lambda first, every, capacity, opens, closes, is_closed: Plan(
        (replace(HOURLY, first_at_local=time(first), last_at_local=time(16), every_minutes=every, capacity=capacity),),
        calendar(time(opens), time(closes), is_closed_first=is_closed),
    ),
    st.integers(0, 12), st.sampled_from([30, 45, 60, 90]), st.integers(1, 50), st.integers(0, 10),
    st.integers(12, 23), st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(plans, plans)
def test_carried_out_the_slots_nobody_bought_are_those_of_the_new_plan(before: Plan, after: Plan) -> None:
    preview = compared(present(before), before, after)

    left = {outcome.after for outcome in preview.outcomes if outcome.after is not None}
    assert left == set(plan_between(after.patterns, after.calendar, FIRST, LAST))
    assert preview.counts[Fate.KEPT.value] == 0
