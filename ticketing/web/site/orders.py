"""A customer's own order, by its code and its secret: thank you, still checking, tickets as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from ticketing.foundation.errors import Conflict
from ticketing.foundation.languages import Texts
from ticketing.operations import mailing, payments
from ticketing.sales import closure_answers, closure_credits, documents, order_history, orders, overview, settlement
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.models import Channel, HoldState, Order, OrderState
from ticketing.sales.order_history import Entry, Kind
from ticketing.sales.overview import OrderView, TicketView
from ticketing.tickets import codes, qr
from ticketing.web import access, edge, history_words, limits
from ticketing.web.pages import gettext
from ticketing.web.site import order_acts, own_order
from ticketing.web.site.checkout import lead_to_payment

Answer = str | AnyResponse | tuple[str, int]

CHANGES = {Kind.MOVE, Kind.CANCEL, Kind.ADD}
JUST_NOW = timedelta(minutes=10)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    order = "/orders/<code>/<secret>"
    limited = limits.limiter.limit(limits.ORDER_LINKS)
    blueprint.add_url_rule(f"{order}/", view_func=limited(order_page))
    blueprint.add_url_rule(f"{order}/return/", view_func=limited(return_from_payment))
    blueprint.add_url_rule(f"{order}/payment/", view_func=limited(pay_again), methods=["POST"])
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
        own = own_order.load(session, code, secret)
        history = order_history.history_of(session, own.order)
        is_resold = own.order.channel is Channel.RESELLER  # whose reseller answers for them
        case = None if is_resold else closure_answers.find_open_case(session, own.order)
        cards = closure_credits.cards_of_order(session, own.order.id, edge.services().zone)
    order, view = own.order, own.view
    tickets = [(ticket, Markup(qr.svg(ticket.ticket.code, _symbol_title(ticket)))) for ticket in view.tickets]  # noqa: S704
    return render_template(
        "site/shop/order.html",
        order=order, view=view, tickets=tickets, closed_reasons=_closed_reasons(view), case_url=_case_url(case),
        can_pay=_can_pay(order), cards=cards,
        history=[(entry, history_words.sentence(entry)) for entry in history],
        just_done=None if own.waiting or cards else _just_done(history),
        acts=order_acts.acts_of(own), waiting=own.waiting, was_sent="sent" in request.args, **_links(code, secret),
    )  # fmt: skip


def _just_done(history: Sequence[Entry]) -> str | None:
    """Say what was done last, to whoever has just done it."""
    changes = [entry for entry in history if entry.kind in CHANGES and edge.now() - entry.at < JUST_NOW]
    return history_words.sentence(changes[-1]) if changes else None


def _symbol_title(ticket: TicketView) -> str:
    return gettext("QR code of the ticket, code %(code)s", code=codes.grouped(ticket.ticket.code))


def _can_pay(order: Order) -> bool:
    is_kept = order.hold.state is HoldState.OPEN and order.hold.expires_at > edge.now()
    return is_kept and settlement.may_be_tried(order.payments, edge.now())


def _closed_reasons(view: OrderView) -> Texts:
    """Return why the centre, or the experience, is closed at the time of a visit; nothing when none is."""
    return next((line.closed_reasons for line in view.lines if line.closed_reasons), {})


def _case_url(case: ClosureCase | None) -> str | None:
    """Return where the customer chooses what becomes of a visit that a closure took."""
    return url_for(".closed_visit", secret=case.secret) if case else None


@access.open_to_all("asks for the order's secret address")
def pay_again(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    return lead_to_payment(order)


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
        "names_url": url_for(".ticket_names", code=code, secret=secret),
        "send_again_url": url_for(".send_tickets_again", code=code, secret=secret),
        "order_url": url_for(".order_page", code=code, secret=secret),
        "pay_change_url": url_for(".pay_change", code=code, secret=secret),
        "give_up_change_url": url_for(".give_up_change", code=code, secret=secret),
    }
