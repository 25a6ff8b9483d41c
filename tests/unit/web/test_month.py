"""Months in weeks, from this week on."""

from datetime import date, timedelta

from ticketing.catalogue.availability import DayMark, DayView
from ticketing.web.site import month

TODAY = date(2026, 11, 24)


def days(first: date, last: date, mark: DayMark = DayMark.NONE) -> list[DayView]:
    span = range((last - first).days + 1)
    return [DayView(first + timedelta(days=number), mark, 0, None, {}, 0) for number in span]


def test_this_month_begins_with_this_week_and_another_with_its_first_day() -> None:
    assert month.span_shown(date(2026, 11, 1), TODAY) == (date(2026, 11, 23), date(2026, 12, 31))
    assert month.span_shown(date(2026, 12, 1), TODAY, months=1) == (date(2026, 12, 1), date(2026, 12, 31))


def test_days_are_laid_out_from_monday_to_sunday_month_by_month() -> None:
    november, december = month.month_grids(days(date(2026, 11, 23), date(2026, 12, 31)))

    assert [len(grid.weeks) for grid in (november, december)] == [2, 5]
    assert all(len(week) == 7 for grid in (november, december) for week in grid.weeks)
    assert december.weeks[0][0] is None
    assert [day.local_date for day in december.days] == [date(2026, 12, 1) + timedelta(days=n) for n in range(31)]


def test_a_month_has_places_when_a_day_of_it_has() -> None:
    marks = {mark: month.month_grids(days(TODAY, TODAY, mark))[0].has_places for mark in DayMark}

    assert [mark for mark, has in marks.items() if has] == [DayMark.FREE, DayMark.FEW]


def test_arrows_lead_two_months_on_and_never_before_this_one() -> None:
    assert month.turning(date(2026, 11, 1), TODAY) == month.Turning(None, date(2027, 1, 1))
    assert month.turning(date(2026, 12, 1), TODAY) == month.Turning(date(2026, 11, 1), date(2027, 2, 1))
    assert month.turning(date(2028, 1, 1), TODAY).following is None


def test_beside_a_day_near_the_end_of_its_month_the_next_one_is_shown_too() -> None:
    assert month.months_about(date(2026, 12, 10), TODAY) == (date(2026, 12, 1), 1)
    assert month.months_about(date(2026, 12, 28), TODAY) == (date(2026, 12, 1), 2)
    assert month.months_about(date(2020, 1, 1), TODAY) == (date(2026, 11, 1), 2)
    assert month.months_about(date(2099, 12, 31), TODAY) == (date(2028, 1, 1), 1)


def test_only_months_in_reach_can_be_asked_for() -> None:
    found = {text: month.find_month(text, TODAY) for text in ("2026-12", "2026-10", "2028-01", "2028-02", "x", None)}

    assert found == {
        "2026-12": date(2026, 12, 1), "2026-10": None, "2028-01": date(2028, 1, 1), "2028-02": None, "x": None,
        None: None,
    }  # fmt: skip
    assert month.parse_month("x", TODAY) == date(2026, 11, 1)
