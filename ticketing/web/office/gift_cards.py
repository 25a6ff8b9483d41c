"""Gift cards in the office: found by code, issued by hand, blocked, good for longer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.sales import gift_card_rules, gift_cards
from ticketing.sales.gift_card_models import MovementKind
from ticketing.sales.gift_card_rules import GiftCardInvalid, Goodwill
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.error_words import words_for_code
from ticketing.web.office.typed_numbers import read_cents, read_day, read_number
from ticketing.web.pages import N_

PAGE = 50
MOVEMENTS = {
    MovementKind.ISSUED: N_("issued"), MovementKind.SPENT: N_("spent"), MovementKind.GIVEN_BACK: N_("given back"),
    MovementKind.EXPIRED: N_("expired"), MovementKind.BLOCKED: N_("blocked"), MovementKind.UNBLOCKED: N_("unblocked"),
    MovementKind.EXTENDED: N_("extended"),
}  # fmt: skip

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    one = "/gift-cards/<int:card_id>"
    blueprint.add_url_rule("/gift-cards", view_func=gift_card_list)
    blueprint.add_url_rule("/gift-cards", view_func=gift_card_issue, methods=["POST"])
    blueprint.add_url_rule("/gift-cards/rules", view_func=gift_card_set_rules, methods=["POST"])
    blueprint.add_url_rule(one, view_func=gift_card_page)
    for ending, act in (("block", gift_card_block), ("unblock", gift_card_unblock), ("extension", gift_card_extend)):
        blueprint.add_url_rule(f"{one}/{ending}", view_func=act, methods=["POST"])


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_list() -> Answer:
    """List cards, the newest first; whoever types a code is led to its card."""
    if typed := request.args.get("code", "").strip():
        with edge.reading() as session:
            found = gift_cards.find(session, typed)
        if found:
            return redirect(url_for(".gift_card_page", card_id=found.id), 303)
        return _list_page(gift_card_rules.GiftCardNotFound("There is no such gift card."), 404)
    return _list_page(None)


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_issue() -> Answer:
    """Give a card away, once however often the button is pressed."""
    form = request.form
    try:
        last_day = read_day(form, "last_day")
        if last_day is None:
            raise GiftCardInvalid("Choose a day from today to ten years ahead.", field="last_day")
        wanted = Goodwill(read_cents(form, "amount") or 0, form.get("reason", ""), last_day)
        with edge.transaction() as session:
            card = gift_card_rules.issue_by_hand(
                session, wanted, form.get("request_key", "")[:64] or new_token(), zone=edge.services().zone,
                actor=edge.actor(), now=edge.now(),
            )  # fmt: skip
    except InvalidInput as mistake:
        return _list_page(mistake, mistake.status)
    return redirect(url_for(".gift_card_page", card_id=card.id), 303)


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_set_rules() -> Answer:
    try:
        years = read_number(request.form, "valid_years", gift_card_rules.MOST_YEARS) or 0
        with edge.transaction() as session:
            gift_card_rules.set_valid_years(session, years, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _list_page(mistake, mistake.status)
    return redirect(url_for(".gift_card_list"), 303)


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_page(card_id: int) -> Answer:
    return _card_page(card_id, None)


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_block(card_id: int) -> Answer:
    try:
        with edge.transaction() as session:
            reason = request.form.get("reason", "")
            gift_card_rules.block(session, card_id, reason, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _card_page(card_id, mistake), mistake.status
    return redirect(url_for(".gift_card_page", card_id=card_id), 303)


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_unblock(card_id: int) -> Answer:
    try:
        with edge.transaction() as session:
            reason = request.form.get("reason", "")
            gift_card_rules.unblock(session, card_id, reason, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _card_page(card_id, mistake), mistake.status
    return redirect(url_for(".gift_card_page", card_id=card_id), 303)


@access.requires(Permission.MANAGE_GIFT_CARDS)
def gift_card_extend(card_id: int) -> Answer:
    try:
        last_day = read_day(request.form, "last_day")
        if last_day is None:
            raise GiftCardInvalid("Choose a day from today to ten years ahead.", field="last_day")
        with edge.transaction() as session:
            zone = edge.services().zone
            gift_card_rules.extend(session, card_id, last_day, zone=zone, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _card_page(card_id, mistake), mistake.status
    return redirect(url_for(".gift_card_page", card_id=card_id), 303)


def _list_page(mistake: TicketingError | None, status: int = 200) -> Answer:
    zone, now = edge.services().zone, edge.now()
    with edge.reading() as session:
        cards = gift_card_rules.page(session, before=whole_number(request.args.get("before", "")), limit=PAGE + 1)
        years = gift_card_rules.valid_years(session)
        usual = gift_card_rules.last_day_before(gift_card_rules.expiry(session, zone=zone, now=now), zone)
    older = cards[PAGE - 1].id if len(cards) > PAGE else None
    page = render_template(
        "office/gift_cards.html", older=older, years=years, usual=usual, request_key=new_token(), values=request.values,
        cards=[(card, gift_card_rules.last_day_before(card.expires_at, zone)) for card in cards[:PAGE]],
        mistake=words_for_code(mistake) if mistake else None,
    )  # fmt: skip
    return page, status


def _card_page(card_id: int, mistake: InvalidInput | None) -> str:
    with edge.reading() as session:
        card = gift_card_rules.look_at(session, card_id)
        ledger = gift_cards.ledger_of(session, card_id)
    return render_template(
        "office/gift_card.html", card=card, ledger=ledger, code=gift_cards.grouped(card.code), movements=MOVEMENTS,
        last_day=gift_card_rules.last_day_before(card.expires_at, edge.services().zone),
        mistake=words_for_code(mistake) if mistake else None,
    )  # fmt: skip
