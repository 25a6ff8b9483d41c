"""What a reseller does: start, extend, change, confirm, cancel. Each is one of our own acts, and once is enough.

While a resale is on hold the lock is its basket's; once it is an order, the order's, as everywhere. The money is the
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
from ticketing.sales import basket, hold_changes, hold_lines, holds, orders, resale_changes, settlement
from ticketing.sales.holds import HOLD_TIME, HoldRequest
from ticketing.sales.models import Channel, Hold, HoldState, OrderState
from ticketing.sales.orders import Customer
from ticketing.sales.reseller_models import Resale, ResaleUnit, Reseller

LONGEST_HOLD = timedelta(minutes=60)
CODE_TRIES = 3


class ResaleNotFound(NotFound):
    """This reseller has no resale of this uuid."""

    code = "resale_not_found"


class ResaleDiffers(Conflict):
    """The uuid is that of a resale for something else."""

    code = "resale_differs"


class ResaleOver(Conflict):
    """The resale is in no state for this any more."""

    code = "resale_over"


@dataclass(frozen=True, slots=True)
class WantedUnit:
    """One ticket that is wanted; a reseller may name it, and say who it is for."""

    ticket_type: TicketType
    uuid: str | None = None
    reference: str | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What a reseller says of a resale; None: nothing new."""

    reference: str | None = None
    contact: Mapping[str, Any] | None = None
    notes: str | None = None
    minutes: int | None = None  # that its places are to be kept


@dataclass(frozen=True, slots=True)
class ResaleRequest:
    """What a reseller wants: so many tickets of one slot, under a uuid that makes it happen once."""

    uuid: str
    slot_uuid: str
    units: tuple[WantedUnit, ...]
    told: Told = Told()


@dataclass(frozen=True, slots=True)
class Update:
    """What becomes of a resale: another slot, other tickets (None: as they are), other words."""

    slot_uuid: str | None = None
    units: tuple[WantedUnit, ...] | None = None
    told: Told = Told()
    has_mail: bool = False  # we mail the visitor the tickets, if their address was told


