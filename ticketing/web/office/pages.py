"""Every page in every language: what is shown, what is outdated or missing, what waits; and a new page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.content import editing, pages
from ticketing.content.editing import PageInvalid, PageMovedOn
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.languages import DEFAULT_LANGUAGE, OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes, version_words

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/pages", view_func=page_list)
    blueprint.add_url_rule("/pages", view_func=add_page, methods=["POST"])


@access.requires(Permission.EDIT_PAGES)
def page_list() -> Answer:
    return _list(None)


@access.requires(Permission.EDIT_PAGES)
def add_page() -> Answer:
    """Begin a page with a Dutch draft, and lead to where it is written."""
    typed = request.form
    try:
        with edge.transaction() as writing:
            slug = editing.add_page(
                writing, typed.get("slug", ""), typed.get("title", ""), actor=edge.actor(), now=edge.now()
            )
    except (PageInvalid, PageMovedOn) as mistake:
        return _list(mistake), mistake.status
    return redirect(url_for(".page_editor", slug=slug, language=DEFAULT_LANGUAGE), 303)


def _list(mistake: TicketingError | None) -> str:
    only_work = request.args.get("work") == "1"
    with edge.reading() as reading:
        every = pages.overview(reading, now=edge.now())
    waiting = [page for page in every if pages.needs_work(page)]
    return render_template(
        "office/pages.html", pages=waiting if only_work else every, only_work=only_work, count=len(every),
        work_count=len(waiting), languages=OWN_NAMES, words=version_words.LANGUAGE_WORDS,
        values=request.form if mistake else {}, mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
