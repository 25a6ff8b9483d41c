"""What others take along: calendar feeds, whether we are open (a badge, a few words), the day's programme on paper."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ticketing.catalogue import availability, opening, opening_days
from ticketing.catalogue.programme import PROGRAMME_KINDS
from ticketing.content.programme_sheet import make_programme
from ticketing.foundation.calendar_file import CalendarEntry, make_feed
from ticketing.foundation.typefaces import HEAD, TEXT, width_of
from ticketing.web import edge
from ticketing.web.page_memory import remembered
from ticketing.web.pages import gettext as _
from ticketing.web.site import calendar_entries, header
from ticketing.web.site.calendar_entries import FeedFrame
from ticketing.web.site.programme_words import sheet_of

OPENING_DAYS, PROGRAMME_DAYS = 180, 28
SHEETS_AHEAD = 400  # days; nobody plans further, and a robot may not count on for ever
BADGE_SECONDS = 60
MADE_AT = re.compile(rb"^DTSTAMP:.*\r\n", re.MULTILINE)


def add_to(blueprint: Blueprint) -> None:
    """Put these at their addresses."""
    blueprint.add_url_rule("/calendar/opening-days.ics", view_func=opening_days_feed)
    blueprint.add_url_rule("/calendar/programme.ics", view_func=programme_feed)
    blueprint.add_url_rule("/badge.svg", view_func=badge)
    blueprint.add_url_rule("/status/", view_func=status_now)
    blueprint.add_url_rule("/programme/<date:day>.pdf", view_func=programme_sheet)


def opening_days_feed() -> Answer:
    return _with_mark(_opening_days_file())


def programme_feed() -> Answer:
    return _with_mark(_programme_file())


def badge() -> Response:
    """A picture that any site may show; its own cache asks again each minute."""
    response: Response = _badge_picture()
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={BADGE_SECONDS}"
    return response


@remembered
def status_now() -> str:
    """What the header says at this moment: a page that stays open looks here whether it is still so."""
    return render_template("site/status.html", **header.facts())


def programme_sheet(day: date) -> Answer:
    if not edge.today() <= day <= edge.today() + timedelta(days=SHEETS_AHEAD):
        abort(404)
    response: Response = _programme_file_of_day(day=day)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Disposition"] = f'inline; filename="programme-{day}.pdf"'
    response.add_etag()
    return response.make_conditional(request)


@remembered
def _opening_days_file() -> Response:
    frame = _frame("opening-hours")
    entries = calendar_entries.opening_entries(header.calendar(), edge.today(), OPENING_DAYS, frame)
    return _feed(entries, _("%(centre)s: opening days", centre=frame.centre_name))


@remembered
def _programme_file() -> Response:
    frame, last = _frame("programme"), edge.today() + timedelta(days=PROGRAMME_DAYS)
    with edge.reading() as session:
        starts = availability.starts_between(
            session, PROGRAMME_KINDS, edge.today(), last, zone=edge.services().zone, now=edge.now()
        )
    addressed = [
        (start, frame.public_url + shop_address(start.experience.slug, start.slot.starts_at_local.date()))
        for start in starts
    ]
    entries = calendar_entries.programme_entries(addressed, frame)
    return _feed(entries, _("%(centre)s: shows and workshops", centre=frame.centre_name))


@remembered
def _badge_picture() -> Response:
    centre_name = edge.services().settings.centre_name
    status = opening.status_at(header.calendar(), edge.now())
    sentence = header.status_sentence(status, edge.language())
    picture = render_template(
        "site/badge.svg",
        sentence=sentence,
        name_width=width_of(centre_name, HEAD, 18),
        sentence_width=width_of(sentence, TEXT, 17),
    )
    return Response(picture, content_type="image/svg+xml")


@remembered
def _programme_file_of_day(day: date) -> Response:
    services = edge.services()
    with edge.reading() as session:
        starts = availability.starts_between(session, PROGRAMME_KINDS, day, day, zone=services.zone, now=edge.now())
    shown = opening_days.day_shown(header.calendar(), day)
    parts = opening_days.open_parts(header.calendar(), day)
    address = services.settings.public_url + url_for("site.localised.page", slug="programme")
    return Response(make_programme(sheet_of(shown, parts, starts, address)), content_type="application/pdf")


def shop_address(experience_slug: str, day: date) -> str:
    """Return the address, without host, at which an experience is bought for a day."""
    return url_for("site.localised.shop_slots", experience_slug=experience_slug, day=day)


def _frame(slug: str) -> FeedFrame:
    settings = edge.services().settings
    address = settings.public_url + url_for("site.localised.page", slug=slug)
    return FeedFrame(settings.centre_name, edge.language(), settings.public_url, address)


def _feed(entries: list[CalendarEntry], name: str) -> Response:
    product = edge.services().settings.centre_name
    return Response(make_feed(entries, made_at=edge.now(), product=product, name=name), content_type="text/calendar")


def _with_mark(response: Response) -> Answer:
    """Let a calendar that has these very entries keep them; when they were written down does not matter to it."""
    response.set_etag(hashlib.sha256(MADE_AT.sub(b"", response.get_data())).hexdigest()[:32], weak=True)
    return response.make_conditional(request)
