"""Whether the centre is open, decided from frozen facts."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ticketing.catalogue.opening import (
    Calendar,
    ClosedSpan,
    ExceptionHours,
    OpeningStatus,
    UsualHours,
    hours_on,
    span_covering,
    status_at,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
TUESDAY = date(2026, 11, 24)
ROOF = {"nl": "dak", "fr": "toit", "en": "roof", "de": "Dach"}


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BRUSSELS).astimezone(UTC)


def calendar(*, exceptions: dict[date, ExceptionHours] | None = None, spans: tuple[ClosedSpan, ...] = ()) -> Calendar:
    """Tuesday to Sunday, 9:30 to 17:00."""
    usual = tuple(
        UsualHours(weekday, date(2020, 1, 1), time(9, 30) if weekday else None, time(17) if weekday else None)
        for weekday in range(7)
    )
    return Calendar(BRUSSELS, usual, exceptions or {}, spans)


def closed(starts_at: datetime, ends_at: datetime | None, *, experience_id: int | None = None) -> ClosedSpan:
    return ClosedSpan(7, experience_id, starts_at, ends_at, ROOF)


def test_it_is_open_during_its_hours_until_they_end() -> None:
    status = status_at(calendar(), local(TUESDAY, 10))

    assert status == OpeningStatus(True, local(TUESDAY, 17), None, None)


def test_it_is_open_at_the_minute_it_opens_and_closed_at_the_minute_it_closes() -> None:
    assert status_at(calendar(), local(TUESDAY, 9, 30)).is_open
    assert not status_at(calendar(), local(TUESDAY, 9, 30) - timedelta(microseconds=1)).is_open
    assert not status_at(calendar(), local(TUESDAY, 17)).is_open


def test_in_the_morning_it_next_opens_today_and_in_the_evening_tomorrow() -> None:
    morning, evening = status_at(calendar(), local(TUESDAY, 7)), status_at(calendar(), local(TUESDAY, 20))

    assert morning.next_opening == local(TUESDAY, 9, 30)
    assert evening.next_opening == local(TUESDAY + timedelta(days=1), 9, 30)


def test_after_sunday_it_next_opens_on_tuesday() -> None:
    sunday = date(2026, 11, 29)

    assert status_at(calendar(), local(sunday, 18)).next_opening == local(date(2026, 12, 1), 9, 30)


def test_an_exception_replaces_the_usual_hours_and_says_why() -> None:
    monday = date(2026, 11, 30)
    with_exception = calendar(exceptions={monday: ExceptionHours(time(13), time(22), ROOF)})

    hours = hours_on(with_exception, monday)

    assert (hours.opens_at, hours.closes_at) == (local(monday, 13), local(monday, 22))
    assert hours.reasons == ROOF


def test_an_exception_without_times_closes_the_day() -> None:
    with_exception = calendar(exceptions={TUESDAY: ExceptionHours(None, None, ROOF)})

    assert hours_on(with_exception, TUESDAY).opens_at is None
    assert status_at(with_exception, local(TUESDAY, 12)).next_opening == local(TUESDAY + timedelta(days=1), 9, 30)


def test_usual_hours_count_from_their_date_on_and_the_latest_wins() -> None:
    from_december = UsualHours(1, date(2026, 12, 1), time(10), time(18))
    changed = Calendar(BRUSSELS, (from_december, *calendar().usual), {}, ())

    assert hours_on(changed, TUESDAY).opens_at == local(TUESDAY, 9, 30)
    assert hours_on(changed, date(2026, 12, 1)).opens_at == local(date(2026, 12, 1), 10)


def test_a_weekday_nobody_has_set_hours_for_is_closed() -> None:
    assert hours_on(Calendar(BRUSSELS, (), {}, ()), TUESDAY).opens_at is None


def test_hours_that_end_at_or_before_they_begin_end_on_the_next_day() -> None:
    night = calendar(exceptions={TUESDAY: ExceptionHours(time(18), time(1), ROOF)})
    wednesday = TUESDAY + timedelta(days=1)

    status = status_at(night, local(wednesday, 0, 30))

    assert status == OpeningStatus(True, local(wednesday, 1), None, None)


def test_a_closure_in_force_closes_it_and_is_named() -> None:
    span = closed(local(TUESDAY, 9), local(TUESDAY, 14))

    status = status_at(calendar(spans=(span,)), local(TUESDAY, 10))

    assert status == OpeningStatus(False, None, local(TUESDAY, 14), span)


def test_a_closure_later_today_brings_the_end_forward() -> None:
    span = closed(local(TUESDAY, 15), None)

    assert status_at(calendar(spans=(span,)), local(TUESDAY, 10)).until == local(TUESDAY, 15)


def test_until_further_notice_there_is_no_next_opening() -> None:
    span = closed(local(TUESDAY, 9), None)

    assert status_at(calendar(spans=(span,)), local(TUESDAY, 10)) == OpeningStatus(False, None, None, span)


def test_overlapping_closures_end_with_the_last_of_them_and_the_longest_is_named() -> None:
    short = closed(local(TUESDAY, 9), local(TUESDAY, 12))
    long = closed(local(TUESDAY, 11), local(TUESDAY, 16))

    status = status_at(calendar(spans=(short, long)), local(TUESDAY, 11, 30))

    assert status.next_opening == local(TUESDAY, 16)
    assert status.closure == long
    assert status_at(calendar(spans=(short, long)), local(TUESDAY, 10)).next_opening == local(TUESDAY, 16)


def test_a_closure_that_ends_in_the_night_opens_with_the_next_morning() -> None:
    span = closed(local(TUESDAY, 9), local(TUESDAY, 23))

    assert status_at(calendar(spans=(span,)), local(TUESDAY, 10)).next_opening == local(date(2026, 11, 25), 9, 30)


def test_a_closed_experience_does_not_close_the_centre() -> None:
    span = closed(local(TUESDAY, 9), None, experience_id=3)

    assert status_at(calendar(spans=(span,)), local(TUESDAY, 10)).is_open


def test_nothing_for_four_hundred_days_is_an_answer() -> None:
    assert status_at(Calendar(BRUSSELS, (), {}, ()), local(TUESDAY, 10)) == OpeningStatus(False, None, None, None)


@pytest.mark.parametrize(
    ("day", "opens_at"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 28, 8, 30, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 7, 30, tzinfo=UTC)),  # summer time began that night
        (date(2027, 3, 28), datetime(2027, 3, 28, 7, 30, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 7, 30, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 8, 30, tzinfo=UTC)),  # and ended that night
    ],
)
def test_it_opens_at_half_past_nine_on_the_wall_around_both_clock_changes(day: date, opens_at: datetime) -> None:
    evening_before = local(day - timedelta(days=1), 20)

    assert hours_on(calendar(), day).opens_at == opens_at
    assert status_at(calendar(), evening_before).next_opening == opens_at


def test_hours_at_a_time_the_clock_skips_or_repeats_still_open_the_day() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    nightly = calendar(
        exceptions={
            spring: ExceptionHours(time(2, 30), time(6), {}),
            autumn: ExceptionHours(time(2, 30), time(6), {}),
        }
    )

    assert hours_on(nightly, spring).opens_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert hours_on(nightly, autumn).opens_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_span_covers_what_it_touches_and_not_what_it_borders_on() -> None:
    span = closed(local(TUESDAY, 12), local(TUESDAY, 14))

    assert span_covering([span], 1, local(TUESDAY, 13), local(TUESDAY, 15)) == span
    assert span_covering([span], 1, local(TUESDAY, 11), local(TUESDAY, 12)) is None
    assert span_covering([span], 1, local(TUESDAY, 14), local(TUESDAY, 15)) is None


def test_a_span_of_one_experience_covers_no_other() -> None:
    span = closed(local(TUESDAY, 12), None, experience_id=3)

    assert span_covering([span], 3, local(TUESDAY, 13), local(TUESDAY, 14)) == span
    assert span_covering([span], 4, local(TUESDAY, 13), local(TUESDAY, 14)) is None
