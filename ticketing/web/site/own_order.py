"""What every page of a customer's own order begins with: the order by its code and secret, and what may be done."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.foundation.errors import Conflict, Expired, InvalidInput, NotFound
from ticketing.operations import payments
from ticketing.sales import change_options, change_rules, changes, orders, overview, settlement
from ticketing.sales.change_options import Options
from ticketing.sales.change_rules import CustomerRules
from ticketing.sales.changes import ChangeWaits, OrderNotChangeable, Wish
from ticketing.sales.models import ChangeKind, ChangeState, Channel, Order, OrderChange, OrderState
from ticketing.sales.orders import OrderNotFound
from ticketing.sales.overview import OrderView
from ticketing.sales.resellers import OrderResold
from ticketing.web import edge, ticket_numbers
from ticketing.web.error_words import words_for_code

Answer = str | Response | tuple[str, int]
View = Callable[..., Answer]

ADDRESS = "/orders/<code>/<secret>"
HOLDER = "asks for the order's secret address"


@dataclass(frozen=True)
class OwnOrder:
    """An order of whoever has its link, with the rules for what they do by themselves."""

    order: Order
    view: OrderView
    rules: CustomerRules
    waiting: OrderChange | None

    def options(self, kind: ChangeKind) -> Options:
        """Return the tickets that may still be moved or cancelled now."""
        return change_options.options_of(self.view, kind, self.rules, edge.now())


def load(session: Session, code: str, secret: str) -> OwnOrder:
    """Load an order for its own pages. Raises OrderNotFound."""
    order = orders.get_order(session, code, secret)
    view = overview.overview_of(session, order, zone=edge.services().zone)
    return OwnOrder(order, view, change_rules.customer_rules(session), changes.find_pending(session, order.id))


def load_to_change(session: Session, code: str, secret: str) -> OwnOrder:
    """Load an order that can be changed now. Raises OrderNotFound, OrderNotChangeable, ChangeWaits."""
    own = load(session, code, secret)
    _require_not_resold(own.order)
    if own.order.state is not OrderState.CONFIRMED:
        raise OrderNotChangeable("Only an order with tickets can be changed. Look at your order again.")
    if own.waiting is not None:
        raise ChangeWaits("Another change of this order waits to be paid. Pay it or give it up first.")
    return own


def _require_not_resold(order: Order) -> None:
    if order.channel is Channel.RESELLER:
        raise OrderResold("These tickets were bought from somebody who sells for us. Ask them.")


def refusals_on_page(view: View) -> View:
    """Say what cannot be done on a page that leads back to the order; a wrong link is answered as everywhere."""

    @functools.wraps(view)
    def answer(code: str, secret: str, **more: Any) -> Answer:
        try:
            return view(code, secret, **more)
        except OrderNotFound:
            raise
        except (InvalidInput, Conflict, Expired, NotFound) as refusal:
            return _refusal_page(refusal, address_of(code, secret)), refusal.status

    return answer


def about_tickets(choosing: str) -> Callable[[View], View]:
    """Lead a request that names no tickets back to where they are chosen."""

    def guarded(view: View) -> View:
        @functools.wraps(view)
        def answer(code: str, secret: str, **more: Any) -> Answer:
            if not ticket_numbers.asked():
                return redirect(url_for(choosing, code=code, secret=secret), 303)
            return view(code, secret, **more)

        return answer

    return guarded


def _refusal_page(refusal: InvalidInput | Conflict | Expired | NotFound, order_url: str) -> str:
    return render_template(
        "site/shop/order_refused.html", words=words_for_code(refusal), order_url=order_url,
        reasons=refusal.details.get("reasons"),
    )  # fmt: skip


def address_of(code: str, secret: str) -> str:
    """Return where an order's own page is."""
    return url_for(".order_page", code=code, secret=secret)


def to_order(code: str, secret: str) -> Response:
    """Lead to an order's own page."""
    return redirect(address_of(code, secret), 303)


def carry_out(code: str, secret: str, wish_of: Callable[[OwnOrder], Wish]) -> Response:
    """Change an order as its holder wishes, and lead on: to the provider when it costs something, else to the order.

    Raises OrderNotFound, OrderResold, and the refusals of changes.carry_out. The same request again is answered alike.
    """
    with edge.reading() as session:
        own = load(session, code, secret)
    _require_not_resold(own.order)
    wish = wish_of(own)
    with edge.transaction() as session:
        change = changes.carry_out(
            session, own.order.id, wish, own.rules, ticket_numbers.request_key(), actor=edge.actor(), now=edge.now(),
            shown_cents=ticket_numbers.shown_cents(),
        )  # fmt: skip
    return lead_to_change_payment(own.order) if change.state is ChangeState.PENDING else to_order(code, secret)


def lead_to_change_payment(order: Order) -> Response:
    """Send the customer to pay a waiting change, or to their order when a slow bank has it or nothing waits any more.

    A page that was opened before may have been paid without a report so far: the provider is asked first.
    """
    with edge.reading() as session:
        opened = [payment.provider_ref for payment in settlement.find_live_payments(session, order.id)]
    for ref in filter(None, opened):
        payments.settle(edge.services(), ref)
    with edge.reading() as session:
        if changes.find_pending(session, order.id) is None:
            return to_order(order.code, order.secret)
    url = payments.start_change_checkout(edge.services(), order.id)
    return redirect(url, 303) if url else to_order(order.code, order.secret)
