"""Plan your day: a day, who comes along, what you want to see; one press takes the whole day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ticketing.catalogue import availability, offers
from ticketing.catalogue.capacity import SlotClosed, SlotFull, SlotNotFound, SlotOver
from ticketing.catalogue.models import Audience, Experience, ExperienceKind, TicketType
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.sales import day_options, hold_lines, holds, own_baskets
from ticketing.sales.basket import NothingChosen, QuantityTooHigh, checked_quantities
from ticketing.sales.day_options import DayWish, PlannedDay
from ticketing.sales.models import Hold
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.site import browser_baskets
from ticketing.web.site.checkout import Answer
from ticketing.web.site.shop import ADMISSION, QUANTITY, read_quantities

MOST_SLOTS = 12
CENTURY = (date(2000, 1, 1), date(2099, 12, 31))  # as addresses have it


@dataclass(frozen=True)
class _Choice:
    """What the form offers: visitors' experiences and the ticket types they are sold to."""

    experiences: list[Experience]
    types: list[TicketType]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/tickets/day-plan/", view_func=plan_day)
    limited = limits.limiter.limit(limits.HOLDS)
    blueprint.add_url_rule("/tickets/day-plan/", view_func=limited(take_day), methods=["POST"])


def plan_day() -> Answer:
    """Show the form; sent, show what that day can be, too."""
    return _page(request.args, is_asked="asked" in request.args)


@access.open_to_all("anyone may take places for a while; how many and how often is limited")
def take_day() -> Answer:
    """Take a proposed day, all or nothing; when somebody was faster, propose anew and say so."""
    key = request.form.get("request_key", "")[:64] or new_token()
    try:
        numbers = read_quantities(request.form)
        uuids = _asked_slots()
        with edge.transaction() as session:
            hold = day_options.take(session, uuids, numbers, key, _own_basket(session), now=edge.now())
    except (InvalidInput, SlotFull, SlotClosed, SlotOver, SlotNotFound) as refusal:
        return _page(request.form, refusal)
    browser_baskets.remember(hold.secret)
    return redirect(url_for(".basket", secret=hold.secret), 303)


def _asked_slots() -> list[str]:
    """Return the slots of the proposal that was pressed. Raises NothingChosen."""
    uuids = [uuid for uuid in request.form.getlist("slot")[:MOST_SLOTS] if len(uuid) <= 36]
    if not uuids:
        raise NothingChosen("Choose at least one ticket.", field="quantity")
    return uuids


def _own_basket(session: Session) -> Hold | None:
    """Lock this browser's living basket: the day goes into it, instead of what it has on that day."""
    living = own_baskets.find_living(session, browser_baskets.secrets(), now=edge.now())
    if not living:
        return None
    hold = holds.lock_hold(session, living[0].secret)
    return hold if own_baskets.is_living(session, hold, now=edge.now()) else None


def _page(values: MultiDict[str, str], refusal: TicketingError | None = None, *, is_asked: bool = True) -> Answer:
    planned, wish, gives_up = None, None, False
    mistake = refusal if isinstance(refusal, InvalidInput) else None
    with edge.reading() as session:
        choice = _choice(session)
        if is_asked:
            try:
                wish = _read(values, choice)
                planned, gives_up = _plan(session, wish)
            except InvalidInput as found:
                mistake = found
        day = wish.local_date if wish else _first_day(session, values)
    asked = wish.experiences if wish else tuple(values.getlist("experience")) or (ADMISSION,)
    page = render_template(
        "site/shop/day_plan.html",
        choice=choice,
        day=day,
        wish=wish,
        gives_up=gives_up,
        planned=planned,
        asked=asked,
        values=values,
        names={each.id: each for each in choice.experiences},
        types={each.slug: each.names for each in choice.types},
        other_day_url=_other_day_url(wish, planned) if wish and planned and planned.other_day else None,
        request_key=new_token(),
        today=edge.today(),
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
        is_too_many=isinstance(mistake, QuantityTooHigh),
        was_faster=refusal is not None and not isinstance(refusal, InvalidInput),
    )
    status = refusal.status if refusal else mistake.status if mistake else 200
    return page, status


def _other_day_url(wish: DayWish, planned: PlannedDay) -> str:
    asked: dict[str, Any] = {f"{QUANTITY}{slug}": number for slug, number in wish.numbers.items()}
    asked |= {"asked": 1, "day": planned.other_day, "experience": wish.experiences}
    return url_for(".plan_day", **asked)


def _choice(session: Session) -> _Choice:
    experiences = [
        each for each in offers.list_experiences(session, Audience.VISITOR) if each.kind is not ExperienceKind.SCHOOL
    ]
    prices = offers.prices_of_visits(session, {(each.id, edge.today()) for each in experiences})
    types = {priced.ticket_type.id: priced.ticket_type for of in prices.values() for priced in of}
    return _Choice(experiences, sorted(types.values(), key=lambda each: (each.position, each.id)))


def _read(values: MultiDict[str, str], choice: _Choice) -> DayWish:
    """Read what is asked. Raises InvalidInput and NothingChosen, naming the field."""
    day = _read_day(values)
    offered = {each.slug for each in choice.experiences}
    experiences = tuple(dict.fromkeys(slug for slug in values.getlist("experience") if slug in offered))
    if not experiences:
        raise InvalidInput("Choose at least one thing to do.", code="nothing_to_do", field="experience")
    most = {each.slug: each.max_per_order for each in choice.types}
    numbers = _numbers(values, most)
    return DayWish(day, experiences, numbers)


def _numbers(values: Mapping[str, str], most: Mapping[str, int]) -> dict[str, int]:
    return checked_quantities({slug: count for slug, count in read_quantities(values).items() if slug in most}, most)


def _read_day(values: Mapping[str, str]) -> date:
    try:
        day = date.fromisoformat(values.get("day", ""))
    except ValueError as mistyped:
        raise InvalidInput("Choose a day.", code="day_invalid", field="day") from mistyped
    if not CENTURY[0] <= day <= CENTURY[1]:
        raise InvalidInput("Choose a day.", code="day_invalid", field="day")
    return day


def _plan(session: Session, wish: DayWish) -> tuple[PlannedDay, bool]:
    """Return what the day can be, and whether taking it gives up what this browser's basket has on it."""
    living = own_baskets.find_living(session, browser_baskets.secrets(), now=edge.now())[:1]
    given_up = [line for hold in living for line in hold.lines if line.slot.local_date == wish.local_date]
    planned = day_options.plan(session, wish, hold_lines.places(given_up), zone=edge.services().zone, now=edge.now())
    return planned, bool(given_up)


def _first_day(session: Session, values: Mapping[str, str]) -> date:
    """Return the day that was asked, else the next one with a free visit."""
    try:
        return _read_day(values)
    except InvalidInput:
        visit = offers.get_experience(session, ADMISSION)
        free = availability.next_free(session, visit.id, zone=edge.services().zone, now=edge.now(), limit=1)
        return free[0].starts_at_local.date() if free else edge.today()
