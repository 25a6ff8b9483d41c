"""Live facts between the words of a page: hours and calendar, prices, the programme of a day, what is next."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from ticketing.catalogue import availability, crowding, offers, opening_days, programme
from ticketing.catalogue.availability import NextStart, SlotMark
from ticketing.catalogue.crowding import Crowd, Stretch
from ticketing.catalogue.models import Audience, Experience, ExperienceKind
from ticketing.catalogue.opening_days import DayShown
from ticketing.foundation.languages import pick
from ticketing.foundation.money import Money
from ticketing.sales import bundles
from ticketing.web import edge
from ticketing.web.pages import drawn, weekday_names
from ticketing.web.site import header, linking
from ticketing.web.site.month import parse_month
from ticketing.web.site.opening_month import days_of_month, opening_month

HEADLINERS = 3
SLOTS_LOOKED_AT = 30  # for a quiet one
DAYS_LISTED = 7
DAY_SHAPE = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
PROGRAMME_DAYS_AHEAD = 400
PLAIN = "site/page.html"
CARD_SIZE = (400, 130)

Facts = dict[str, Any]


@dataclass(frozen=True)
class Opportunity:
    """A free slot or a coming show, as the home page lists it."""

    name: str
    starts_at: datetime
    free: int
    url: str
    crowd: Crowd | None


@dataclass(frozen=True)
class Offered:
    """Something to come for, with what it costs at least."""

    experience: Experience
    price_from: Money | None
    drawing: Markup


def facts_of(slug: str) -> tuple[str, Facts]:
    """Return the template of a page and the live facts it shows."""
    template, load = LIVE_PAGES.get(slug, (PLAIN, dict))
    return template, load()


def home_facts(audience: str) -> Facts:
    """Return what the home page of an audience shows of today, of what is next and of what is offered to them."""
    with edge.reading() as session:
        next_slots = _next_slots(session)
        return {
            "today": opening_days.day_shown(header.calendar(), edge.today()),
            "next_slots": next_slots,
            "stretches": _stretches(session),
            "quiet_slot": _quiet_slot(session, next_slots),
            "next_shows": _next_shows(session),
            "offered": _offered(session, Audience(audience)),
            "linked_facts": linking.museum(),
        }


def _opening_hours() -> Facts:
    """The coming days one by one, a month at a glance, and the usual week."""
    calendar, today = header.calendar(), edge.today()
    asked = parse_month(request.args.get("month"), today)
    days = [opening_days.day_shown(calendar, day) for day in days_of_month(asked)]
    return {
        "days": [opening_days.day_shown(calendar, today + timedelta(days=ahead)) for ahead in range(DAYS_LISTED)],
        "usual": list(zip(weekday_names(), opening_days.usual_week(calendar, today), strict=True)),
        "month": opening_month(days, today=today),
        "weekdays": weekday_names(),
        "linked_facts": linking.museum(),
        "special_days": [day for day in days if day.reasons and day.local_date >= today],
    }


def _prices() -> Facts:
    """What each ticket type pays today for everything that is listed; a dash where a type is not sold."""
    with edge.reading() as session:
        experiences = offers.list_experiences(session)
        columns = {each.id: offers.prices_on(session, each.id, edge.today()) for each in experiences}
        together = [(each, bundles.on_offer(session, each.id, edge.today())) for each in experiences]
    visiting = [each for each in experiences if each.audience is Audience.VISITOR]
    return {
        "visits": programme.price_table(visiting, columns),
        "schools": programme.price_table([each for each in experiences if each.audience is Audience.TEACHER], columns),
        "together": [(each, offered) for each, offered in together if offered],
    }


def _programme() -> Facts:
    """The shows and workshops of a day, by time, with what is left; the next open day when none is asked for."""
    zone, now, today = edge.services().zone, edge.now(), edge.today()
    asked = _asked_day(today)
    with edge.reading() as session:
        day = asked or programme.next_day(session, zone=zone, now=now) or today
        items = programme.items_on(session, day, zone=zone, now=now)
        linked = linking.starts(session, [(item.experience, item.slot) for item in items])
    return {
        "day": day,
        "items": items,
        "linked_facts": linked,
        "shown": opening_days.day_shown(header.calendar(), day),
        "week": [day_in_week(day, offset) for offset in range(-3, 4) if day + timedelta(days=offset) >= today],
    }


def day_in_week(day: date, offset: int) -> DayShown:
    """Return the day so many days from another, with its hours."""
    return opening_days.day_shown(header.calendar(), day + timedelta(days=offset))


def _asked_day(today: date) -> date | None:
    asked = request.args.get("day", "")
    if not DAY_SHAPE.fullmatch(asked):
        return None
    try:
        day = date.fromisoformat(asked)
    except ValueError:  # 30 February
        return None
    return day if today <= day <= today + timedelta(days=PROGRAMME_DAYS_AHEAD) else None


def _schools() -> Facts:
    with edge.reading() as session:
        return {"offered": _offered(session, Audience.TEACHER)}


def _offered(session: Session, audience: Audience) -> list[Offered]:
    found = []
    for experience in offers.list_experiences(session, audience):
        paid = [priced.price for priced in offers.prices_on(session, experience.id, edge.today()) if priced.price.cents]
        price_from = min(paid, key=lambda price: price.cents, default=None)
        found.append(Offered(experience, price_from, drawn(experience.drawing, experience.id, *CARD_SIZE)))
    return found


def _next_slots(session: Session) -> list[Opportunity]:
    free = availability.next_of_kind(
        session, ExperienceKind.ADMISSION, zone=edge.services().zone, now=edge.now(), limit=HEADLINERS
    )
    return [_opportunity(start, url_for("site.localised.shop_tickets", slot_uuid=start.slot.uuid)) for start in free]


def _stretches(session: Session) -> list[Stretch]:
    """Return how busy it is now and will be through the rest of today; nothing once it is over or closed."""
    starts = availability.starts_between(
        session, [ExperienceKind.ADMISSION], edge.today(), edge.today(), zone=edge.services().zone, now=edge.now()
    )
    is_over = all(start.slot.ends_at <= edge.now() for start in starts)
    if is_over or any(start.slot.mark is SlotMark.CLOSED for start in starts):
        return []
    return crowding.stretches([(start.slot.starts_at, start.slot.crowd) for start in starts], edge.now())


def _quiet_slot(session: Session, next_slots: list[Opportunity]) -> Opportunity | None:
    """Return the next free slot at which it will be quiet, when it is not at the very next."""
    if not next_slots or next_slots[0].crowd in {None, Crowd.QUIET}:
        return None
    free = availability.next_of_kind(
        session, ExperienceKind.ADMISSION, zone=edge.services().zone, now=edge.now(), limit=SLOTS_LOOKED_AT
    )
    quiet = next((start for start in free if start.slot.crowd is Crowd.QUIET), None)
    return _opportunity(quiet, url_for("site.localised.shop_tickets", slot_uuid=quiet.slot.uuid)) if quiet else None


def _next_shows(session: Session) -> list[Opportunity]:
    coming = availability.next_of_kind(
        session, ExperienceKind.SHOW, zone=edge.services().zone, now=edge.now(), limit=HEADLINERS
    )
    return [
        _opportunity(
            start,
            url_for(
                "site.localised.shop_slots",
                experience_slug=start.experience.slug,
                day=start.slot.starts_at_local.date(),
            ),
        )
        for start in coming
    ]


def _opportunity(start: NextStart, url: str) -> Opportunity:
    name, slot = pick(start.experience.names, edge.language()), start.slot
    return Opportunity(name, slot.starts_at, slot.free, url, slot.crowd)


LIVE_PAGES: dict[str, tuple[str, Callable[[], Facts]]] = {
    "opening-hours": ("site/opening_hours.html", _opening_hours),
    "prices": ("site/prices.html", _prices),
    "programme": ("site/programme.html", _programme),
    "schools": ("site/schools.html", _schools),
}
