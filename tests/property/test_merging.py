"""However the scans of a ticket are split, delayed, shuffled and repeated: the state is that of the set of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.catalogue.reentry import Reentry
from ticketing.door.merging import Passage, Terms, merge
from ticketing.door.verdict import Direction

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)

passages = st.lists(
    st.builds(
        Passage,
        at=st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        key=st.integers(1, 12).map(str),
        direction=st.sampled_from(Direction),
        people=st.integers(1, 4),
        has_stamp=st.booleans(),
    ),
    max_size=9,
)


terms = st.builds(Terms, st.integers(1, 5), st.sampled_from(Reentry), st.just(2))


@settings(max_examples=200, deadline=None)
@given(passages, terms, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing_and_nobody_beyond_goes_unnoticed(made, terms, random):
    once = {passage.key: passage for passage in sorted(made)}.values()
    told = [*made, *random.choices(made, k=5)] if made else []
    random.shuffle(told)

    merged = merge(terms, told)

    came = sum(each.people for each in once if each.direction is Direction.IN)
    went = sum(each.people for each in once if each.direction is Direction.OUT)
    back, beyond = sum(merged.returning.values()), sum(merged.beyond.values())
    assert merged == merge(terms, once)
    assert merged.admitted + back + beyond == came
    assert merged.admitted == min(terms.admissions, came - back)
    assert back == 0 or terms.reentry is not Reentry.NONE
    assert sum(merged.left.values()) == max(0, went - came)
    assert merged.inside == max(0, came - went)


def walk(reentry, *told, admissions=1):
    """Tell of (minute, +people or -people, stamp); return who returned and who was beyond, by minute."""
    made = [
        Passage(
            NOON + timedelta(minutes=at), str(at), Direction.IN if people > 0 else Direction.OUT, abs(people), stamp
        )
        for at, people, stamp in told
    ]
    merged = merge(Terms(admissions, reentry, 30), made)
    return merged.returning, merged.beyond


def test_the_later_of_two_copies_is_the_one_beyond():
    assert walk(Reentry.NONE, (4, 1, False), (0, 1, False)) == ({}, {"4": 1})


def test_who_comes_in_again_is_known_by_what_the_house_asks():
    assert walk(Reentry.NONE, (0, 1, False), (5, -1, False), (9, 1, True)) == ({}, {"9": 1})
    assert walk(Reentry.EXIT_SCAN, (0, 1, False), (5, -1, False), (9, 1, False)) == ({"9": 1}, {})
    assert walk(Reentry.EXIT_SCAN, (0, 1, False), (9, 1, False)) == ({}, {"9": 1})
    assert walk(Reentry.STAMP, (0, 1, False), (9, 1, True), (12, 1, False)) == ({"9": 1}, {"12": 1})
    assert walk(Reentry.WINDOW, (0, 1, False), (29, 1, False), (30, 1, False)) == ({"29": 1}, {"30": 1})


def test_the_rest_of_a_party_comes_before_who_returns_where_time_decides():
    assert walk(Reentry.WINDOW, (0, 2, False), (5, 3, False), admissions=4) == ({"5": 1}, {})
    assert walk(Reentry.EXIT_SCAN, (0, 2, False), (3, -1, False), (5, 3, False), admissions=4) == ({"5": 1}, {})
