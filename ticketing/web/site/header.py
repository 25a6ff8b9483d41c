"""What the header and footer of every page say: is the centre open, where can I go, in which languages."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from ticketing.catalogue import closures, opening
from ticketing.catalogue.opening import Calendar, OpeningStatus
from ticketing.foundation.database import Database
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES, pick
from ticketing.foundation.wording import clock_words, short_day_words
from ticketing.web import edge
from ticketing.web.pages import N_
from ticketing.web.pages import gettext as _

SCHOOL_PROGRAMME = "mars"

MENU = (
    ("site.localised.home", N_("Home")),
    ("site.localised.shop_days", N_("Online tickets")),
    ("site.localised.opening_hours", N_("Opening hours")),
    ("site.localised.mission", N_("Mission and vision")),
)


@dataclass(frozen=True)
class Link:
    """A link of the menu or the footer."""

    label: str
    href: str
    is_current: bool = False
    code: str = ""
    hint: str = ""


def facts() -> dict[str, Any]:
    """Return what every page's frame needs; the calendar is read again only after something was written."""
    language = edge.language()
    status = opening.status_at(calendar(), edge.now())
    return {
        "language": language,
        "language_links": _language_links(),
        "status": status,
        "status_sentence": status_sentence(status, language),
        "closure_reason": pick(status.closure.reasons, language) if status.closure else None,
        "centre_name": edge.services().settings.centre_name,
        "is_sandbox": edge.services().sandbox is not None,
        "site_menu": _menu(),
        "audience_links": _audiences(),
        "today_date": edge.today(),
        "home_url": url_for("site.localised.home", language=language),
        "tickets_url": url_for("site.localised.shop_days", language=language),
        "staff": g.get("staff"),
        "now": edge.now(),
    }


def calendar() -> Calendar:
    """Return the opening calendar as the database has it now."""
    services = edge.services()
    return _calendar_at(services.database, services.database.revision())


@functools.lru_cache(maxsize=4)
def _calendar_at(database: Database, revision: str) -> Calendar:
    with edge.reading() as session:
        return closures.load_calendar(session, edge.services().zone)


def status_sentence(status: OpeningStatus, language: str) -> str:
    """Say in a few words whether the centre is open, until when, or when it opens next."""
    if status.is_open and status.until is not None:
        return _("Open now, until %(time)s", time=clock_words(edge.local(status.until), language))
    if status.next_opening is None:
        return _("Closed until further notice") if status.closure else _("Closed")
    opens = edge.local(status.next_opening)
    if opens.date() == edge.today():
        return _("Closed, opens at %(time)s", time=clock_words(opens, language))
    day = short_day_words(opens.date(), language)
    return _("Closed, opens %(day)s at %(time)s", day=day, time=clock_words(opens, language))


def _menu() -> list[Link]:
    here = request.endpoint
    return [Link(_(label), url_for(endpoint, language=edge.language()), endpoint == here) for endpoint, label in MENU]


def _audiences() -> list[Link]:
    """The offer for each audience; each leads to what is made for it."""
    language = edge.language()
    visit = url_for("site.localised.shop_days", language=language)
    schools = url_for("site.localised.shop_experience", language=language, experience_slug=SCHOOL_PROGRAMME)
    hours = url_for("site.localised.opening_hours", language=language)
    return [
        Link(_("I come to visit"), visit, hint=_("Tickets, times and today’s shows")),
        Link(_("I am a teacher"), schools, hint=_("With your class, for a morning or a day")),
        Link(_("I want to host an event"), hours, hint=_("A party, an evening or a congress among the experiments")),
    ]


def _language_links() -> list[Link]:
    """Lead to this very page in the other languages; to their home pages where this page has no address of its own."""
    endpoint, values = request.endpoint or "", dict(request.view_args or {})
    if not endpoint.startswith("site.localised."):
        endpoint, values = "site.localised.home", {}
    query = {name: value for name, value in request.args.items() if name == "month"}
    return [
        Link(OWN_NAMES[code], url_for(endpoint, **{**values, **query, "language": code}), code == edge.language(), code)
        for code in LANGUAGES
    ]
