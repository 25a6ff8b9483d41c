"""Calendar files: a visit for the visitor's own calendar, and feeds that calendars come back for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

REFRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One thing to be at. Instants; the reader's calendar shows them in its own zone. `uid` stays the same for ever.

    Dates instead of instants make an entry for whole days; the end is then the first day after it.
    """

    uid: str
    starts_at: datetime | date
    ends_at: datetime | date
    summary: str
    description: str
    location: str
    url: str
    is_cancelled: bool = False


def make_calendar(entries: Sequence[CalendarEntry], *, made_at: datetime, product: str) -> bytes:
    """Return entries as an iCalendar file (RFC 5545) that any calendar takes as information, not as an invitation."""
    calendar = _begun(product)
    for entry in entries:
        calendar.add_component(_event(entry, made_at))
    return bytes(calendar.to_ical())


def make_feed(entries: Sequence[CalendarEntry], *, made_at: datetime, product: str, name: str) -> bytes:
    """Return entries as a feed to subscribe to (RFC 7986): named, read again hourly, taking nobody’s time."""
    calendar = _begun(product)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)  # what most calendars read instead
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        event = _event(entry, made_at)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _begun(product: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{product}//Foyer//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    return calendar


def _event(entry: CalendarEntry, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", _in_utc(entry.starts_at))
    event.add("dtend", _in_utc(entry.ends_at))
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("location", entry.location)
    event.add("url", entry.url)
    return event


def _in_utc(moment: datetime | date) -> datetime | date:
    """An instant as UTC: a zone's name alone means nothing to a reader that does not know it (RFC 5545, 3.6.5)."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment
