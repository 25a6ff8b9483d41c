"""Who has which places. The only file that writes allocations; `DESIGN.md` §2, Capacity.

Allocation rows are the truth: used = sold + held that has not expired. Taking locks the slots of the whole basket,
sums, and inserts, all or nothing. Room that lapsed holds give up is taken from them by name: they are marked released
in the same transaction, so an act that carries a slightly older `now` cannot bring them back. Hence all rows held or
sold, expired or not, never add up to more than the capacity they were won under.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CursorResult,
    ScalarSelect,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.models import Allocation, AllocationState, Slot
from ticketing.catalogue.opening import ClosedSpan, span_covering
from ticketing.catalogue.slot_locks import PLACES, LockedSlot, lock_slots
from ticketing.foundation.errors import Conflict, NotFound

CLAIMING = (AllocationState.HELD, AllocationState.SOLD)
Check = Callable[[Session, Mapping[int, LockedSlot], datetime], None]


class SlotFull(Conflict):
    """The slot has fewer places left than were asked for; `details["free"]` says how many."""

    code = "slot_full"


class SlotClosed(Conflict):
    """A closure covers the slot; `details["reasons"]` says why, in every language."""

    code = "closure_in_force"


class SlotOver(Conflict):
    """Nobody is let in on this slot any more."""

    code = "slot_over"


class SlotWithdrawn(Conflict):
    """The slot is offered no more."""

    code = "slot_withdrawn"


class SlotNotFound(NotFound):
    """There is no such slot."""

    code = "slot_not_found"


@dataclass(frozen=True, slots=True)
class _Claim:
    """One allocation of a holder."""

    id: int
    slot_id: int
    admissions: int
    state: AllocationState
    expires_at: datetime | None

    def is_lost(self, now: datetime) -> bool:
        """Tell whether its places have to be won again."""
        if self.state is AllocationState.HELD:
            return self.expires_at is not None and self.expires_at <= now
        return self.state is AllocationState.RELEASED


@dataclass(frozen=True, slots=True)
class _Sums:
    """The admissions of one slot that are claimed, and those of holds that have lapsed but are not marked yet."""

    claimed: int
    lapsed: int


def claimed_now(now: datetime | BindParameter[datetime]) -> ScalarSelect[int]:
    """Say in SQL how many admissions of the slot of the query around it are sold, or held and not expired, at `now`."""
    claimed = select(func.coalesce(func.sum(Allocation.admissions), 0))
    mine = and_(Allocation.slot_id == Slot.id, Allocation.state.in_(CLAIMING), _is_live(now))
    return claimed.where(mine).correlate(Slot).scalar_subquery()


def take(session: Session, wants: Mapping[int, int], holder: str, *, expires_at: datetime, now: datetime) -> None:
    """Hold so many admissions per slot id for a holder until an instant, all or nothing.

    Raises SlotFull, SlotClosed, SlotOver, SlotWithdrawn, SlotNotFound.
    """
    slots = lock_slots(session, wants)
    _require_known(slots, wants)
    _require_for_sale(session, slots, now)
    _win(session, slots, wants, now)
    _hold(session, wants, holder, expires_at)


def sell(session: Session, holder: str, *, now: datetime) -> bool:
    """Turn a holder's places into sold ones; True also when they already are.

    A live hold is sold without a look at capacity (it has been counted, also when capacity was lowered since); a lapsed
    or released one has to win its places again. False, and nothing changed, when there is no room any more, when a
    closure covers a slot meanwhile, when a slot is over, or when the holder never held anything.
    """
    return _sell(session, holder, _require_for_sale, now)


def sell_paid(session: Session, holder: str, *, now: datetime) -> bool:
    """Turn a holder's places into sold ones when their money is in: as `sell`, though a closure covers a slot.

    Who paid in the second we closed is not sent away: the order gets a case (sales/closure_cases.py).
    """
    return _sell(session, holder, _require_not_over, now)


def why_unsold(session: Session, holder: str, *, now: datetime) -> Conflict:
    """Say why `sell` has just been refused: SlotClosed, SlotOver, or SlotFull, which `details` explain further."""
    return _why_unsold(session, holder, _require_for_sale, now)


def why_unsold_paid(session: Session, holder: str, *, now: datetime) -> Conflict:
    """Say why `sell_paid` has just been refused."""
    return _why_unsold(session, holder, _require_not_over, now)


def extend(session: Session, holder: str, *, expires_at: datetime, now: datetime) -> bool:
    """Let a holder's places be held until a later instant; False when any of them is no longer held."""
    _lock_slots_of(session, holder)
    claims = _claims_of(session, holder)
    if not claims or any(claim.state is not AllocationState.HELD or claim.is_lost(now) for claim in claims):
        return False
    return _change(session, [claim.id for claim in claims], expires_at=expires_at) > 0


