"""Many slots at once: asked for in the address, shown slot by slot, then done in one step or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import bulk_changes, experience_editing, offers
from ticketing.catalogue.bulk_changes import BOUNDS, MOST_TIMES, BulkAct, BulkWish
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.catalogue import previews, reading
from ticketing.web.office.catalogue.previews import PreviewShown
from ticketing.web.office.catalogue.words import BULK_WORDS, FATE_WORDS
from ticketing.web.pages import weekday_names

Answer = str | Response | tuple[str, int]

CARRIED = ("csrf_token", "digest", "row")


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/catalogue/bulk", view_func=catalogue_bulk)
    blueprint.add_url_rule("/catalogue/bulk", view_func=catalogue_change_in_bulk, methods=["POST"])


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_bulk() -> Answer:
    """Ask what to change; once that is said, show what it makes of every slot."""
    if "act" not in request.args:
        return _page(_proposed(), None, None)
    try:
        return _page(request.args, _shown(read_wish(request.args)), None)
    except InvalidInput as mistake:
        return _page(request.args, None, mistake), mistake.status


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_change_in_bulk() -> Answer:
    """Change all slots in one step, if that still does what was shown; else show it anew."""
    try:
        wish = read_wish(request.form)
        with edge.transaction() as session:
            found = bulk_changes.carry_out(
                session, wish, request.form.get("digest", ""), zone=edge.services().zone, actor=edge.actor(),
                now=edge.now(),
            )  # fmt: skip
    except PreviewOutdated as outdated:
        return _page(request.form, _shown(wish), outdated), outdated.status
    except InvalidInput as mistake:
        return _page(request.form, None, mistake), mistake.status
    return redirect(url_for(".catalogue_bulk", done=len(found.shown)), 303)


def read_wish(form: Mapping[str, str]) -> BulkWish:
    """Read the form. Raises ExperienceNotFound, CatalogueInvalid."""
    with edge.reading() as session:
        experience = offers.get_experience(session, form.get("experience", ""))
    act = reading.choice(form, "act", BulkAct)
    wish = BulkWish(
        experience.id,
        act,
        reading.whole(form, "amount", *BOUNDS[act]) if act in BOUNDS else 0,
        reading.local_date(form, "first"),
        reading.local_date(form, "last"),
        frozenset(reading.weekdays(form)),
        reading.local_times(form, "times", MOST_TIMES),
    )
    bulk_changes.check(wish, today=edge.today())
    return wish


def _proposed() -> dict[str, str]:
    first, last = edge.today() + timedelta(days=1), edge.today() + timedelta(days=7)
    every_day = {f"weekday_{weekday}": "1" for weekday in range(7)}
    asked = {name: value for name, value in request.args.items() if name in ("experience", "first", "last")}
    return every_day | {"first": first.isoformat(), "last": last.isoformat(), "act": "set"} | asked


def _shown(wish: BulkWish) -> PreviewShown:
    with edge.reading() as session:
        preview = bulk_changes.preview(session, wish, zone=edge.services().zone, now=edge.now())
        return previews.shown(session, preview)


def _page(values: Mapping[str, str], preview: PreviewShown | None, mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        experiences = experience_editing.all_experiences(session)
    done = request.args.get("done", "")
    return render_template(
        "office/catalogue/bulk.html", experiences=experiences, values=values, preview=preview,
        acts=BULK_WORDS, fates=FATE_WORDS,
        typed={name: value for name, value in values.items() if name not in CARRIED}, weekdays=weekday_names(),
        done=int(done) if done.isascii() and done.isdigit() and len(done) < 7 else None,
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
