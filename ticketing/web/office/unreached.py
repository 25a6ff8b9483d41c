"""Customers whose mails did not arrive: which orders, why, and sending them again to the right address."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.errors import InvalidInput
from ticketing.sales import corrections, finding, undelivered
from ticketing.sales.changes import OrderNotChangeable
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office import undelivered_words
from ticketing.web.office.order_words import MAIL_WORDS
from ticketing.web.office.page_form import whole_number
from ticketing.web.pages import gettext

PAGE = 50

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/orders/not-reached", view_func=orders_not_reached)
    blueprint.add_url_rule("/orders/<code>/not-reached", view_func=unreached_page)
    blueprint.add_url_rule("/orders/<code>/not-reached", view_func=reach_again, methods=["POST"])
    blueprint.add_url_rule("/orders/<code>/reached", view_func=reached_otherwise, methods=["POST"])


@access.requires(Permission.FIND_ORDERS)
def orders_not_reached() -> str:
    """List the orders whose mails did not arrive, a page at a time."""
    before = whole_number(request.args.get("before", ""))
    with edge.reading() as reading:
        found = undelivered.orders_not_reached(reading, before=before, limit=PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template(
        "office/orders.html", typed="", found=found[:PAGE], older=older, is_search=False, is_unreached=True
    )


@access.requires(Permission.CHANGE_ORDERS)
def unreached_page(code: str) -> Answer:
    """Show what did not arrive and why, before anything is sent."""
    return _page(code, None)


@access.requires(Permission.CHANGE_ORDERS)
def reach_again(code: str) -> Answer:
    """Send what did not arrive once more, to this address or another."""
    try:
        with edge.transaction() as session:
            order = finding.get_by_code(session, code.upper())
            email = request.form.get("email", "")
            was_sent = corrections.reach_again(session, order.id, email, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(code, mistake), mistake.status
    if not was_sent:
        raise OrderNotChangeable("This order has ended.")
    return redirect(url_for(".show_order", code=order.code), 303)


@access.requires(Permission.CHANGE_ORDERS)
def reached_otherwise(code: str) -> Answer:
    """Note that the customer knows, without another mail."""
    with edge.transaction() as session:
        order = finding.get_by_code(session, code.upper())
        corrections.reached_otherwise(session, order.id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".show_order", code=order.code), 303)


def _page(code: str, mistake: InvalidInput | None) -> str:
    with edge.reading() as reading:
        order = finding.get_by_code(reading, code.upper())
        lost = undelivered.open_with_kinds(reading, order.id)
    said = [(gettext(MAIL_WORDS.get(kind, kind)), undelivered_words.reason(mail.status), mail) for mail, kind in lost]
    return render_template(
        "office/order_unreached.html", order=order, lost=said, email=request.form.get("email", order.email or ""),
        mistake=words_for_code(mistake) if mistake else None,
    )  # fmt: skip
