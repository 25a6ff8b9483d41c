"""Choosing: the calendar of days, the slots of a day, the tickets of a slot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as browser_session
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue import availability, offers, opening_days
from ticketing.catalogue.availability import DayView, SlotView
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.models import Experience
from ticketing.catalogue.programme import PROGRAMME_KINDS
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.sales import bundles, earlier_baskets, holds
from ticketing.sales.models import Channel
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.page_memory import remembered
from ticketing.web.pages import weekday_names
from ticketing.web.site import header, linking
from ticketing.web.site.day_page import SLOT_FOR_SALE, around, nearest, parts_of_day, state_of
from ticketing.web.site.linked_facts import Facts
from ticketing.web.site.month import (
    find_month,
    month_grids,
    months_about,
    span_shown,
    turning,
)

ADMISSION = "visit"
STARTS_LINKED = 8
QUANTITY = "quantity-"
BASKETS, MOST_BASKETS = "baskets", 5  # what a browser's cookie remembers
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
    return _months_page(ADMISSION)


@remembered
def shop_experience(experience_slug: str) -> str:
    return _months_page(experience_slug)


def _months_page(slug: str) -> str:
    """Show two months of an experience: every day with what is left; unasked, from the first month that has places."""
    today = edge.today()
    asked = find_month(request.args.get("month"), today)
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
        experiences = offers.list_experiences(session)
        visits = {(each.id, today) for each in (*experiences, experience)}
        prices = {key: offers.lowest_price(of) for (key, _), of in offers.prices_of_visits(session, visits).items()}
        soonest = _soonest(session, experience.id)
        first = asked or (soonest.starts_at_local.date() if soonest else today).replace(day=1)
        days = _days(session, experience.id, *span_shown(first, today))
        linked = _linked(session, experience)
    return render_template(
        "site/shop/days.html", experience=experience, experiences=experiences, prices=prices,
        soonest=soonest, grids=month_grids(days), turning=turning(first, today),
        weekdays=weekday_names(), explained=_explained(days), linked_facts=linked,
    )  # fmt: skip


def _linked(session: Session, experience: Experience) -> Facts | None:
    """Describe the next shows or workshops of a page; the visit itself is no event."""
    if experience.kind not in PROGRAMME_KINDS:
        return None
    coming = availability.coming_slots(
        session, experience.id, zone=edge.services().zone, now=edge.now(), limit=STARTS_LINKED
    )
    return linking.starts(session, [(experience, slot) for slot in coming])


def _soonest(session: Session, experience_id: int) -> SlotView | None:
    free = availability.next_free(session, experience_id, zone=edge.services().zone, now=edge.now(), limit=1)
    return free[0] if free else None


def _days(session: Session, experience_id: int, first: date, last: date) -> list[DayView]:
    zone, now = edge.services().zone, edge.now()
    return availability.days_between(session, experience_id, first, last, zone=zone, now=now)


def _explained(days: list[DayView]) -> list[DayView]:
    """Return the coming days that are other than usual, to say why below the calendar."""
    return [day for day in days if day.reasons and day.local_date >= edge.today()]


@remembered
def shop_slots(experience_slug: str, day: date) -> str:
    """Show the times of a day beside its month; of a day without places, the next days that have some."""
    today, services = edge.today(), edge.services()
    first, months = months_about(day, today)
    with edge.reading() as session:
        experience = offers.get_experience(session, experience_slug)
        slots = availability.slots_on(session, experience.id, day, zone=services.zone, now=edge.now())
        prices = offers.prices_on(session, experience.id, day)
        days = _days(session, experience.id, *span_shown(first, today, months))
        soonest = _soonest(session, experience.id)
    view = next((each for each in days if each.local_date == day), None)
    return render_template(
        "site/shop/slots.html", experience=experience, day=day, parts=parts_of_day(slots), prices=prices,
        state=state_of(slots, opening_days.day_shown(header.calendar(), day), view),
        lowest=offers.lowest_price(prices),
        grids=month_grids(days), turning=turning(first, today, months), weekdays=weekday_names(),
        around=around(days, day), soonest=soonest,
    )  # fmt: skip


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
            instead_of=_own_baskets(),
        )
        with edge.transaction() as session:
            secret = holds.open_hold(session, wanted, now=edge.now()).secret
    except (InvalidInput, SlotFull) as mistake:  # nothing typed may be lost: the same page again, mistake and all
        return _tickets_page(slot_uuid, mistake), mistake.status
    _remember_basket(secret)
    return redirect(url_for(".details", secret=secret), 303)


def _own_baskets() -> tuple[str, ...]:
    """Return the secrets of the last baskets of this browser: whoever goes back and chooses again chooses instead."""
    return tuple(browser_session.get(BASKETS, ()))


def _remember_basket(secret: str) -> None:
    others = [known for known in _own_baskets() if known != secret]
    browser_session[BASKETS] = [*others, secret][-MOST_BASKETS:]


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
    zone, now = edge.services().zone, edge.now()
    with edge.reading() as session:
        start = availability.get_start(session, str(slot_uuid), zone=zone, now=now)
        own = earlier_baskets.places_in(session, _own_baskets(), str(slot_uuid), now=now)
        slot = availability.with_places_back(start.slot, own)
        day = slot.starts_at_local.date()
        prices = offers.prices_on(session, start.experience.id, day)
        on_offer = bundles.on_offer(session, start.experience.id, day)
        is_sold_here = slot.mark in SLOT_FOR_SALE
        same_day = [] if is_sold_here else availability.slots_on(session, start.experience.id, day, zone=zone, now=now)
    return render_template(
        "site/shop/tickets.html",
        slot=slot,
        slot_day=day,
        experience=start.experience,
        prices=prices,
        bundles=on_offer,
        others=nearest(same_day, slot),
        values=request.form,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
        request_key=request.form.get("request_key") or new_token(),
    )
