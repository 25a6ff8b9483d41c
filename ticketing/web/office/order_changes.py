"""Staff change an order for its customer: move, cancel with or without fee; what follows is shown before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue import availability, room
from ticketing.catalogue.room import Party
from ticketing.foundation.identifiers import new_token
from ticketing.operations import payments
from ticketing.sales import change_options, change_rules, changes, finding, overview
from ticketing.sales.change_options import Options
from ticketing.sales.change_rules import RuleBook, StaffRules, StaffRulesWithFees
from ticketing.sales.changes import ChangeInvalid, Wish
from ticketing.sales.models import ChangeKind, Order
from ticketing.sales.overview import OrderView, TicketView
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, ticket_numbers
from ticketing.web.converters import FIRST_DAY, LAST_DAY

WITH_FEE = "with"

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    order = "/orders/<code>"
    blueprint.add_url_rule(f"{order}/rebooking", view_func=new_rebooking)
    blueprint.add_url_rule(f"{order}/rebooking/<uuid:slot_uuid>", view_func=review_rebooking)
    blueprint.add_url_rule(f"{order}/rebookings", view_func=rebook, methods=["POST"])
    blueprint.add_url_rule(f"{order}/cancellation", view_func=new_cancellation)
    blueprint.add_url_rule(f"{order}/cancellations", view_func=cancel, methods=["POST"])
    blueprint.add_url_rule(f"{order}/change/cash", view_func=take_cash, methods=["POST"])
    blueprint.add_url_rule(f"{order}/change/release", view_func=give_up, methods=["POST"])


@dataclass(frozen=True)
class Opened:
    """An order to be changed, with what may be chosen of it."""

    order: Order
    view: OrderView
    options: Options
    rules: RuleBook


@access.requires(Permission.CHANGE_ORDERS)
def new_rebooking(code: str) -> Answer:
    """Choose tickets and a day, then a time of it; nothing is moved yet."""
    day = _day(request.args.get("day", ""))
    with edge.reading() as session:
        opened = _open(session, code, ChangeKind.MOVE)
        tickets = _chosen_or_all(opened)
        slots = _slots(session, tickets, day) if tickets else []
    return render_template(
        "office/order_rebook.html", order=opened.order, options=opened.options, tickets=tickets, day=day, slots=slots,
        party=_party(tickets), fee=_fee(), fee_word=WITH_FEE,
    )  # fmt: skip


@access.requires(Permission.CHANGE_ORDERS)
def review_rebooking(code: str, slot_uuid: UUID) -> Answer:
    """Show what moving does and costs."""
    with edge.reading() as session:
        opened = _open(session, code, ChangeKind.MOVE)
        tickets = change_options.chosen(opened.options, ticket_numbers.asked())
        wish = Wish(ChangeKind.MOVE, ticket_numbers.ids_of(tickets), str(slot_uuid))
        proposal = changes.propose(session, opened.order, wish, opened.rules, now=edge.now())
        start = availability.get_start(session, str(slot_uuid), zone=edge.services().zone, now=edge.now())
    return render_template(
        "office/order_rebook_review.html", order=opened.order, tickets=tickets, proposal=proposal, start=start,
        has_room=_party(tickets).fits(start.slot), fee=_fee(), fee_word=WITH_FEE, request_key=new_token(),
        numbers=[each.number for each in tickets],
    )  # fmt: skip


@access.requires(Permission.CHANGE_ORDERS)
def rebook(code: str) -> Answer:
    return _carry_out(code, ChangeKind.MOVE, request.form.get("slot", ""))


@access.requires(Permission.REFUND)
def new_cancellation(code: str) -> Answer:
    """Choose tickets; once chosen, show what is kept and what goes back. Nothing is cancelled yet."""
    numbers = ticket_numbers.asked()
    with edge.reading() as session:
        opened = _open(session, code, ChangeKind.CANCEL)
        tickets = change_options.chosen(opened.options, numbers) if numbers else ()
        wish = Wish(ChangeKind.CANCEL, ticket_numbers.ids_of(tickets))
        proposal = changes.propose(session, opened.order, wish, opened.rules, now=edge.now()) if tickets else None
    return render_template(
        "office/order_cancel.html", order=opened.order, options=opened.options, tickets=tickets, proposal=proposal,
        fee=_fee(), fee_word=WITH_FEE, request_key=new_token(), is_whole=len(tickets) == len(opened.view.tickets),
    )  # fmt: skip


@access.requires(Permission.REFUND)
def cancel(code: str) -> Answer:
    return _carry_out(code, ChangeKind.CANCEL, None)


@access.requires(Permission.CHANGE_ORDERS)
def take_cash(code: str) -> Answer:
    """Take the difference of a waiting change at the desk."""
    with edge.reading() as session:
        order = finding.get_by_code(session, code.upper())
    payments.take_cash_for_change(edge.services(), order.id, actor=edge.actor())
    return _to_order(order)


@access.requires(Permission.CHANGE_ORDERS)
def give_up(code: str) -> Answer:
    with edge.reading() as session:
        order = finding.get_by_code(session, code.upper())
    payments.give_up_change(edge.services(), order.id, actor=edge.actor())
    return _to_order(order)


def _carry_out(code: str, kind: ChangeKind, slot_uuid: str | None) -> Answer:
    """Do it, once, however often the button is pressed."""
    with edge.reading() as session:
        opened = _open(session, code, kind)
    wish = Wish(kind, ticket_numbers.asked_ids(opened.view), slot_uuid, reason=request.form.get("reason", ""))
    with edge.transaction() as session:
        changes.carry_out(
            session, opened.order.id, wish, opened.rules, ticket_numbers.request_key(),
            shown_cents=ticket_numbers.shown_cents(), actor=edge.actor(), now=edge.now(),
        )  # fmt: skip
    return _to_order(opened.order)


def _open(session: Session, code: str, kind: ChangeKind) -> Opened:
    order = finding.get_by_code(session, code.upper())
    view = overview.overview_of(session, order, zone=edge.services().zone)
    rules = StaffRulesWithFees(change_rules.customer_rules(session)) if _fee() == WITH_FEE else StaffRules()
    return Opened(order, view, change_options.options_of(view, kind, rules, edge.now()), rules)


def _fee() -> str:
    values = request.form if request.method == "POST" else request.args
    return WITH_FEE if values.get("fee") == WITH_FEE else ""


def _chosen_or_all(opened: Opened) -> tuple[TicketView, ...]:
    """Return the tickets asked for; before anything was chosen, all of the first experience. Raises ChangeInvalid."""
    numbers = ticket_numbers.asked()
    if not numbers:
        return tuple(next(iter(change_options.by_experience(opened.options.tickets)), []))
    tickets = change_options.chosen(opened.options, numbers)
    if len({each.line.experience.id for each in tickets}) > 1:
        raise ChangeInvalid("Choose tickets of one experience.", field="tickets")
    return tickets


def _slots(session: Session, tickets: tuple[TicketView, ...], day: date) -> list[availability.SlotView]:
    experience_id = tickets[0].line.experience.id
    return room.slots_on(session, experience_id, day, _party(tickets), zone=edge.services().zone, now=edge.now())


def _party(tickets: tuple[TicketView, ...]) -> Party:
    return Party(sum(each.ticket.admissions for each in tickets), frozenset(each.ticket.slot_id for each in tickets))


def _day(text: str) -> date:
    """Read the day asked for; today for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return edge.today()
    return day if FIRST_DAY <= day <= LAST_DAY else edge.today()


def _to_order(order: Order) -> Response:
    return redirect(url_for(".show_order", code=order.code), 303)
