"""Which slots a pattern makes on a date."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from ticketing.catalogue.opening import DayHours
from ticketing.catalogue.timetable import Pattern, plan
from ticketing.foundation.clock import day_bounds

BRUSSELS = ZoneInfo("Europe/Brussels")
TUESDAY = date(2026, 11, 24)


def pattern(**changes: object) -> Pattern:
    """A show of half an hour, every hour from 10 to 12, every day."""
    usual: dict[str, object] = {
        "experience_id": 1,
        "weekdays": frozenset(range(7)),
        "first_at_local": time(10),
        "last_at_local": time(12),
        "every_minutes": 60,
        "capacity": 20,
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "duration_minutes": 30,
        "admits_before_minutes": 15,
        "admits_after_minutes": 5,
        "is_cut_at_closing": False,
    }
    return Pattern(**(usual | changes))  # type: ignore[arg-type]


def hours(day: date = TUESDAY, opens: time = time(9, 30), closes: time = time(17)) -> DayHours:
    def instant(local_time: time) -> datetime:
        return datetime.combine(day, local_time, BRUSSELS).astimezone(UTC)

    return DayHours(day, instant(opens), instant(closes), {})


def starts(*patterns: Pattern, on: DayHours) -> list[str]:
    return [f"{slot.starts_at.astimezone(BRUSSELS):%H:%M}" for slot in plan(patterns, on, BRUSSELS)]


def test_a_pattern_makes_slots_from_the_first_start_to_the_last_included() -> None:
    assert starts(pattern(), on=hours()) == ["10:00", "11:00", "12:00"]


def test_a_slot_knows_when_it_ends_and_when_its_doors_open_and_close() -> None:
    slot = plan([pattern()], hours(), BRUSSELS)[0]

    assert slot.local_date == TUESDAY
    assert slot.starts_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert slot.ends_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert slot.admits_from == datetime(2026, 11, 24, 8, 45, tzinfo=UTC)
    assert slot.admits_until == datetime(2026, 11, 24, 9, 5, tzinfo=UTC)


def test_a_closed_day_has_no_slots() -> None:
    assert plan([pattern()], DayHours(TUESDAY, None, None, {}), BRUSSELS) == []


def test_slots_keep_within_the_hours_of_the_day() -> None:
    assert starts(pattern(), on=hours(opens=time(10, 30), closes=time(12, 30))) == ["11:00", "12:00"]
    assert starts(pattern(), on=hours(closes=time(12, 29))) == ["10:00", "11:00"]


def test_a_visit_that_would_outlast_the_day_ends_at_closing_time() -> None:
    visit = pattern(duration_minutes=180, is_cut_at_closing=True)

    last = plan([visit], hours(closes=time(13)), BRUSSELS)[-1]

    assert (last.starts_at.hour, last.ends_at.hour) == (11, 12)


def test_weekdays_and_dates_bound_a_pattern() -> None:
    assert starts(pattern(weekdays=frozenset({0, 2})), on=hours()) == []
    assert starts(pattern(valid_from=date(2026, 11, 25)), on=hours()) == []
    assert starts(pattern(valid_until=date(2026, 11, 23)), on=hours()) == []
    assert starts(pattern(valid_from=TUESDAY, valid_until=TUESDAY), on=hours()) == ["10:00", "11:00", "12:00"]


def test_of_two_patterns_that_want_the_same_start_the_first_counts() -> None:
    slots = plan([pattern(capacity=20), pattern(capacity=99, last_at_local=time(13))], hours(), BRUSSELS)

    assert [slot.capacity for slot in slots] == [20, 20, 20, 99]


def test_two_experiences_may_start_at_the_same_time() -> None:
    assert starts(pattern(), pattern(experience_id=2), on=hours()) == ["10:00"] * 2 + ["11:00"] * 2 + ["12:00"] * 2


def night(day: date) -> list[str]:
    """The starts of a pattern every half hour from 1 to 4, on a day that is open around the clock."""
    opens_at, closes_at = day_bounds(day, BRUSSELS)
    nightly = pattern(first_at_local=time(1), last_at_local=time(4), every_minutes=30)
    return starts(nightly, on=DayHours(day, opens_at, closes_at, {}))


def test_when_summer_time_begins_the_skipped_hour_makes_no_slots() -> None:
    assert night(date(2026, 3, 29)) == ["01:00", "01:30", "03:00", "03:30", "04:00"]
    assert night(date(2027, 3, 28)) == ["01:00", "01:30", "03:00", "03:30", "04:00"]


def test_when_summer_time_ends_the_repeated_hour_makes_its_slots_once() -> None:
    assert night(date(2026, 10, 25)) == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30", "04:00"]


def test_a_slot_over_the_clock_change_lasts_its_minutes() -> None:
    spring = date(2026, 3, 29)
    opens_at, closes_at = day_bounds(spring, BRUSSELS)
    early = pattern(first_at_local=time(1, 30), last_at_local=time(1, 30), duration_minutes=60)

    slot = plan([early], DayHours(spring, opens_at, closes_at, {}), BRUSSELS)[0]

    assert slot.ends_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert f"{slot.ends_at.astimezone(BRUSSELS):%H:%M}" == "03:30"
