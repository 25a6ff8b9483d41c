"""What devices that were cut off let happen and the house would not have: until a manager has worked it off."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.door import findings
from ticketing.foundation.errors import InvalidInput
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.error_words import words_for_code

PAGE = 50

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/door/findings", view_func=door_finding_list)
    blueprint.add_url_rule(
        "/door/findings/<int:finding_id>/resolution", view_func=resolve_door_finding, methods=["POST"]
    )


@access.requires(Permission.WATCH_DOOR)
def door_finding_list() -> Answer:
    return _page(None)


@access.requires(Permission.WATCH_DOOR)
def resolve_door_finding(finding_id: int) -> Answer:
    """Settle a finding with a note."""
    try:
        with edge.transaction() as writing:
            findings.resolve(writing, finding_id, request.form.get("note", ""), actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(mistake), mistake.status
    return redirect(url_for(".door_finding_list"), 303)


def _page(mistake: InvalidInput | None) -> str:
    after, before = (whole_number(request.args.get(name, "")) for name in ("after", "before"))
    with edge.reading() as reading:
        waiting = findings.list_open(reading, after=after, limit=PAGE + 1)
        settled = findings.list_settled(reading, before=before, limit=PAGE + 1)
    return render_template(
        "office/door_findings.html", waiting=waiting[:PAGE], settled=settled[:PAGE],
        newer=waiting[PAGE - 1].id if len(waiting) > PAGE else None,
        older=settled[PAGE - 1].id if len(settled) > PAGE else None,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip
