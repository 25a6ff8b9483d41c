"""What comes free in a slot is offered to those who wait for it, before anybody else can have it.

Three callers: whoever is about to take places serves the list first, under the same lock, so that nobody comes ahead of
it, however places came free; whoever frees places by an act serves it right afterwards; and the worker, every few
seconds, for what comes free in silence. Locks: slots in the order of ids, then entries in theirs, then offers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity, closures, offers, slot_claims
from ticketing.catalogue.models import Slot
from ticketing.catalogue.opening import span_covering
from ticketing.catalogue.slot_locks import LockedSlot, lock_slots
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor, system
from ticketing.foundation.identifiers import new_secret, new_uuid
from ticketing.sales import waiting_rules
from ticketing.sales.waiting_models import UNDERWAY, AwaitedSlot, EntryState, WaitingEntry, WaitingOffer
from ticketing.sales.waiting_rules import Decision, Party, Room

LIST = system("waiting list")


def serve(session: Session, slot_ids: Collection[int], *, now: datetime) -> int:
    """Offer what is free in these slots to those who wait for them; return how many offers were made.

    When anybody waits, all of these slots are locked until the transaction ends.
    """
    awaited = _awaited_among(session, slot_ids)
    if not awaited:
        return 0
    slots = lock_slots(session, slot_ids)
    spans = closures.spans(session, now=now)
    chosen = sorted((slots[slot_id] for slot_id in awaited), key=lambda slot: (slot.starts_at, slot.id))
    return sum(
        _serve(session, slot, now)
        for slot in chosen
        if slot.withdrawn_at is None and not span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at)
    )


def find_to_serve(session: Session, *, now: datetime) -> list[int]:
    """Return the ids of coming slots that somebody waits for and that have places, by start."""
    awaited = _waiting_for().where(AwaitedSlot.slot_id == Slot.id).exists()
    offered = Slot.withdrawn_at.is_(None) & (Slot.starts_at > now)
    with_places = select(Slot.id).where(offered, Slot.capacity > capacity.claimed_now(now), awaited)
    return list(session.scalars(with_places.order_by(Slot.starts_at, Slot.id)))


def make_offer(
    session: Session, entry: WaitingEntry, slot_id: int, until: datetime, *, actor: Actor, now: datetime
) -> WaitingOffer:
    """Hold an entry's places in a slot for it, and write the mail's job. Raises SlotFull, SlotClosed, SlotOver.

    The caller holds the locks of the slot and the entry. What was saved up for the entry is given back first.
    """
    capacity.release(session, entry.uuid)
    before = select(func.count(WaitingOffer.id)).where(
        WaitingOffer.entry_id == entry.id, WaitingOffer.slot_id == slot_id
    )
    offer = WaitingOffer(
        uuid=new_uuid(), secret=new_secret(), entry_id=entry.id, slot_id=slot_id,
        attempt=1 + (session.scalar(before) or 0), people=entry.people, offered_at=now, expires_at=until,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    capacity.take(session, {slot_id: offer.people}, offer.uuid, expires_at=until, now=now)
    jobs.enqueue(session, "send_waiting_offer", f"waiting-offer:{offer.uuid}", now=now, offer_id=offer.id)
    audit.record(session, "waiting.offered", entry, actor=actor, now=now, slot_id=slot_id, people=offer.people)
    return offer


def sold_at(session: Session, slot_id: int) -> set[str]:
    """Return the slugs of the ticket types that have a price in a slot."""
    slot = session.get_one(Slot, slot_id)
    return {each.ticket_type.slug for each in offers.prices_on(session, slot.experience_id, slot.local_date)}


def has_offer(session: Session, entry_ids: Collection[int]) -> set[int]:
    """Return which of these entries have an offer underway: open, or in a basket."""
    underway = select(WaitingOffer.entry_id).where(
        WaitingOffer.entry_id.in_(sorted(entry_ids)), WaitingOffer.state.in_(UNDERWAY)
    )
    return set(session.scalars(underway))


def _waiting_for() -> Select[int]:
    """Say in SQL which slots are waited for."""
    waiting = (WaitingEntry.state == EntryState.WAITING) & AwaitedSlot.declined_at.is_(None)
    return select(AwaitedSlot.slot_id).join(WaitingEntry, WaitingEntry.id == AwaitedSlot.entry_id).where(waiting)


def _awaited_among(session: Session, slot_ids: Collection[int]) -> list[int]:
    if not slot_ids:
        return []
    return list(session.scalars(_waiting_for().where(AwaitedSlot.slot_id.in_(sorted(set(slot_ids)))).distinct()))


def _serve(session: Session, slot: LockedSlot, now: datetime) -> int:
    """Decide over one locked slot, and write what was decided."""
    entries = _lock_waiting(session, slot.id)
    savings = slot_claims.held_by(session, [entry.uuid for entry in entries], now=now)
    saved = {entry.id: savings[entry.uuid].get(slot.id, 0) for entry in entries if entry.uuid in savings}
    free = capacity.free_places(session, [slot.id], now=now)[slot.id] + sum(saved.values())
    sold = sold_at(session, slot.id) if entries else set()
    parties = [
        Party(entry.id, entry.people, entry.passed_over, may_save=not savings.get(entry.uuid) or bool(saved[entry.id]))
        for entry in entries
        if set(entry.quantities) <= sold  # a price may have ended while they waited: what they want cannot be bought
    ]
    decision = waiting_rules.decide(parties, Room(free, slot.capacity, slot.starts_at), now)
    _write(session, slot.id, entries, saved, decision, now=now)
    return len(decision.offered)


def _lock_waiting(session: Session, slot_id: int) -> list[WaitingEntry]:
    """Load who waits for a slot and has no offer underway, in the order of asking, their rows locked."""
    mine = select(AwaitedSlot.entry_id).where(AwaitedSlot.slot_id == slot_id, AwaitedSlot.declined_at.is_(None))
    waiting = select(WaitingEntry).where(WaitingEntry.id.in_(mine), WaitingEntry.state == EntryState.WAITING)
    locked = waiting.order_by(WaitingEntry.id).with_for_update(key_share=True)
    entries = list(session.scalars(locked.execution_options(populate_existing=True)))
    # Asked once the rows are ours: another matcher may have made its offer while we waited for them.
    served = has_offer(session, [entry.id for entry in entries])
    return sorted((each for each in entries if each.id not in served), key=lambda each: (each.waits_since, each.id))


def _write(
    session: Session, slot_id: int, entries: Sequence[WaitingEntry], saved: Mapping[int, int], decision: Decision,
    *, now: datetime,
) -> None:  # fmt: skip
    by_id = {entry.id: entry for entry in entries}
    saved_before = {entry_id: places for entry_id, places in saved.items() if places}
    saved_now = {decision.saver: decision.saved} if decision.saver and decision.saved else {}
    if saved_before != saved_now:
        for entry_id in saved_before:
            capacity.release(session, by_id[entry_id].uuid)
    for entry_id in decision.offered:
        assert decision.offered_until is not None, "an offer stands until some time"
        make_offer(session, by_id[entry_id], slot_id, decision.offered_until, actor=LIST, now=now)
    if saved_before != saved_now:
        for entry_id, places in saved_now.items():
            assert decision.saved_until is not None, "places are saved until some time"
            wants, holder = {slot_id: places}, by_id[entry_id].uuid
            capacity.take(session, wants, holder, expires_at=decision.saved_until, now=now)
    for entry_id, times in decision.passed_over.items():
        more = WaitingEntry.passed_over + times
        session.execute(update(WaitingEntry).where(WaitingEntry.id == entry_id).values(passed_over=more))
