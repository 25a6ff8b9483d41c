"""What calendar feeds say of days and starts, from frozen facts; read back by the library of every other calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar as Feed

from ticketing.catalogue.opening import Calendar, ClosedSpan, ExceptionHours, UsualHours
from ticketing.foundation.calendar_file import CalendarEntry, make_feed
from ticketing.web.site.calendar_entries import FeedFrame, opening_entries

ZONE = ZoneInfo("Europe/Brussels")
MADE_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FRAME = FeedFrame("Technopolis", "nl", "https://tickets.example:8443", "https://tickets.example:8443/nl/opening-hours/")
ROOF = {"nl": "Het dak wordt vernieuwd.", "fr": "Le toit est rénové."}


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def calendar(exceptions: dict[date, ExceptionHours] | None = None, *spans: ClosedSpan) -> Calendar:
    usual = tuple(
        UsualHours(weekday, date(2020, 1, 1), time(9, 30) if weekday else None, time(17) if weekday else None)
        for weekday in range(7)
    )
    return Calendar(ZONE, usual, exceptions or {}, spans)


def entries(of: Calendar, first: date, days: int, frame: FeedFrame = FRAME) -> list[CalendarEntry]:
    return opening_entries(of, first, days, frame)


@pytest.mark.parametrize(
    ("saturday", "offsets"),
    [(date(2026, 10, 24), (2, 1)), (date(2027, 3, 27), (1, 2))],
    ids=["clock back", "clock forward"],
)
def test_opening_days_keep_their_wall_clock_across_a_change_of_the_clock(saturday, offsets) -> None:
    read = Feed.from_ical(make_feed(entries(calendar(), saturday, 2), made_at=MADE_AT, product="T", name="T"))

    starts = [event.decoded("dtstart") for event in read.walk("VEVENT")]
    assert [start.astimezone(ZONE).time() for start in starts] == [time(9, 30)] * 2
    assert [start.astimezone(ZONE).utcoffset() for start in starts] == [timedelta(hours=hours) for hours in offsets]


def test_a_weekday_that_is_always_shut_is_no_entry() -> None:
    assert [entry.uid for entry in entries(calendar(), date(2026, 11, 29), 3)] == [
        "open-2026-11-29@tickets.example", "open-2026-12-01@tickets.example",
    ]  # fmt: skip


def test_an_exception_says_its_hours_and_why() -> None:
    friday = date(2026, 12, 4)
    late = {friday: ExceptionHours(time(9, 30), time(22), {"nl": "Nocturne"})}

    (entry,) = entries(calendar(late), friday, 1)

    assert (entry.starts_at, entry.ends_at) == (local(friday, 9, 30), local(friday, 22))
    assert entry.summary == "Technopolis is open"
    assert entry.description.splitlines() == ["Nocturne", FRAME.page_url]


def test_a_day_shut_by_an_exception_is_an_entry_of_the_whole_day_with_why() -> None:
    christmas = date(2026, 12, 25)
    closed = {christmas: ExceptionHours(None, None, {"nl": "Kerstmis"})}

    (entry,) = entries(calendar(closed), christmas, 1)

    assert (entry.uid, entry.starts_at, entry.ends_at) == (
        "shut-2026-12-25@tickets.example", christmas, date(2026, 12, 26),
    )  # fmt: skip
    assert entry.summary == "Technopolis is gesloten: Kerstmis"
    assert not entry.is_cancelled


def test_a_closure_of_a_day_cancels_its_entry_and_says_why_for_the_whole_day() -> None:
    tuesday = date(2026, 12, 15)
    roof = ClosedSpan(7, None, local(tuesday, 0), local(date(2026, 12, 16), 0), ROOF)

    cancelled, shut = entries(calendar(None, roof), tuesday, 1)

    assert (cancelled.uid, cancelled.is_cancelled) == ("open-2026-12-15@tickets.example", True)
    assert cancelled.starts_at == local(tuesday, 9, 30)
    assert (shut.starts_at, shut.is_cancelled) == (tuesday, False)
    assert shut.summary == "Technopolis is gesloten: Het dak wordt vernieuwd."


def test_a_closure_of_hours_leaves_what_is_open_and_names_what_is_not() -> None:
    tuesday = date(2026, 12, 15)
    noon = ClosedSpan(7, None, local(tuesday, 12), local(tuesday, 14), ROOF)

    shown = [(e.uid.split("@")[0], e.starts_at, e.ends_at) for e in entries(calendar(None, noon), tuesday, 1)]

    assert shown == [
        ("open-2026-12-15", local(tuesday, 9, 30), local(tuesday, 12)),
        ("2-open-2026-12-15", local(tuesday, 14), local(tuesday, 17)),
        ("shut-1-2026-12-15", local(tuesday, 12), local(tuesday, 14)),
    ]


def test_names_of_entries_are_each_used_once_and_the_same_in_every_language() -> None:
    noon = ClosedSpan(7, None, local(date(2026, 12, 15), 12), local(date(2026, 12, 15), 14), ROOF)
    french = FeedFrame("Technopolis", "fr", FRAME.public_url, FRAME.page_url)

    dutch = [entry.uid for entry in entries(calendar(None, noon), date(2026, 12, 1), 60)]

    assert len(set(dutch)) == len(dutch)
    assert [entry.uid for entry in entries(calendar(None, noon), date(2026, 12, 1), 60, french)] == dutch


def test_a_feed_is_named_refreshed_hourly_and_takes_nobodys_time() -> None:
    roof = ClosedSpan(7, None, local(date(2026, 12, 15), 0), None, ROOF)
    shown = entries(calendar(None, roof), date(2026, 12, 15), 1)

    read = Feed.from_ical(make_feed(shown, made_at=MADE_AT, product="T", name="Technopolis: openingsdagen"))

    assert read["X-WR-CALNAME"] == read["NAME"] == "Technopolis: openingsdagen"
    assert read.decoded("REFRESH-INTERVAL") == timedelta(hours=1)
    events = read.walk("VEVENT")
    assert [(event["STATUS"], event["TRANSP"]) for event in events] == [
        ("CANCELLED", "TRANSPARENT"), ("CONFIRMED", "TRANSPARENT"),
    ]  # fmt: skip
    assert events[1].decoded("dtstart") == date(2026, 12, 15)
