"""Slots over a whole year with both clock changes."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.catalogue.opening import DayHours
from ticketing.catalogue.timetable import Pattern, plan
from ticketing.foundation.clock import day_bounds

BRUSSELS = ZoneInfo("Europe/Brussels")
CLOCK_CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28))

dates = st.one_of(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.sampled_from(CLOCK_CHANGES))
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    first, last = sorted((draw(times), draw(times)))
    return Pattern(
        experience_id=draw(st.integers(1, 2)),
        weekdays=frozenset(draw(st.sets(st.integers(0, 6)))),
        first_at_local=first,
        last_at_local=last,
        every_minutes=draw(st.integers(5, 300)),
        capacity=draw(st.integers(0, 100)),
        valid_from=draw(dates),
        valid_until=draw(st.none() | dates),
        duration_minutes=draw(st.integers(1, 300)),
        admits_before_minutes=15,
        admits_after_minutes=30,
        is_cut_at_closing=draw(st.booleans()),
    )


@st.composite
def open_days(draw: st.DrawFn) -> DayHours:
    day = draw(dates)
    begin, end = day_bounds(day, BRUSSELS)
    minutes = int((end - begin).total_seconds() // 60)
    opens, closes = sorted((draw(st.integers(0, minutes)), draw(st.integers(0, minutes))))
    return DayHours(day, begin + timedelta(minutes=opens), begin + timedelta(minutes=closes), {})


@settings(max_examples=300, deadline=None)
@given(st.lists(patterns(), max_size=3), open_days())
def test_every_slot_lies_within_the_day_and_starts_when_the_wall_clock_says(
    drawn: list[Pattern], hours: DayHours
) -> None:
    slots = plan(drawn, hours, BRUSSELS)

    assert len({(slot.experience_id, slot.starts_at) for slot in slots}) == len(slots)
    for slot in slots:
        assert hours.opens_at is not None
        assert hours.closes_at is not None
        assert hours.opens_at <= slot.starts_at < slot.ends_at <= hours.closes_at
        wall = slot.starts_at.astimezone(BRUSSELS)
        assert wall.date() == slot.local_date == hours.local_date
        assert any(is_a_start_of(pattern, wall) for pattern in drawn)


@settings(max_examples=200, deadline=None)
@given(patterns(), dates)
def test_every_start_on_the_wall_clock_is_laid_out_once_unless_the_clock_skips_it(pattern: Pattern, day: date) -> None:
    opens_at, closes_at = day_bounds(day, BRUSSELS)
    brief = changed(pattern, duration_minutes=1, is_cut_at_closing=True)

    laid_out = [slot.starts_at for slot in plan([brief], DayHours(day, opens_at, closes_at, {}), BRUSSELS)]

    minutes = [
        opens_at + timedelta(minutes=offset) for offset in range(int((closes_at - opens_at).total_seconds() // 60))
    ]
    first_showings = {minute.astimezone(BRUSSELS).time(): minute for minute in reversed(minutes)}
    shown = sorted(
        instant
        for instant in first_showings.values()
        if brief.is_valid_on(day) and is_a_start_of(brief, instant.astimezone(BRUSSELS))
    )
    assert laid_out == shown
    assert all(earlier < later for earlier, later in pairwise(laid_out))


def is_a_start_of(pattern: Pattern, wall: datetime) -> bool:
    since_midnight = wall.hour * 60 + wall.minute
    first = pattern.first_at_local.hour * 60 + pattern.first_at_local.minute
    last = pattern.last_at_local.hour * 60 + pattern.last_at_local.minute
    return first <= since_midnight <= last and (since_midnight - first) % pattern.every_minutes == 0


def changed(pattern: Pattern, **changes: object) -> Pattern:
    return Pattern(**({name: getattr(pattern, name) for name in Pattern.__slots__} | changes))  # type: ignore[arg-type]
