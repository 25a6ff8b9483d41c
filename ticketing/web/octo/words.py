"""Our words in OCTO's: experiences are products, ticket types units, slots availabilities, orders bookings. Pure.

Every key is there, null or not: a reseller's parser may count on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ticketing.catalogue.availability import SlotMark, SlotView
from ticketing.catalogue.models import Experience, ExperienceKind, Slot, TicketType
from ticketing.catalogue.offers import VAT, PricedType
from ticketing.foundation.languages import pick
from ticketing.foundation.money import vat_within
from ticketing.sales.change_rules import Rules
from ticketing.sales.resale_views import Cancellation, ResaleState, ResaleView, Returned, UnitView
from ticketing.sales.resellers import commission_of

LANGUAGE = "en"
OPTION = "DEFAULT"
CONTACT = ("fullName", "firstName", "lastName", "emailAddress", "phoneNumber", "postalCode", "country", "notes")
STATES = {
    ResaleState.HELD: "ON_HOLD", ResaleState.LAPSED: "EXPIRED", ResaleState.CONFIRMED: "CONFIRMED",
    ResaleState.USED: "REDEEMED", ResaleState.CANCELLED: "CANCELLED",
}  # fmt: skip
RETURNED = {Returned.ALL: "FULL", Returned.SOME: "PARTIAL", Returned.NOTHING: "NONE"}
TYPES = {
    "adult": "ADULT", "child": "CHILD", "student": "STUDENT", "senior": "SENIOR", "toddler": "INFANT",
    "family": "FAMILY",
}  # fmt: skip
OLDEST = 99
# An admission that lasts so long is for the day: people come when they like.
WHOLE_DAY = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Offer:
    """An experience with what a reseller may ask of it."""

    experience: Experience
    prices: tuple[PricedType, ...]
    starts: tuple[str, ...]  # "HH:MM", wall clock
    rules: Rules
    accompanied: Mapping[str, Sequence[str]]  # uuids of the types a companion's uuid may come along with
    vat: VAT
    commission_bp: int | None  # None: prices were not asked for


def supplier(uuid: str, name: str, public_url: str, email: str) -> dict[str, Any]:
    """Describe the house."""
    contact = {"website": public_url, "email": email, "telephone": None, "address": None}
    return {"id": uuid, "name": name, "endpoint": f"{public_url}/octo", "contact": contact}


def product(offer: Offer, zone_name: str) -> dict[str, Any]:
    """Describe an experience, with its one option."""
    told = {
        "id": offer.experience.uuid,
        "internalName": pick(offer.experience.names, LANGUAGE),
        "reference": offer.experience.slug,
        "locale": LANGUAGE,
        "timeZone": zone_name,
        "allowFreesale": False,
        "instantConfirmation": True,
        "instantDelivery": True,
        "availabilityRequired": True,
        "availabilityType": "OPENING_HOURS" if is_for_the_day(offer.experience) else "START_TIME",
        "deliveryFormats": ["QRCODE", "PDF_URL"],
        "deliveryMethods": ["TICKET"],
        "redemptionMethod": "DIGITAL",
        "options": [_option(offer)],
    }
    if offer.commission_bp is not None:
        currency = offer.prices[0].price.currency
        told |= {"defaultCurrency": currency, "availableCurrencies": [currency], "pricingPer": "UNIT"}
    return told


def is_for_the_day(experience: Experience) -> bool:
    """Tell whether an experience is sold by the day, not by the time."""
    lasts = timedelta(minutes=experience.duration_minutes)
    return experience.kind is ExperienceKind.ADMISSION and lasts >= WHOLE_DAY


def _option(offer: Offer) -> dict[str, Any]:
    minutes = offer.rules.cancel_until_minutes
    until = f"until {minutes} minutes before the start" if offer.rules.may_cancel else "not possible"
    return {
        "id": OPTION,
        "default": True,
        "internalName": pick(offer.experience.names, LANGUAGE),
        "reference": None,
        "availabilityLocalStartTimes": [] if is_for_the_day(offer.experience) else list(offer.starts),
        "cancellationCutoff": until,
        "cancellationCutoffAmount": minutes if offer.rules.may_cancel else 0,
        "cancellationCutoffUnit": "minute",
        "requiredContactFields": [],
        "restrictions": {"minUnits": 1, "maxUnits": None},
        "units": [_unit(each, offer) for each in offer.prices],
    }


def _unit(priced: PricedType, offer: Offer) -> dict[str, Any]:
    each = priced.ticket_type
    told: dict[str, Any] = {
        "id": each.uuid,
        "internalName": pick(each.names, LANGUAGE),
        "reference": each.slug,
        "type": _type_of(each),
        "requiredContactFields": [],
        "restrictions": {
            "minAge": each.min_age or 0,
            "maxAge": OLDEST if each.max_age is None else each.max_age,
            "idRequired": False,
            "minQuantity": None,
            "maxQuantity": each.max_per_order,
            "paxCount": 1,
            "accompaniedBy": list(offer.accompanied.get(each.uuid, ())),
        },
    }
    if offer.commission_bp is not None:
        told["pricingFrom"] = [price(priced.price.cents, priced.price.currency, [offer.vat], offer.commission_bp)]
    return told


def _type_of(each: TicketType) -> str:
    if each.slug in TYPES:
        return TYPES[each.slug]
    if each.max_age is None:
        return "OTHER"
    return "INFANT" if each.max_age <= 3 else "CHILD" if each.max_age <= 12 else "YOUTH"


def available(slot: SlotView, wanted: int, experience: Experience) -> dict[str, Any]:
    """Describe a slot to somebody who wants so many places."""
    status = _status(slot, wanted)
    free = 0 if status == "CLOSED" else slot.free
    return {
        **_times(slot.uuid, slot.starts_at_local, slot.ends_at_local, experience),
        "utcCutoffAt": utc(slot.admits_until),
        "available": status in ("AVAILABLE", "LIMITED"),
        "status": status,
        "vacancies": free,
        "capacity": slot.capacity,
        "maxUnits": free,
    }


def _times(uuid: str, starts_at_local: datetime, ends_at_local: datetime, experience: Experience) -> dict[str, Any]:
    is_day = is_for_the_day(experience)
    hours = {"from": starts_at_local.strftime("%H:%M"), "to": ends_at_local.strftime("%H:%M")}
    return {
        "id": uuid,
        "localDateTimeStart": starts_at_local.isoformat(timespec="seconds"),
        "localDateTimeEnd": ends_at_local.isoformat(timespec="seconds"),
        "allDay": is_day,
        "openingHours": [hours] if is_day else [],
    }


def _status(slot: SlotView, wanted: int) -> str:
    if slot.mark in (SlotMark.CLOSED, SlotMark.PAST):
        return "CLOSED"
    if slot.free < max(1, wanted):
        return "SOLD_OUT"
    return "LIMITED" if slot.free * 2 < slot.capacity else "AVAILABLE"


def withdrawn(slot: Slot, zone: ZoneInfo) -> dict[str, Any]:
    """Describe a slot, loaded with its experience, that is offered no more."""
    return {
        **_times(slot.uuid, slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone), slot.experience),
        "utcCutoffAt": utc(slot.admits_until),
        "available": False,
        "status": "CLOSED",
        "vacancies": 0,
        "capacity": slot.capacity,
        "maxUnits": 0,
    }


def day(local_date: date, slots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Describe a day by its slots as `available` describes them."""
    open_slots = [slot for slot in slots if slot["available"]]
    kinds = {slot["status"] for slot in slots}
    status = "SOLD_OUT" if "SOLD_OUT" in kinds else "CLOSED"
    if open_slots:
        status = "AVAILABLE" if any(slot["status"] == "AVAILABLE" for slot in open_slots) else "LIMITED"
    return {
        "localDate": local_date.isoformat(),
        "available": bool(open_slots),
        "status": status,
        "vacancies": sum(slot["vacancies"] for slot in open_slots),
        "capacity": sum(slot["capacity"] for slot in slots),
        "openingHours": [hours for slot in slots for hours in slot["openingHours"]],
    }