def shorten(session: Session, holder: str, *, expires_at: datetime) -> None:
    """Let the places a holder still holds lapse at an earlier instant. Like giving back, it needs no lock on slots."""
    held = [claim for claim in _claims_of(session, holder) if claim.state is AllocationState.HELD]
    later = [claim.id for claim in held if claim.expires_at is None or claim.expires_at > expires_at]
    _change(session, later, expires_at=expires_at)


def release(session: Session, holder: str) -> int:
    """Give back the places a holder still holds; return how many admissions. Sold ones stay sold.

    Needs no lock on the slots: it only makes room.
    """
    held = [claim for claim in _claims_of(session, holder) if claim.state is AllocationState.HELD]
    _change(session, [claim.id for claim in held], state=AllocationState.RELEASED)
    return sum(claim.admissions for claim in held)


def rearrange(session: Session, holder: str, wants: Mapping[int, int], *, expires_at: datetime, now: datetime) -> bool:
    """Hold exactly so many admissions per slot id, until an instant, instead of what a holder holds; all or nothing.

    False, and nothing changed, when any of that is no longer held. Raises SlotFull, SlotClosed, SlotOver, SlotNotFound;
    a slot of which no more is taken may be closed, over, or lowered under what is held.
    """
    slots = lock_slots(session, {*_slots_of(session, holder), *wants})
    held = {claim.slot_id: claim for claim in _claims_of(session, holder)}
    if not held or any(claim.state is not AllocationState.HELD or claim.is_lost(now) for claim in held.values()):
        return False
    _require_known(slots, wants)
    more = {slot_id: wants[slot_id] - (held[slot_id].admissions if slot_id in held else 0) for slot_id in wants}
    more = {slot_id: admissions for slot_id, admissions in more.items() if admissions > 0}
    _require_for_sale(session, {slot_id: slots[slot_id] for slot_id in more}, now)
    _win(session, slots, more, now)
    for slot_id, claim in held.items():
        if slot_id in wants:
            _change(session, [claim.id], admissions=wants[slot_id], expires_at=expires_at)
    # Removed, not marked released: late money wins again what its basket once held, and this the basket gave up.
    given_up = [claim.id for slot_id, claim in held.items() if slot_id not in wants]
    session.execute(delete(Allocation).where(Allocation.id.in_(given_up)))
    _hold(session, {slot_id: wants[slot_id] for slot_id in wants if slot_id not in held}, holder, expires_at)
    return True


def swap_sold(
    session: Session, holder: str, gives: Mapping[int, int], takes: Mapping[int, int], *, now: datetime
) -> None:
    """Exchange places a holder bought for others, by slot id, all or nothing and in one step.

    Raises SlotFull, SlotClosed, SlotOver, SlotWithdrawn, SlotNotFound; what is only given back may be closed or over.
    """
    slots = lock_slots(session, {**gives, **takes})
    _require_known(slots, takes)
    _require_for_sale(session, {slot_id: slots[slot_id] for slot_id in takes}, now)
    more = {slot_id: takes[slot_id] - gives.get(slot_id, 0) for slot_id in takes}
    _win(session, slots, {slot_id: admissions for slot_id, admissions in more.items() if admissions > 0}, now)
    give_back_some(session, holder, gives)
    if takes:
        sold = {"holder": holder, "state": AllocationState.SOLD, "expires_at": None}
        session.execute(
            insert(Allocation), [{"slot_id": slot, "admissions": takes[slot], **sold} for slot in sorted(takes)]
        )


