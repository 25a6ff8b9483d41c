"""Who is offered what came free: in the order of asking, whole parties, and nobody passed over for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.sales.waiting_rules import Decision, Party, Room, WaitingRules, awake_until, decide, offer_until

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NEXT_WEEK = NOW + timedelta(days=7)
MOST_PASSES = WaitingRules().most_passes


def room(free: int, last_sale_at: datetime = NEXT_WEEK, capacity: int = 60) -> Room:
    return Room(free, capacity, last_sale_at)


def test_whoever_asked_first_is_offered_first_and_all_their_places_or_none():
    decision = decide([Party(1, 4), Party(2, 2), Party(3, 2)], room(6), NOW)

    assert decision.offered == (1, 2)
    assert decision.saver is None


def test_a_smaller_party_passes_a_bigger_one_that_does_not_fit_and_it_is_counted():
    decision = decide([Party(1, 6), Party(2, 2), Party(3, 1)], room(3), NOW)

    assert decision.offered == (2, 3)
    assert decision.passed_over == {1: 2}


def test_a_party_passed_over_often_enough_is_passed_no_more_and_places_are_saved_for_it():
    waiting = [Party(1, 6, passed_over=MOST_PASSES), Party(2, 2)]

    assert decide(waiting, room(3), NOW).offered == ()
    assert decide(waiting, room(3), NOW).saver == 1
    assert decide(waiting, room(3), NOW).saved == 3
    assert decide(waiting, room(6), NOW).offered == (1,)


def test_nothing_is_saved_when_the_start_is_near_or_it_never_fits_or_saves_elsewhere():
    tomorrow = room(3, NOW + timedelta(hours=23))

    assert decide([Party(1, 6, MOST_PASSES), Party(2, 2)], tomorrow, NOW).offered == (2,)
    assert decide([Party(1, 6, MOST_PASSES), Party(2, 2)], room(3, capacity=5), NOW).offered == (2,)
    assert decide([Party(1, 6, MOST_PASSES, may_save=False), Party(2, 2)], room(3), NOW).offered == (2,)


def test_an_offer_stands_two_hours_less_near_the_start_and_never_past_it():
    standing = {minutes: offer_until(NOW + timedelta(minutes=minutes), NOW) for minutes in (10_000, 480, 120, 40, 15)}

    assert {minutes: (until - NOW).seconds // 60 for minutes, until in standing.items()} == {
        10_000: 120, 480: 120, 120: 30, 40: 15, 15: 15,
    }  # fmt: skip
    assert offer_until(NOW + timedelta(minutes=14), NOW) is None
    assert decide([Party(1, 1)], room(5, NOW + timedelta(minutes=14)), NOW) == Decision()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 5)), max_size=8), st.integers(-3, 20))
def test_no_more_is_offered_and_saved_than_is_free_and_nobody_who_fits_is_passed(parties, free):
    waiting = [Party(number, people, passed) for number, (people, passed) in enumerate(parties, 1)]

    decision = decide(waiting, room(free), NOW)

    left = max(free, 0)
    for party in waiting:
        if party.entry_id in decision.offered:
            left -= party.people
        elif party.entry_id == decision.saver:
            assert decision.saved == left < party.people
            break
        else:
            assert party.people > left
    assert left >= 0
    assert decision.saver is None or not set(decision.offered) & {
        party.entry_id for party in waiting if party.entry_id > decision.saver
    }


def test_the_night_does_not_count_unless_the_morning_would_be_too_late():
    """Summer and winter time: what counts is the clock on the wall, 21:00 to 8:00."""
    zone = ZoneInfo("Europe/Brussels")

    def stands(made: str, last_sale: str) -> str:
        at, last = (datetime.fromisoformat(f"2026-{each}").replace(tzinfo=zone) for each in (made, last_sale))
        return f"{awake_until(last, at, zone).astimezone(zone):%d %H:%M}"

    assert stands("11-24 15:00", "11-30 10:00") == "24 17:00"
    assert stands("11-24 19:00", "11-30 10:00") == "24 21:00"
    assert stands("11-24 20:30", "11-30 10:00") == "25 09:30"
    assert stands("11-24 23:00", "11-30 10:00") == "25 10:00"
    assert stands("11-25 03:00", "11-30 10:00") == "25 10:00"
    assert stands("10-24 22:00", "11-30 10:00") == "25 10:00"  # the hour that comes twice changes nothing
    assert stands("11-24 20:30", "11-25 09:30") == "25 09:15"  # the next in line may still be served
    assert stands("11-24 20:30", "11-25 08:10") == "24 22:30"  # the morning would be too late
    assert stands("11-24 20:45", "11-24 22:00") == "24 21:03"
    assert awake_until(NOW + timedelta(minutes=14), NOW, zone) is None
