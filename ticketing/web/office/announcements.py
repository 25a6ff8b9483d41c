"""Announcements above every page of the site: what runs, what comes, what was."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.content import announcements
from ticketing.content.announcements import LONGEST, Wording
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes, targets
from ticketing.web.office.moments import read_moment

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/announcements", view_func=announcement_list)
    blueprint.add_url_rule("/announcements", view_func=make_announcement, methods=["POST"])
    blueprint.add_url_rule(
        "/announcements/<int:announcement_id>/withdrawal",
        view_func=withdraw_announcement,
        methods=["POST"],
    )


@access.requires(Permission.EDIT_PAGES)
def announcement_list() -> Answer:
    return _page(None)


@access.requires(Permission.EDIT_PAGES)
def make_announcement() -> Answer:
    """Announce something, in four languages, at once or from a time to come."""
    try:
        wording = read_wording(request.form)
        with edge.transaction() as writing:
            announcements.announce(writing, wording, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(mistake), mistake.status
    return redirect(url_for(".announcement_list"), 303)


@access.requires(Permission.EDIT_PAGES)
def withdraw_announcement(announcement_id: int) -> Answer:
    """Take an announcement down."""
    with edge.transaction() as writing:
        announcements.withdraw(writing, announcement_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".announcement_list"), 303)


def read_wording(form: Mapping[str, str]) -> Wording:
    """Read the form; a beginning left open is now. Raises TargetInvalid, MomentInvalid, NoSuchLocalTime."""
    zone = edge.services().zone
    begin, end = form.get("shows_from", ""), form.get("shows_until", "")
    return Wording(
        {language: form.get(f"text_{language}", "") for language in LANGUAGES},
        targets.read_target(form.get("target", ""), "target"),
        read_moment(begin, "shows_from", zone) if begin else edge.now(),
        read_moment(end, "shows_until", zone) if end else None,
    )


def _page(mistake: InvalidInput | None) -> str:
    with edge.reading() as reading:
        listed = announcements.listed(reading, now=edge.now())
    return render_template(
        "office/announcements.html", listed=listed, languages=OWN_NAMES, most=LONGEST, targets=targets.choices(),
        label_of=lambda name: targets.target_of(name).labels[edge.language()],
        values=request.form if mistake else {}, mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
