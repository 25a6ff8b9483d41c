"""The house, what it offers, and what of that can still be had, for resellers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, g, jsonify
from sqlalchemy.orm import Session

from ticketing.catalogue import availability, companions, offers
from ticketing.catalogue.availability import SlotView
from ticketing.catalogue.capacity import SlotNotFound
from ticketing.catalogue.models import Audience, Experience, TicketType
from ticketing.catalogue.offers import PricedType
from ticketing.sales import change_rules
from ticketing.web import access, edge
from ticketing.web.octo import shapes, words
from ticketing.web.octo.refusals import Refused, bad_request
from ticketing.web.octo.shapes import AvailabilityBody, CalendarBody, WantedUnits
from ticketing.web.octo.words import OPTION, Offer

PRICING = "octo/pricing"
PRICING_NAMES = {PRICING, "pricing"}  # its older name is still told by many
MOST_DAYS = 100
PRICED_WITHIN = timedelta(days=60)  # what has a price only then is on offer already
BECAUSE = "asks for a reseller's bearer key"

View = Callable[..., Any]


def add_to(blueprint: Blueprint, limited: Callable[[View], View]) -> None:
    """Put these at their addresses."""
    blueprint.add_url_rule("/supplier", view_func=limited(supplier))
    blueprint.add_url_rule("/capabilities", view_func=limited(capabilities))
    blueprint.add_url_rule("/products", view_func=limited(products))
    blueprint.add_url_rule("/products/<product_id>", view_func=limited(product))
    blueprint.add_url_rule("/availability", view_func=limited(check), methods=["POST"])
    blueprint.add_url_rule("/availability/calendar", view_func=limited(calendar), methods=["POST"])


def supplier() -> Response:
    settings = edge.services().settings
    return jsonify(words.supplier("foyer", settings.centre_name, settings.public_url, settings.mail_sender))


def capabilities() -> Response:
    docs = "https://docs.octo.travel/"
    return jsonify([{"id": PRICING, "revision": 1, "required": False, "dependencies": [], "docs": docs}])


def products() -> Response:
    with edge.reading() as session:
        found = [words.product(offer, _zone_name()) for offer in _offers(session)]
    return jsonify(found)


def product(product_id: str) -> Response:
    with edge.reading() as session:
        get_experience(session, product_id)
        told = next(
            words.product(offer, _zone_name()) for offer in _offers(session) if offer.experience.uuid == product_id
        )
    return jsonify(told)


@access.open_to_all(BECAUSE)
def check() -> Response:
    """Say of slots, or of all slots of days, whether they can be had."""
    body = shapes.read(AvailabilityBody)
    with edge.reading() as session:
        experience = require_product(session, body.product_id, body.option_id)
        wanted = _number(session, experience, body.units)
        slots = _slots(session, experience, body)
        rows = [words.available(slot, wanted, experience) for slot in slots]
        if g.has_pricing:
            dates = [slot.starts_at_local.date() for slot in slots]
            prices = _prices(session, experience, dates)
            rows = [row | {"unitPricing": prices[at]} for row, at in zip(rows, dates, strict=True)]
    return jsonify(rows)


@access.open_to_all(BECAUSE)
def calendar() -> Response:
    """Say of days whether anything of them can be had; a day without slots is closed.

    Of what is sold by the day such a day is left out: it has no hours, and OCTO wants some with every row.
    """
    body = shapes.read(CalendarBody)
    dates = _dates(body.local_date_start, body.local_date_end)
    with edge.reading() as session:
        experience = require_product(session, body.product_id, body.option_id)
        wanted = _number(session, experience, body.units)
        by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
        for slot in _between(session, experience, dates[0], dates[-1]):
            by_day[slot.starts_at_local.date()].append(words.available(slot, wanted, experience))
        if words.is_for_the_day(experience):
            dates = [each for each in dates if each in by_day]
        rows = [words.day(each, by_day[each]) for each in dates]
        if g.has_pricing:
            prices = _prices(session, experience, dates)
            rows = [row | {"unitPricingFrom": prices[at]} for row, at in zip(rows, dates, strict=True)]
    return jsonify(rows)


def require_product(session: Session, product_id: str, option_id: str) -> Experience:
    """Load what is asked about. Raises Refused for what we do not offer, or another option than its one."""
    experience = get_experience(session, product_id)
    if option_id != OPTION:
        raise Refused("INVALID_OPTION_ID", "This product has no such option.", optionId=option_id)
    return experience


def get_experience(session: Session, product_id: str) -> Experience:
    """Load what a product stands for. Raises Refused."""
    for experience in _offered(session):
        if experience.uuid == product_id:
            return experience
    raise Refused("INVALID_PRODUCT_ID", "We have no such product.", productId=product_id)


def require_units(session: Session, experience: Experience, ids: Sequence[str]) -> list[TicketType]:
    """Load the ticket type of each unit. Raises Refused for one that is not of this product."""
    known = {each.ticket_type.uuid: each.ticket_type for each in _priced(session, experience)}
    for unit_id in ids:
        if unit_id not in known:
            raise Refused("INVALID_UNIT_ID", "This product has no such unit.", unitId=unit_id)
    return [known[unit_id] for unit_id in ids]


def slot_row(session: Session, uuid: str) -> dict[str, Any]:
    """Describe one slot by its uuid. Raises SlotNotFound for one that is offered no more."""
    start = availability.get_start(session, uuid, zone=edge.services().zone, now=edge.now())
    return words.available(start.slot, 1, start.experience)


def require_slot(session: Session, experience: Experience, uuid: str) -> None:
    """Let only a slot of this product be booked. Raises Refused."""
    try:
        start = availability.get_start(session, uuid, zone=edge.services().zone, now=edge.now())
    except SlotNotFound:
        start = None
    if start is None or start.experience.id != experience.id:
        raise Refused("INVALID_AVAILABILITY_ID", "This product has no such availability.", availabilityId=uuid)


def _offers(session: Session) -> list[Offer]:
    """Load what resellers may sell, with all that describes it."""
    rules = change_rules.customer_rules(session)
    uuids = {each.id: each.uuid for each in offers.list_ticket_types(session)}
    accompanied = {
        uuids[companion]: sorted(uuids[each] for each in visitors)
        for companion, visitors in companions.accompanied_types(session).items()
    }
    commission_bp = g.reseller.commission_bp if g.has_pricing else None
    return [
        Offer(
            experience, tuple(_priced(session, experience)), _starts(session, experience), rules.of(experience.id),
            accompanied, offers.vat_on(session, experience.vat_class_id, edge.today()), commission_bp,
        )
        for experience in _offered(session)
    ]  # fmt: skip


def _offered(session: Session) -> list[Experience]:
    listed = offers.list_experiences(session, Audience.VISITOR)
    return [experience for experience in listed if _priced(session, experience)]


def _priced(session: Session, experience: Experience) -> list[PricedType]:
    """Load the types an experience is sold to now, or will be soon."""
    visits = [(experience.id, edge.today()), (experience.id, edge.today() + PRICED_WITHIN)]
    found = offers.prices_of_visits(session, visits)
    return list({each.ticket_type.id: each for visit in reversed(visits) for each in found[visit]}.values())


def _starts(session: Session, experience: Experience) -> tuple[str, ...]:
    coming = _between(session, experience, edge.today(), edge.today() + timedelta(days=14))
    return tuple(sorted({slot.starts_at_local.strftime("%H:%M") for slot in coming}))


def _slots(session: Session, experience: Experience, body: AvailabilityBody) -> list[SlotView]:
    days = (body.local_date or body.local_date_start, body.local_date or body.local_date_end)
    if (body.availability_ids is None) == (days == (None, None)):
        raise bad_request("Ask for days or for availabilityIds, one of both.")
    if body.availability_ids is not None:
        zone, now = edge.services().zone, edge.now()
        for uuid in body.availability_ids:
            require_slot(session, experience, uuid)
        return [availability.get_start(session, uuid, zone=zone, now=now).slot for uuid in body.availability_ids]
    if days[0] is None or days[1] is None:
        raise bad_request("Give both localDateStart and localDateEnd.")
    dates = _dates(days[0], days[1])
    return _between(session, experience, dates[0], dates[-1])


def _between(session: Session, experience: Experience, first: date, last: date) -> list[SlotView]:
    zone, now = edge.services().zone, edge.now()
    return availability.slots_between(session, experience.id, first, last, zone=zone, now=now)


def _dates(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    if not 0 < days <= MOST_DAYS:
        raise bad_request(f"Ask for one to {MOST_DAYS} days, the first one first.")
    return [first + timedelta(days=offset) for offset in range(days)]


def _number(session: Session, experience: Experience, units: Sequence[WantedUnits] | None) -> int:
    """Return how many places are wanted. Raises Refused for an unknown unit."""
    require_units(session, experience, [unit.id for unit in units or ()])
    return sum(unit.quantity for unit in units or ())


def _prices(session: Session, experience: Experience, dates: Sequence[date]) -> Mapping[date, list[dict[str, Any]]]:
    found = offers.prices_of_visits(session, {(experience.id, each) for each in dates})
    rates = {each: offers.vat_on(session, experience.vat_class_id, each) for each in set(dates)}
    commission_bp = g.reseller.commission_bp
    return {day: words.unit_prices(prices, rates[day], commission_bp) for (_, day), prices in found.items()}


def _zone_name() -> str:
    return str(edge.services().zone)
