"""Writing a page in one language: the original beside it, a preview, then a draft, at once, or at a time to come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.content import comparing, editing, markup, pages, pictures
from ticketing.content.editing import MOST, PageMovedOn, Writing
from ticketing.content.pages import LanguageState, PageNotFound, Version, VersionState
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES, OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes, page_form, version_words
from ticketing.web.office.moments import read_moment
from ticketing.web.office.page_form import Typed
from ticketing.web.pages import N_
from ticketing.web.site import informational, words

Answer = str | Response | tuple[str, int]

DONE = {
    "draft": N_("Saved as a draft. Visitors do not see it yet."),
    "show": N_("Visitors read this text from now on."),
    "schedule": N_("Scheduled. The text shows by itself when its time has come."),
}
PREVIEW = N_("Not shown yet. Nothing is saved. Close this tab to go on writing.")


@dataclass(frozen=True)
class Desk:
    """What lies before somebody who writes: the versions of this language, and those of the original."""

    slug: str
    language: str
    versions: list[Version]
    originals: list[Version]

    @property
    def is_original(self) -> bool:
        """Tell whether this language is the one the others are translated from."""
        return self.language == DEFAULT_LANGUAGE

    @property
    def standing(self) -> LanguageState:
        """How the text that visitors see stands to the original they see."""
        mine, original = pages.shown_version(self.versions), pages.shown_version(self.originals)
        return pages.standing_of(mine.meaning if mine else None, original.meaning if original else None)

    def beside(self, number: int | None) -> Version | None:
        """Return the original to translate: the one asked for, else the one shown, else the one that waits."""
        asked = next((version for version in self.originals if version.number == number), None)
        return asked or pages.shown_version(self.originals) or pages.waiting_version(self.originals)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/pages/<slug>/<language>", view_func=page_editor)
    blueprint.add_url_rule("/pages/<slug>/<language>", view_func=save_page, methods=["POST"])
    blueprint.add_url_rule("/pages/<slug>/<language>/preview", view_func=preview_page, methods=["POST"])


def load(session: Session, slug: str, language: str) -> Desk:
    """Load the versions of a page. Raises PageNotFound."""
    if language not in LANGUAGES or not pages.is_known(session, slug):
        raise PageNotFound("This page does not exist.")
    originals = pages.history(session, slug, DEFAULT_LANGUAGE, now=edge.now())
    mine = originals if language == DEFAULT_LANGUAGE else pages.history(session, slug, language, now=edge.now())
    return Desk(slug, language, mine, originals)


@access.requires(Permission.EDIT_PAGES)
def page_editor(slug: str, language: str) -> Answer:
    """Open what waits, else what is shown; a version of the history or the original's text when asked for it."""
    with edge.reading() as reading:
        desk = load(reading, slug, language)
    asked = page_form.whole_number(request.args.get("version", ""))
    opened = pages.waiting_version(desk.versions) if asked is None else pages.get_version(desk.versions, asked)
    beside = desk.beside(page_form.whole_number(request.args.get("beside", "")))
    text = opened.text if opened else None
    if beside and request.args.get("start") == "original":
        text = beside.text
    typed = page_form.opened_as(text, pages.newest_number(desk.versions), opened)
    return editor_page(desk, replace(typed, beside=beside.number if beside else None), None)


@access.requires(Permission.EDIT_PAGES)
def save_page(slug: str, language: str) -> Answer:
    """Keep what was typed as a draft, show it, or schedule it; refused, it stays in the form."""
    typed = page_form.read(request.form)
    with edge.reading() as reading:
        desk = load(reading, slug, language)
    try:
        writing = Writing(slug, language, typed.text, typed.based_on, _meaning_of(desk, typed))
        _carry_out(typed, writing)
    except (InvalidInput, PageMovedOn) as mistake:
        return refused(desk, typed, mistake), mistake.status
    return redirect(url_for(".page_editor", slug=slug, language=language, done=typed.act), 303)


