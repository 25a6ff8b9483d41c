"""Home, mission and vision, opening hours: pages that tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from ticketing.catalogue import availability, opening, opening_days
from ticketing.catalogue.availability import NextStart
from ticketing.catalogue.models import ExperienceKind
from ticketing.content import page_texts
from ticketing.foundation.languages import pick
from ticketing.web import edge
from ticketing.web.page_memory import remembered
from ticketing.web.pages import drawn, weekday_names
from ticketing.web.site import header

HEADLINERS = 3
WEEKS_AHEAD = 2
HOME_DRAWING = ("interference", 7, 760, 560)
MISSION_DRAWING = ("field", 3, 520, 560)


@dataclass(frozen=True)
class Opportunity:
    """A free slot or a coming show, as the home page lists it."""

    name: str
    starts_at: datetime
    free: int
    url: str


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/", view_func=home)
    blueprint.add_url_rule("/mission/", view_func=mission)
    blueprint.add_url_rule("/opening-hours/", view_func=opening_hours)


@remembered
def home() -> str:
    with edge.reading() as session:
        next_slots, next_shows = _next_slots(session), _next_shows(session)
    today = opening.hours_on(header.calendar(), edge.today())
    return render_template(
        "site/home.html",
        today=today,
        next_slots=next_slots,
        next_shows=next_shows,
        drawing=drawn(*HOME_DRAWING),
    )


@remembered
def mission() -> str:
    page = page_texts.get_page("mission", edge.language(), centre_name=edge.services().settings.centre_name)
    return render_template("site/mission.html", page=page, drawing=drawn(*MISSION_DRAWING))


@remembered
def opening_hours() -> str:
    """Show the coming two weeks day by day, with every closure and exception and its reason."""
    calendar, first = header.calendar(), edge.today()
    days = [opening_days.day_shown(calendar, first + timedelta(days=ahead)) for ahead in range(7 * WEEKS_AHEAD)]
    usual = opening_days.usual_week(calendar, first)
    return render_template("site/opening_hours.html", days=days, usual=list(zip(weekday_names(), usual, strict=True)))


def _next_slots(session: Session) -> list[Opportunity]:
    free = availability.next_of_kind(
        session, ExperienceKind.ADMISSION, zone=edge.services().zone, now=edge.now(), limit=HEADLINERS
    )
    return [_opportunity(start, url_for(".shop_tickets", slot_uuid=start.slot.uuid)) for start in free]


def _next_shows(session: Session) -> list[Opportunity]:
    coming = availability.next_of_kind(
        session, ExperienceKind.SHOW, zone=edge.services().zone, now=edge.now(), limit=HEADLINERS
    )
    return [
        _opportunity(
            start, url_for(".shop_slots", experience_slug=start.experience.slug, day=start.slot.starts_at_local.date())
        )
        for start in coming
    ]


def _opportunity(start: NextStart, url: str) -> Opportunity:
    return Opportunity(pick(start.experience.names, edge.language()), start.slot.starts_at, start.slot.free, url)
