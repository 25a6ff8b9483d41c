"""What closures leave of a day's opening hours."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from ticketing.catalogue.opening import Calendar, ClosedSpan, ExceptionHours, UsualHours
from ticketing.catalogue.opening_days import closed_parts, open_parts

ZONE = ZoneInfo("Europe/Brussels")
TUESDAY = date(2026, 11, 24)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def calendar(*spans: tuple[datetime, datetime | None], experience_id: int | None = None) -> Calendar:
    usual = tuple(UsualHours(weekday, date(2020, 1, 1), time(9, 30), time(17)) for weekday in range(7))
    closed = tuple(
        ClosedSpan(number, experience_id, *span, {"nl": f"reden {number}"}) for number, span in enumerate(spans)
    )
    return Calendar(ZONE, usual, {date(2026, 12, 25): ExceptionHours(None, None, {"nl": "Kerstmis"})}, closed)


def test_without_closures_the_whole_day_is_open() -> None:
    assert open_parts(calendar(), TUESDAY) == [(at(9, 30), at(17))]
    assert closed_parts(calendar(), TUESDAY) == []


def test_a_closure_at_noon_leaves_a_morning_and_an_afternoon() -> None:
    noon = calendar((at(12), at(14)))

    assert open_parts(noon, TUESDAY) == [(at(9, 30), at(12)), (at(14), at(17))]
    assert [(part.begins_at, part.ends_at, part.reasons) for part in closed_parts(noon, TUESDAY)] == [
        (at(12), at(14), {"nl": "reden 0"})
    ]


def test_closures_that_overlap_are_taken_out_once() -> None:
    assert open_parts(calendar((at(11), at(15)), (at(12), at(13)), (at(16), None)), TUESDAY) == [
        (at(9, 30), at(11)), (at(15), at(16)),
    ]  # fmt: skip


def test_a_closure_without_end_leaves_nothing_from_its_start_on() -> None:
    assert open_parts(calendar((at(8), None)), TUESDAY) == []
    assert open_parts(calendar((at(8), None)), date(2027, 1, 5)) == []


def test_a_closure_of_one_experience_or_of_another_day_takes_nothing() -> None:
    assert open_parts(calendar((at(12), at(14)), experience_id=3), TUESDAY) == [(at(9, 30), at(17))]
    assert open_parts(calendar((at(12), at(14))), date(2026, 11, 25)) == [
        (at(9, 30, date(2026, 11, 25)), at(17, 0, date(2026, 11, 25)))
    ]


def test_a_day_that_never_opens_has_no_parts_of_either_kind() -> None:
    christmas = calendar((at(12, 0, date(2026, 12, 25)), None))

    assert open_parts(christmas, date(2026, 12, 25)) == []
    assert closed_parts(christmas, date(2026, 12, 25)) == []
