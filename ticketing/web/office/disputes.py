"""Payments that banks want back: which wait for our answer until when, and how the others ended."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from ticketing.sales import disputes
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number

PAGE, MOST_OPEN = 50, 200


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/disputes", view_func=dispute_list)


@access.requires(Permission.SEE_ACCOUNTS)
def dispute_list() -> str:
    with edge.reading() as reading:
        waiting = disputes.list_open(reading, limit=MOST_OPEN)
        ended = disputes.page_of_ended(reading, before=whole_number(request.args.get("before", "")), limit=PAGE + 1)
    older = ended[PAGE - 1].id if len(ended) > PAGE else None
    return render_template("office/disputes.html", waiting=waiting, ended=ended[:PAGE], older=older)
