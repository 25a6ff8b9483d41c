"""Choosing: the calendar of days, the slots of a day, the tickets of a slot."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue import availability, offers, opening_days
from ticketing.catalogue.availability import DayView, NextStart, SlotView
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.offers import PricedType
from ticketing.catalogue.programme import PROGRAMME_KINDS
from ticketing.foundation.database import Database
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.money import Money
from ticketing.sales import bundles, hold_changes, hold_lines, holds, own_baskets, promotions
from ticketing.sales.basket import QuantityTooHigh
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import Channel, Hold, HoldState
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.page_memory import remembered
from ticketing.web.pages import weekday_names
from ticketing.web.site import browser_baskets, header, linking
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
CODE = "promotion_code"  # asked for at the end; a link or another site's form may bring it here
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
    experience, experiences, prices = _offered(edge.services().database, edge.house_revision(), slug, today)
    with edge.reading() as session:
        soonest = _soonest(session, experience.id)
        first = asked or (soonest.starts_at_local.date() if soonest else today).replace(day=1)
        days = _days(session, experience.id, *span_shown(first, today))
        linked = _linked(session, experience)
    return render_template(
        "site/shop/days.html", experience=experience, experiences=experiences, prices=prices,
        soonest=soonest, grids=month_grids(days), turning=turning(first, today),
        weekdays=weekday_names(), explained=_explained(days), linked_facts=linked,
    )  # fmt: skip


@functools.lru_cache(maxsize=64)
def _offered(
    database: Database, _revision: str, slug: str, today: date
) -> tuple[Experience, list[Experience], dict[int, Money | None]]:
    """Return an experience, all that are listed, and lowest prices; read again when managers changed something."""
    with database.reading() as session:
        experience = offers.get_experience(session, slug)
        experiences = offers.list_experiences(session)
        visits = {(each.id, today) for each in (*experiences, experience)}
        prices = {key: offers.lowest_price(of) for (key, _), of in offers.prices_of_visits(session, visits).items()}
        return experience, experiences, prices


@functools.lru_cache(maxsize=256)
def _priced(database: Database, _revision: str, slug: str, day: date) -> tuple[Experience, list[PricedType]]:
    """Return an experience with what each ticket type pays for it on a date, kept as long as `_offered`."""
    with database.reading() as session:
        experience = offers.get_experience(session, slug)
        return experience, offers.prices_on(session, experience.id, day)


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
    return availability.days_between(session, experience_id, first, last, calendar=header.calendar(), now=edge.now())


def _explained(days: list[DayView]) -> list[DayView]:
    """Return the coming days that are other than usual, to say why below the calendar."""
    return [day for day in days if day.reasons and day.local_date >= edge.today()]


@remembered
def shop_slots(experience_slug: str, day: date) -> str:
    """Show the times of a day beside its month; of a day without places, the next days that have some."""
    today, services = edge.today(), edge.services()
    first, months = months_about(day, today)
    experience, prices = _priced(services.database, edge.house_revision(), experience_slug, day)
    with edge.reading() as session:
        slots = availability.slots_on(session, experience.id, day, zone=services.zone, now=edge.now())
        days = _days(session, experience.id, *span_shown(first, today, months))
        soonest = _soonest(session, experience.id)
    view = next((each for each in days if each.local_date == day), None)
    return render_template(
        "site/shop/slots.html", experience=experience, day=day, parts=parts_of_day(slots), prices=prices,
        state=state_of(slots, opening_days.day_shown(header.calendar(), day), view),
        lowest=offers.lowest_price(prices),
        grids=month_grids(days), turning=turning(first, today, months), weekdays=weekday_names(),
        around=around(days, day), soonest=soonest, tells_crowds=any(slot.crowd for slot in slots),
    )  # fmt: skip


def shop_tickets(slot_uuid: UUID) -> str:
    return tickets_page(str(slot_uuid))


@access.open_to_all("anyone may take places for a while; how many and how often is limited")
def hold_tickets(slot_uuid: UUID) -> Answer:
    """Take the places and lead on; on a mistake show the same form again with what was filled in."""
    try:
        wanted = HoldRequest(
            request_key=request.form.get("request_key", "")[:64] or new_token(),
            slot_uuid=str(slot_uuid),
            quantities=read_quantities(request.form),
            channel=Channel.ONLINE,
            promotion_code=request.form.get(CODE, "").strip() or None,
        )
        with edge.transaction() as session:
            hold = _hold(session, wanted)
    except (
        InvalidInput,
        SlotFull,
        *promotions.REFUSALS,
    ) as mistake:  # nothing typed may be lost: the same page again, mistake and all
        return tickets_page(str(slot_uuid), mistake=mistake), mistake.status
    return lead_on(hold)


def _hold(session: Session, wanted: HoldRequest) -> Hold:
    """Open a basket, or set the numbers of the one this browser has places of this slot in already."""
    own = own_baskets.find_with(session, browser_baskets.secrets(), wanted.slot_uuid, now=edge.now())
    if own is not None:
        hold = holds.lock_hold(session, own.secret)
        if own_baskets.is_living(session, hold, now=edge.now()):
            hold_changes.choose(session, hold, {wanted.slot_uuid: wanted.quantities}, now=edge.now())
            if wanted.promotion_code and hold.state is HoldState.OPEN:
                holds.apply_promotion(
                    session, holds.get_hold(session, hold.secret), wanted.promotion_code, now=edge.now()
                )
            return hold
    return holds.open_hold(session, wanted, now=edge.now())


def lead_on(hold: Hold) -> Response:
    """Lead from a choice to the details; by way of the basket when it has several slots, and anew when it has none."""
    browser_baskets.remember(hold.secret)
    if hold.state is not HoldState.OPEN:
        return redirect(url_for(".shop_days"), 303)
    slots = {line.slot_id for line in hold.lines}
    return redirect(url_for(".details" if len(slots) == 1 else ".basket", secret=hold.secret), 303)


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


def tickets_page(slot_uuid: str, basket: Hold | None = None, mistake: TicketingError | None = None) -> str:
    """Show who can come along in a slot: for a basket of this browser's, for the one given, or for a new one."""
    zone, now = edge.services().zone, edge.now()
    with edge.reading() as session:
        start = availability.get_start(session, slot_uuid, zone=zone, now=now)
        basket = basket or own_baskets.find_for(session, browser_baskets.secrets(), slot_uuid, now=now)
        own = hold_lines.numbers_in(basket, slot_uuid) if basket else {}
        slot = availability.with_places_back(start.slot, sum(own.values()))
        day = slot.starts_at_local.date()
        prices = offers.prices_on(session, start.experience.id, day)
        on_offer = bundles.on_offer(session, start.experience.id, day)
        is_sold_here = slot.mark in SLOT_FOR_SALE
        same_day = [] if is_sold_here else availability.slots_on(session, start.experience.id, day, zone=zone, now=now)
    party = own or (hold_lines.party_of(basket) if basket else {})
    return render_template(
        "site/shop/tickets.html",
        slot=slot,
        slot_day=day,
        experience=start.experience,
        prices=prices,
        bundles=on_offer,
        others=nearest(same_day, slot),
        basket=basket,
        is_in_basket=bool(own),
        other_times=other_times(basket, start) if basket and not own else [],
        values={f"{QUANTITY}{slug}": number for slug, number in party.items()} | request.form.to_dict(),
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=_field_of(mistake) if mistake else None,
        is_too_many=isinstance(mistake, QuantityTooHigh),
        request_key=request.form.get("request_key") or new_token(),
    )


def _field_of(mistake: TicketingError) -> str | None:
    """Return which field a mistake is about; one that says nothing of it is about the form as a whole."""
    return CODE if isinstance(mistake, promotions.REFUSALS) else mistake.details.get("field")


def other_times(basket: Hold, start: NextStart) -> list[Slot]:
    """List the times a basket has of the same experience: whoever goes back and chooses again mostly means instead."""
    slots = {line.slot.id: line.slot for line in basket.lines if line.slot.experience_id == start.experience.id}
    return sorted(slots.values(), key=lambda slot: slot.starts_at)
