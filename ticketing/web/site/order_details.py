"""Who an order is for: its address, its language, the names on its tickets, and its tickets by mail once more."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from ticketing.foundation.languages import OWN_NAMES
from ticketing.sales import corrections, orders
from ticketing.sales.changes import OrderNotChangeable
from ticketing.sales.corrections import CORRECTABLE
from ticketing.sales.models import Order, OrderState
from ticketing.sales.orders import Customer
from ticketing.web import access, edge, limits
from ticketing.web.pages import N_
from ticketing.web.site import own_order
from ticketing.web.site.checkout import DetailsForm
from ticketing.web.site.own_order import ADDRESS, HOLDER, Answer, OwnOrder, refusals_on_page

NAME_FIELD = "name-"


class OrderDetailsForm(DetailsForm):
    """Who gets the tickets, and the language of their mails."""

    language = SelectField(N_("Language"), choices=[SelectChoice(code, name) for code, name in OWN_NAMES.items()])


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    looking, mailing = limits.limiter.limit(limits.ORDER_LINKS), limits.limiter.limit(limits.ORDER_MAILS)
    acting = limits.limiter.limit(limits.ORDERS)
    blueprint.add_url_rule(f"{ADDRESS}/details/", view_func=looking(order_details))
    blueprint.add_url_rule(f"{ADDRESS}/details/", view_func=mailing(correct_details), methods=["POST"])
    blueprint.add_url_rule(f"{ADDRESS}/names/", view_func=looking(ticket_names))
    blueprint.add_url_rule(f"{ADDRESS}/names/", view_func=acting(name_tickets), methods=["POST"])
    blueprint.add_url_rule(f"{ADDRESS}/mails/", view_func=mailing(send_tickets_again), methods=["POST"])


def order_details(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    return _details_page(order, OrderDetailsForm(email=order.email, name=order.name, language=order.language))


@access.open_to_all(HOLDER)
def correct_details(code: str, secret: str) -> Answer:
    """Send the tickets elsewhere or in another language; the page goes on in the one that was chosen."""
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    form = OrderDetailsForm(language=order.language)
    if not form.validate_on_submit():
        return _details_page(order, form, 422)
    customer = Customer(form.email.data or "", form.name.data or None, form.language.data)
    with edge.transaction() as session:
        corrections.change_customer(session, order.id, customer, actor=edge.actor(), now=edge.now())
    spoken = form.language.data if form.language.data != order.language else edge.language()
    return redirect(url_for(".order_page", code=code, secret=secret, language=spoken), 303)


@refusals_on_page
def ticket_names(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        own = own_order.load(session, code, secret)
    return _names_page(own)


@access.open_to_all(HOLDER)
@refusals_on_page
def name_tickets(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        own = own_order.load(session, code, secret)
    typed = {each.ticket.id: request.form.get(f"{NAME_FIELD}{each.number}") for each in own.view.tickets}
    names = {ticket_id: name for ticket_id, name in typed.items() if name is not None}
    with edge.transaction() as session:
        corrections.name_tickets(session, own.order.id, names, actor=edge.actor(), now=edge.now())
    return own_order.to_order(code, secret)


@access.open_to_all(HOLDER)
@refusals_on_page
def send_tickets_again(code: str, secret: str) -> Answer:
    """Mail the tickets to the order's address once more."""
    with edge.transaction() as session:
        order = orders.get_order(session, code, secret)
        was_sent = corrections.send_again(session, order.id, actor=edge.actor(), now=edge.now())
    if not was_sent:
        raise OrderNotChangeable("There are no tickets to send.")
    return redirect(url_for(".order_page", code=code, secret=secret, sent="1"), 303)


def _details_page(order: Order, form: OrderDetailsForm, status: int = 200) -> Answer:
    if order.state not in CORRECTABLE:
        return own_order.to_order(order.code, order.secret)
    order_url = own_order.address_of(order.code, order.secret)
    return render_template("site/shop/order_details.html", order=order, form=form, order_url=order_url), status


def _names_page(own: OwnOrder) -> Answer:
    code, secret = own.order.code, own.order.secret
    if own.order.state is not OrderState.CONFIRMED:
        return own_order.to_order(code, secret)
    order_url = own_order.address_of(code, secret)
    return render_template("site/shop/ticket_names.html", order=own.order, view=own.view, order_url=order_url)
