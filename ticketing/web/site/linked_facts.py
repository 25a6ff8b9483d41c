"""What search engines read beside a page (JSON-LD, schema.org): the museum with its hours, starts with their offers.

Pure: frozen facts in, plain values out. Templates write them with `tojson`, which leaves no way out of the element.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from ticketing.catalogue import opening_days
from ticketing.catalogue.availability import SlotMark
from ticketing.catalogue.opening import Calendar
from ticketing.catalogue.opening_days import UsualDay
from ticketing.foundation.money import Money

CONTEXT = "https://schema.org"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AVAILABILITY = {
    SlotMark.FREE: "InStock",
    SlotMark.FEW: "LimitedAvailability",
    SlotMark.FULL: "SoldOut",
    SlotMark.CLOSED: "OutOfStock",
    SlotMark.PAST: "OutOfStock",
}

Facts = dict[str, Any]
LocalHours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class MuseumFacts:
    """Who we are: a name for machines that is the same in every language, the name, a sentence; absolute addresses."""

    identity: str
    name: str
    url: str
    picture_url: str
    description: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What a start costs for whom."""

    name: str
    price: Money


@dataclass(frozen=True, slots=True)
class StartFacts:
    """One start of a show or workshop; times are the centre's wall clock with its offset, addresses are absolute."""

    name: str
    description: str
    url: str
    picture_url: str
    starts_at_local: datetime
    ends_at_local: datetime
    mark: SlotMark
    offers: tuple[OfferFacts, ...]


def museum(facts: MuseumFacts, calendar: Calendar, first: date, days: int) -> Facts:
    """Describe the centre with its usual week and every date of so many days that differs from it."""
    week = opening_days.usual_week(calendar, first)
    return {
        "@context": CONTEXT,
        **_place(facts),
        "description": facts.description,
        "image": facts.picture_url,
        "openingHoursSpecification": _usual(week),
        "specialOpeningHoursSpecification": _special(calendar, week, first, days),
    }


def starts(facts: MuseumFacts, shown: Sequence[StartFacts]) -> Facts:
    """Describe starts as events at the centre, each with its offers."""
    return {"@context": CONTEXT, "@graph": [_event(facts, start) for start in shown]}


def _place(facts: MuseumFacts) -> Facts:
    return {"@type": "Museum", "@id": facts.identity, "name": facts.name, "url": facts.url}


def _usual(week: Sequence[UsualDay]) -> list[Facts]:
    """One entry for all weekdays with the same hours; a weekday that is shut is told by not being there."""
    by_hours: dict[LocalHours, list[str]] = {}
    for day in week:
        if day.opens_at_local is not None and day.closes_at_local is not None:
            by_hours.setdefault((day.opens_at_local, day.closes_at_local), []).append(WEEKDAYS[day.weekday])
    return [{**_hours(hours), "dayOfWeek": weekdays} for hours, weekdays in by_hours.items()]


def _special(calendar: Calendar, week: Sequence[UsualDay], first: date, days: int) -> list[Facts]:
    """One entry for each stretch of dates that differ alike from the week told beside it, and for each of their parts.

    Usual hours that change within these days differ too: of the week there is only one.
    """
    stretches: list[tuple[date, date, tuple[LocalHours, ...]]] = []
    for local_date in (first + timedelta(days=ahead) for ahead in range(days)):
        parts = _open_parts(calendar, local_date)
        if parts == _usual_parts(week[local_date.weekday()]):
            continue
        if stretches and stretches[-1][1] == local_date - timedelta(days=1) and stretches[-1][2] == parts:
            stretches[-1] = (stretches[-1][0], local_date, parts)
        else:
            stretches.append((local_date, local_date, parts))
    return [
        {**_hours(part), "validFrom": begin.isoformat(), "validThrough": end.isoformat()}
        for begin, end, parts in stretches
        for part in parts or ((time(), time()),)  # "from midnight to midnight" is how a closed day is written
    ]


def _open_parts(calendar: Calendar, local_date: date) -> tuple[LocalHours, ...]:
    """Return the stretches that begin on a date; of hours past midnight a closure may leave what begins a day later."""
    parts = [
        (begin.astimezone(calendar.zone), end.astimezone(calendar.zone))
        for day in (local_date - timedelta(days=1), local_date)
        for begin, end in opening_days.open_parts(calendar, day)
    ]
    return tuple((begin.time(), end.time()) for begin, end in sorted(parts) if begin.date() == local_date)


def _usual_parts(day: UsualDay) -> tuple[LocalHours, ...]:
    if day.opens_at_local is None or day.closes_at_local is None:
        return ()
    return ((day.opens_at_local, day.closes_at_local),)


def _hours(hours: LocalHours) -> Facts:
    return {
        "@type": "OpeningHoursSpecification",
        "opens": hours[0].isoformat("minutes"),
        "closes": hours[1].isoformat("minutes"),
    }


def _event(facts: MuseumFacts, start: StartFacts) -> Facts:
    is_cancelled = start.mark is SlotMark.CLOSED
    return {
        "@type": "Event",
        "name": start.name,
        "description": start.description,
        "url": start.url,
        "image": start.picture_url,
        "startDate": start.starts_at_local.isoformat(),
        "endDate": start.ends_at_local.isoformat(),
        "eventStatus": f"{CONTEXT}/{'EventCancelled' if is_cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"{CONTEXT}/OfflineEventAttendanceMode",
        "location": _place(facts),
        "organizer": {"@id": facts.identity},
        "offers": [_offer(start, offer) for offer in start.offers],
    }


def _offer(start: StartFacts, offer: OfferFacts) -> Facts:
    units, cents = divmod(offer.price.cents, 100)
    return {
        "@type": "Offer",
        "name": offer.name,
        "price": f"{units}.{cents:02d}",
        "priceCurrency": offer.price.currency,
        "availability": f"{CONTEXT}/{AVAILABILITY[start.mark]}",
        "url": start.url,
    }
