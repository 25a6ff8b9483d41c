"""A customer's own order, by its code and its secret: thank you, still checking, tickets as a file."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from ticketing.catalogue.opening import span_covering
from ticketing.foundation.errors import Conflict
from ticketing.foundation.languages import Texts
from ticketing.operations import mailing, payments
from ticketing.sales import corrections, documents, orders, overview, settlement
from ticketing.sales.models import HoldState, Order, OrderState
from ticketing.sales.overview import TicketView
from ticketing.tickets import codes, qr
from ticketing.web import access, edge, limits
from ticketing.web.pages import gettext
from ticketing.web.site import header
from ticketing.web.site.checkout import DetailsForm, lead_to_payment, to_order

Answer = str | AnyResponse | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    order = "/orders/<code>/<secret>"
    limited = limits.limiter.limit(limits.ORDER_LINKS)
    blueprint.add_url_rule(f"{order}/", view_func=limited(order_page))
    blueprint.add_url_rule(f"{order}/return/", view_func=limited(return_from_payment))
    blueprint.add_url_rule(f"{order}/payment/", view_func=limited(pay_again), methods=["POST"])
    blueprint.add_url_rule(f"{order}/details/", view_func=limited(order_details))
    blueprint.add_url_rule(f"{order}/details/", view_func=limited(correct_details), methods=["POST"])
    blueprint.add_url_rule(f"{order}/tickets.pdf", view_func=limited(tickets_pdf))


def return_from_payment(code: str, secret: str) -> Answer:
    """Ask the provider how it went, through the same function as its webhook, and show the order.

    The address only names a session; whether it paid, and for which order, is what the provider says.
    """
    with edge.reading() as session:
        orders.get_order(session, code, secret)
    ref = request.args.get("session_id", "")
    if ref:
        payments.settle(edge.services(), ref)
    return redirect(url_for(".order_page", code=code, secret=secret), 303)


def order_page(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
        view = overview.overview_of(session, order, zone=edge.services().zone)
    tickets = [(ticket, Markup(qr.svg(ticket.ticket.code, _symbol_title(ticket)))) for ticket in view.tickets]  # noqa: S704
    return render_template(
        "site/shop/order.html",
        order=order, view=view, tickets=tickets, closed_reasons=_closed_reasons(order), can_pay=_can_pay(order),
        **_links(code, secret),
    )  # fmt: skip


def _symbol_title(ticket: TicketView) -> str:
    return gettext("QR code of the ticket, code %(code)s", code=codes.grouped(ticket.ticket.code))


def _can_pay(order: Order) -> bool:
    is_kept = order.hold.state is HoldState.OPEN and order.hold.expires_at > edge.now()
    return is_kept and settlement.may_be_tried(order.payments, edge.now())


def _closed_reasons(order: Order) -> Texts:
    """Return why the centre, or the experience, is closed at the time of a visit; nothing when none is."""
    spans = header.calendar().spans
    for line in order.lines:
        slot = line.slot
        if span := span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at):
            return span.reasons
    return {}


@access.open_to_all("asks for the order's secret address")
def pay_again(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    return lead_to_payment(order)


def order_details(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    return _details_page(order, DetailsForm(email=order.email, name=order.name))


@access.open_to_all("asks for the order's secret address")
def correct_details(code: str, secret: str) -> Answer:
    """Send the tickets elsewhere, while they have not been sent yet."""
    form = DetailsForm()
    if not form.validate_on_submit():
        with edge.reading() as session:
            order = orders.get_order(session, code, secret)
        return _details_page(order, form, 422)
    with edge.transaction() as session:
        order = orders.get_order(session, code, secret)
        email, name = form.email.data, form.name.data or None
        corrections.correct_customer(session, order.id, email, name, actor=edge.actor(), now=edge.now())
    return to_order(order)


def _details_page(order: Order, form: DetailsForm, status: int = 200) -> Answer:
    if order.state is not OrderState.PENDING:
        return to_order(order)
    links = _links(order.code, order.secret)
    return render_template("site/shop/order_details.html", order=order, form=form, **links), status


def tickets_pdf(code: str, secret: str) -> Response:
    """All tickets of the order in one file; the page is made outside any transaction."""
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
        if order.state != OrderState.CONFIRMED:
            raise Conflict("There are no tickets for this order.", code="no_tickets_yet")
        view = overview.overview_of(session, order, zone=edge.services().zone)
    content = documents.tickets_file(order, view, mailing.letterhead(edge.services()), edge.language())
    response = make_response(content)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{order.code}.pdf"'
    return response


def _links(code: str, secret: str) -> dict[str, str]:
    return {
        "pdf_url": url_for(".tickets_pdf", code=code, secret=secret),
        "pay_url": url_for(".pay_again", code=code, secret=secret),
        "details_url": url_for(".order_details", code=code, secret=secret),
        "order_url": url_for(".order_page", code=code, secret=secret),
    }
