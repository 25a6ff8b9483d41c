"""A customer brings somebody along: more tickets for a time their order already has."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from ticketing.catalogue import availability, offers
from ticketing.catalogue.availability import NextStart
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.offers import PricedType
from ticketing.catalogue.room import HAS_PLACES
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.sales import changes
from ticketing.sales.changes import ChangeInvalid, Wish
from ticketing.sales.models import ChangeKind
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.site import own_order
from ticketing.web.site.own_order import ADDRESS, HOLDER, Answer, OwnOrder, refusals_on_page
from ticketing.web.site.shop import read_quantities


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    looking, acting = limits.limiter.limit(limits.ORDER_LINKS), limits.limiter.limit(limits.ORDERS)
    base = f"{ADDRESS}/addition"
    blueprint.add_url_rule(f"{base}/", view_func=looking(slots_to_add_to))
    blueprint.add_url_rule(f"{base}/<uuid:slot_uuid>/", view_func=looking(tickets_to_add))
    blueprint.add_url_rule(f"{base}/<uuid:slot_uuid>/review/", view_func=looking(review_addition))
    blueprint.add_url_rule(f"{base}/<uuid:slot_uuid>/review/", view_func=acting(add_tickets), methods=["POST"])


@refusals_on_page
def slots_to_add_to(code: str, secret: str) -> Answer:
    """Show the times of the order; one alone needs no choosing."""
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        starts = [_start(session, own, uuid) for uuid in _slot_uuids(own)]
        if len(starts) == 1:
            return _tickets_page(session, own, starts[0], {})
    return render_template(
        "site/shop/add_slots.html", order=own.order, starts=starts, order_url=own_order.address_of(code, secret),
        slot_url=lambda slot: url_for(".tickets_to_add", code=code, secret=secret, slot_uuid=slot.uuid),
    )  # fmt: skip


@refusals_on_page
def tickets_to_add(code: str, secret: str, slot_uuid: UUID) -> Answer:
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        return _tickets_page(session, own, _start(session, own, str(slot_uuid)), {})


@refusals_on_page
def review_addition(code: str, secret: str, slot_uuid: UUID) -> Answer:
    """Show what is added and what it costs; a number that cannot be is marked where it was typed."""
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        start = _start(session, own, str(slot_uuid))
        try:
            wish = _wish(request.args, slot_uuid)
            proposal = changes.propose(session, own.order, wish, own.rules, now=edge.now())
        except InvalidInput as mistake:
            return _tickets_page(session, own, start, request.args, mistake=mistake), mistake.status
        types = {each.ticket_type.id: each.ticket_type for each in _prices(session, start)}
    wanted = sum((wish.quantities or {}).values())
    if start.slot.mark not in HAS_PLACES or start.slot.free < wanted:
        raise SlotFull("There are not enough places left at this time.", reasons=dict(start.slot.closed_reasons))
    return render_template(
        "site/shop/add_review.html", order=own.order, start=start, proposal=proposal, types=types,
        quantities=wish.quantities, request_key=new_token(), order_url=own_order.address_of(code, secret),
        again_url=url_for(".tickets_to_add", code=code, secret=secret, slot_uuid=slot_uuid),
    )  # fmt: skip


@access.open_to_all(HOLDER)
@refusals_on_page
def add_tickets(code: str, secret: str, slot_uuid: UUID) -> Answer:
    """Add them, once, however often the button is pressed."""

    def wish_of(own: OwnOrder) -> Wish:
        _require_own(own, str(slot_uuid))
        return _wish(request.form, slot_uuid)

    return own_order.carry_out(code, secret, wish_of)


def _wish(values: Mapping[str, str], slot_uuid: UUID) -> Wish:
    return Wish(ChangeKind.ADD, slot_uuid=str(slot_uuid), quantities=read_quantities(values))


def _slot_uuids(own: OwnOrder) -> list[str]:
    return list(dict.fromkeys(line.slot.uuid for line in own.order.lines))


def _require_own(own: OwnOrder, slot_uuid: str) -> None:
    """Let tickets be added only to a time the order has: other times are bought in the shop. Raises ChangeInvalid."""
    if slot_uuid not in _slot_uuids(own):
        raise ChangeInvalid("Choose a time of your order.", field="slot")


def _start(session: Session, own: OwnOrder, slot_uuid: str) -> NextStart:
    _require_own(own, slot_uuid)
    return availability.get_start(session, slot_uuid, zone=edge.services().zone, now=edge.now())


def _prices(session: Session, start: NextStart) -> list[PricedType]:
    return offers.prices_on(session, start.experience.id, start.slot.starts_at_local.date())


def _tickets_page(
    session: Session, own: OwnOrder, start: NextStart, values: Mapping[str, str], *, mistake: InvalidInput | None = None
) -> str:
    code, secret, prices = own.order.code, own.order.secret, _prices(session, start)
    return render_template(
        "site/shop/add_tickets.html", order=own.order, slot=start.slot, experience=start.experience, prices=prices,
        values=values, mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
        order_url=own_order.address_of(code, secret),
        review_url=url_for(".review_addition", code=code, secret=secret, slot_uuid=start.slot.uuid),
    )  # fmt: skip
