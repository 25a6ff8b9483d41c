"""What the links in the mails of the waiting list lead to: one's place on it, and the places one is offered."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import offers
from ticketing.foundation.errors import Expired
from ticketing.foundation.money import Money, total_of
from ticketing.sales import holds, waiting_endings, waiting_letters, waiting_list, waiting_offers
from ticketing.sales.waiting_models import UNDERWAY, OfferState
from ticketing.sales.waiting_offers import OfferNotSold
from ticketing.web import access, edge, limits

ENTRY, OFFER = "/tickets/waiting/<secret>", "/tickets/waiting/offers/<secret>"
HOLDER = "asks for the secret address in the mail"

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    looking, acting = limits.limiter.limit(limits.ORDER_LINKS), limits.limiter.limit(limits.ORDERS)
    blueprint.add_url_rule(f"{ENTRY}/", view_func=looking(waiting_entry))
    blueprint.add_url_rule(f"{ENTRY}/leaving/", view_func=acting(leave_waiting_list), methods=["POST"])
    blueprint.add_url_rule(f"{OFFER}/", view_func=looking(waiting_offer))
    blueprint.add_url_rule(f"{OFFER}/basket/", view_func=acting(take_offer), methods=["POST"])
    blueprint.add_url_rule(f"{OFFER}/declining/", view_func=acting(decline_offer), methods=["POST"])


def waiting_entry(secret: str) -> str:
    with edge.reading() as session:
        entry = waiting_list.get_entry(session, secret)
        wait = waiting_letters.wait_of(entry, waiting_list.tickets_of(session, entry), edge.services().zone)
        # Of a span no number would be true: each of its slots has its own line.
        before = waiting_list.ahead_of(session, entry, entry.slot_id) if entry.slot_id else None
    offer = next((each for each in entry.offers if each.state in UNDERWAY), None)
    return render_template("site/shop/waiting_entry.html", entry=entry, wait=wait, before=before, offer=offer)


@access.open_to_all(HOLDER)
def leave_waiting_list(secret: str) -> Response:
    """Leave the list; what was kept goes to the next."""
    with edge.transaction() as session:
        entry = waiting_list.get_entry(session, secret)
        waiting_endings.leave(session, entry.id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".waiting_entry", secret=secret), 303)


def waiting_offer(secret: str) -> Answer:
    return _offer_page(secret)


@access.open_to_all(HOLDER)
def take_offer(secret: str) -> Answer:
    """Put the places into a basket, once, and go on as everybody does."""
    try:
        with edge.transaction() as session:
            basket = waiting_offers.take(session, secret, actor=edge.actor(), now=edge.now()).secret
    except Expired:  # used or gone on meanwhile: the page says which
        return _offer_page(secret)
    except OfferNotSold as refusal:  # a price has ended: the page says so, and what else there is
        return _offer_page(secret, refusal.status)
    return redirect(url_for(".details", secret=basket), 303)


@access.open_to_all(HOLDER)
def decline_offer(secret: str) -> Response:
    """Let the next have the places."""
    with edge.transaction() as session:
        offer = waiting_offers.get_offer(session, secret)
        waiting_endings.decline(session, offer, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".waiting_offer", secret=secret), 303)


def _offer_page(secret: str, status: int = 200) -> Answer:
    """Show an offer that stands with its price; of another say what has become of it."""
    with edge.reading() as session:
        offer = waiting_offers.get_offer(session, secret)
        entry = waiting_list.get_entry(session, offer.entry.secret)
        wait = waiting_letters.wait_of(entry, waiting_list.tickets_of(session, entry), edge.services().zone)
        prices = offers.prices_on(session, offer.slot.experience_id, offer.slot.local_date)
        basket = holds.get_by_id(session, offer.hold_id) if offer.hold_id else None
        is_sold = waiting_offers.is_sold(session, offer)
    is_open = offer.state is OfferState.OPEN and offer.expires_at > edge.now()
    total = total_of(
        (each.price * entry.quantities.get(each.ticket_type.slug, 0) for each in prices), Money(0).currency
    )
    page = render_template(
        "site/shop/waiting_offer.html", offer=offer, entry=entry, wait=wait, is_open=is_open, is_sold=is_sold,
        total=total, basket=basket,
        state=OfferState.LAPSED if offer.state is OfferState.OPEN else offer.state,
    )  # fmt: skip
    return page, status if is_open or offer.state is OfferState.TAKEN else 410