def price(cents: int, currency: str, rates: Iterable[VAT], commission_bp: int) -> dict[str, Any]:
    """Describe a price: what visitors pay, and what of it is ours."""
    net = cents - commission_of(cents, commission_bp)
    taxes = [
        {"name": f"VAT {rate.rate_bp / 100:g} %", "retail": vat_within(cents, rate.rate_bp),
         "original": vat_within(cents, rate.rate_bp), "net": vat_within(net, rate.rate_bp)}
        for rate in rates if rate.rate_bp is not None
    ]  # fmt: skip
    return {
        "original": cents, "retail": cents, "net": net, "currency": currency, "currencyPrecision": 2,
        "includedTaxes": taxes,
    }  # fmt: skip


def unit_prices(prices: Iterable[PricedType], vat: VAT, commission_bp: int) -> list[dict[str, Any]]:
    """Describe what each unit costs for one slot or day."""
    return [
        {"unitId": each.ticket_type.uuid, **price(each.price.cents, each.price.currency, [vat], commission_bp)}
        for each in prices
    ]


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """A booking with what other rooms know of it: its slot, when tickets were used, where the PDF is, if tested."""

    view: ResaleView
    availability: Mapping[str, Any]
    used_at: Mapping[int, datetime]
    pdf_url: str | None
    is_test: bool
    has_pricing: bool
    vat: VAT