def give_back_some(session: Session, holder: str, gives: Mapping[int, int]) -> None:
    """Give back so many of the places a holder bought, by slot id. Needs no lock on the slots: it only makes room."""
    left = dict(gives)
    for claim in _claims_of(session, holder):
        admissions = min(left.get(claim.slot_id, 0), claim.admissions)
        if claim.state is not AllocationState.SOLD or not admissions:
            continue
        left[claim.slot_id] -= admissions
        if admissions == claim.admissions:
            _change(session, [claim.id], state=AllocationState.RELEASED)
        else:
            _change(session, [claim.id], admissions=claim.admissions - admissions)
            given = {"holder": holder, "state": AllocationState.RELEASED, "expires_at": None}
            session.execute(insert(Allocation), [{"slot_id": claim.slot_id, "admissions": admissions, **given}])
    assert not any(left.values()), f"{holder} gives back places it never had"


def hand_over(session: Session, holder: str, to: str) -> None:
    """Put the places one holder bought into the name of another: of a change into its order's."""
    sold = [claim.id for claim in _claims_of(session, holder) if claim.state is AllocationState.SOLD]
    _change(session, sold, holder=to)


def hand_over_held(session: Session, holder: str, to: str, *, expires_at: datetime, now: datetime) -> None:
    """Put the places one holder holds into the name of another, until another instant: of an offer into its basket's.

    They have been counted, so there is no look at capacity. Raises SlotFull when they are held no longer, SlotClosed,
    SlotOver.
    """
    slots = _lock_slots_of(session, holder)
    _require_for_sale(session, slots, now)
    claims = [claim for claim in _claims_of(session, holder) if claim.state is AllocationState.HELD]
    if not claims or any(claim.is_lost(now) for claim in claims):
        raise SlotFull("These places are no longer held.", free=0)
    _change(session, [claim.id for claim in claims], holder=to, expires_at=expires_at)


