"""Who did what, when. Newest first, a page at a time."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from ticketing.foundation import audit
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.office.audit_words import AUDIT_WORDS

PAGE = 50


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/audit", view_func=audit_log)


@access.requires(Permission.SEE_AUDIT)
def audit_log() -> str:
    kind, before = request.args.get("kind", ""), whole_number(request.args.get("before", ""))
    with edge.reading() as reading:
        entries = audit.page(reading, before=before, codes=_codes_of(kind), limit=PAGE + 1)
    older = entries[PAGE - 1].id if len(entries) > PAGE else None
    kinds = sorted({code.split(".")[0] for code in AUDIT_WORDS})
    return render_template(
        "office/audit.html", entries=entries[:PAGE], older=older, kind=kind, kinds=kinds, words=AUDIT_WORDS
    )


def _codes_of(kind: str) -> list[str] | None:
    """Return the acts of a kind, None when every kind is asked for."""
    return [code for code in AUDIT_WORDS if code.split(".")[0] == kind] if kind else None
