"""Pages that tell: home, and every page of words, some with live facts between title and text."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ticketing.content import markup, pictures
from ticketing.content.page_list import AUDIENCE_HOMES, drawing_of
from ticketing.content.page_texts import PageText
from ticketing.web import audiences, edge
from ticketing.web.page_memory import remembered
from ticketing.web.pages import drawn
from ticketing.web.site import live, words

HOME_SIZE, PAGE_SIZE = (760, 560), (520, 560)
FOREVER = "public, max-age=31536000, immutable"


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/", view_func=home)
    blueprint.add_url_rule("/for/<audience>/", view_func=choose_audience)
    blueprint.add_url_rule("/<slug>/", view_func=page)


@remembered
def home() -> str:
    return home_page(words.get_text(AUDIENCE_HOMES[audiences.chosen()], edge.language()))


def home_page(text: PageText) -> str:
    """Render the home page of the chosen audience around a text: a headline, three ideas, and what else it says."""
    sections = markup.sections(text.body, words.references(edge.language()))
    return render_template(
        "site/home.html",
        page=text,
        ideas=sections[:3],
        sections=sections[3:],
        picture=_picture(text),
        drawing=drawn(*drawing_of(AUDIENCE_HOMES[audiences.chosen()]), *HOME_SIZE),
        **live.home_facts(audiences.chosen()),
    )


def choose_audience(audience: str) -> Answer:
    """Remember who asks, and show them their home page."""
    if audience not in audiences.AUDIENCES:
        abort(404)
    response = make_response(redirect(url_for(".home"), 303))
    audiences.remember(response, audience)
    return response


@remembered
def page(slug: str) -> str | Answer:
    if slug in AUDIENCE_HOMES.values():
        return redirect(url_for(".home"), 302)
    return word_page(slug, words.get_text(slug, edge.language()))


def word_page(slug: str, text: PageText) -> str:
    """Render a page around a text: its sections, its picture or drawing, and the live facts that belong to it."""
    template, facts = live.facts_of(slug)
    return render_template(
        template,
        slug=slug,
        page=text,
        sections=markup.sections(text.body, words.references(edge.language())),
        picture=_picture(text),
        drawing=drawn(*drawing_of(slug), *PAGE_SIZE),
        **facts,
    )


def preview(slug: str, language: str, text: PageText, notice: str) -> str:
    """Render a page as visitors of a language would see it with this text, under a notice that they do not."""
    g.language, g.not_yet = language, notice
    for audience, home_slug in AUDIENCE_HOMES.items():
        if slug == home_slug:
            audiences.show_as(audience)
            return home_page(words.named(text))
    return word_page(slug, words.named(text))


def _picture(text: PageText) -> str:
    shown = words.shown_picture(text.picture_key, edge.language()) if text.picture_key else None
    return markup.picture_figure(shown) if shown else ""


def picture_file(key: str, width: int, kind: str) -> Response:
    """Answer with one file of a picture; its address names its content, so it never changes."""
    if kind not in pictures.MEDIA_TYPES:
        abort(404)
    etag = f"{key}-{width}-{kind}"
    if etag in request.if_none_match:
        return Response(status=304, headers={"Cache-Control": FOREVER, "ETag": f'"{etag}"'})
    with edge.reading() as session:
        content = pictures.get_file(session, key, width, kind)
    response = make_response(content)
    response.content_type = pictures.MEDIA_TYPES[kind]
    response.headers["Cache-Control"] = FOREVER
    response.set_etag(etag)
    return response
