"""How offers and waiting end: bought, lapsed, withdrawn, left, removed, or in vain. Each mail is written once.

Nothing here needs the lock of a slot: it only makes room. Locks: the entry, then its offers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import capacity, closures
from ticketing.catalogue.models import Slot
from ticketing.catalogue.opening import span_covering
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.states import move
from ticketing.sales.models import Hold, HoldState, Order, OrderState
from ticketing.sales.waiting_list import lock_entry
from ticketing.sales.waiting_models import (
    ENTRY_MOVES,
    OFFER_MOVES,
    UNDERWAY,
    AwaitedSlot,
    EntryState,
    OfferState,
    WaitingEntry,
    WaitingOffer,
)
from ticketing.sales.waiting_rules import HOUSE_RULES
from ticketing.sales.waiting_serving import LIST

HANDFUL = 100
ADDRESS_KEPT = timedelta(days=30)  # after the waiting is over; then nobody needs to know who it was


def note_bought(session: Session, hold_id: int, *, actor: Actor, now: datetime) -> None:
    """Note that a basket has become a confirmed order: an offer it came from is bought, and its entry done, for good.

    Late money may buy what had lapsed; what the entry was offered since is withdrawn then.
    """
    offer = session.scalars(select(WaitingOffer).where(WaitingOffer.hold_id == hold_id)).one_or_none()
    if offer is None:
        return
    entry = lock_entry(session, offer.entry_id)
    move(session, offer, OfferState.BOUGHT, OFFER_MOVES, ended_at=now)
    if entry.state is EntryState.WAITING:
        _end_entry(session, entry, EntryState.BOUGHT, actor=actor, now=now)


def leave(session: Session, entry_id: int, *, actor: Actor, now: datetime) -> None:
    """Take somebody off the list because they say so; what was kept for them is free."""
    entry = lock_entry(session, entry_id)
    if entry.state is EntryState.WAITING:
        _end_entry(session, entry, EntryState.LEFT, actor=actor, now=now)


def remove(session: Session, entry_id: int, *, actor: Actor, now: datetime) -> bool:
    """Take somebody off the list because the house says so, and tell them; False when they wait no longer."""
    entry = lock_entry(session, entry_id)
    if entry.state is not EntryState.WAITING:
        return False
    _end_entry(session, entry, EntryState.REMOVED, actor=actor, now=now)
    _tell(session, entry, "removed", f"waiting-over:{entry.uuid}", now)
    return True


def decline(session: Session, offer: WaitingOffer, *, actor: Actor, now: datetime) -> None:
    """Let an offer go to the next. The entry keeps its place for other slots; with none left it leaves the list."""
    entry = lock_entry(session, offer.entry_id)
    session.refresh(offer, ["state"])
    if offer.state is not OfferState.OPEN:  # taken, or over: there is nothing to decline any more
        return
    _end_offer(session, offer, OfferState.DECLINED, now)
    mine = (AwaitedSlot.entry_id == entry.id, AwaitedSlot.slot_id == offer.slot_id)
    session.execute(update(AwaitedSlot).where(*mine).values(declined_at=now))
    audit.record(session, "waiting.declined", entry, actor=actor, now=now, slot_id=offer.slot_id)
    if not _has_slots_left(session, entry, now):
        _end_entry(session, entry, EntryState.LEFT, actor=actor, now=now)


def lapse_due(session: Session, *, now: datetime) -> int:
    """End offers whose time is over, and those whose basket was not bought; return how many."""
    is_late = and_(WaitingOffer.state == OfferState.OPEN, WaitingOffer.expires_at <= now)
    unpaid = or_(Order.id.is_(None), Order.state == OrderState.EXPIRED)
    let_go = and_(
        WaitingOffer.state == OfferState.TAKEN, Hold.state.in_((HoldState.RELEASED, HoldState.EXPIRED)), unpaid
    )
    due = (
        select(WaitingOffer)
        .outerjoin(Hold, Hold.id == WaitingOffer.hold_id)
        .outerjoin(Order, Order.hold_id == Hold.id)
        .where(or_(is_late, let_go))
        .options(joinedload(WaitingOffer.slot))
        .order_by(WaitingOffer.id)
        .limit(HANDFUL)
    )
    spans, untold = closures.spans(session, now=now), closures.find_untold(session, now=now)
    ended = 0
    for offer in session.scalars(due).all():
        closed = span_covering(spans, offer.slot.experience_id, offer.slot.starts_at, offer.slot.ends_at)
        if closed and closed.closure_id in untold:  # it may still be undone: what becomes of the offer is seen then
            continue
        ended += _withdraw(session, offer, dict(closed.reasons), now) if closed else _lapse(session, offer, now)
    return ended


def withdraw_closed(session: Session, *, now: datetime) -> int:
    """Withdraw open offers for slots that a closure covers, and tell why; their entries go on waiting.

    Nobody hears of a closure that may still be undone.
    """
    untold = closures.find_untold(session, now=now)
    spans = [span for span in closures.spans(session, now=now) if span.closure_id not in untold]
    if not spans:
        return 0
    open_offers = select(WaitingOffer).where(WaitingOffer.state == OfferState.OPEN)
    withdrawn = 0
    for offer in session.scalars(open_offers.options(joinedload(WaitingOffer.slot)).order_by(WaitingOffer.id)).all():
        slot = offer.slot
        if span := span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at):
            withdrawn += _withdraw(session, offer, dict(span.reasons), now)
    return withdrawn


def end_due(session: Session, *, now: datetime) -> int:
    """End the waiting of those whose last slot has begun, and tell them that no place came free; return how many."""
    coming = select(AwaitedSlot.id).join(Slot, Slot.id == AwaitedSlot.slot_id).where(
        AwaitedSlot.entry_id == WaitingEntry.id, AwaitedSlot.declined_at.is_(None), Slot.starts_at > now,
        Slot.withdrawn_at.is_(None),
    )  # fmt: skip
    underway = select(WaitingOffer.id).where(WaitingOffer.entry_id == WaitingEntry.id, WaitingOffer.state.in_(UNDERWAY))
    due = select(WaitingEntry.id).where(
        WaitingEntry.state == EntryState.WAITING, ~coming.exists(), ~underway.exists()
    ).order_by(WaitingEntry.id).limit(HANDFUL)  # fmt: skip
    ended = 0
    for entry_id in session.scalars(due).all():
        entry = lock_entry(session, entry_id)
        if entry.state is EntryState.WAITING:
            _end_entry(session, entry, EntryState.ENDED, actor=LIST, now=now)
            _tell(session, entry, "nothing", f"waiting-over:{entry.uuid}", now)
            ended += 1
    return ended


def forget_addresses(session: Session, *, now: datetime) -> None:
    """Forget who waited, a month after their waiting was over; the entry stays, without a name."""
    over = (WaitingEntry.over_at < now - ADDRESS_KEPT, WaitingEntry.email.is_not(None))
    nobody = {"email": None, "address_digest": None, "wish": None}
    session.execute(update(WaitingEntry).where(*over).values(**nobody).execution_options(synchronize_session=False))


def _lapse(session: Session, offer: WaitingOffer, now: datetime) -> bool:
    """End one offer that was not used: the first time its entry goes behind the others, the second it is dropped."""
    entry = _end_offer(session, offer, OfferState.LAPSED, now)
    if entry is None:
        return False
    entry.lapses += 1
    entry.waits_since = now
    session.flush()
    audit.record(session, "waiting.lapsed", entry, actor=LIST, now=now, slot_id=offer.slot_id, lapses=entry.lapses)
    if entry.state is not EntryState.WAITING:  # they left while their basket was still open
        return True
    goes_on = entry.lapses < HOUSE_RULES.most_lapses and _has_slots_left(session, entry, now)
    if not goes_on:
        _end_entry(session, entry, EntryState.DROPPED, actor=LIST, now=now)
    _tell(session, entry, "lapsed" if goes_on else "dropped", f"waiting-lapsed:{offer.uuid}", now)
    return True


def _withdraw(session: Session, offer: WaitingOffer, reasons: dict[str, str], now: datetime) -> bool:
    """Take one offer back because of a closure; its entry keeps its place."""
    entry = _end_offer(session, offer, OfferState.WITHDRAWN, now)
    if entry is None:
        return False
    audit.record(session, "waiting.withdrawn", entry, actor=LIST, now=now, slot_id=offer.slot_id)
    _tell(session, entry, "closed", f"waiting-withdrawn:{offer.uuid}", now, reasons=reasons)
    return True


def _end_offer(session: Session, offer: WaitingOffer, state: OfferState, now: datetime) -> WaitingEntry | None:
    """End an offer that is underway and give back what it holds; return its entry, locked. None: it had ended."""
    entry = lock_entry(session, offer.entry_id)
    session.refresh(offer, ["state"])
    if offer.state not in UNDERWAY or not move(session, offer, state, OFFER_MOVES, ended_at=now):
        return None
    capacity.release(session, offer.uuid)
    return entry


def _end_entry(session: Session, entry: WaitingEntry, state: EntryState, *, actor: Actor, now: datetime) -> None:
    """End somebody's waiting, and give back what is kept for them. The caller holds the entry's lock."""
    move(session, entry, state, ENTRY_MOVES, over_at=now)
    _take_back(session, entry, now=now)
    capacity.release(session, entry.uuid)
    audit.record(session, f"waiting.{state.value}", entry, actor=actor, now=now)


def _take_back(session: Session, entry: WaitingEntry, *, now: datetime) -> None:
    """Withdraw an entry's open offer; places that are in a basket already are the basket's."""
    mine = select(WaitingOffer).where(WaitingOffer.entry_id == entry.id, WaitingOffer.state == OfferState.OPEN)
    for offer in session.scalars(mine):
        move(session, offer, OfferState.WITHDRAWN, OFFER_MOVES, ended_at=now)
        capacity.release(session, offer.uuid)


def _has_slots_left(session: Session, entry: WaitingEntry, now: datetime) -> bool:
    left = select(AwaitedSlot.id).join(Slot, Slot.id == AwaitedSlot.slot_id).where(
        AwaitedSlot.entry_id == entry.id, AwaitedSlot.declined_at.is_(None), Slot.starts_at > now,
        Slot.withdrawn_at.is_(None),
    )  # fmt: skip
    return session.scalar(left.limit(1)) is not None


def _tell(
    session: Session, entry: WaitingEntry, why: str, key: str, now: datetime, *, reasons: dict[str, str] | None = None
) -> None:
    jobs.enqueue(
        session, "send_waiting_news", key, now=now, entry_id=entry.id, why=why, asked_at=now.isoformat(),
        reasons=reasons or {},
    )  # fmt: skip
