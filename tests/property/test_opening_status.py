"""The opening state against the plainest possible way to work it out: minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.catalogue.opening import Calendar, ClosedSpan, ExceptionHours, UsualHours, status_at

BRUSSELS = ZoneInfo("Europe/Brussels")
STEP = timedelta(minutes=30)
BEGINNINGS = (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC))  # both clock changes lie within
HORIZON = timedelta(days=9)

half_hours = st.builds(time, st.integers(6, 23), st.sampled_from((0, 30)))
day_hours = st.one_of(st.none(), st.tuples(half_hours, half_hours).filter(lambda pair: pair[0] < pair[1]))


@st.composite
def calendars(draw: st.DrawFn, beginning: datetime) -> Calendar:
    usual = []
    for weekday in range(7):
        opens, closes = draw(day_hours) or (None, None)
        usual.append(UsualHours(weekday, date(2020, 1, 1), opens, closes))
    exceptions = {}
    for offset in draw(st.sets(st.integers(0, 8), max_size=3)):
        opens, closes = draw(day_hours) or (None, None)
        exceptions[beginning.date() + timedelta(days=offset)] = ExceptionHours(opens, closes, {})
    return Calendar(BRUSSELS, tuple(usual), exceptions, tuple(draw(st.lists(spans(beginning), max_size=3))))


@st.composite
def spans(draw: st.DrawFn, beginning: datetime) -> ClosedSpan:
    starts_at = beginning + STEP * draw(st.integers(0, 400))
    ends_at = draw(st.one_of(st.none(), st.integers(1, 200).map(lambda steps: starts_at + STEP * steps)))
    return ClosedSpan(1, draw(st.sampled_from((None, 5))), starts_at, ends_at, {})


def is_open_plainly(calendar: Calendar, instant: datetime) -> bool:
    """Look at the clock on the wall, at the sign on the door, and at every closure."""
    wall = instant.astimezone(BRUSSELS)
    sign: ExceptionHours | UsualHours = calendar.exceptions.get(wall.date()) or calendar.usual[wall.weekday()]
    if sign.opens_at_local is None or sign.closes_at_local is None:
        return False
    if not sign.opens_at_local <= wall.time() < sign.closes_at_local:
        return False
    return not any(
        span.experience_id is None and span.starts_at <= instant and (span.ends_at is None or instant < span.ends_at)
        for span in calendar.spans
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data(), beginning=st.sampled_from(BEGINNINGS), steps=st.integers(0, 120))
def test_the_state_is_what_a_look_every_half_hour_finds(data: st.DataObject, beginning: datetime, steps: int) -> None:
    calendar, now = data.draw(calendars(beginning)), beginning + STEP * steps

    status = status_at(calendar, now)

    later = [now + STEP * offset for offset in range(1, int(HORIZON / STEP))]
    assert status.is_open == is_open_plainly(calendar, now)
    if status.is_open:
        assert status.until == next(instant for instant in later if not is_open_plainly(calendar, instant))
        return
    found = next((instant for instant in later if is_open_plainly(calendar, instant)), None)
    if found is not None:
        assert status.next_opening == found
    else:
        assert status.next_opening is None or status.next_opening > later[-1]
