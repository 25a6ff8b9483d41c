"""What an offer's link leads to: its places go into a basket, once, and from there the usual way; or to the next."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import capacity, slot_claims
from ticketing.catalogue.models import Slot
from ticketing.catalogue.slot_locks import lock_slots
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, Expired, NotFound
from ticketing.foundation.states import move
from ticketing.sales import holds, waiting_serving
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import Hold
from ticketing.sales.waiting_list import WaitingNotFound, lock_entry
from ticketing.sales.waiting_models import (
    OFFER_MOVES,
    AwaitedSlot,
    EntryState,
    OfferState,
    WaitingEntry,
    WaitingOffer,
)
from ticketing.sales.waiting_rules import HOUSE_RULES, awake_until, offer_until


class OfferNotFound(NotFound):
    """No offer has this address."""

    code = "waiting_offer_not_found"


class OfferOver(Expired):
    """The offer has been used, or its places have gone on to the next."""

    code = "waiting_offer_over"


class OfferNotSold(Conflict):
    """A ticket of the party has no price on the day any more; others may."""

    code = "waiting_offer_not_sold"


class NotOfferable(Conflict):
    """This entry cannot be offered this slot now; look again."""

    code = "waiting_not_offerable"


def get_offer(session: Session, secret: str) -> WaitingOffer:
    """Load an offer by the secret of its link, with its entry, slot and experience. Raises OfferNotFound."""
    whole = select(WaitingOffer).options(
        joinedload(WaitingOffer.slot).joinedload(Slot.experience), joinedload(WaitingOffer.entry)
    )
    found = whole.where(WaitingOffer.secret == secret).execution_options(populate_existing=True)
    offer = session.scalars(found).one_or_none()
    if offer is None:
        raise OfferNotFound("We have no such offer. Use the link in your mail.")
    return offer


def take(session: Session, secret: str, *, actor: Actor, now: datetime) -> Hold:
    """Put an offer's places into a basket, in one step; again is the same basket.

    Raises OfferNotFound, OfferOver, OfferNotSold, SlotClosed, SlotOver, and the refusals of basket.checked_quantities.
    """
    lock_slots(session, [get_offer(session, secret).slot_id])
    entry = lock_entry(session, get_offer(session, secret).entry_id)
    offer = get_offer(session, secret)
    if offer.state is OfferState.TAKEN and offer.hold_id is not None:
        return session.get_one(Hold, offer.hold_id)
    require_open(offer, now)
    if not is_sold(session, offer):
        raise OfferNotSold("These tickets are not sold on that day any more. Choose others.")
    request = HoldRequest(f"waiting-offer:{offer.uuid}", offer.slot.uuid, entry.quantities)
    hold = holds.take_over(session, request, offer.uuid, now=now)
    hold.email = entry.email
    move(session, offer, OfferState.TAKEN, OFFER_MOVES, hold_id=hold.id)
    audit.record(session, "waiting.taken", entry, actor=actor, now=now, slot_id=offer.slot_id)
    return hold


def require_open(offer: WaitingOffer, now: datetime) -> None:
    """Let only an offer whose places are still kept be used. Raises OfferOver."""
    if offer.state is not OfferState.OPEN or offer.expires_at <= now:
        raise OfferOver("This offer is over. Its places have gone on, or were bought already.")


def is_sold(session: Session, offer: WaitingOffer) -> bool:
    """Tell whether all tickets an offer is for still have a price on its day; `get_offer` has loaded it."""
    return set(offer.entry.quantities) <= waiting_serving.sold_at(session, offer.slot_id)


def stand_through_night(session: Session, secret: str, *, zone: ZoneInfo, now: datetime) -> None:
    """Let an offer stand until the morning when its time would run out at night; again changes nothing.

    Asked before its mail is sent: until then nobody knows of the offer, and the mail says until when it stands.
    """
    slots = lock_slots(session, [get_offer(session, secret).slot_id])
    lock_entry(session, get_offer(session, secret).entry_id)
    offer = get_offer(session, secret)
    if offer.state is not OfferState.OPEN or offer.expires_at <= now:
        return
    until = awake_until(slots[offer.slot_id].starts_at, offer.offered_at, zone)
    if (
        until is not None
        and until > offer.expires_at
        and capacity.extend(session, offer.uuid, expires_at=until, now=now)
    ):
        offer.expires_at = until


def offer_now(session: Session, entry_id: int, slot_id: int, *, actor: Actor, now: datetime) -> WaitingOffer:
    """Offer an entry its places in a slot out of turn, because staff say so.

    Raises NotOfferable, WaitingNotFound, SlotFull, SlotClosed, SlotOver.
    """
    slot = lock_slots(session, [slot_id]).get(slot_id)
    if slot is None or session.get(WaitingEntry, entry_id) is None:
        raise WaitingNotFound("There is no such entry or time.")
    entry = lock_entry(session, entry_id)
    until = offer_until(slot.starts_at, now, HOUSE_RULES)
    awaited = select(AwaitedSlot.id).where(AwaitedSlot.entry_id == entry_id, AwaitedSlot.slot_id == slot_id)
    is_free_to = entry.state is EntryState.WAITING and not waiting_serving.has_offer(session, [entry_id])
    if not is_free_to or until is None or session.scalar(awaited) is None:
        raise NotOfferable("This cannot be offered now. Look at the entry again.")
    return waiting_serving.make_offer(session, entry, slot_id, until, actor=actor, now=now)


def slots_to_offer(session: Session, entry: WaitingEntry, *, now: datetime) -> list[tuple[Slot, int]]:
    """Return the slots an entry waits for in which its places are free now, with how many there are, by start."""
    awaited = select(AwaitedSlot.slot_id).where(AwaitedSlot.entry_id == entry.id)
    enough = now + timedelta(minutes=HOUSE_RULES.least_offer_minutes)
    offered = (Slot.id.in_(awaited), Slot.starts_at >= enough, Slot.withdrawn_at.is_(None))
    coming = select(Slot).where(*offered).order_by(Slot.starts_at)
    slots = list(session.scalars(coming))
    free = capacity.free_places(session, [slot.id for slot in slots], now=now)
    saved = slot_claims.held_by(session, [entry.uuid], now=now).get(entry.uuid, {})
    with_own = [(slot, free[slot.id] + saved.get(slot.id, 0)) for slot in slots]
    return [(slot, places) for slot, places in with_own if places >= entry.people]
