"""Staff add tickets to an order, for a time it has; what it costs is shown before it is done."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from ticketing.catalogue import availability, offers
from ticketing.catalogue.availability import NextStart
from ticketing.catalogue.room import HAS_PLACES
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.sales import changes, finding
from ticketing.sales.change_rules import StaffRules
from ticketing.sales.changes import ChangeInvalid, Proposal, Wish
from ticketing.sales.models import ChangeKind, Order
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, ticket_numbers
from ticketing.web.error_words import words_for_code
from ticketing.web.site.shop import QUANTITY, read_quantities

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/orders/<code>/addition", view_func=new_addition)
    blueprint.add_url_rule("/orders/<code>/additions", view_func=add_tickets, methods=["POST"])


@access.requires(Permission.CHANGE_ORDERS)
def new_addition(code: str) -> Answer:
    """Choose a time of the order and how many more; once chosen, show what it costs. Nothing is added yet."""
    with edge.reading() as session:
        order = finding.get_by_code(session, code.upper())
        slot_uuid = _slot_asked(order, request.args)
        start = availability.get_start(session, slot_uuid, zone=edge.services().zone, now=edge.now())
        proposal, mistake = None, None
        if any(name.startswith(QUANTITY) and text.strip() not in ("", "0") for name, text in request.args.items()):
            try:
                proposal = _propose(session, order, _wish(request.args, slot_uuid))
            except InvalidInput as refusal:
                mistake = refusal
        return _page(session, order, start, proposal, mistake), mistake.status if mistake else 200


@access.requires(Permission.CHANGE_ORDERS)
def add_tickets(code: str) -> Answer:
    """Add them, once, however often the button is pressed."""
    with edge.reading() as session:
        order = finding.get_by_code(session, code.upper())
        wish = _wish(request.form, _slot_asked(order, request.form))
    with edge.transaction() as session:
        changes.carry_out(
            session, order.id, wish, StaffRules(), ticket_numbers.request_key(),
            shown_cents=ticket_numbers.shown_cents(), actor=edge.actor(), now=edge.now(),
        )  # fmt: skip
    return redirect(url_for(".show_order", code=order.code), 303)


def _propose(session: Session, order: Order, wish: Wish) -> Proposal:
    return changes.propose(session, order, wish, StaffRules(), now=edge.now())


def _wish(values: Mapping[str, str], slot_uuid: str) -> Wish:
    reason = values.get("reason", "")
    return Wish(ChangeKind.ADD, slot_uuid=slot_uuid, quantities=read_quantities(values), reason=reason)


def _slot_asked(order: Order, values: Mapping[str, str]) -> str:
    """Return the time of the order that was chosen; its first before anything was. Raises ChangeInvalid."""
    own = _slot_uuids(order)
    asked = values.get("slot") or next(iter(own), "")
    if asked not in own:
        raise ChangeInvalid("Choose a time of the order.", field="slot")
    return asked


def _slot_uuids(order: Order) -> list[str]:
    return list(dict.fromkeys(line.slot.uuid for line in order.lines))


def _page(
    session: Session, order: Order, start: NextStart, proposal: Proposal | None, mistake: InvalidInput | None
) -> str:
    zone, now = edge.services().zone, edge.now()
    prices = offers.prices_on(session, start.experience.id, start.slot.starts_at_local.date())
    wanted = sum(line.quantity for line, _ in proposal.amounts.begins) if proposal else 0
    return render_template(
        "office/order_add.html", order=order, start=start, prices=prices, values=request.args, proposal=proposal,
        starts=[availability.get_start(session, uuid, zone=zone, now=now) for uuid in _slot_uuids(order)],
        types={each.ticket_type.id: each.ticket_type for each in prices}, request_key=new_token(),
        has_room=start.slot.mark in HAS_PLACES and start.slot.free >= max(wanted, 1),
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip
