"""Where a day at the desk begins."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ticketing.door import gates, queries
from ticketing.staff import accounts
from ticketing.staff.roles import Permission
from ticketing.web import access, edge


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/", view_func=start)
    blueprint.add_url_rule("/gate", view_func=choose_gate, methods=["POST"])
    blueprint.add_url_rule("/language", view_func=choose_language, methods=["POST"])


@access.requires(Permission.SCAN)
def start() -> str:
    with edge.reading() as reading:
        counts = queries.count_scans(reading, zone=edge.services().zone, now=edge.now())
        slots = queries.slots_on(reading, edge.today(), now=edge.now())
        all_gates = gates.list_gates(reading)
    coming = [slot for slot in slots if slot.admits_until > edge.now()]
    return render_template(
        "desk/start.html", counts=counts, coming=coming[:6], gates=all_gates, gate=session.get("gate")
    )


@access.requires(Permission.SCAN)
def choose_gate() -> Response:
    """Remember on this machine which gate it stands at."""
    with edge.reading() as reading:
        session["gate"] = gates.get_gate(reading, request.form.get("gate", "")).slug
    return redirect(url_for(".scan_page"), 303)


@access.requires(Permission.SCAN)
def choose_language() -> Response:
    """Show the staff screens in another language from now on."""
    staff = access.current_staff()
    assert staff is not None, "the permission was checked"
    with edge.transaction() as writing:
        accounts.choose_language(writing, staff.account_id, request.form.get("language", ""))
    return redirect(access.own_page(request.form.get("next"), url_for(".start")), 303)