def start(session: Session, reseller: Reseller, wanted: ResaleRequest, *, actor: Actor, now: datetime) -> Resale:
    """Take places for a reseller's customer; the same uuid for the same is the same resale, whatever became of it.

    Raises ResaleDiffers for anything else under that uuid, and the refusals of holds.open_basket.
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
    resale = _insert(session, reseller, wanted, hold, digest=digest, now=now)
    if resale is None:  # the same request at the same instant won
        return _same(_get(session, reseller.id, wanted.uuid), digest)
    audit.record(session, "resale.held", resale, actor=actor, now=now)
    return resale


def extend(session: Session, reseller_id: int, uuid: str, minutes: int | None, *, now: datetime) -> Resale:
    """Keep the places longer, an hour from now at most. Raises ResaleNotFound, ResaleOver, HoldExpired,
    HoldExtendedTooOften."""
    resale, hold = _lock(session, reseller_id, uuid)
    _require_held(resale, hold, now)
    holds.extend(session, hold, _kept_for(Told(minutes=minutes)), now=now)
    resale.changed_at = now
    return resale


def update(session: Session, reseller_id: int, uuid: str, wanted: Update, *, actor: Actor, now: datetime) -> Resale:
    """Change a resale: all of it while it is on hold; its slot and its words once it is confirmed.

    Raises ResaleNotFound, ResaleOver, HoldExpired, and the refusals of hold_changes.choose and changes.carry_out.
    """
    resale, hold = _lock(session, reseller_id, uuid)
    if resale.order_id is None:
        _require_held(resale, hold, now)
        _change_held(session, resale, hold, wanted, now)
    else:
        if wanted.units is not None and _types(wanted.units) != Counter(each.ticket_type_id for each in resale.units):
            raise ResaleOver("A confirmed booking keeps its tickets: cancel it and book anew.")
        if wanted.slot_uuid is not None:
            resale_changes.move(session, resale.order_id, wanted.slot_uuid, actor=actor, now=now)
    _note(resale, wanted.told, now)
    audit.record(session, "resale.changed", resale, actor=actor, now=now)
    return resale


def confirm(session: Session, reseller_id: int, uuid: str, wanted: Update, *, actor: Actor, now: datetime) -> Resale:
    """Make a resale an order with tickets, on the reseller's account; a confirmed one stays as it is.

    Raises ResaleNotFound, ResaleOver, HoldExpired, SlotFull, SlotClosed, SlotOver, EmailInvalid.
    """
    resale, hold = _lock(session, reseller_id, uuid)
    if resale.order_id is not None:
        if orders.lock_order(session, resale.order_id).state is OrderState.CONFIRMED:
            return resale
        raise ResaleOver("This booking is cancelled. Book anew.")
    _require_held(resale, hold, now)
    _change_held(session, resale, hold, wanted, now)
    _note(resale, wanted.told, now)
    if hold.state is not HoldState.OPEN:
        raise ResaleOver("Nothing is left of this booking. Book anew.")
    customer = customer_of(resale.contact)
    customer = customer if wanted.has_mail else replace(customer, email=None)
    order = orders.place_for_reseller(session, hold, customer, resale.reference, actor=actor, now=now)
    settlement.pay_on_account(session, order, actor=actor, now=now)
    resale.order_id, resale.reference = order.id, order.code
    session.flush()
    return resale


def cancel(session: Session, reseller_id: int, uuid: str, reason: str | None, *, actor: Actor, now: datetime) -> Resale:
    """Give a resale up: its places are free, and what the rules give back goes onto the account. Again is already so.

    Raises ResaleNotFound, ResaleOver for one that lapsed or was used, ChangeTooLate.
    """
    resale, hold = _lock(session, reseller_id, uuid)
    said = " ".join((reason or "").split())[:200]
    if resale.cancelled_at is not None:
        return resale
    if resale.order_id is None:
        _require_held(resale, hold, now)
        holds.release(session, hold)
    elif not resale_changes.cancel(session, resale.order_id, said, actor=actor, now=now):
        return resale  # others had ended it: the visitor's way out of a closure, or staff
    resale.cancelled_at, resale.changed_at, resale.cancel_reason = now, now, said or None
    audit.record(session, "resale.cancelled", resale, actor=actor, now=now)
    return resale


def customer_of(contact: Mapping[str, Any]) -> Customer:
    """Return who the tickets are for, as far as the reseller tells."""
    both = " ".join(filter(None, (contact.get("firstName"), contact.get("lastName"))))
    name = contact.get("fullName") or both or None
    language = preferred_language(list(contact.get("locales") or []))
    return Customer(contact.get("emailAddress") or None, name, language)


def _insert(
    session: Session, reseller: Reseller, wanted: ResaleRequest, hold: Hold, *, digest: str, now: datetime
) -> Resale | None:
    """Write a resale down, under a fresh code; None when the uuid is there already."""
    for _ in range(CODE_TRIES):
        resale = Resale(
            reseller_id=reseller.id, uuid=wanted.uuid, request_digest=digest, hold_id=hold.id,
            reference=new_order_code(), contact={}, commission_bp=reseller.commission_bp, made_at=now, changed_at=now,
            units=_units(wanted.units),
        )  # fmt: skip
        _note(resale, wanted.told, now)
        try:
            with session.begin_nested():
                session.add(resale)
        except IntegrityError:
            if _find(session, reseller.id, wanted.uuid):
                return None
            continue
        return resale
    raise AssertionError("three codes in a row were taken: the alphabet is worn out")


def _change_held(session: Session, resale: Resale, hold: Hold, wanted: Update, now: datetime) -> None:
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
        resale.units = []
        session.flush()  # a unit may keep the uuid it had
        resale.units = _units(wanted.units)


def _lock(session: Session, reseller_id: int, uuid: str) -> tuple[Resale, Hold]:
    """Load a resale with its basket locked: the acts on one resale wait for each other. Raises ResaleNotFound."""
    found = _get(session, reseller_id, uuid)
    secret = session.scalars(select(Hold.secret).where(Hold.id == found.hold_id)).one()
    hold = holds.lock_hold(session, secret)
    return _get(session, reseller_id, uuid), hold


def _require_held(resale: Resale, hold: Hold, now: datetime) -> None:
    if resale.order_id is not None or resale.cancelled_at is not None:
        raise ResaleOver("This booking is confirmed or cancelled already.")
    holds.require_open(hold, now)


def _note(resale: Resale, told: Told, now: datetime) -> None:
    if told.reference is not None:
        resale.reseller_reference = told.reference
    if told.contact is not None:
        resale.contact = dict(told.contact)
    if told.notes is not None:
        resale.notes = told.notes
    resale.changed_at = now


def _get(session: Session, reseller_id: int, uuid: str) -> Resale:
    resale = _find(session, reseller_id, uuid)
    if resale is None:
        raise ResaleNotFound("You have no booking with this uuid.")
    return resale


def _find(session: Session, reseller_id: int, uuid: str) -> Resale | None:
    own = select(Resale).where(Resale.reseller_id == reseller_id, Resale.uuid == uuid)
    whole = own.options(selectinload(Resale.units).joinedload(ResaleUnit.ticket_type))
    return session.scalars(whole.execution_options(populate_existing=True)).one_or_none()


def _same(known: Resale, digest: str) -> Resale:
    if known.request_digest != digest:
        raise ResaleDiffers("This uuid is that of another booking. Make a new uuid.")
    return known


def _kept_for(told: Told) -> timedelta:
    wanted = timedelta(minutes=told.minutes) if told.minutes else HOLD_TIME
    return min(wanted, LONGEST_HOLD)


def _numbers(units: Sequence[WantedUnit]) -> dict[str, int]:
    return dict(Counter(unit.ticket_type.slug for unit in units))


def _types(units: Sequence[WantedUnit]) -> Counter[int]:
    return Counter(unit.ticket_type.id for unit in units)


def _units(units: Sequence[WantedUnit]) -> list[ResaleUnit]:
    return [
        ResaleUnit(
            uuid=unit.uuid or new_uuid(), ticket_type_id=unit.ticket_type.id, ticket_type=unit.ticket_type,
            reseller_reference=unit.reference, contact=dict(unit.contact),
        )
        for unit in units
    ]  # fmt: skip


def _digest(wanted: ResaleRequest) -> str:
    return digest_of(" ".join([wanted.slot_uuid, *sorted(unit.ticket_type.uuid for unit in wanted.units)]))
