"""What the header and footer of every page say: is the centre open, where can I go, in which languages."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from ticketing.catalogue import closures, opening
from ticketing.catalogue.opening import Calendar, ClosedSpan, OpeningStatus
from ticketing.content.menus import FOOT
from ticketing.foundation.database import Database
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES, pick
from ticketing.foundation.wording import clock_words, short_day_words
from ticketing.web import audiences, edge
from ticketing.web.pages import gettext as _
from ticketing.web.site import words

KEPT_IN_LANGUAGE = {"month", "day"}  # what an address asks for stays the same in another language


@dataclass(frozen=True)
class Link:
    """A link of the menu or the footer."""

    label: str
    href: str
    is_current: bool = False
    code: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Announcement:
    """A few words above every page, and where they lead."""

    text: str
    link: Link | None


def facts() -> dict[str, Any]:
    """Return what every page's frame needs; the calendar is read again only after managers changed something."""
    language = edge.language()
    status = opening.status_at(calendar(), edge.now())
    return {
        "language": language,
        "language_links": _language_links(),
        "status": status,
        "status_sentence": status_sentence(status, language),
        "closure_reason": _closure_words(status.closure, language) if status.closure else None,
        "centre_name": edge.services().settings.centre_name,
        "is_sandbox": edge.services().sandbox is not None,
        "site_menu": _menu(audiences.chosen()),
        "foot_menu": _menu(FOOT),
        "audience": audiences.chosen(),
        "audience_links": _audiences(),
        "announcements": _announcements(),
        "today_date": edge.today(),
        "home_url": url_for("site.localised.home", language=language),
        "tickets_url": url_for("site.localised.shop_days", language=language),
        "staff": g.get("staff"),
        "not_yet": g.get("not_yet"),
        "now": edge.now(),
    }


def calendar() -> Calendar:
    """Return the opening calendar as the database has it now."""
    return _calendar_at(edge.services().database, edge.house_revision())


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


def _closure_words(closure: ClosedSpan, language: str) -> str:
    """Say why we are closed, and what to do instead where somebody has said so."""
    return " ".join(filter(None, (pick(closure.reasons, language), pick(closure.advice or {}, language))))


def _menu(name: str) -> list[Link]:
    """Return the links of a menu that lead somewhere in this language."""
    here = request.path
    found = _links_of(words.site_words(), name, edge.language())
    return [Link(label, href, is_current=href.split("#")[0] == here) for label, href in found]


@functools.lru_cache(maxsize=64)
def _links_of(known: words.SiteWords, name: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return labels and addresses of a menu as the words are known now."""
    found = ((target, words.address_of(target, language)) for target in known.menus[name])
    return tuple((words.label_of(target, language), href) for target, href in found if href)


def _audiences() -> list[Link]:
    """The offers to switch between; choosing one is remembered and changes home, menu and what is offered first."""
    said = {
        audiences.VISITOR: (_("I want to visit"), _("Tickets, times and today’s shows")),
        audiences.TEACHER: (_("I am a teacher"), _("With your class, for a morning or a day")),
        audiences.HOST: (_("I want to host an event"), _("A party, an evening or a congress among the experiments")),
    }
    return [
        Link(
            label,
            url_for("site.localised.choose_audience", language=edge.language(), audience=audience),
            is_current=audience == audiences.chosen(),
            code=audience,
            hint=hint,
        )
        for audience, (label, hint) in said.items()
    ]


def _announcements() -> list[Announcement]:
    language = edge.language()
    return [
        Announcement(
            pick(each.texts, language),
            Link(words.label_of(each.target, language), address)
            if each.target and (address := words.address_of(each.target, language))
            else None,
        )
        for each in words.site_words().announced
    ]


def _language_links() -> list[Link]:
    """Lead to this very page in the other languages; to their home pages where it is not there in a language."""
    endpoint, values = request.endpoint or "", dict(request.view_args or {})
    if not endpoint.startswith("site.localised."):
        endpoint, values = "site.localised.home", {}
    query = {name: value for name, value in request.args.items() if name in KEPT_IN_LANGUAGE}
    here = url_for(endpoint, **{**values, **query, "language": edge.language()})
    links = []
    for code in languages_here(endpoint, values):
        href = url_for(endpoint, **{**values, **query, "language": code})
        links.append(Link(OWN_NAMES[code], href, href == here, code))
    return links


def languages_here(endpoint: str, values: dict[str, Any]) -> list[str]:
    """Return the languages that a page at this address can be read in; all of them when it is no page of words."""
    if endpoint != "site.localised.page":
        return list(LANGUAGES)
    return words.languages_of(values["slug"]) or list(LANGUAGES)
