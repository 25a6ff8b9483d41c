"""One calendar, many outputs: what site, feed, search engines and interface say, read back, is the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.catalogue.opening import Calendar, ClosedSpan, ExceptionHours, UsualHours, status_at
from ticketing.catalogue.opening_days import open_parts
from ticketing.foundation.calendar_file import make_feed
from ticketing.web.site import linked_facts
from ticketing.web.site.calendar_entries import FeedFrame, opening_entries
from ticketing.web.site.linked_facts import WEEKDAYS, MuseumFacts

BRUSSELS, DAY = ZoneInfo("Europe/Brussels"), timedelta(days=1)
FIRSTS = (date(2026, 3, 26), date(2026, 10, 22))  # both clock changes lie within
DAYS = 9
WORDS = {"nl": "dicht"}
FRAME = FeedFrame("Foyer", "nl", "https://foyer.example", "https://foyer.example/nl/opening-hours/")
MUSEUM = MuseumFacts("m", "Foyer", "https://foyer.example", "p", "d")

half_hours = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))
hours = st.one_of(st.none(), st.tuples(half_hours, half_hours).filter(lambda pair: pair[0] != pair[1]))
Spans = set[tuple[datetime, datetime]]


@st.composite
def calendars(draw: st.DrawFn, first: date) -> Calendar:
    """Hours past midnight, usual hours that change in between, exceptions, days of every year, closures."""
    usual = []
    for valid_from in (date(2020, 1, 1), first + 4 * DAY):
        for weekday in range(7) if valid_from.year == 2020 else draw(st.sets(st.integers(0, 6), max_size=3)):
            usual.append(UsualHours(weekday, valid_from, *(draw(hours) or (None, None))))
    exceptions = {
        first + offset * DAY: ExceptionHours(*(draw(hours) or (None, None)), WORDS)
        for offset in draw(st.sets(st.integers(0, DAYS), max_size=2))
    }
    every_year = {(day.month, day.day): WORDS for day in draw(st.sets(st.sampled_from([first + DAY, first + 2 * DAY])))}
    begin = datetime.combine(first, time(), BRUSSELS).astimezone(UTC)
    spans = []
    for number, (after, lasts) in enumerate(draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 90)),
                                                          max_size=3))):  # fmt: skip
        starts_at = begin + after * timedelta(minutes=30)
        spans.append(ClosedSpan(number, None, starts_at, starts_at + lasts * timedelta(minutes=30), WORDS))
    return Calendar(BRUSSELS, tuple(usual), exceptions, tuple(spans), every_year)


def merged(spans: Spans) -> list[tuple[datetime, datetime]]:
    """Join what overlaps or touches: nobody sees a seam between two open stretches."""
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def of_feed(calendar: Calendar, first: date) -> Spans:
    feed = make_feed(opening_entries(calendar, first, DAYS, FRAME), made_at=datetime(2026, 1, 1, tzinfo=UTC),
                     product="Foyer", name="Foyer")  # fmt: skip
    return read_feed(feed)


def read_feed(feed: bytes) -> Spans:
    """Read when a feed says that the centre is open."""
    events = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    opened = [event for event in events if "open-" in event["UID"] and event["STATUS"] == "CONFIRMED"]
    return {(event.decoded("DTSTART"), event.decoded("DTEND")) for event in opened}


def of_search_engines(calendar: Calendar, first: date) -> dict[date, list[tuple[str, str]]]:
    """Read opening hours as schema.org means them: special ones go before the usual, midnight to midnight is shut."""
    return read_linked(linked_facts.museum(MUSEUM, calendar, first, DAYS), first, DAYS)


def read_linked(told: dict, first: date, many: int) -> dict[date, list[tuple[str, str]]]:
    """Read what search engines are told of so many days."""
    days: dict[date, list[tuple[str, str]]] = {}
    for day in (first + offset * DAY for offset in range(many)):
        special = [
            each for each in told["specialOpeningHoursSpecification"]
            if each["validFrom"] <= day.isoformat() <= each["validThrough"]
        ]  # fmt: skip
        usual = [each for each in told["openingHoursSpecification"] if WEEKDAYS[day.weekday()] in each["dayOfWeek"]]
        read = [(each["opens"], each["closes"]) for each in special or usual]
        days[day] = [] if read == [("00:00", "00:00")] else sorted(read)
    return days


def on_the_wall(spans: Spans, day: date) -> list[tuple[str, str]]:
    """Return what of these begins on a local date, as a clock on the wall shows it."""
    local = [(begin.astimezone(BRUSSELS), end.astimezone(BRUSSELS)) for begin, end in spans]
    return sorted((f"{begin:%H:%M}", f"{end:%H:%M}") for begin, end in local if begin.date() == day)


def of_interface(calendar: Calendar, begin: datetime, end: datetime) -> Spans:
    """Ask whether we are open, and again whenever the answer said it would change."""
    found, now = set(), begin
    while now < end:
        status = status_at(calendar, now)
        after = status.until if status.is_open else status.next_opening
        after = min(after or end, end)
        if status.is_open:
            found.add((now, after))
        now = after
    return found


@settings(max_examples=60, deadline=None)
@given(data=st.data(), first=st.sampled_from(FIRSTS))
def test_feed_search_engines_and_interface_say_what_the_site_says(data: st.DataObject, first: date) -> None:
    calendar = data.draw(calendars(first))
    shown = {part for offset in range(-1, DAYS) for part in open_parts(calendar, first + offset * DAY)}
    begin, end = (datetime.combine(first + offset * DAY, time(), BRUSSELS).astimezone(UTC) for offset in (0, DAYS))
    from_first = {part for offset in range(DAYS) for part in open_parts(calendar, first + offset * DAY)}

    assert of_feed(calendar, first) == from_first
    within = {(max(start, begin), min(stop, end)) for start, stop in shown if start < end and stop > begin}
    assert merged(of_interface(calendar, begin, end)) == merged(within)
    for day, read in of_search_engines(calendar, first).items():
        assert read == on_the_wall(shown, day)
