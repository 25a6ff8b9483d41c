"""Ticket types: the list, and one sheet each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import marks, ticket_type_editing
from ticketing.catalogue.checking import LONGEST_HINT, LONGEST_NAME
from ticketing.catalogue.marks import CatalogueMovedOn
from ticketing.catalogue.models import Audience, TicketType
from ticketing.catalogue.ticket_type_editing import LAST_POSITION, MOST_PER_ORDER, OLDEST, TicketTypeSheet
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.catalogue import meanwhile, reading
from ticketing.web.office.catalogue.words import AUDIENCE_WORDS

Answer = str | Response | tuple[str, int]

WITH = "comes_with-"  # and the name of a ticket type, ticked when this one may come along with it
NEW = {"audience": "visitor", "max_per_order": "20", "position": "50"}


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    rule, base = blueprint.add_url_rule, "/catalogue/ticket-types"
    rule(base, view_func=catalogue_ticket_types)
    rule(base, view_func=catalogue_add_ticket_type, methods=["POST"])
    rule(f"{base}/new", view_func=catalogue_new_ticket_type)
    rule(f"{base}/<slug>", view_func=catalogue_ticket_type)
    rule(f"{base}/<slug>", view_func=catalogue_save_ticket_type, methods=["POST"])


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_ticket_types() -> Answer:
    with edge.reading() as session:
        types = ticket_type_editing.all_ticket_types(session)
    return render_template("office/catalogue/ticket_types.html", types=types, audiences=AUDIENCE_WORDS)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_new_ticket_type() -> Answer:
    return _page(None, NEW, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_add_ticket_type() -> Answer:
    """Add a ticket type; it is sold as soon as it has a price."""
    try:
        sheet = _read(request.form)
        with edge.transaction() as session:
            made = ticket_type_editing.create(session, sheet, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(None, request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_ticket_type", slug=made.slug, done="1"), 303)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_ticket_type(slug: str) -> Answer:
    with edge.reading() as session:
        found = ticket_type_editing.get_ticket_type(session, slug)
        values = written(found, ticket_type_editing.comes_with(session, found.id))
    return _page(found, values, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_save_ticket_type(slug: str) -> Answer:
    """Change a ticket type; refused, all that was typed stays in the form."""
    with edge.reading() as session:
        found = ticket_type_editing.get_ticket_type(session, slug)
    try:
        sheet, mark = _read(request.form), request.form.get("mark", "")
        with edge.transaction() as session:
            saved = ticket_type_editing.change(session, slug, sheet, mark, actor=edge.actor(), now=edge.now())
    except (InvalidInput, CatalogueMovedOn) as mistake:
        return _page(found, request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_ticket_type", slug=saved.slug, done="1"), 303)


def written(ticket_type: TicketType, comes_with: Collection[str]) -> dict[str, str]:
    """Write a ticket type, and those it may come along with, as the form has it."""
    numbers = ("min_age", "max_age", "max_per_order", "position")
    values = {name: _written(getattr(ticket_type, name)) for name in numbers}
    for language in LANGUAGES:
        values[f"names_{language}"] = ticket_type.names.get(language, "")
        values[f"hints_{language}"] = ticket_type.hints.get(language, "")
    values |= {f"{WITH}{slug}": "1" for slug in comes_with}
    return values | {"slug": ticket_type.slug, "audience": ticket_type.audience.value}


def _written(number: int | None) -> str:
    return "" if number is None else str(number)


def _read(form: Mapping[str, str]) -> TicketTypeSheet:
    """Read the form. Raises CatalogueInvalid."""
    return TicketTypeSheet(
        slug=form.get("slug", ""),
        names=reading.texts(form, "names"),
        hints=reading.texts(form, "hints"),
        audience=reading.choice(form, "audience", Audience),
        min_age=reading.whole_or_none(form, "min_age", 0, OLDEST),
        max_age=reading.whole_or_none(form, "max_age", 0, OLDEST),
        max_per_order=reading.whole(form, "max_per_order", 1, MOST_PER_ORDER),
        position=reading.whole(form, "position", 0, LAST_POSITION),
        comes_with=frozenset(name.removeprefix(WITH) for name in form if name.startswith(WITH)),
    )


def _page(found: TicketType | None, values: Mapping[str, str], mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        saved = ticket_type_editing.get_ticket_type(session, found.slug) if found else None
        now_written = written(saved, ticket_type_editing.comes_with(session, saved.id)) if saved else {}
        others = [each for each in ticket_type_editing.all_ticket_types(session) if not saved or each.id != saved.id]
    return render_template(
        "office/catalogue/ticket_type.html", ticket_type=saved, values=values, audiences=AUDIENCE_WORDS,
        languages=OWN_NAMES, most={"names": LONGEST_NAME, "hints": LONGEST_HINT},
        mark=marks.mark_of(saved) if saved else "", mistake=mistakes.told(mistake) if mistake else None,
        is_done="done" in request.args, meanwhile=meanwhile.told(mistake, now_written, values), others=others,
        with_name=WITH,
    )  # fmt: skip
