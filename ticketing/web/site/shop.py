"""Choosing: the calendar of days, the slots of a day, the tickets of a slot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue import availability, offers, opening_days
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.models import Experience
from ticketing.catalogue.programme import PROGRAMME_KINDS
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.sales import holds
from ticketing.sales.models import Channel
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.page_memory import remembered
from ticketing.web.pages import weekday_names
from ticketing.web.site import header, linking
from ticketing.web.site.linked_facts import Facts
from ticketing.web.site.month import MonthGrid, month_grid, parse_month

ADMISSION = "visit"
STARTS_LINKED = 8
QUANTITY = "quantity-"
QUANTITY_SHAPE = re.compile(r"[0-9]{1,4}")

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/tickets/", view_func=shop_days)
    blueprint.add_url_rule("/tickets/<experience_slug>/", view_func=shop_experience)
    blueprint.add_url_rule("/tickets/<experience_slug>/<date:day>/", view_func=shop_slots)
    blueprint.add_url_rule("/tickets/slots/<uuid:slot_uuid>/", view_func=shop_tickets)
    blueprint.add_url_rule(
        "/tickets/slots/<uuid:slot_uuid>/", view_func=limits.limiter.limit(limits.HOLDS)(hold_tickets), methods=["POST"]
    )


@remembered
def shop_days() -> str:
    return _month_page(ADMISSION)


@remembered
def shop_experience(experience_slug: str) -> str:
    return _month_page(experience_slug)


def _month_page(slug: str) -> str:
    """Show one month of an experience: every day with what is left, and the reason where it is closed."""
    first = parse_month(request.args.get("month"), edge.today())
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
        experiences = offers.list_experiences(session)
        grid = _grid(session, experience.id, first)
        linked = _linked(session, experience)
    return render_template(
        "site/shop/days.html",
        experience=experience,
        experiences=experiences,
        grid=grid,
        weekdays=weekday_names(),
        day_url=lambda day: url_for(".shop_slots", experience_slug=experience.slug, day=day),
        linked_facts=linked,
        explained=[
            day for week in grid.weeks for day in week if day and day.reasons and day.local_date >= edge.today()
        ],
    )


def _linked(session: Session, experience: Experience) -> Facts | None:
    """Describe the next shows or workshops of a page; the visit itself is no event."""
    if experience.kind not in PROGRAMME_KINDS:
        return None
    coming = availability.coming_slots(
        session, experience.id, zone=edge.services().zone, now=edge.now(), limit=STARTS_LINKED
    )
    return linking.starts(session, [(experience, slot) for slot in coming])


def _grid(session: Session, experience_id: int, first: date) -> MonthGrid:
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    days = availability.days_between(session, experience_id, first, last, zone=edge.services().zone, now=edge.now())
    return month_grid(first, days, today=edge.today())


@remembered
def shop_slots(experience_slug: str, day: date) -> str:
    services = edge.services()
    with edge.reading() as session:
        experience = offers.get_experience(session, experience_slug)
        slots = availability.slots_on(session, experience.id, day, zone=services.zone, now=edge.now())
        prices = offers.prices_on(session, experience.id, day)
    shown = opening_days.day_shown(header.calendar(), day)
    neighbours = (day - timedelta(days=1), day + timedelta(days=1))
    return render_template(
        "site/shop/slots.html",
        experience=experience,
        day=day,
        slots=slots,
        prices=prices,
        shown=shown,
        neighbours=neighbours,
    )


def shop_tickets(slot_uuid: UUID) -> str:
    return _tickets_page(slot_uuid)


@access.open_to_all("anyone may take places for a while; how many and how often is limited")
def hold_tickets(slot_uuid: UUID) -> Answer:
    """Take the places and lead on; on a mistake show the same form again with what was filled in."""
    try:
        wanted = holds.HoldRequest(
            request_key=request.form.get("request_key", "")[:64] or new_token(),
            slot_uuid=str(slot_uuid),
            quantities=read_quantities(request.form),
            channel=Channel.ONLINE,
            promotion_code=request.form.get("promotion_code", "").strip() or None,
        )
        with edge.transaction() as session:
            secret = holds.open_hold(session, wanted, now=edge.now()).secret
    except (InvalidInput, SlotFull) as mistake:  # nothing typed may be lost: the same page again, mistake and all
        return _tickets_page(slot_uuid, mistake), mistake.status
    return redirect(url_for(".details", secret=secret), 303)


def read_quantities(form: Mapping[str, str]) -> dict[str, int]:
    """Read `quantity-<ticket type>` fields as whole numbers; raises InvalidInput naming the field.

    Only ASCII digits count: Python would take "٣" for 3, and a float field would take "1.5" for a number.
    """
    quantities = {}
    for field, typed in form.items():
        slug = field.removeprefix(QUANTITY)
        if slug == field or not typed.strip():
            continue
        if not QUANTITY_SHAPE.fullmatch(typed.strip()):
            raise InvalidInput("A number of tickets is a whole number.", code="quantity_invalid", field=field)
        quantities[slug] = int(typed)
    return quantities


def _tickets_page(slot_uuid: UUID, mistake: TicketingError | None = None) -> str:
    services = edge.services()
    with edge.reading() as session:
        start = availability.get_start(session, str(slot_uuid), zone=services.zone, now=edge.now())
        prices = offers.prices_on(session, start.experience.id, start.slot.starts_at_local.date())
    return render_template(
        "site/shop/tickets.html",
        slot=start.slot,
        slot_day=start.slot.starts_at_local.date(),
        experience=start.experience,
        prices=prices,
        values=request.form,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
        request_key=request.form.get("request_key") or new_token(),
    )
