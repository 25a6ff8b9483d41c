"""What a reseller does: reserve, extend, change, confirm, cancel. Each is one of our own acts, and once is enough.

While a booking is on hold the lock is its basket's; once it is an order, the order's, as everywhere. The money is the
reseller's affair: an order of theirs is paid by their account, and what goes back goes onto it (0036).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from ticketing.catalogue.models import TicketType
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, NotFound
from ticketing.foundation.identifiers import digest_of, new_order_code, new_uuid
from ticketing.foundation.languages import preferred_language
from ticketing.sales import basket, hold_changes, hold_lines, holds, orders, reseller_changes, settlement
from ticketing.sales.holds import HOLD_TIME, HoldRequest
from ticketing.sales.models import Channel, Hold, HoldState
from ticketing.sales.orders import Customer
from ticketing.sales.reseller_models import Reseller, ResellerBooking, ResellerUnit

LONGEST_HOLD = timedelta(minutes=60)
CODE_TRIES = 3


class BookingNotFound(NotFound):
    """This reseller has no booking of this uuid."""

    code = "reseller_booking_not_found"


class BookingDiffers(Conflict):
    """The uuid is that of a booking for something else."""

    code = "reseller_booking_differs"


class BookingOver(Conflict):
    """The booking is in no state for this any more."""

    code = "reseller_booking_over"


@dataclass(frozen=True, slots=True)
class WantedUnit:
    """One ticket that is wanted; a reseller may name it, and say who it is for."""

    ticket_type: TicketType
    uuid: str | None = None
    reference: str | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What a reseller says of a booking; None: nothing new."""

    reference: str | None = None
    contact: Mapping[str, Any] | None = None
    notes: str | None = None
    minutes: int | None = None  # that its places are to be kept


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a reseller wants: so many tickets of one slot, under a uuid that makes it happen once."""

    uuid: str
    slot_uuid: str
    units: tuple[WantedUnit, ...]
    told: Told = Told()


@dataclass(frozen=True, slots=True)
class Update:
    """What becomes of a booking: another slot, other tickets (None: as they are), other words."""

    slot_uuid: str | None = None
    units: tuple[WantedUnit, ...] | None = None
    told: Told = Told()
    has_mail: bool = False  # we mail the visitor the tickets, if their address was told


def reserve(
    session: Session, reseller: Reseller, wanted: Reservation, *, actor: Actor, now: datetime
) -> ResellerBooking:
    """Take places for a reseller's customer; the same uuid for the same is the same booking, whatever became of it.

    Raises BookingDiffers for anything else under that uuid, and the refusals of holds.open_basket.
    """
    digest = _digest(wanted)
    if known := _find(session, reseller.id, wanted.uuid):
        return _same(known, digest)
    key = f"reseller:{reseller.id}:{wanted.uuid}"
    request = HoldRequest(key, wanted.slot_uuid, _numbers(wanted.units), Channel.RESELLER)
    hold = holds.open_hold(session, request, now=now)
    minutes = _kept_for(wanted.told)
    holds.keep_until(session, hold, now + minutes, now=now)
    holds.keep_no_longer_than(session, hold, now + minutes)
    booking = _insert(session, reseller, wanted, hold, digest=digest, now=now)
    if booking is None:  # the same request at the same instant won
        return _same(_get(session, reseller.id, wanted.uuid), digest)
    audit.record(session, "reseller_booking.reserved", booking, actor=actor, now=now)
    return booking


def extend(session: Session, reseller_id: int, uuid: str, minutes: int | None, *, now: datetime) -> ResellerBooking:
    """Keep the places longer, an hour from now at most. Raises BookingNotFound, BookingOver, HoldExpired,
    HoldExtendedTooOften."""
    booking, hold = _lock(session, reseller_id, uuid)
    _require_held(booking, hold, now)
    holds.extend(session, hold, _kept_for(Told(minutes=minutes)), now=now)
    booking.changed_at = now
    return booking


def update(
    session: Session, reseller_id: int, uuid: str, wanted: Update, *, actor: Actor, now: datetime
) -> ResellerBooking:
    """Change a booking: all of it while it is on hold; its slot and its words once it is confirmed.

    Raises BookingNotFound, BookingOver, HoldExpired, and the refusals of hold_changes.choose and changes.carry_out.
    """
    booking, hold = _lock(session, reseller_id, uuid)
    if booking.order_id is None:
        _require_held(booking, hold, now)
        _change_held(session, booking, hold, wanted, now)
    else:
        if wanted.units is not None and _types(wanted.units) != Counter(each.ticket_type_id for each in booking.units):
            raise BookingOver("A confirmed booking keeps its tickets: cancel it and book anew.")
        if wanted.slot_uuid is not None:
            reseller_changes.move(session, booking.order_id, wanted.slot_uuid, actor=actor, now=now)
    _note(booking, wanted.told, now)
    audit.record(session, "reseller_booking.changed", booking, actor=actor, now=now)
    return booking


def confirm(
    session: Session, reseller_id: int, uuid: str, wanted: Update, *, actor: Actor, now: datetime
) -> ResellerBooking:
    """Make a booking an order with tickets, on the reseller's account; a confirmed one stays as it is.

    Raises BookingNotFound, BookingOver, HoldExpired, SlotFull, SlotClosed, SlotOver, EmailInvalid.
    """
    booking, hold = _lock(session, reseller_id, uuid)
    if booking.order_id is not None:
        return booking
    _require_held(booking, hold, now)
    _change_held(session, booking, hold, wanted, now)
    _note(booking, wanted.told, now)
    if hold.state is not HoldState.OPEN:
        raise BookingOver("Nothing is left of this booking. Book anew.")
    customer = customer_of(booking.contact)
    customer = customer if wanted.has_mail else replace(customer, email=None)
    order = orders.place_for_reseller(session, hold, customer, booking.reference, actor=actor, now=now)
    settlement.pay_on_account(session, order, actor=actor, now=now)
    booking.order_id, booking.reference = order.id, order.code
    session.flush()
    return booking


def cancel(
    session: Session, reseller_id: int, uuid: str, reason: str | None, *, actor: Actor, now: datetime
) -> ResellerBooking:
    """Give a booking up: its places are free, and what the rules give back goes onto the account. Again is already so.

    Raises BookingNotFound, BookingOver for one that lapsed or was used, ChangeTooLate.
    """
    booking, hold = _lock(session, reseller_id, uuid)
    said = " ".join((reason or "").split())[:200]
    if booking.cancelled_at is not None:
        return booking
    if booking.order_id is None:
        _require_held(booking, hold, now)
        holds.release(session, hold)
    elif not reseller_changes.cancel(session, booking.order_id, said, actor=actor, now=now):
        return booking  # others had ended it: the visitor's way out of a closure, or staff
    booking.cancelled_at, booking.changed_at, booking.cancel_reason = now, now, said or None
    audit.record(session, "reseller_booking.cancelled", booking, actor=actor, now=now)
    return booking


def customer_of(contact: Mapping[str, Any]) -> Customer:
    """Return who the tickets are for, as far as the reseller tells."""
    both = " ".join(filter(None, (contact.get("firstName"), contact.get("lastName"))))
    name = contact.get("fullName") or both or None
    language = preferred_language(list(contact.get("locales") or []))
    return Customer(contact.get("emailAddress") or None, name, language)


def _insert(
    session: Session, reseller: Reseller, wanted: Reservation, hold: Hold, *, digest: str, now: datetime
) -> ResellerBooking | None:
    """Write a booking down, under a fresh code; None when the uuid is there already."""
    for _ in range(CODE_TRIES):
        booking = ResellerBooking(
            reseller_id=reseller.id, uuid=wanted.uuid, request_digest=digest, hold_id=hold.id,
            reference=new_order_code(), contact={}, commission_bp=reseller.commission_bp, made_at=now, changed_at=now,
            units=_units(wanted.units),
        )  # fmt: skip
        _note(booking, wanted.told, now)
        try:
            with session.begin_nested():
                session.add(booking)
        except IntegrityError:
            if _find(session, reseller.id, wanted.uuid):
                return None
            continue
        return booking
    raise AssertionError("three codes in a row were taken: the alphabet is worn out")


def _change_held(session: Session, booking: ResellerBooking, hold: Hold, wanted: Update, now: datetime) -> None:
    """Set another slot or other tickets in the basket, all or nothing."""
    if wanted.slot_uuid is None and wanted.units is None:
        return
    before = hold.lines[0].slot.uuid
    slot_uuid = wanted.slot_uuid or before
    numbers = hold_lines.numbers_in(hold, before) if wanted.units is None else _numbers(wanted.units)
    if not any(numbers.values()):
        raise basket.NothingChosen("Choose at least one ticket.", field="quantity")
    given_up: dict[str, dict[str, int]] = {before: {}} if before != slot_uuid else {}
    hold_changes.choose(session, hold, {**given_up, slot_uuid: numbers}, now=now)
    if wanted.units is not None:
        booking.units = []
        session.flush()  # a unit may keep the uuid it had
        booking.units = _units(wanted.units)


def _lock(session: Session, reseller_id: int, uuid: str) -> tuple[ResellerBooking, Hold]:
    """Load a booking with its basket locked: the acts on one booking wait for each other. Raises BookingNotFound."""
    found = _get(session, reseller_id, uuid)
    secret = session.scalars(select(Hold.secret).where(Hold.id == found.hold_id)).one()
    hold = holds.lock_hold(session, secret)
    return _get(session, reseller_id, uuid), hold


def _require_held(booking: ResellerBooking, hold: Hold, now: datetime) -> None:
    if booking.order_id is not None or booking.cancelled_at is not None:
        raise BookingOver("This booking is confirmed or cancelled already.")
    holds.require_open(hold, now)


def _note(booking: ResellerBooking, told: Told, now: datetime) -> None:
    if told.reference is not None:
        booking.reseller_reference = told.reference
    if told.contact is not None:
        booking.contact = dict(told.contact)
    if told.notes is not None:
        booking.notes = told.notes
    booking.changed_at = now


def _get(session: Session, reseller_id: int, uuid: str) -> ResellerBooking:
    booking = _find(session, reseller_id, uuid)
    if booking is None:
        raise BookingNotFound("You have no booking with this uuid.")
    return booking


def _find(session: Session, reseller_id: int, uuid: str) -> ResellerBooking | None:
    own = select(ResellerBooking).where(ResellerBooking.reseller_id == reseller_id, ResellerBooking.uuid == uuid)
    whole = own.options(selectinload(ResellerBooking.units).joinedload(ResellerUnit.ticket_type))
    return session.scalars(whole.execution_options(populate_existing=True)).one_or_none()


def _same(known: ResellerBooking, digest: str) -> ResellerBooking:
    if known.request_digest != digest:
        raise BookingDiffers("This uuid is that of another booking. Make a new uuid.")
    return known


def _kept_for(told: Told) -> timedelta:
    wanted = timedelta(minutes=told.minutes) if told.minutes else HOLD_TIME
    return min(wanted, LONGEST_HOLD)


def _numbers(units: Sequence[WantedUnit]) -> dict[str, int]:
    return dict(Counter(unit.ticket_type.slug for unit in units))


def _types(units: Sequence[WantedUnit]) -> Counter[int]:
    return Counter(unit.ticket_type.id for unit in units)


def _units(units: Sequence[WantedUnit]) -> list[ResellerUnit]:
    return [
        ResellerUnit(
            uuid=unit.uuid or new_uuid(), ticket_type_id=unit.ticket_type.id, ticket_type=unit.ticket_type,
            reseller_reference=unit.reference, contact=dict(unit.contact),
        )
        for unit in units
    ]  # fmt: skip


def _digest(wanted: Reservation) -> str:
    return digest_of(" ".join([wanted.slot_uuid, *sorted(unit.ticket_type.uuid for unit in wanted.units)]))
