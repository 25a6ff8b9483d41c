"""What the link in the mail about a closure leads to: another time in three taps, the money back, or a gift card."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import availability
from ticketing.foundation.errors import Conflict, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.money import Money
from ticketing.sales import closure_answers, closure_credits, gift_card_rules, gift_card_spending
from ticketing.sales.closure_models import CaseState
from ticketing.web import access, edge, limits, ticket_numbers
from ticketing.web.error_words import words_for_code
from ticketing.web.site import own_order

CASE = "/closed/<secret>"
HOLDER = "asks for the secret address in the mail"
MANY = 24  # times shown to whoever asks for more

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    looking, acting = limits.limiter.limit(limits.ORDER_LINKS), limits.limiter.limit(limits.ORDERS)
    for ending, look, act in (("slots/<uuid:slot_uuid>", review_other_time, take_other_time),
                              ("refund", review_money_back, take_money_back),
                              ("gift-card", review_gift_card, take_gift_card)):  # fmt: skip
        blueprint.add_url_rule(f"{CASE}/{ending}/", view_func=looking(look))
        blueprint.add_url_rule(f"{CASE}/{ending}/", view_func=acting(act), methods=["POST"])
    blueprint.add_url_rule(f"{CASE}/", view_func=looking(closed_visit))


def closed_visit(secret: str) -> str:
    return _case_page(secret, None)


def review_other_time(secret: str, slot_uuid: UUID) -> Answer:
    """Show what moving does; nothing is moved yet."""
    return _review_page(secret, str(slot_uuid))


def review_money_back(secret: str) -> Answer:
    """Show what comes back; nothing is cancelled yet."""
    return _review_page(secret, None)


def review_gift_card(secret: str) -> Answer:
    """Show what would be on the gift card; nothing is cancelled yet."""
    zone, now = edge.services().zone, edge.now()
    try:
        with edge.reading() as session:
            case = closure_answers.get_case(session, secret)
            offered = closure_answers.offer_card(session, case, now=now)
            visits = closure_answers.visits_of(session, case, limit=0, zone=zone, now=now)
            good_until = gift_card_rules.last_day_before(gift_card_rules.expiry(session, zone=zone, now=now), zone)
            has_paid = gift_card_spending.find_use(session, case.order_id) is not None
    except Conflict as refusal:
        return _case_page(secret, refusal), refusal.status
    return render_template(
        "site/shop/closed_visit_card.html", case=case, offered=offered, visits=visits, good_until=good_until,
        has_paid=has_paid, request_key=new_token(), case_url=url_for(".closed_visit", secret=secret),
    )  # fmt: skip


@access.open_to_all(HOLDER)
def take_gift_card(secret: str) -> Answer:
    """Put the money on a gift card, once, however often the button is pressed."""
    key, shown = ticket_numbers.request_key(), ticket_numbers.shown_cents()
    try:
        with edge.transaction() as session:
            closure_answers.take_card(
                session, secret, shown, key, zone=edge.services().zone, actor=edge.actor(), now=edge.now()
            )
    except Conflict as refusal:
        return _case_page(secret, refusal), refusal.status
    return redirect(url_for(".closed_visit", secret=secret), 303)


@access.open_to_all(HOLDER)
def take_other_time(secret: str, slot_uuid: UUID) -> Answer:
    """Move the tickets, once, however often the button is pressed."""
    return _answer(secret, str(slot_uuid))


@access.open_to_all(HOLDER)
def take_money_back(secret: str) -> Answer:
    """Give the money back, once, however often the button is pressed."""
    return _answer(secret, None)


def _answer(secret: str, slot_uuid: str | None) -> Answer:
    try:
        with edge.transaction() as session:
            closure_answers.answer(
                session, secret, slot_uuid, ticket_numbers.request_key(), actor=edge.actor(), now=edge.now()
            )
    except Conflict as refusal:  # somebody was faster: the page says so, and shows what is left
        return _case_page(secret, refusal), refusal.status
    return redirect(url_for(".closed_visit", secret=secret), 303)


def _review_page(secret: str, slot_uuid: str | None) -> Answer:
    zone, now = edge.services().zone, edge.now()
    try:
        with edge.reading() as session:
            case = closure_answers.get_case(session, secret)
            proposal = closure_answers.propose(session, case, slot_uuid, now=now)
            start = availability.get_start(session, slot_uuid, zone=zone, now=now) if slot_uuid else None
            visits = closure_answers.visits_of(session, case, zone=zone, now=now)
    except Conflict as refusal:
        return _case_page(secret, refusal), refusal.status
    chosen = {ticket.id for ticket in proposal.tickets}
    return render_template(
        "site/shop/closed_visit_review.html", case=case, start=start, request_key=new_token(),
        visits=[visit for visit in visits if chosen & set(visit.ticket_ids)],
        back=closure_answers.comes_back(proposal, case.currency), case_url=url_for(".closed_visit", secret=secret),
    )  # fmt: skip


def _case_page(secret: str, refusal: TicketingError | None) -> str:
    """Show what is to be chosen with the soonest times, or what has been."""
    limit = MANY if "more" in request.args else closure_answers.SOONEST
    with edge.reading() as session:
        case = closure_answers.get_case(session, secret)
        visits = closure_answers.visits_of(session, case, limit=limit, zone=edge.services().zone, now=edge.now())
        cards = closure_credits.cards_of_case(session, case, edge.services().zone)
        offered = closure_credits.offer(case, Money(case.open_cents, case.currency))
    is_open = case.state is CaseState.OPEN and bool(visits)
    return render_template(
        "site/shop/closed_visit.html", case=case, visits=visits, is_open=is_open, cards=cards, offered=offered,
        mistake=words_for_code(refusal) if refusal else None, shows_more="more" in request.args,
        order_url=own_order.address_of(case.order.code, case.order.secret),
    )  # fmt: skip
