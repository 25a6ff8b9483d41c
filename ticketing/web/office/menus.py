"""The menus of the site: which links, in which order, now or from a time to come; history and restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.content import menus
from ticketing.content.menus import FOOT, MenuInvalid, MenuMovedOn, MenuTold
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.languages import OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, audiences, edge
from ticketing.web.office import mistakes, targets, version_words
from ticketing.web.office.moments import read_moment
from ticketing.web.office.page_form import whole_number
from ticketing.web.office.targets import Target
from ticketing.web.pages import N_

Answer = str | Response | tuple[str, int]

MENU_WORDS = {
    audiences.VISITOR: N_("Visitors"),
    audiences.TEACHER: N_("Teachers"),
    audiences.HOST: N_("Hosts of events"),
    FOOT: N_("Foot of every page"),
}
STEP = 10  # between two places, so that something can be put in between
PLACE = "place-"
VERSION = "/menus/<menu>/history/<version:number>"


@dataclass(frozen=True)
class Row:
    """A link with its place in the form; an empty place is not in the menu."""

    target: Target
    place: str


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/menus", view_func=menu_list)
    blueprint.add_url_rule("/menus/<menu>", view_func=menu_editor)
    blueprint.add_url_rule("/menus/<menu>", view_func=save_menu, methods=["POST"])
    blueprint.add_url_rule(f"{VERSION}/restoration", view_func=restore_menu, methods=["POST"])
    blueprint.add_url_rule(f"{VERSION}/withdrawal", view_func=withdraw_menu, methods=["POST"])


@access.requires(Permission.EDIT_PAGES)
def menu_list() -> Answer:
    return redirect(url_for(".menu_editor", menu=audiences.VISITOR), 302)


@access.requires(Permission.EDIT_PAGES)
def menu_editor(menu: str) -> Answer:
    return _page(menu, None)


@access.requires(Permission.EDIT_PAGES)
def save_menu(menu: str) -> Answer:
    """Show the links that were given a place, in that order, now or later."""
    form = request.form
    try:
        wanted = read_places(form, targets.choices())
        shows_from = None
        if form.get("act") == "schedule":
            shows_from = read_moment(form.get("shows_from", ""), "shows_from", edge.services().zone)
        _save(menu, wanted, shows_from)
    except (InvalidInput, MenuMovedOn) as mistake:
        return _page(menu, mistake), mistake.status
    return redirect(url_for(".menu_editor", menu=menu), 303)


@access.requires(Permission.EDIT_PAGES)
def restore_menu(menu: str, number: int) -> Answer:
    """Show an older menu again, from now on."""
    with edge.reading() as reading:
        old = menus.get_version(menus.history(reading, menu, now=edge.now()), number)
    try:
        _save(menu, list(old.targets), None)
    except MenuMovedOn as mistake:
        return _page(menu, mistake), mistake.status
    return redirect(url_for(".menu_editor", menu=menu), 303)


@access.requires(Permission.EDIT_PAGES)
def withdraw_menu(menu: str, number: int) -> Answer:
    """Take back what is scheduled."""
    try:
        with edge.transaction() as writing:
            menus.withdraw(writing, menu, number, actor=edge.actor(), now=edge.now())
    except MenuMovedOn as mistake:
        return _page(menu, mistake), mistake.status
    return redirect(url_for(".menu_editor", menu=menu), 303)


def read_places(form: Mapping[str, str], known: list[Target]) -> list[str]:
    """Return the targets that have a place, in its order. Raises MenuInvalid."""
    places: list[tuple[int, str]] = []
    for target in known:
        typed = form.get(PLACE + target.name, "").strip()
        place = whole_number(typed)
        if typed and place is None:
            raise MenuInvalid("Give a whole number.", field=PLACE + target.name, why="no_place")
        if place is not None:
            places.append((place, target.name))
    return [name for _, name in sorted(places)]


def _save(menu: str, wanted: list[str], shows_from: datetime | None) -> None:
    based_on = whole_number(request.form.get("based_on", "")) or 0
    with edge.transaction() as writing:
        menus.save(writing, menu, wanted, based_on=based_on, shows_from=shows_from, actor=edge.actor(), now=edge.now())


def _page(menu: str, mistake: TicketingError | None) -> str:
    with edge.reading() as reading:
        versions = menus.history(reading, menu, now=edge.now())
    shown = next(version for version in versions if version.state == "shown")
    typed = request.form if mistake and any(name.startswith(PLACE) for name in request.form) else None
    return render_template(
        "office/menu.html", menu=menu, menus=MENU_WORDS, versions=versions, rows=_rows(shown, typed),
        newest=versions[0].number, languages=OWN_NAMES, states=version_words.VERSION_WORDS,
        scheduled=[version for version in versions if version.state == "scheduled"],
        values=request.form if mistake else {}, mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _rows(shown: MenuTold, typed: Mapping[str, str] | None) -> list[Row]:
    """List what is in the menu in its order, then what could be; with the places as they were typed, if they were."""
    places = {name: str(STEP * index) for index, name in enumerate(shown.targets, 1)}
    others = [target for target in targets.choices() if target.name not in places]
    every = [targets.target_of(name) for name in shown.targets] + others
    return [
        Row(each, places.get(each.name, "") if typed is None else typed.get(PLACE + each.name, "")) for each in every
    ]
