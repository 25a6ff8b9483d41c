"""Finding an order for a visitor who is stuck. What was typed is posted: no e-mail address belongs in an address."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.errors import NotFound
from ticketing.sales import finding, overview
from ticketing.staff.roles import Permission
from ticketing.web import access, edge

MOST_FOUND = 50

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/orders", view_func=order_search)
    blueprint.add_url_rule("/orders", view_func=search_orders, methods=["POST"])
    blueprint.add_url_rule("/orders/<code>", view_func=show_order)


@access.requires(Permission.FIND_ORDERS)
def order_search() -> str:
    return render_template("office/orders.html", typed="", found=None)


@access.requires(Permission.FIND_ORDERS)
def search_orders() -> Answer:
    """Lead to the order of a code, or list the orders of an e-mail address."""
    typed = request.form.get("typed", "").strip()[:254]
    code = finding.order_code_in(typed)
    if code is not None:
        return redirect(url_for(".show_order", code=code), 303)
    with edge.reading() as reading:
        found = finding.find_by_email(reading, typed, limit=MOST_FOUND)
    return render_template("office/orders.html", typed=typed, found=found)


@access.requires(Permission.FIND_ORDERS)
def show_order(code: str) -> Answer:
    try:
        with edge.reading() as reading:
            order = finding.get_by_code(reading, code.upper())
            view = overview.overview_of(reading, order, zone=edge.services().zone)
    except NotFound as nothing:
        return render_template("office/orders.html", typed=code[:20], found=[]), nothing.status
    return render_template("office/order.html", order=order, view=view)
