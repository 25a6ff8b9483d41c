"""How pages are found: the one address of each, its other languages, and the lists that robots read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from ticketing.catalogue.models import Experience
from ticketing.content.page_list import AUDIENCE_HOMES, HOME
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES, LOCALES
from ticketing.web import edge
from ticketing.web.page_memory import remembered
from ticketing.web.site import header, pictured, words
from ticketing.web.site.pictured import SharePicture
from ticketing.web.site.shop import ADMISSION

FACE = "site.localised."
PAGE, DAYS, EXPERIENCE, SLOTS = f"{FACE}page", f"{FACE}shop_days", f"{FACE}shop_experience", f"{FACE}shop_slots"
FRONT = f"{FACE}home"
DAYS_FOUND = 400  # days of the shop beyond it are nobody's, and a robot would count on for ever
OUT_OF_BOUNDS = ("/api/", "/desk/", "/hooks/", "/octo/", "/office/", "/sandbox/")


@dataclass(frozen=True, slots=True)
class Alternate:
    """A page in one language, or in the reader's own ("x-default"); the address is absolute."""

    code: str
    url: str


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What the head of a public page says to those who find and share it."""

    canonical: str
    alternates: tuple[Alternate, ...]
    locale: str
    other_locales: tuple[str, ...]
    picture: SharePicture


@dataclass(frozen=True, slots=True)
class Listed:
    """A page in the list for robots."""

    url: str
    alternates: tuple[Alternate, ...]


def add_to_root(blueprint: Blueprint) -> None:
    """Put what robots look for where they look for it, and give templates what their heads say."""
    blueprint.add_url_rule("/robots.txt", view_func=robots)
    blueprint.add_url_rule("/sitemap.xml", view_func=sitemap)
    blueprint.add_app_template_global(head_facts)
    blueprint.after_request(_keep_secrets)


def head_facts(experience: Experience | None) -> HeadFacts | None:
    """Return what the head of this page says; None for a page that is nobody else's to find."""
    endpoint, values = request.endpoint or "", dict(request.view_args or {})
    if not _is_found(endpoint, values, experience):
        return None
    if endpoint == EXPERIENCE and values["experience_slug"] == ADMISSION:  # the same page has a shorter address
        endpoint, values = DAYS, {}
    picture = pictured.of_experience(experience) if experience else pictured.of_page(values.get("slug", HOME))
    language, codes = edge.language(), header.languages_here(endpoint, values)
    return HeadFacts(
        canonical=_absolute(endpoint, values, language),
        alternates=_alternates(endpoint, values, codes),
        locale=LOCALES[language],
        other_locales=tuple(LOCALES[code] for code in codes if code != language),
        picture=picture,
    )


def robots() -> Response:
    """Let robots see what everybody sees; what is a person's own says so itself, on its page."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in OUT_OF_BOUNDS), ""]
    lines.append(f"Sitemap: {edge.services().settings.public_url}{url_for('.sitemap')}\n")
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@remembered
def sitemap() -> Response:
    listed = [
        Listed(_absolute(endpoint, values, code), _alternates(endpoint, values, codes))
        for endpoint, values, codes in _public_pages()
        for code in codes
    ]
    return Response(render_template("site/sitemap.xml", listed=listed), content_type="application/xml; charset=utf-8")


def _keep_secrets(response: Response) -> Response:
    """Ask robots to forget what they meet under somebody's own address, files as well as pages."""
    if "secret" in (request.view_args or {}):
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_found(endpoint: str, values: dict[str, Any], experience: Experience | None) -> bool:
    if endpoint in {EXPERIENCE, SLOTS}:
        day: date = values.get("day", edge.today())
        is_near = edge.today() <= day <= edge.today() + timedelta(days=DAYS_FOUND)
        return experience is not None and experience.is_listed and is_near
    return endpoint in {FRONT, PAGE, DAYS}


def _public_pages() -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Yield endpoint, values and languages of every page that is there for as long as managers leave it."""
    yield FRONT, {}, list(LANGUAGES)
    yield DAYS, {}, list(LANGUAGES)
    known = words.site_words()
    for slug in sorted({slug for texts in known.texts.values() for slug in texts} - set(AUDIENCE_HOMES.values())):
        yield PAGE, {"slug": slug}, words.languages_of(slug)
    for slug in known.experiences:
        if slug != ADMISSION:
            yield EXPERIENCE, {"experience_slug": slug}, list(LANGUAGES)


def _alternates(endpoint: str, values: dict[str, Any], codes: list[str]) -> tuple[Alternate, ...]:
    """Return the page in each language, and where a reader of any other goes: home by the browser's own choice."""
    found = [Alternate(code, _absolute(endpoint, values, code)) for code in codes]
    if endpoint == FRONT:
        reader = edge.services().settings.public_url + "/"
    else:
        reader = next((each.url for each in found if each.code == DEFAULT_LANGUAGE), found[0].url)
    return (*found, Alternate("x-default", reader))


def _absolute(endpoint: str, values: dict[str, Any], language: str) -> str:
    return edge.services().settings.public_url + url_for(endpoint, **{**values, "language": language})