def free_places(session: Session, slot_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Return how many admissions each slot has left at `now`; below zero when capacity was lowered under the sold."""
    free = select(Slot.id, (PLACES - claimed_now(now)).label("free")).where(Slot.id.in_(sorted(set(slot_ids))))
    return {row.id: row.free for row in session.execute(free)}


def mark_expired(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Mark up to `limit` lapsed holds as released; return how many. Housekeeping: nothing waits for it."""
    lapsed = select(Allocation.id).where(_is_lapsed(now)).order_by(Allocation.id).limit(limit)
    ids = session.scalars(lapsed.with_for_update(skip_locked=True)).all()
    return _change(session, ids, state=AllocationState.RELEASED)


def _sell(session: Session, holder: str, check: Check, now: datetime) -> bool:
    # First the slots, then the rows: what these say counts only once nobody else can take from them.
    slots, claims = _lock_slots_of(session, holder), _claims_of(session, holder)
    if any(claim.state is AllocationState.SOLD for claim in claims):
        return True
    if _obstacle(session, slots, claims, check, now):
        return False
    return _change(session, [claim.id for claim in claims], state=AllocationState.SOLD, expires_at=None) > 0


def _why_unsold(session: Session, holder: str, check: Check, now: datetime) -> Conflict:
    claims = _claims_of(session, holder)
    found = _obstacle(session, _lock_slots_of(session, holder), claims, check, now)
    return found or SlotFull("There are not enough places left at this time.", free=0)


def _obstacle(
    session: Session, slots: Mapping[int, LockedSlot], claims: list[_Claim], check: Check, now: datetime
) -> Conflict | None:
    """Win again what was lost of these claims; return what stands in the way, None when nothing does."""
    try:
        check(session, slots, now)
        _win(session, slots, _lost_admissions(claims, now), now)
    except Conflict as found:
        return found
    return None


def _require_known(slots: Mapping[int, LockedSlot], wants: Mapping[int, int]) -> None:
    if any(slot_id not in slots for slot_id in wants):
        raise SlotNotFound("This time does not exist. Choose another one.")


def _require_for_sale(session: Session, slots: Mapping[int, LockedSlot], now: datetime) -> None:
    # Read after the lock was had: a closure that made us wait has committed by now and is seen.
    standing = closures.spans(session, now=now)
    for slot in slots.values():
        if span := _span_over(standing, slot):
            raise SlotClosed("We are closed then. Choose another time.", slot_id=slot.id, reasons=dict(span.reasons))
    _require_offered(slots, standing, now)


def _require_not_over(session: Session, slots: Mapping[int, LockedSlot], now: datetime) -> None:
    _require_offered(slots, closures.spans(session, now=now), now)


def _require_offered(slots: Mapping[int, LockedSlot], standing: Sequence[ClosedSpan], now: datetime) -> None:
    """Refuse slots that were withdrawn, and those that are over without a closure having kept people out."""
    for slot in slots.values():
        if slot.withdrawn_at is not None:
            raise SlotWithdrawn("This time is not offered any more. Choose another one.", slot_id=slot.id)
        if slot.admits_until <= now and not _span_over(standing, slot):
            raise SlotOver("This time is over. Choose a later one.", slot_id=slot.id)


def _span_over(standing: Sequence[ClosedSpan], slot: LockedSlot) -> ClosedSpan | None:
    return span_covering(standing, slot.experience_id, slot.starts_at, slot.ends_at)


def _win(session: Session, slots: Mapping[int, LockedSlot], wants: Mapping[int, int], now: datetime) -> None:
    """Make sure that the locked slots have room for `wants`; raises SlotFull."""
    if not wants:
        return
    counted = _count(session, sorted(wants), now)
    for slot_id, admissions in sorted(wants.items()):
        free = slots[slot_id].capacity - counted.get(slot_id, _Sums(0, 0)).claimed
        if admissions > free:
            raise SlotFull("There are not enough places left at this time.", slot_id=slot_id, free=max(free, 0))
    if any(sums.lapsed for sums in counted.values()):
        ids = session.scalars(_in_order(and_(Allocation.slot_id.in_(sorted(wants)), _is_lapsed(now)))).all()
        _change(session, ids, state=AllocationState.RELEASED)


def _count(session: Session, slot_ids: Sequence[int], now: datetime) -> dict[int, _Sums]:
    """Return by slot the admissions that are claimed at `now` and those of holds that have lapsed."""
    claimed = func.sum(case((_is_live(now), Allocation.admissions), else_=0))
    lapsed = func.sum(case((_is_lapsed(now), Allocation.admissions), else_=0))
    mine = and_(Allocation.slot_id.in_(slot_ids), Allocation.state.in_(CLAIMING))
    rows = session.execute(select(Allocation.slot_id, claimed, lapsed).where(mine).group_by(Allocation.slot_id))
    return {slot_id: _Sums(int(claimed), int(lapsed)) for slot_id, claimed, lapsed in rows}


def _lost_admissions(claims: Sequence[_Claim], now: datetime) -> Counter[int]:
    lost: Counter[int] = Counter()
    for claim in claims:
        if claim.is_lost(now):
            lost[claim.slot_id] += claim.admissions
    return lost


def _lock_slots_of(session: Session, holder: str) -> dict[int, LockedSlot]:
    return lock_slots(session, _slots_of(session, holder))


def _slots_of(session: Session, holder: str) -> Sequence[int]:
    return session.scalars(select(Allocation.slot_id).where(Allocation.holder == holder).distinct()).all()


def _claims_of(session: Session, holder: str) -> list[_Claim]:
    return [_Claim(*row) for row in session.execute(_in_order(Allocation.holder == holder))]


def _hold(session: Session, wants: Mapping[int, int], holder: str, expires_at: datetime) -> None:
    held = {"holder": holder, "state": AllocationState.HELD, "expires_at": expires_at}
    rows = [{"slot_id": slot_id, "admissions": wants[slot_id], **held} for slot_id in sorted(wants)]
    if rows:
        session.execute(insert(Allocation), rows)


def _is_live(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    held = and_(Allocation.state == AllocationState.HELD, Allocation.expires_at > now)
    return or_(Allocation.state == AllocationState.SOLD, held)


def _is_lapsed(now: datetime) -> ColumnElement[bool]:
    return and_(Allocation.state == AllocationState.HELD, Allocation.expires_at <= now)


def _in_order(condition: ColumnElement[bool]) -> Select[int, int, int, AllocationState, datetime | None]:
    """Lock allocation rows in the order of their ids: giving back holds no slot, so rows could be met in any order."""
    columns = (Allocation.id, Allocation.slot_id, Allocation.admissions, Allocation.state, Allocation.expires_at)
    return select(*columns).where(condition).order_by(Allocation.id).with_for_update(key_share=True)


def _change(session: Session, ids: Sequence[int], **changes: Any) -> int:
    if not ids:
        return 0
    statement = update(Allocation).where(Allocation.id.in_(ids)).values(**changes)
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], result).rowcount
