"""The visit as a calendar file, for the visitor's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One thing to be at. Instants; the reader's calendar shows them in its own zone. `uid` stays the same for ever."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    url: str


def make_calendar(entries: Sequence[CalendarEntry], *, made_at: datetime, product: str) -> bytes:
    """Return entries as an iCalendar file (RFC 5545) that any calendar takes as information, not as an invitation."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{product}//Foyer//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", made_at.astimezone(UTC))
        # As UTC: a zone's name alone means nothing to a reader that does not know it (RFC 5545, 3.6.5).
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", entry.ends_at.astimezone(UTC))
        event.add("summary", entry.summary)
        event.add("description", entry.description)
        event.add("location", entry.location)
        event.add("url", entry.url)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