@access.requires(Permission.EDIT_PAGES)
def preview_page(slug: str, language: str) -> Answer:
    """Show the page as visitors would see it with what is typed; nothing is saved."""
    typed = page_form.read(request.form)
    with edge.reading() as reading:
        load(reading, slug, language)
    return informational.preview(slug, language, typed.text, PREVIEW)


def _meaning_of(desk: Desk, typed: Typed) -> int | None:
    """The original goes on from the text it was written on top of; a translation says the original beside it."""
    if desk.is_original:
        opened = next((version for version in desk.versions if version.number == typed.opened), None)
        return editing.meaning_after(opened, typed.text, is_correction=typed.is_correction)
    beside = desk.beside(typed.beside)
    return beside.meaning if beside else 0


def _carry_out(typed: Typed, writing: Writing) -> None:
    """Do what the pressed button says. Raises PageInvalid, PageMovedOn, MomentInvalid, NoSuchLocalTime."""
    where = words.references(writing.language)
    shows_from = None
    if typed.act == "schedule":
        shows_from = read_moment(typed.shows_from, "shows_from", edge.services().zone)
    with edge.transaction() as session:
        if shows_from is not None:
            editing.schedule(session, writing, where, shows_from=shows_from, actor=edge.actor(), now=edge.now())
        elif typed.act == "show":
            editing.show(session, writing, where, actor=edge.actor(), now=edge.now())
        else:
            editing.save_draft(session, writing, actor=edge.actor(), now=edge.now())


def refused(desk: Desk, typed: Typed, mistake: TicketingError) -> str:
    """Show the form again with all that was typed; after a conflict it stands on top of what was saved meanwhile."""
    meanwhile = None
    if isinstance(mistake, PageMovedOn):
        with edge.reading() as reading:
            desk = load(reading, desk.slug, desk.language)
        meanwhile = desk.versions[0] if desk.versions else None
        newest = pages.newest_number(desk.versions)
        typed = replace(typed, based_on=newest, opened=newest)
    return editor_page(desk, typed, mistake, meanwhile)


def editor_page(desk: Desk, typed: Typed, mistake: TicketingError | None, meanwhile: Version | None = None) -> str:
    """Render the form around what is typed."""
    with edge.reading() as reading:
        library = pictures.list_pictures(reading)
    opened = next((version for version in desk.versions if version.number == typed.opened), None)
    done = request.args.get("done", "")
    return render_template(
        "office/page_editor.html", desk=desk, typed=typed, values=typed.values, opened=opened, languages=OWN_NAMES,
        most=MOST, library=library, done=DONE.get(done, ""), fields=version_words.FIELD_WORDS,
        states=version_words.VERSION_WORDS, stands=version_words.LANGUAGE_WORDS[desk.standing],
        scheduled=[each for each in desk.versions if each.state is VersionState.SCHEDULED],
        mistake=mistakes.told(mistake) if mistake else None, meanwhile=meanwhile,
        theirs=comparing.differences(meanwhile.text, typed.text) if meanwhile else [],
        **_beside(desk, typed, opened),
    )  # fmt: skip


def _beside(desk: Desk, typed: Typed, opened: Version | None) -> dict[str, Any]:
    """What a translator looks at: the original section by section, and what is new in it since the last time."""
    original = None if desk.is_original else desk.beside(typed.beside)
    if original is None:
        return {"original": None, "sections": (), "news": [], "other_originals": []}
    before = pages.made_from(desk.originals, opened.meaning) if opened else None
    is_outdated = before is not None and opened is not None and opened.meaning != original.meaning
    return {
        "original": original,
        "sections": markup.sections(words.named(original.text).body, words.references(DEFAULT_LANGUAGE)),
        "news": comparing.differences(before.text, original.text) if before and is_outdated else [],
        "other_originals": [
            version
            for version in desk.originals
            if version.number != original.number
            and version.state in (VersionState.SHOWN, VersionState.SCHEDULED, VersionState.DRAFT)
        ],
    }
