"""What the holder of an order can do from its page, and the change of it that waits to be paid."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, url_for

from ticketing.operations import payments
from ticketing.sales import change_options, orders
from ticketing.sales.change_options import Options
from ticketing.sales.models import ChangeKind, Channel, OrderState
from ticketing.web import access, edge, limits
from ticketing.web.site import own_order
from ticketing.web.site.own_order import ADDRESS, HOLDER, Answer, OwnOrder, refusals_on_page


@dataclass(frozen=True)
class Acts:
    """What can be done now, and where."""

    move: Options
    cancel: Options
    has_move_fee: bool
    has_cancel_fee: bool
    can_add: bool
    urls: dict[str, str]


def add_to(blueprint: Blueprint) -> None:
    """Put these acts at their addresses."""
    limited = limits.limiter.limit(limits.ORDERS)
    base = f"{ADDRESS}/change"
    blueprint.add_url_rule(f"{base}/payment/", view_func=limited(pay_change), methods=["POST"])
    blueprint.add_url_rule(f"{base}/release/", view_func=limited(give_up_change), methods=["POST"])


def acts_of(own: OwnOrder) -> Acts | None:
    """Return what can be done with an order, None when nothing can: not confirmed, a change of it waits, or resold."""
    is_resold = own.order.channel is Channel.RESELLER  # the reseller changes it, who has the visitor's money
    if own.order.state is not OrderState.CONFIRMED or own.waiting is not None or is_resold:
        return None
    move, cancel = own.options(ChangeKind.MOVE), own.options(ChangeKind.CANCEL)
    return Acts(
        move,
        cancel,
        change_options.has_fee(move.tickets, ChangeKind.MOVE, own.rules),
        change_options.has_fee(cancel.tickets, ChangeKind.CANCEL, own.rules),
        can_add=any(line.slot.admits_until > edge.now() for line in own.order.lines),
        urls=_urls(own.order.code, own.order.secret),
    )


@access.open_to_all(HOLDER)
@refusals_on_page
def pay_change(code: str, secret: str) -> Answer:
    """Lead to the provider for a change that waits."""
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    return own_order.lead_to_change_payment(order)


@access.open_to_all(HOLDER)
@refusals_on_page
def give_up_change(code: str, secret: str) -> Answer:
    """Leave the order as it was; if the change turns out paid meanwhile, it is done."""
    with edge.reading() as session:
        order = orders.get_order(session, code, secret)
    payments.give_up_change(edge.services(), order.id, actor=edge.actor())
    return own_order.to_order(code, secret)


def _urls(code: str, secret: str) -> dict[str, str]:
    pages = {"move": ".tickets_to_move", "cancel": ".tickets_to_cancel", "add": ".slots_to_add_to"}
    return {name: url_for(endpoint, code=code, secret=secret) for name, endpoint in pages.items()}
