"""Opening hours: usual weeks, exceptions, yearly closing days; what a change makes of slots comes before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import closures, opening_editing
from ticketing.catalogue.checking import LONGEST_REASON, invalid
from ticketing.catalogue.opening import Calendar
from ticketing.catalogue.opening_days import usual_week
from ticketing.catalogue.opening_editing import (
    DropClosingDay,
    DropException,
    SetClosingDay,
    SetException,
    SetUsualHours,
    Wish,
)
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.catalogue import previews, reading
from ticketing.web.office.catalogue.words import FATE_WORDS
from ticketing.web.pages import weekday_names

Answer = str | Response | tuple[str, int]

EXCEPTIONS_SHOWN = 120  # a year of them and more; beyond it the list says so


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    rule = blueprint.add_url_rule
    rule("/catalogue/opening-hours", view_func=catalogue_opening)
    rule("/catalogue/opening-hours", view_func=catalogue_change_opening, methods=["POST"])
    rule("/catalogue/opening-hours/preview", view_func=catalogue_preview_opening)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_opening() -> Answer:
    return _page(_proposed(edge.today()), None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_preview_opening() -> Answer:
    """Show what other hours would make of slots and visitors; nothing is changed yet."""
    try:
        wish = opening_editing.checked(read_wish(request.args), today=edge.today())
    except InvalidInput as mistake:
        return _page(request.args, mistake), mistake.status
    return _preview_page(request.args, wish, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_change_opening() -> Answer:
    """Change the hours if that still does what was shown; else show it anew."""
    try:
        wish = opening_editing.checked(read_wish(request.form), today=edge.today())
        with edge.transaction() as session:
            opening_editing.carry_out(
                session, wish, request.form.get("digest", ""), zone=edge.services().zone, actor=edge.actor(),
                now=edge.now(),
            )  # fmt: skip
    except PreviewOutdated as outdated:
        return _preview_page(request.form, wish, outdated), outdated.status
    except InvalidInput as mistake:
        return _page(request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_opening", done="1"), 303)


def read_wish(form: Mapping[str, str]) -> Wish:
    """Read which of the forms was filled in, and what it says. Raises CatalogueInvalid."""
    what, is_closed = form.get("what", ""), form.get("open") == "no"
    opens = None if is_closed else reading.local_time_or_none(form, "opens_at")
    closes = None if is_closed else reading.local_time_or_none(form, "closes_at")
    if not is_closed and what in ("usual", "exception"):
        opens, closes = reading.local_time(form, "opens_at"), reading.local_time(form, "closes_at")
    if what == "usual":
        return SetUsualHours(reading.weekdays(form), reading.local_date(form, "valid_from"), opens, closes)
    if what == "exception":
        first = reading.local_date(form, "first")
        last = reading.local_date_or_none(form, "last") or first
        return SetException(first, last, opens, closes, reading.texts(form, "reason"))
    if what == "usual_again":
        return DropException(reading.local_date(form, "first"))
    month, day = reading.whole(form, "month", 1, 12), reading.whole(form, "day", 1, 31)
    if what == "closing_day":
        return SetClosingDay(month, day, reading.texts(form, "reason"))
    if what == "no_closing_day":
        return DropClosingDay(month, day)
    raise invalid("what", "no_target")


def _proposed(today: date) -> dict[str, str]:
    """Fill in what a manager would most often want, or what the address asks for."""
    asked = {name: request.args[name] for name in request.args if len(request.args[name]) < 400}
    return {"valid_from": (today + timedelta(days=1)).isoformat(), "opens_at": "09:30", "closes_at": "17:00"} | asked


def _page(values: Mapping[str, str], mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        calendar = closures.load_calendar(session, edge.services().zone)
    coming = sorted((day, hours) for day, hours in calendar.exceptions.items() if day >= edge.today())
    return render_template(
        "office/catalogue/opening.html", weeks=_weeks(calendar, edge.today()), weekdays=weekday_names(),
        exceptions=coming[:EXCEPTIONS_SHOWN], more=max(0, len(coming) - EXCEPTIONS_SHOWN),
        closing_days=sorted(calendar.closing_days.items()), a_year=2024, values=values, most=LONGEST_REASON,
        languages=OWN_NAMES, language_codes=LANGUAGES, mistake=mistakes.told(mistake) if mistake else None,
        make_date=date, is_done="done" in request.args,
    )  # fmt: skip


def _weeks(calendar: Calendar, today: date) -> list[tuple[date, list[object]]]:
    """Return the usual week of today, and every one that begins later."""
    begins = sorted({hours.valid_from for hours in calendar.usual if hours.valid_from > today})
    return [(begin, list(usual_week(calendar, begin))) for begin in (today, *begins)]


def _preview_page(values: Mapping[str, str], wish: Wish, mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        preview = opening_editing.preview(session, wish, zone=edge.services().zone, now=edge.now())
        found = previews.shown(session, preview)
    return render_template(
        "office/catalogue/opening_preview.html", fates=FATE_WORDS, wish=wish, kind=type(wish).__name__, preview=found,
        typed={name: value for name, value in values.items() if name not in ("csrf_token", "digest", "row")},
        weekdays=weekday_names(), languages=OWN_NAMES, make_date=date,
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
