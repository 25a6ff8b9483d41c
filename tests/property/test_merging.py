"""However the scans of a ticket are split, delayed, shuffled and repeated: the state is that of the set of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.door.merging import Passage, merge
from ticketing.door.verdict import Direction

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)

passages = st.lists(
    st.builds(
        Passage,
        at=st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        key=st.integers(1, 12).map(str),
        direction=st.sampled_from(Direction),
        people=st.integers(1, 4),
    ),
    max_size=9,
)


@settings(max_examples=200, deadline=None)
@given(passages, st.integers(1, 5), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing_and_nobody_beyond_goes_unnoticed(made, admissions, random):
    once = {passage.key: passage for passage in sorted(made)}.values()
    told = [*made, *random.choices(made, k=5)] if made else []
    random.shuffle(told)

    merged = merge(admissions, told)

    came = sum(each.people for each in once if each.direction is Direction.IN)
    went = sum(each.people for each in once if each.direction is Direction.OUT)
    assert merged == merge(admissions, once)
    assert merged.admitted == min(admissions, came)
    assert sum(merged.beyond.values()) == max(0, came - admissions)
    assert sum(merged.left.values()) == max(0, went - came)
    assert merged.inside == max(0, came - went)


def test_the_later_of_two_copies_is_the_one_beyond():
    early, late = Passage(NOON, "b", Direction.IN, 1), Passage(NOON + timedelta(minutes=4), "a", Direction.IN, 1)

    assert merge(1, [late, early]).beyond == {"a": 1}
