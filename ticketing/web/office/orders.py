"""Finding an order for a visitor who is stuck, and putting it right.

What was typed is posted: no e-mail address belongs in an address.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.door import order_life
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.sales import changes, checkouts, corrections, disputes, finding, overview, undelivered
from ticketing.sales.changes import OrderNotChangeable
from ticketing.sales.corrections import CORRECTABLE
from ticketing.sales.models import Order
from ticketing.sales.orders import Customer
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office import undelivered_words
from ticketing.web.office.order_words import life_words
from ticketing.web.office.page_form import whole_number

PAGE = 50

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/orders", view_func=order_search)
    blueprint.add_url_rule("/orders", view_func=search_orders, methods=["POST"])
    blueprint.add_url_rule("/orders/<code>", view_func=show_order)
    blueprint.add_url_rule("/orders/<code>/customer", view_func=customer_page)
    blueprint.add_url_rule("/orders/<code>/customer", view_func=change_customer, methods=["POST"])
    blueprint.add_url_rule("/orders/<code>/mails", view_func=send_again, methods=["POST"])


@access.requires(Permission.FIND_ORDERS)
def order_search() -> str:
    """Ask what to find; the newest orders stand below, a page at a time."""
    with edge.reading() as reading:
        newest = finding.latest(reading, before=_before(request.args), limit=PAGE + 1)
    return _list_page("", newest, is_search=False)


@access.requires(Permission.FIND_ORDERS)
def search_orders() -> Answer:
    """Lead to the order of a code, its own or a ticket's, or list the orders of an e-mail address or a name."""
    typed = request.form.get("typed", "").strip()[:254]
    with edge.reading() as reading:
        code = finding.find_code(reading, typed)
        if code is None:
            found = finding.find_by_words(reading, typed, before=_before(request.form), limit=PAGE + 1)
            return _list_page(typed, found, is_search=True)
    return redirect(url_for(".show_order", code=code), 303)


@access.requires(Permission.FIND_ORDERS)
def show_order(code: str) -> Answer:
    try:
        with edge.reading() as reading:
            order = finding.get_by_code(reading, code.upper())
            view = overview.overview_of(reading, order, zone=edge.services().zone)
            life = order_life.life_of(reading, order)
            waiting = changes.find_pending(reading, order.id)
            disputed = disputes.of_order(reading, order)
            lost = undelivered.open_of(reading, order.id)
    except NotFound as nothing:
        return _list_page(code[:20], [], is_search=True), nothing.status
    return render_template(
        "office/order.html", order=order, view=view, waiting=waiting, disputes=disputed,
        lost_reason=undelivered_words.reason(lost[-1].status) if lost else "",
        own_language=OWN_NAMES[order.language], was_sent="sent" in request.args,
        life=[(entry, *life_words(entry)) for entry in life],
        can_correct=order.state in CORRECTABLE,
        customer_url=checkouts.order_url(order, edge.services().settings.public_url),
    )  # fmt: skip


@access.requires(Permission.CHANGE_ORDERS)
def customer_page(code: str) -> Answer:
    order = _order(code)
    values = {"email": order.email or "", "name": order.name or "", "language": order.language}
    return _customer_page(order, values, None)


@access.requires(Permission.CHANGE_ORDERS)
def change_customer(code: str) -> Answer:
    """Put address, name and language right; the old address is told when it changes."""
    order, form = _order(code), request.form
    language = form.get("language", "")
    customer = Customer(
        form.get("email", ""), form.get("name", "")[:120], language if language in LANGUAGES else order.language
    )
    try:
        with edge.transaction() as session:
            changed = corrections.change_customer(session, order.id, customer, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _customer_page(order, form, mistake), mistake.status
    if not changed:
        raise OrderNotChangeable("This order has ended.")
    return redirect(url_for(".show_order", code=order.code), 303)


@access.requires(Permission.CHANGE_ORDERS)
def send_again(code: str) -> Answer:
    """Mail the tickets to the order's address once more."""
    order = _order(code)
    with edge.transaction() as session:
        was_sent = corrections.send_again(session, order.id, actor=edge.actor(), now=edge.now())
    if not was_sent:
        raise OrderNotChangeable("There are no tickets to send.")
    return redirect(url_for(".show_order", code=order.code, sent="1"), 303)


def _before(form: Mapping[str, str]) -> int | None:
    """Return the id of the order a page ends with, behind which the next one goes on."""
    return whole_number(form.get("before", ""))


def _list_page(typed: str, found: list[Order], *, is_search: bool) -> str:
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template(
        "office/orders.html", typed=typed, found=found[:PAGE], older=older, is_search=is_search, is_unreached=False
    )


def _order(code: str) -> Order:
    with edge.reading() as reading:
        return finding.get_by_code(reading, code.upper())


def _customer_page(order: Order, values: object, mistake: InvalidInput | None) -> str:
    return render_template(
        "office/order_customer.html", order=order, values=values, languages=OWN_NAMES,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip
