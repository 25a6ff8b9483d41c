"""From held places to the provider's page: details, review, order and pay."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Length

from ticketing.catalogue.models import Slot
from ticketing.foundation.errors import Expired
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.money import Money
from ticketing.operations import payments
from ticketing.sales import (
    corrections,
    day_options,
    gift_card_spending,
    holds,
    orders,
    promotions,
    settlement,
    shown_discounts,
)
from ticketing.sales.basket import QuotedLine
from ticketing.sales.models import Hold, HoldLine, Order, OrderState
from ticketing.sales.orders import PriceChanged
from ticketing.web import access, edge, limits
from ticketing.web.error_words import Words, words_for_code
from ticketing.web.pages import N_
from ticketing.web.site.email_form import EmailForm, email_field

Answer = str | Response | tuple[str, int]

HOLDER = "asks for the basket's secret address"
STEPS = ("basket", "details", "review")


class DetailsForm(EmailForm):
    """Who gets the tickets. The name is optional: nobody needs one to come in."""

    email = email_field(N_("Fill in your e-mail address: your tickets go there."))
    name = StringField(N_("Name"), validators=[Length(max=120)], render_kw={"autocomplete": "name"})


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    hold = "/tickets/holds/<secret>"
    limited = limits.limiter.limit(limits.ORDERS)
    blueprint.add_url_rule(f"{hold}/details/", view_func=details)
    blueprint.add_url_rule(f"{hold}/details/", view_func=note_details, methods=["POST"])
    blueprint.add_url_rule(f"{hold}/review/", view_func=review)
    blueprint.add_url_rule(f"{hold}/promotion/", view_func=limited(use_promotion), methods=["POST"])
    blueprint.add_url_rule(f"{hold}/gift-card/", view_func=limited(use_gift_card), methods=["POST"])
    blueprint.add_url_rule(f"{hold}/extension/", view_func=extend, methods=["POST"])
    blueprint.add_url_rule(f"{hold}/release/", view_func=release, methods=["POST"])
    blueprint.add_url_rule(f"{hold}/order/", view_func=limited(place_order), methods=["POST"])


def details(secret: str) -> Answer:
    with edge.reading() as session:
        hold = holds.get_hold(session, secret)
        return _page("details", session, hold, form=DetailsForm(email=hold.email, name=hold.name))


@access.open_to_all(HOLDER)
def note_details(secret: str) -> Answer:
    """Note who the tickets are for; whoever comes back here after ordering corrects the order."""
    form = DetailsForm()
    if not form.validate_on_submit():
        with edge.reading() as session:
            return _page("details", session, holds.get_hold(session, secret), 422, form=form)
    email, name = form.email.data, form.name.data or None
    with edge.transaction() as session:
        hold = holds.lock_hold(session, secret)
        order = orders.find_by_hold(session, hold)
        if order is None:
            holds.note_customer(session, hold, email, name, now=edge.now())
            return redirect(url_for(".review", secret=secret), 303)
    with edge.transaction() as session:  # its own: settling locks an order before its hold
        corrections.correct_customer(session, order.id, email, name, actor=edge.actor(), now=edge.now())
    return to_order(order)


def review(secret: str) -> Answer:
    with edge.reading() as session:
        hold = holds.get_hold(session, secret)
        if hold.email is None:
            return redirect(url_for(".details", secret=secret), 303)
        return _page("review", session, hold)


@access.open_to_all(HOLDER)
def use_promotion(secret: str) -> Answer:
    """Take the code off the price, or say why not and keep everything else."""
    typed = request.form.get("promotion_code", "")
    try:
        with edge.transaction() as session:
            hold = holds.lock_hold(session, secret)
            if order := orders.find_by_hold(session, hold):
                return to_order(order)
            holds.apply_promotion(session, hold, typed, now=edge.now())
    except promotions.REFUSALS as mistake:
        return _review_again(secret, mistake.status, mistake=words_for_code(mistake), typed_code=typed[:80])
    return redirect(url_for(".review", secret=secret), 303)


@access.open_to_all(HOLDER)
def use_gift_card(secret: str) -> Answer:
    """Pay with a gift card, with none for an empty code, or say why not and keep everything else."""
    try:
        with edge.transaction() as session:
            hold = holds.lock_hold(session, secret)
            if order := orders.find_by_hold(session, hold):
                return to_order(order)
            holds.apply_gift_card(session, hold, request.form.get("gift_card", ""), now=edge.now())
    except gift_card_spending.REFUSALS as mistake:
        return _review_again(secret, mistake.status, card_mistake=words_for_code(mistake))
    return redirect(url_for(".review", secret=secret), 303)


@access.open_to_all(HOLDER)
def extend(secret: str) -> Answer:
    """Keep the places for longer; the customer stays on the page they were on."""
    with edge.transaction() as session:
        hold = holds.lock_hold(session, secret)
        if order := orders.find_by_hold(session, hold):
            return to_order(order)
        holds.extend(session, hold, now=edge.now())
    step = request.form.get("step")
    return redirect(url_for(f".{step if step in STEPS else 'details'}", secret=secret), 303)


@access.open_to_all(HOLDER)
def release(secret: str) -> Answer:
    """Give the places back; those of an order are not the basket's any more."""
    with edge.transaction() as session:
        hold = holds.lock_hold(session, secret)
        if order := orders.find_by_hold(session, hold):
            return to_order(order)
        holds.release(session, hold)
    return redirect(url_for(".shop_days"), 303)


@access.open_to_all(HOLDER)
def place_order(secret: str) -> Answer:
    """Place the order (once, however often the button is pressed) and lead to the provider's page.

    A code that counts no more, and a price other than the one that was shown, are told on the page they were shown on.
    """
    try:
        with edge.transaction() as session:
            hold = holds.lock_hold(session, secret)
            customer = orders.Customer(hold.email or "", hold.name, edge.language())
            order = orders.place(
                session, hold, customer, shown_cents=_shown_cents("shown_cents"),
                shown_card_cents=_shown_cents("shown_card_cents"), actor=edge.actor(), now=edge.now(),
            )  # fmt: skip
    except promotions.REFUSALS as mistake:
        return _review_again(secret, mistake.status, mistake=words_for_code(mistake))
    except gift_card_spending.REFUSALS as mistake:
        return _review_again(secret, mistake.status, card_mistake=words_for_code(mistake))
    except PriceChanged as mistake:
        return _review_again(secret, mistake.status, price_mistake=words_for_code(mistake))
    return lead_to_payment(order) if order.state is OrderState.PENDING else to_order(order)


def _shown_cents(field: str) -> int | None:
    """Read an amount the customer saw above the button they pressed."""
    shown = request.form.get(field, "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else None


def _review_again(secret: str, status: int, **more: object) -> Answer:
    with edge.reading() as session:
        return _page("review", session, holds.get_hold(session, secret), status, **more)


def to_order(order: Order) -> Response:
    """Lead to an order's own page."""
    return redirect(url_for(".order_page", code=order.code, secret=order.secret), 303)


def lead_to_payment(order: Order) -> Response:
    """Send the customer to the provider, or to their order when nothing is left to pay.

    A page that was opened before may have closed or been paid without a report so far: the provider is asked first.
    """
    with edge.reading() as session:
        opened = [payment.provider_ref for payment in settlement.find_live_payments(session, order.id)]
    for ref in filter(None, opened):
        payments.settle(edge.services(), ref)
    url = payments.start_checkout(edge.services(), order.id)
    return redirect(url, 303) if url else to_order(order)


def _page(step: str, session: Session, hold: Hold, status: int = 200, **more: object) -> Answer:
    """Render a step while the places are held; lead to the order when there is one, and say so when they are gone."""
    if gone := gone_page(session, hold):
        return gone
    return render_template(f"site/shop/{step}.html", **(basket_facts(session, hold) | more)), status


def gone_page(session: Session, hold: Hold) -> Answer | None:
    """Lead to the order a basket has become, or say that its places were given back; None while it can be changed."""
    if order := orders.find_by_hold(session, hold):
        return to_order(order)
    try:
        holds.require_open(hold, edge.now())
    except Expired as too_late:
        return expired_page(hold), too_late.status
    return None


def basket_facts(session: Session, hold: Hold) -> dict[str, object]:
    """Return what every page of a basket shows: its lines with their prices, slot by slot in order of time."""
    standing = holds.promotion_standing(session, hold, now=edge.now())
    quote = holds.quote_with(session, hold, standing.discount)
    code = hold.promotion_code.code if hold.promotion_code else None
    card = gift_card_spending.standing_of(session, hold, quote.total.cents, now=edge.now())
    return {
        "hold": hold, "quote": quote, "visits": by_slot(list(zip(hold.lines, quote.lines, strict=True))),
        "clashes": day_options.clashes_of(hold), "discounts": shown_discounts.of_quote(session, quote, code),
        "mistake": words_for_code(standing.refusal) if standing.refusal else None, "price_mistake": None,
        "typed_code": None, "card": card, "left": quote.total - Money(card.cents, quote.total.currency),
        "card_mistake": words_for_code(card.refusal) if card.refusal else None,
    }  # fmt: skip


def by_slot(pairs: list[tuple[HoldLine, QuotedLine]]) -> list[tuple[Slot, list[tuple[HoldLine, QuotedLine]]]]:
    """Group lines by what they are for, in order of time."""
    slots = {line.slot_id: line.slot for line, _ in pairs}
    in_order = sorted(slots.values(), key=lambda slot: (slot.starts_at, slot.id))
    return [(slot, [pair for pair in pairs if pair[0].slot_id == slot.id]) for slot in in_order]


def expired_page(hold: Hold, refusal: Words | None = None) -> str:
    """Say that the places were given back; all of them can be asked for again in one press."""
    slots = {line.slot_id: line.slot for line in hold.lines}
    first = min(slots.values(), key=lambda slot: slot.starts_at)
    again = url_for(".shop_slots", experience_slug=first.experience.slug, day=edge.local(first.starts_at).date())
    lines = sorted(hold.lines, key=lambda line: (line.slot.starts_at, line.id))
    return render_template(
        "site/shop/expired.html", hold=hold, lines=lines, again=again, is_over=first.admits_until <= edge.now(),
        request_key=new_token(), refusal=refusal,
    )  # fmt: skip
