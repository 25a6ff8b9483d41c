"""What search engines read: the museum's hours and its starts, from frozen facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ticketing.catalogue.availability import SlotMark
from ticketing.catalogue.opening import Calendar, ClosedSpan, ExceptionHours, UsualHours
from ticketing.foundation.money import Money
from ticketing.web.site import linked_facts
from ticketing.web.site.linked_facts import MuseumFacts, OfferFacts, StartFacts

ZONE = ZoneInfo("Europe/Brussels")
TUESDAY = date(2026, 11, 24)
HERE = MuseumFacts(
    identity="https://tickets.example/#museum", name="Technopolis", url="https://tickets.example/nl/",
    picture_url="https://tickets.example/nl/share/pages/home/1.png", description="Een dag vol proeven.",
)  # fmt: skip


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def calendar(exceptions: dict[date, ExceptionHours] | None = None, *spans: ClosedSpan) -> Calendar:
    """Tuesday to Sunday from 9:30 to 17:00, an hour longer on Friday."""
    usual = [UsualHours(0, date(2020, 1, 1), None, None)]
    usual += [
        UsualHours(weekday, date(2020, 1, 1), time(9, 30), time(18 if weekday == 4 else 17)) for weekday in range(1, 7)
    ]
    return Calendar(ZONE, tuple(usual), exceptions or {}, spans)


def special(*, of: Calendar, days: int = 14, first: date = TUESDAY) -> list[tuple[str, str, str, str]]:
    found = linked_facts.museum(HERE, of, first, days)["specialOpeningHoursSpecification"]
    return [(each["validFrom"], each["validThrough"], each["opens"], each["closes"]) for each in found]


def test_the_usual_week_groups_days_with_the_same_hours_and_leaves_out_those_that_are_shut() -> None:
    facts = linked_facts.museum(HERE, calendar(), TUESDAY, 14)

    assert (facts["@context"], facts["@type"], facts["@id"]) == ("https://schema.org", "Museum", HERE.identity)
    assert facts["openingHoursSpecification"] == [
        {"@type": "OpeningHoursSpecification", "opens": "09:30", "closes": "17:00",
         "dayOfWeek": ["Tuesday", "Wednesday", "Thursday", "Saturday", "Sunday"]},
        {"@type": "OpeningHoursSpecification", "opens": "09:30", "closes": "18:00", "dayOfWeek": ["Friday"]},
    ]  # fmt: skip
    assert facts["specialOpeningHoursSpecification"] == []


def test_an_exception_is_told_with_its_hours_and_a_closed_one_as_midnight_to_midnight() -> None:
    exceptions = {
        date(2026, 11, 27): ExceptionHours(time(9, 30), time(22), {}),
        date(2026, 11, 30): ExceptionHours(time(9, 30), time(17), {}),  # a Monday
        date(2026, 12, 1): ExceptionHours(None, None, {}),
    }

    assert special(of=calendar(exceptions)) == [
        ("2026-11-27", "2026-11-27", "09:30", "22:00"),
        ("2026-11-30", "2026-11-30", "09:30", "17:00"),
        ("2026-12-01", "2026-12-01", "00:00", "00:00"),
    ]


def test_a_closure_of_days_is_one_stretch_and_one_of_hours_leaves_the_parts_that_are_open() -> None:
    days = ClosedSpan(1, None, local(date(2026, 11, 25), 0), local(date(2026, 11, 28), 0), {})
    hours = ClosedSpan(2, None, local(date(2026, 11, 29), 12), local(date(2026, 11, 29), 14), {})

    assert special(of=calendar(None, days, hours)) == [
        ("2026-11-25", "2026-11-27", "00:00", "00:00"),
        ("2026-11-29", "2026-11-29", "09:30", "12:00"),
        ("2026-11-29", "2026-11-29", "14:00", "17:00"),
    ]


def test_days_that_would_be_shut_anyway_end_a_stretch_quietly() -> None:
    closed = ClosedSpan(1, None, local(date(2026, 11, 29), 0), None, {})

    assert special(of=calendar(None, closed), days=8) == [
        ("2026-11-29", "2026-11-29", "00:00", "00:00"),
        ("2026-12-01", "2026-12-01", "00:00", "00:00"),
    ]


@pytest.mark.parametrize("first", [date(2026, 10, 24), date(2027, 3, 27)], ids=["clock back", "clock forward"])
def test_a_change_of_the_clock_is_no_change_of_the_hours(first: date) -> None:
    assert special(of=calendar(), first=first, days=3) == []


def start(mark: SlotMark, **changes: object) -> StartFacts:
    fields = {
        "name": "De bliksemfluisteraar", "description": "Vonken van een meter.",
        "url": "https://tickets.example/nl/tickets/lightning/2026-11-24/", "picture_url": "https://tickets.example/p.png",
        "starts_at_local": local(TUESDAY, 11), "ends_at_local": local(TUESDAY, 11, 30), "mark": mark,
        "offers": (OfferFacts("Volwassene", Money(405)), OfferFacts("Begeleider", Money(0))),
    }  # fmt: skip
    return StartFacts(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mark", "status", "availability"),
    [
        (SlotMark.FREE, "EventScheduled", "InStock"),
        (SlotMark.FEW, "EventScheduled", "LimitedAvailability"),
        (SlotMark.FULL, "EventScheduled", "SoldOut"),
        (SlotMark.CLOSED, "EventCancelled", "OutOfStock"),
    ],
)
def test_a_start_is_an_event_with_what_it_costs_and_whether_it_can_be_had(
    mark: SlotMark, status: str, availability: str
) -> None:
    (event,) = linked_facts.starts(HERE, [start(mark)])["@graph"]

    assert (event["@type"], event["name"]) == ("Event", "De bliksemfluisteraar")
    assert (event["startDate"], event["endDate"]) == ("2026-11-24T11:00:00+01:00", "2026-11-24T11:30:00+01:00")
    assert event["eventStatus"] == f"https://schema.org/{status}"
    assert (event["location"]["@id"], event["location"]["@type"]) == (HERE.identity, "Museum")
    assert [(each["name"], each["price"], each["priceCurrency"]) for each in event["offers"]] == [
        ("Volwassene", "4.05", "EUR"), ("Begeleider", "0.00", "EUR"),
    ]  # fmt: skip
    assert {each["availability"] for each in event["offers"]} == {f"https://schema.org/{availability}"}
    assert {each["url"] for each in event["offers"]} == {event["url"]}


def test_a_start_in_summer_says_its_offset() -> None:
    summer = date(2027, 7, 6)
    shown = start(
        SlotMark.FREE, starts_at_local=local(summer, 11), ends_at_local=local(summer, 11) + timedelta(minutes=30)
    )

    (event,) = linked_facts.starts(HERE, [shown])["@graph"]

    assert event["startDate"] == "2027-07-06T11:00:00+02:00"
    assert datetime.fromisoformat(event["startDate"]).astimezone(UTC).hour == 9