def booking(facts: BookingFacts) -> dict[str, Any]:
    """Describe a booking."""
    view, kept, order = facts.view, facts.view.resale, facts.view.order
    used = [facts.used_at[unit.ticket.id] for unit in view.units if unit.ticket and unit.ticket.id in facts.used_at]
    told = {
        "id": kept.uuid,
        "uuid": kept.uuid,
        "testMode": facts.is_test,
        "resellerReference": kept.reseller_reference,
        "supplierReference": kept.reference,
        "status": STATES[view.state],
        "utcCreatedAt": utc(kept.made_at),
        "utcUpdatedAt": utc(kept.changed_at),
        "utcExpiresAt": utc(view.expires_at) if view.expires_at else None,
        "utcRedeemedAt": utc(max(used)) if view.state is ResaleState.USED and used else None,
        "utcConfirmedAt": utc(order.confirmed_at) if order and order.confirmed_at else None,
        "productId": view.slot.experience.uuid,
        "optionId": OPTION,
        "cancellable": view.is_cancellable,
        "cancellation": _cancellation(view.cancellation),
        "freesale": False,
        "availabilityId": view.slot.uuid,
        "availability": dict(facts.availability),
        "contact": contact(kept.contact),
        "notes": _notes(view),
        "deliveryMethods": ["TICKET"],
        "voucher": None,
        "unitItems": [_unit_item(unit, facts) for unit in view.units],
    }
    if facts.has_pricing:
        told["pricing"] = price(view.total_cents, view.currency, [facts.vat], kept.commission_bp)
    return told


def _cancellation(ended: Cancellation | None) -> dict[str, Any] | None:
    if ended is None:
        return None
    return {"refund": RETURNED[ended.returned], "reason": ended.reason, "utcCancelledAt": utc(ended.at)}


def _notes(view: ResaleView) -> str | None:
    """Return the reseller's notes; while a closure waits for their answer, what to do about it comes first."""
    if view.closed is None:
        return view.resale.notes
    said = (
        f"CLOSED: {pick(view.closed.reasons, LANGUAGE)} Cancel this booking, in full, or give it another"
        f" availabilityId at no more than was paid, until {utc(view.closed.decide_by)}."
    )
    return "\n".join(filter(None, (said, view.resale.notes)))


def _unit_item(unit: UnitView, facts: BookingFacts) -> dict[str, Any]:
    used_at = facts.used_at.get(unit.ticket.id) if unit.ticket else None
    told = {
        "uuid": unit.unit.uuid,
        "resellerReference": unit.unit.reseller_reference,
        "supplierReference": None,
        "unitId": unit.unit.ticket_type.uuid,
        "status": _unit_status(unit, facts.view.state),
        "utcRedeemedAt": utc(used_at) if used_at else None,
        "contact": contact(unit.unit.contact),
        "ticket": {
            "redemptionMethod": "DIGITAL",
            "utcRedeemedAt": utc(used_at) if used_at else None,
            "deliveryOptions": _delivery(unit, facts.pdf_url),
        },
    }
    if facts.has_pricing:
        told["pricing"] = price(unit.unit_cents, facts.view.currency, [facts.vat], facts.view.resale.commission_bp)
    return told


def _unit_status(unit: UnitView, state: ResaleState) -> str:
    if unit.ticket is None:
        return STATES[state]
    if unit.has_ended:
        return "CANCELLED"
    return "REDEEMED" if unit.ticket.admitted else "CONFIRMED"


def _delivery(unit: UnitView, pdf_url: str | None) -> list[dict[str, str]]:
    if unit.ticket is None or unit.has_ended:
        return []
    options = [{"deliveryFormat": "QRCODE", "deliveryValue": unit.ticket.code}]
    return options + ([{"deliveryFormat": "PDF_URL", "deliveryValue": pdf_url}] if pdf_url else [])


def contact(told: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a person, as far as the reseller told."""
    return {name: told.get(name) for name in CONTACT} | {"locales": list(told.get("locales") or [])}


def utc(instant: datetime) -> str:
    """Write an instant as OCTO does, without fractions."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
