"""A customer moves their tickets to another time: which tickets, which day, which time, what follows, done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from ticketing.catalogue import availability, room
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.room import Party
from ticketing.foundation.identifiers import new_token
from ticketing.sales import change_options, changes
from ticketing.sales.changes import ChangeInvalid, Wish
from ticketing.sales.models import ChangeKind
from ticketing.sales.overview import TicketView
from ticketing.web import access, edge, limits, ticket_numbers
from ticketing.web.pages import weekday_names
from ticketing.web.site import header, own_order
from ticketing.web.site.month import find_month, month_grids, span_shown, turning
from ticketing.web.site.own_order import ADDRESS, HOLDER, Answer, OwnOrder, about_tickets, refusals_on_page


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    looking, acting = limits.limiter.limit(limits.ORDER_LINKS), limits.limiter.limit(limits.ORDERS)
    base = f"{ADDRESS}/rebooking"
    blueprint.add_url_rule(f"{base}/", view_func=looking(tickets_to_move))
    blueprint.add_url_rule(f"{base}/days/", view_func=looking(days_to_move_to))
    blueprint.add_url_rule(f"{base}/days/<date:day>/", view_func=looking(slots_to_move_to))
    blueprint.add_url_rule(f"{base}/slots/<uuid:slot_uuid>/", view_func=looking(review_move))
    blueprint.add_url_rule(f"{base}/slots/<uuid:slot_uuid>/", view_func=acting(move_tickets), methods=["POST"])


@refusals_on_page
def tickets_to_move(code: str, secret: str) -> Answer:
    """Choose which tickets move; those of one experience together."""
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
    options = own.options(ChangeKind.MOVE)
    if not options.tickets:
        return own_order.to_order(code, secret)
    return render_template(
        "site/shop/move_tickets.html", order=own.order, options=options, order_url=own_order.address_of(code, secret),
        groups=change_options.by_experience(options.tickets),
        days_url=url_for(".days_to_move_to", code=code, secret=secret),
    )  # fmt: skip


@refusals_on_page
@about_tickets(".tickets_to_move")
def days_to_move_to(code: str, secret: str) -> Answer:
    """Show one month with the days that have a time with room for all of them, and the soonest times."""
    zone, now, today = edge.services().zone, edge.now(), edge.today()
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        tickets = _chosen(own)
        experience, party = tickets[0].line.experience, _party(tickets)
        soonest = room.soonest(session, experience.id, party, zone=zone, now=now)
        first = find_month(request.args.get("month"), today)
        first = first or (soonest[0].starts_at_local.date() if soonest else today).replace(day=1)
        days = room.days_between(
            session, experience.id, span_shown(first, today), party, calendar=header.calendar(), now=now
        )
    return render_template(
        "site/shop/move_days.html", order=own.order, tickets=tickets, experience=experience, soonest=soonest,
        grids=month_grids(days), turning=turning(first, today), weekdays=weekday_names(),
        day_url=lambda day: _to(".slots_to_move_to", own, tickets, day=day),
        month_url=lambda month: _to(".days_to_move_to", own, tickets, month=month.strftime("%Y-%m")),
        slot_url=lambda slot: _to(".review_move", own, tickets, slot_uuid=slot.uuid),
        tickets_url=url_for(".tickets_to_move", code=code, secret=secret),
    )  # fmt: skip


@refusals_on_page
@about_tickets(".tickets_to_move")
def slots_to_move_to(code: str, secret: str, day: date) -> Answer:
    """Show the times of a day; only those with room for all of them can be chosen."""
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        tickets = _chosen(own)
        experience, party = tickets[0].line.experience, _party(tickets)
        slots = room.slots_on(session, experience.id, day, party, zone=edge.services().zone, now=edge.now())
    return render_template(
        "site/shop/move_slots.html", order=own.order, tickets=tickets, experience=experience, day=day, slots=slots,
        party=party, neighbours=(day - timedelta(days=1), day + timedelta(days=1)),
        day_url=lambda day: _to(".slots_to_move_to", own, tickets, day=day),
        slot_url=lambda slot: _to(".review_move", own, tickets, slot_uuid=slot.uuid),
        days_url=_to(".days_to_move_to", own, tickets, month=day.strftime("%Y-%m")),
    )  # fmt: skip


@refusals_on_page
@about_tickets(".tickets_to_move")
def review_move(code: str, secret: str, slot_uuid: UUID) -> Answer:
    """Show what moving does and costs; nothing is moved yet."""
    with edge.reading() as session:
        own = own_order.load_to_change(session, code, secret)
        tickets = _chosen(own)
        wish = Wish(ChangeKind.MOVE, ticket_numbers.ids_of(tickets), str(slot_uuid))
        proposal = changes.propose(session, own.order, wish, own.rules, now=edge.now())
        start = availability.get_start(session, str(slot_uuid), zone=edge.services().zone, now=edge.now())
    if not _party(tickets).fits(start.slot):
        raise SlotFull("There are not enough places left at this time.", reasons=dict(start.slot.closed_reasons))
    return render_template(
        "site/shop/move_review.html", order=own.order, tickets=tickets, proposal=proposal, slot=start.slot,
        experience=start.experience, request_key=new_token(), order_url=own_order.address_of(code, secret),
        days_url=_to(".days_to_move_to", own, tickets, month=start.slot.starts_at_local.strftime("%Y-%m")),
    )  # fmt: skip


@access.open_to_all(HOLDER)
@refusals_on_page
def move_tickets(code: str, secret: str, slot_uuid: UUID) -> Answer:
    """Move them, once, however often the button is pressed."""
    return own_order.carry_out(
        code, secret, lambda own: Wish(ChangeKind.MOVE, ticket_numbers.asked_ids(own.view), str(slot_uuid))
    )


def _chosen(own: OwnOrder) -> tuple[TicketView, ...]:
    """Return the tickets this request is about. Raises ChangeInvalid, TicketsNotChangeable."""
    tickets = change_options.chosen(own.options(ChangeKind.MOVE), ticket_numbers.asked())
    if len({each.line.experience.id for each in tickets}) > 1:
        raise ChangeInvalid("Choose tickets of one experience.", field="tickets")
    return tickets


def _party(tickets: tuple[TicketView, ...]) -> Party:
    return Party(sum(each.ticket.admissions for each in tickets), frozenset(each.ticket.slot_id for each in tickets))


def _to(endpoint: str, own: OwnOrder, tickets: tuple[TicketView, ...], **more: Any) -> str:
    numbers = [each.number for each in tickets]
    return url_for(endpoint, code=own.order.code, secret=own.order.secret, t=numbers, **more)
