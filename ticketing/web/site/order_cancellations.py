"""A customer cancels some or all of their tickets within the house's rules; fee and refund are shown before."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from ticketing.foundation.identifiers import new_token
from ticketing.sales import change_options, changes
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind
from ticketing.web import access, edge, limits, ticket_numbers
from ticketing.web.site import own_order
from ticketing.web.site.own_order import ADDRESS, HOLDER, Answer, about_tickets, refusals_on_page


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    looking, acting = limits.limiter.limit(limits.ORDER_LINKS), limits.limiter.limit(limits.ORDERS)
    base = f"{ADDRESS}/cancellation"
    blueprint.add_url_rule(f"{base}/", view_func=looking(tickets_to_cancel))
    blueprint.add_url_rule(f"{base}/review/", view_func=looking(review_cancellation))
    blueprint.add_url_rule(f"{base}/review/", view_func=acting(cancel_tickets), methods=["POST"])


@refusals_on_page
def tickets_to_cancel(code: str, secret: str) -> Answer:
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
    options = own.options(ChangeKind.CANCEL)
    if not options.tickets:
        return own_order.to_order(code, secret)
    return render_template(
        "site/shop/cancel_tickets.html", order=own.order, options=options,
        order_url=own_order.address_of(code, secret),
        groups=change_options.by_experience(options.tickets),
        review_url=url_for(".review_cancellation", code=code, secret=secret),
    )  # fmt: skip


@refusals_on_page
@about_tickets(".tickets_to_cancel")
def review_cancellation(code: str, secret: str) -> Answer:
    """Show what is kept and what comes back; nothing is cancelled yet."""
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        tickets = change_options.chosen(own.options(ChangeKind.CANCEL), ticket_numbers.asked())
        wish = Wish(ChangeKind.CANCEL, ticket_numbers.ids_of(tickets))
        proposal = changes.propose(session, own.order, wish, own.rules, now=edge.now())
    return render_template(
        "site/shop/cancel_review.html", order=own.order, tickets=tickets, proposal=proposal,
        request_key=new_token(), is_whole=len(tickets) == len(own.view.tickets),
        order_url=own_order.address_of(code, secret),
    )  # fmt: skip


@access.open_to_all(HOLDER)
@refusals_on_page
def cancel_tickets(code: str, secret: str) -> Answer:
    """Cancel them, once, however often the button is pressed."""
    return own_order.carry_out(code, secret, lambda own: Wish(ChangeKind.CANCEL, ticket_numbers.asked_ids(own.view)))
