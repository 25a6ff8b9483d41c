"""A reseller's bookings: each act is one of ours, and is answered with the booking as it stands then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from sqlalchemy.orm import Session

from ticketing.catalogue import offers as catalogue_offers
from ticketing.catalogue.capacity import SlotNotFound
from ticketing.catalogue.models import Experience
from ticketing.door import queries
from ticketing.foundation.identifiers import new_uuid
from ticketing.sales import checkouts, resale_views, resales
from ticketing.sales.basket import NothingChosen
from ticketing.sales.resale_views import ResaleView
from ticketing.sales.resales import ResaleRequest, Told, Update, WantedUnit
from ticketing.web import access, edge
from ticketing.web.octo import offers, shapes, words
from ticketing.web.octo.offers import BECAUSE, View
from ticketing.web.octo.refusals import bad_request
from ticketing.web.octo.shapes import (
    BookingsQuery,
    CancellationBody,
    ExtensionBody,
    ReservationBody,
    UnitItemBody,
    UpdateBody,
)


def add_to(blueprint: Blueprint, limited: Callable[[View], View]) -> None:
    """Put these at their addresses."""
    one = "/bookings/<uuid>"
    blueprint.add_url_rule("/bookings", view_func=limited(find))
    blueprint.add_url_rule("/bookings", view_func=limited(reserve), methods=["POST"])
    blueprint.add_url_rule(one, view_func=limited(show))
    blueprint.add_url_rule(one, view_func=limited(update), methods=["PATCH"])
    blueprint.add_url_rule(f"{one}/extend", view_func=limited(extend), methods=["POST"])
    blueprint.add_url_rule(f"{one}/confirm", view_func=limited(confirm), methods=["POST"])
    blueprint.add_url_rule(f"{one}/cancel", view_func=limited(cancel), methods=["POST"])


@access.open_to_all(BECAUSE)
def reserve() -> Response:
    body = shapes.read(ReservationBody)
    with edge.transaction() as session:
        experience = offers.require_product(session, body.product_id, body.option_id)
        if not body.availability_id:
            raise bad_request("availabilityId: this product is booked for an availability.")
        offers.require_slot(session, experience, body.availability_id)
        if not body.unit_items:
            raise NothingChosen("Choose at least one unit.")
        units = _units(session, experience, body.unit_items)
        wanted = ResaleRequest(str(body.uuid or new_uuid()), body.availability_id, units, _told(body))
        made = resales.start(session, g.reseller, wanted, actor=edge.actor(), now=edge.now())
    return _answer(made.uuid)


@access.open_to_all(BECAUSE)
def extend(uuid: str) -> Response:
    minutes = shapes.read(ExtensionBody).expiration_minutes
    with edge.transaction() as session:
        resales.extend(session, g.reseller.id, uuid, minutes, now=edge.now())
    return _answer(uuid)


@access.open_to_all(BECAUSE)
def update(uuid: str) -> Response:
    return _brought_to(uuid, resales.update)


@access.open_to_all(BECAUSE)
def confirm(uuid: str) -> Response:
    return _brought_to(uuid, resales.confirm)


@access.open_to_all(BECAUSE)
def cancel(uuid: str) -> Response:
    reason = shapes.read(CancellationBody).reason
    with edge.transaction() as session:
        resales.cancel(session, g.reseller.id, uuid, reason, actor=edge.actor(), now=edge.now())
    return _answer(uuid)


def show(uuid: str) -> Response:
    return _answer(uuid)


def find() -> Response:
    """List bookings by one of four filters."""
    asked = BookingsQuery.model_validate(request.args.to_dict())
    first, last = asked.local_date or asked.local_date_start, asked.local_date or asked.local_date_end
    days = (first, last) if first and last else None
    if days is None and not asked.reseller_reference and not asked.supplier_reference:
        raise bad_request("Ask by resellerReference, supplierReference, localDate, or localDateStart and localDateEnd.")
    with edge.reading() as session:
        found = resale_views.find(
            session, g.reseller.id, reference=asked.reseller_reference or None,
            supplier_reference=asked.supplier_reference or None, days=days, now=edge.now(),
        )  # fmt: skip
        told = [_booking(session, view) for view in found]
    return jsonify(told)


def _answer(uuid: str) -> Response:
    with edge.reading() as session:
        told = _booking(session, resale_views.get(session, g.reseller.id, uuid, now=edge.now()))
    return jsonify(told)


def _booking(session: Session, view: ResaleView) -> dict[str, Any]:
    tickets = [unit.ticket.id for unit in view.units if unit.ticket and unit.ticket.admitted]
    services, order = edge.services(), view.order
    return words.booking(
        words.BookingFacts(
            view,
            _availability(session, view),
            queries.first_admissions(session, tickets) if tickets else {},
            f"{checkouts.order_url(order, services.settings.public_url)}tickets.pdf" if order else None,
            is_test=services.sandbox is not None,
            has_pricing=g.has_pricing,
            vat=catalogue_offers.vat_on(session, view.slot.experience.vat_class_id, view.slot.local_date),
        )
    )


def _availability(session: Session, view: ResaleView) -> dict[str, Any]:
    """Describe the slot of a booking; one that is offered no more is closed."""
    try:
        return offers.slot_row(session, view.slot.uuid)
    except SlotNotFound:
        return words.withdrawn(view.slot, edge.services().zone)


def _brought_to(uuid: str, act: Callable[..., object]) -> Response:
    """Bring a booking to what the body wants of it, by an act that confirms it or does not."""
    body = shapes.read(UpdateBody)
    with edge.transaction() as session:
        act(session, g.reseller.id, uuid, _update(session, uuid, body), actor=edge.actor(), now=edge.now())
    return _answer(uuid)


def _update(session: Session, uuid: str, body: UpdateBody) -> Update:
    """Read what a booking shall become; another product has to come with its availability and units."""
    now = resale_views.get(session, g.reseller.id, uuid, now=edge.now())
    product_id = body.product_id or now.slot.experience.uuid
    told = Update(None, None, _told(body), has_mail=bool(body.email_receipt))
    if body.product_id is None and body.option_id is None and body.availability_id is None and body.unit_items is None:
        return told
    experience = offers.require_product(session, product_id, body.option_id or words.OPTION)
    if body.availability_id is not None:
        offers.require_slot(session, experience, body.availability_id)
    elif experience.uuid != now.slot.experience.uuid:
        raise bad_request("availabilityId: another product needs an availability of its own.")
    if body.unit_items is not None and not body.unit_items:
        raise NothingChosen("Choose at least one unit.")
    units = _units(session, experience, body.unit_items) if body.unit_items else None
    return Update(body.availability_id, units, told.told, told.has_mail)


def _units(session: Session, experience: Experience, items: list[UnitItemBody]) -> tuple[WantedUnit, ...]:
    types = offers.require_units(session, experience, [item.unit_id for item in items])
    return tuple(
        WantedUnit(
            found, str(item.uuid) if item.uuid else None, item.reseller_reference, shapes.as_contact(item.contact) or {}
        )
        for item, found in zip(items, types, strict=True)
    )


def _told(body: UpdateBody) -> Told:
    contact = shapes.as_contact(body.contact)
    return Told(body.reseller_reference, contact, body.notes, body.expiration_minutes)
