"""A basket with everything in it: numbers changed, things taken out, other things of the same day put in."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from ticketing.catalogue.capacity import SlotClosed, SlotFull, SlotNotFound, SlotOver
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.sales import day_options, hold_changes, hold_lines, holds, orders, own_baskets
from ticketing.sales.hold_lines import Wants
from ticketing.sales.holds import BasketRequest, HoldExpired
from ticketing.sales.models import Hold, HoldState
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.site import browser_baskets, checkout
from ticketing.web.site.checkout import HOLDER, Answer
from ticketing.web.site.shop import lead_on, read_quantities, tickets_page


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    hold, limited = "/tickets/holds/<secret>", limits.limiter.limit(limits.HOLDS)
    blueprint.add_url_rule(f"{hold}/", view_func=basket)
    blueprint.add_url_rule(f"{hold}/slots/<uuid:slot_uuid>/", view_func=tickets_in_basket)
    blueprint.add_url_rule(f"{hold}/slots/<uuid:slot_uuid>/", view_func=limited(choose_in_basket), methods=["POST"])
    blueprint.add_url_rule(f"{hold}/again/", view_func=limited(take_again), methods=["POST"])


def basket(secret: str) -> Answer:
    with edge.reading() as session:
        hold = holds.get_hold(session, secret)
        if gone := checkout.gone_page(session, hold):
            return gone
        around = day_options.around(session, hold, zone=edge.services().zone, now=edge.now())
        facts = checkout.basket_facts(session, hold) | {"clashes": around.clashes}
    types = {line.ticket_type.slug: line.ticket_type.names for line in hold.lines}
    browser_baskets.remember(secret)  # whoever opened the link elsewhere goes on choosing from here
    return render_template("site/shop/basket.html", offered=around.offered, types=types, **facts)


def tickets_in_basket(secret: str, slot_uuid: UUID) -> Answer:
    with edge.reading() as session:
        hold = holds.get_hold(session, secret)
        if gone := checkout.gone_page(session, hold):
            return gone
    return tickets_page(str(slot_uuid), hold)


@access.open_to_all(HOLDER)
def choose_in_basket(secret: str, slot_uuid: UUID) -> Answer:
    """Set the numbers of a slot, once however often it is pressed; `instead_of` names a slot that goes for it."""
    uuid, instead_of = str(slot_uuid), request.form.get("instead_of", "")

    def wants(hold: Hold) -> Wants:
        given_up: dict[str, dict[str, int]] = {
            line.slot.uuid: {} for line in hold.lines if line.slot.uuid == instead_of != uuid
        }
        return {**given_up, uuid: read_quantities(request.form)}

    return _change(secret, wants, uuid)


def _change(secret: str, wants: Callable[[Hold], Wants], slot_uuid: str) -> Answer:
    try:
        with edge.transaction() as session:
            hold = holds.lock_hold(session, secret)
            if order := orders.find_by_hold(session, hold):
                return checkout.to_order(order)
            hold_changes.choose(session, hold, wants(hold), now=edge.now())
    except HoldExpired as too_late:
        with edge.reading() as session:
            return checkout.expired_page(holds.get_hold(session, secret)), too_late.status
    except (InvalidInput, SlotFull, SlotClosed, SlotOver) as mistake:  # what was held stays, and what was typed too
        with edge.reading() as session:
            hold = holds.get_hold(session, secret)
        return tickets_page(slot_uuid, hold, mistake), mistake.status
    if request.form.get("step") == "basket" and hold.state is HoldState.OPEN:
        return redirect(url_for(".basket", secret=secret), 303)
    return lead_on(hold)


@access.open_to_all(HOLDER)
def take_again(secret: str) -> Answer:
    """Ask again for everything a lapsed basket had, all or nothing; what was filled in is kept."""
    try:
        with edge.transaction() as session:
            lapsed = holds.lock_hold(session, secret)
            if order := orders.find_by_hold(session, lapsed):
                return checkout.to_order(order)
            is_living = own_baskets.is_living(session, lapsed, now=edge.now())
            hold = lapsed if is_living else _open_again(session, lapsed)
    except (SlotFull, SlotOver, SlotClosed, SlotNotFound, InvalidInput) as refusal:
        with edge.reading() as session:
            return checkout.expired_page(holds.get_hold(session, secret), words_for_code(refusal)), refusal.status
    browser_baskets.remember(hold.secret)
    return redirect(url_for(".basket", secret=hold.secret), 303)


def _open_again(session: Session, lapsed: Hold) -> Hold:
    wants = {line.slot.uuid: hold_lines.numbers_in(lapsed, line.slot.uuid) for line in lapsed.lines}
    key = request.form.get("request_key", "")[:64] or new_token()
    hold = holds.open_basket(session, BasketRequest(key, wants), now=edge.now())
    hold.email, hold.name, hold.promotion_code_id = lapsed.email, lapsed.name, lapsed.promotion_code_id
    return hold
