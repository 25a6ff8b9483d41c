"""The timetable: patterns of each experience, and what another one makes of slots, shown before it is saved."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import experience_editing, marks, offers, pattern_editing
from ticketing.catalogue.checking import CatalogueInvalid
from ticketing.catalogue.marks import CatalogueMovedOn
from ticketing.catalogue.models import TimetablePattern
from ticketing.catalogue.pattern_editing import (
    LONGEST_STEP,
    MOST_CAPACITY,
    SHORTEST_STEP,
    PatternNotFound,
    PatternSheet,
    PatternWish,
)
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.catalogue import meanwhile, previews, reading
from ticketing.web.office.catalogue.words import FATE_WORDS
from ticketing.web.office.page_form import whole_number
from ticketing.web.pages import weekday_names

Answer = str | Response | tuple[str, int]

CARRIED = ("csrf_token", "digest", "row")


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    rule, base = blueprint.add_url_rule, "/catalogue/timetable"
    rule(base, view_func=catalogue_timetable)
    rule(f"{base}/<slug>/new", view_func=catalogue_new_pattern)
    rule(f"{base}/<slug>/<int:pattern_id>", view_func=catalogue_pattern)
    rule(f"{base}/<slug>/preview", view_func=catalogue_preview_pattern)
    rule(f"{base}/<slug>", view_func=catalogue_save_pattern, methods=["POST"])


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_timetable() -> Answer:
    with edge.reading() as session:
        experiences = experience_editing.all_experiences(session)
        patterns = {each.id: pattern_editing.patterns_of(session, each.id) for each in experiences}
    return render_template(
        "office/catalogue/timetable.html", experiences=experiences, patterns=patterns, weekdays=weekday_names(),
        today=edge.today(), is_done="done" in request.args,
    )  # fmt: skip


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_new_pattern(slug: str) -> Answer:
    proposed = {"first_at": "10:00", "last_at": "16:00", "every_minutes": "60", "capacity": "50"}
    values = {f"weekday_{weekday}": "1" for weekday in range(7)} | proposed
    return _form(slug, values | {"valid_from": edge.today().isoformat()}, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_pattern(slug: str, pattern_id: int) -> Answer:
    with edge.reading() as session:
        pattern = pattern_editing.get_pattern(session, pattern_id)
    if pattern.experience.slug != slug:
        raise PatternNotFound("There is no such pattern.")
    return _form(slug, written(pattern) | {"pattern": str(pattern.id), "mark": marks.mark_of(pattern)}, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_preview_pattern(slug: str) -> Answer:
    """Show what a pattern would make of slots and visitors; nothing is saved yet."""
    try:
        return _preview_page(slug, request.args, read_wish(slug, request.args), None)
    except CatalogueInvalid as mistake:
        return _form(slug, request.args, mistake), mistake.status


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_save_pattern(slug: str) -> Answer:
    """Save a pattern if that still does what was shown; else show it anew."""
    try:
        wish = read_wish(slug, request.form)
        with edge.transaction() as session:
            pattern_editing.carry_out(
                session, wish, request.form.get("digest", ""), zone=edge.services().zone, actor=edge.actor(),
                now=edge.now(),
            )  # fmt: skip
    except PreviewOutdated as outdated:
        return _preview_page(slug, request.form, wish, outdated), outdated.status
    except (InvalidInput, CatalogueMovedOn) as mistake:
        return _form(slug, request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_timetable", done="1", _anchor=slug), 303)


def read_wish(slug: str, form: Mapping[str, str]) -> PatternWish:
    """Read the form. Raises ExperienceNotFound, CatalogueInvalid."""
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
    pattern_id, mark = whole_number(form.get("pattern", "")), form.get("mark", "")
    if pattern_id and "take_away" in form:
        return PatternWish(experience.id, None, pattern_id, mark)
    sheet = PatternSheet(
        "".join(str(weekday) for weekday in reading.weekdays(form)),
        reading.local_time(form, "first_at"),
        reading.local_time(form, "last_at"),
        reading.whole(form, "every_minutes", SHORTEST_STEP, LONGEST_STEP),
        reading.whole(form, "capacity", 0, MOST_CAPACITY),
        reading.local_date(form, "valid_from"),
        reading.local_date_or_none(form, "valid_until"),
    )
    pattern_editing.check(sheet)
    return PatternWish(experience.id, sheet, pattern_id or None, mark)


def written(pattern: TimetablePattern) -> dict[str, str]:
    """Write a pattern as the form has it."""
    return {f"weekday_{weekday}": "1" for weekday in pattern.weekdays} | {
        "first_at": reading.written_time(pattern.first_at_local),
        "last_at": reading.written_time(pattern.last_at_local),
        "every_minutes": str(pattern.every_minutes),
        "capacity": str(pattern.capacity),
        "valid_from": pattern.valid_from.isoformat(),
        "valid_until": pattern.valid_until.isoformat() if pattern.valid_until else "",
    }


def _form(slug: str, values: Mapping[str, str], mistake: TicketingError | None) -> str:
    """Render the form around what is typed; after a conflict it stands on top of what was saved meanwhile."""
    told = None
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
        if isinstance(mistake, CatalogueMovedOn):
            saved = pattern_editing.get_pattern(session, int(values["pattern"]))
            told = meanwhile.told(mistake, written(saved), values)
            values = {**values, "mark": marks.mark_of(saved)}
    return render_template(
        "office/catalogue/pattern.html", experience=experience, values=values, weekdays=weekday_names(),
        mistake=mistakes.told(mistake) if mistake else None, meanwhile=told,
    )  # fmt: skip


def _preview_page(slug: str, values: Mapping[str, str], wish: PatternWish, mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
        found = previews.shown(
            session, pattern_editing.preview(session, wish, zone=edge.services().zone, now=edge.now())
        )
    return render_template(
        "office/catalogue/pattern_preview.html", fates=FATE_WORDS, experience=experience, preview=found, wish=wish,
        typed={name: value for name, value in values.items() if name not in CARRIED}, weekdays=weekday_names(),
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
