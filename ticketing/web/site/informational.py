"""Home, mission and vision, opening hours: pages that tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from ticketing.catalogue import availability, offers, opening
from ticketing.catalogue.models import ExperienceKind
from ticketing.content import drawings, page_texts
from ticketing.foundation.languages import pick
from ticketing.web import edge
from ticketing.web.page_memory import remembered
from ticketing.web.site import header

HEADLINERS = 3
WEEKS_AHEAD = 2
HOME_DRAWING = ("interference", 7, 760, 560)


@dataclass(frozen=True)
class Opportunity:
    """A free slot or a coming show, as the home page lists it."""

    name: str
    starts_at: object
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
        drawing=Markup(drawings.drawing(*HOME_DRAWING)),  # noqa: S704 - drawn by us from numbers
    )


@remembered
def mission() -> str:
    page = page_texts.get_page("mission", edge.language(), centre_name=edge.services().settings.centre_name)
    return render_template("site/mission.html", page=page)


@remembered
def opening_hours() -> str:
    """Show the coming two weeks day by day, with every closure and exception and its reason."""
    calendar, first = header.calendar(), edge.today()
    days = [opening.day_shown(calendar, first + timedelta(days=ahead)) for ahead in range(7 * WEEKS_AHEAD)]
    return render_template("site/opening_hours.html", days=days, usual=opening.usual_week(calendar, first))


def _next_slots(session: Session) -> list[Opportunity]:
    admission = offers.find_experience(session, "visit")
    if admission is None:
        return []
    free = availability.next_free(session, admission.id, zone=edge.services().zone, now=edge.now(), limit=HEADLINERS)
    name = pick(admission.names, edge.language())
    return [Opportunity(name, slot.starts_at, slot.free, url_for(".shop_tickets", slot_uuid=slot.uuid)) for slot in free]


def _next_shows(session: Session) -> list[Opportunity]:
    coming = availability.next_of_kind(
        session, ExperienceKind.SHOW, zone=edge.services().zone, now=edge.now(), limit=HEADLINERS
    )
    return [
        Opportunity(
            pick(experience.names, edge.language()),
            slot.starts_at,
            slot.free,
            url_for(".shop_slots", experience_slug=experience.slug, day=_local_day(slot.starts_at)),
        )
        for experience, slot in coming
    ]


def _local_day(instant: object) -> date:
    return edge.local(instant).date()  # type: ignore[arg-type]
