"""The picture that is shown when a page is shared, at an address that names its very content."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from ticketing.catalogue import offers
from ticketing.catalogue.models import Experience
from ticketing.content import share_pictures
from ticketing.content.page_list import drawing_of
from ticketing.content.share_pictures import HEIGHT, WIDTH, ShareFacts
from ticketing.foundation.languages import pick
from ticketing.web import edge
from ticketing.web.site import words

FOR_GOOD = "public, max-age=31536000, immutable"
PAGES, TICKETS = "pages", "tickets"


@dataclass(frozen=True, slots=True)
class SharePicture:
    """A picture at its absolute address, and what it says."""

    url: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


def add_to(blueprint: Blueprint) -> None:
    """Put the pictures at their addresses."""
    blueprint.add_url_rule("/share/<kind>/<slug>/<digest>.png", view_func=share_picture)


def share_picture(kind: str, slug: str, digest: str) -> Answer:
    """Answer with the picture of a page as it is now; an address of how it was leads there."""
    facts = _facts(kind, slug)
    if digest != facts.digest:
        return redirect(url_for(".share_picture", kind=kind, slug=slug, digest=facts.digest), 302)
    response = Response(share_pictures.png(facts), content_type="image/png")
    response.headers["Cache-Control"] = FOR_GOOD
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return response.make_conditional(request)


def of_page(slug: str) -> SharePicture:
    """Return the picture of a page of words in the language of the answer. Raises PageNotFound."""
    return _addressed(PAGES, slug, _facts_of_page(slug))


def of_experience(experience: Experience) -> SharePicture:
    """Return the picture of an experience's pages in the shop."""
    return _addressed(TICKETS, experience.slug, _facts_of_experience(experience))


def _addressed(kind: str, slug: str, facts: ShareFacts) -> SharePicture:
    settings = edge.services().settings
    path = url_for("site.localised.share_picture", kind=kind, slug=slug, digest=facts.digest)
    return SharePicture(settings.public_url + path, f"{facts.title} · {settings.centre_name}")


def _facts(kind: str, slug: str) -> ShareFacts:
    if kind == PAGES:
        return _facts_of_page(slug)
    if kind != TICKETS:
        abort(404)
    with edge.reading() as session:
        return _facts_of_experience(offers.get_experience(session, slug))


def _facts_of_page(slug: str) -> ShareFacts:
    text = words.get_text(slug, edge.language())
    return ShareFacts(text.title, edge.services().settings.centre_name, *drawing_of(slug))


def _facts_of_experience(experience: Experience) -> ShareFacts:
    name, seed = pick(experience.names, edge.language()), crc32(experience.slug.encode())
    return ShareFacts(name, edge.services().settings.centre_name, experience.drawing, seed)
