"""The history of a page in one language: look at any version, compare, show it again, take back what waits."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.content import comparing, editing, pages
from ticketing.content.editing import PageInvalid, PageMovedOn
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.languages import OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes, page_editor, page_form, version_words
from ticketing.web.office.page_editor import Desk
from ticketing.web.site import informational, words

Answer = str | Response | tuple[str, int]

HISTORY = "/pages/<slug>/<language>/history"
VERSION = HISTORY + "/<version:number>"


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule(HISTORY, view_func=page_history)
    blueprint.add_url_rule(VERSION, view_func=page_version)
    blueprint.add_url_rule(f"{VERSION}/differences", view_func=page_differences)
    blueprint.add_url_rule(f"{VERSION}/restoration", view_func=restore_page, methods=["POST"])
    blueprint.add_url_rule(f"{VERSION}/withdrawal", view_func=withdraw_page, methods=["POST"])


@access.requires(Permission.EDIT_PAGES)
def page_history(slug: str, language: str) -> Answer:
    return _history_page(_load(slug, language), None)


@access.requires(Permission.EDIT_PAGES)
def page_version(slug: str, language: str, number: int) -> Answer:
    """Show a version as it would look on the site."""
    version = pages.get_version(_load(slug, language).versions, number)
    return informational.preview(slug, language, version.text, version_words.NOTICES[version.state])


@access.requires(Permission.EDIT_PAGES)
def page_differences(slug: str, language: str, number: int) -> Answer:
    """Compare a version with what visitors see."""
    desk = _load(slug, language)
    version, shown = pages.get_version(desk.versions, number), pages.shown_version(desk.versions)
    return render_template(
        "office/page_differences.html", desk=desk, version=version, shown=shown, languages=OWN_NAMES,
        changes=comparing.differences(shown.text, version.text) if shown else [], fields=version_words.FIELD_WORDS,
    )  # fmt: skip


@access.requires(Permission.EDIT_PAGES)
def restore_page(slug: str, language: str, number: int) -> Answer:
    """Show an older text again; one that leads nowhere by now is opened in the editor, to be mended."""
    desk = _load(slug, language)
    old = pages.get_version(desk.versions, number)
    based_on = page_form.whole_number(request.form.get("based_on", "")) or 0
    writing = editing.writing_of(slug, language, old, based_on)
    try:
        with edge.transaction() as session:
            editing.restore(session, old, writing, words.references(language), actor=edge.actor(), now=edge.now())
    except PageInvalid as mistake:
        return page_editor.refused(desk, page_form.opened_as(old.text, based_on, old), mistake), mistake.status
    except PageMovedOn as mistake:
        return _history_page(_load(slug, language), mistake), mistake.status
    return redirect(url_for(".page_history", slug=slug, language=language), 303)


@access.requires(Permission.EDIT_PAGES)
def withdraw_page(slug: str, language: str, number: int) -> Answer:
    """Take back a draft, or what is scheduled."""
    try:
        with edge.transaction() as session:
            editing.withdraw(session, slug, language, number, actor=edge.actor(), now=edge.now())
    except PageMovedOn as mistake:
        return _history_page(_load(slug, language), mistake), mistake.status
    return redirect(url_for(".page_history", slug=slug, language=language), 303)


def _load(slug: str, language: str) -> Desk:
    with edge.reading() as reading:
        return page_editor.load(reading, slug, language)


def _history_page(desk: Desk, mistake: TicketingError | None) -> str:
    return render_template(
        "office/page_history.html", desk=desk, languages=OWN_NAMES, states=version_words.VERSION_WORDS,
        newest=pages.newest_number(desk.versions), shown=pages.shown_version(desk.versions),
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
