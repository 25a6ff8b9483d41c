"""What is sold and what is held of slots, told apart. For screens; taking places asks again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Allocation, AllocationState


@dataclass(frozen=True, slots=True)
class SlotClaims:
    """The admissions of one slot that are sold, and those that are held and have not expired."""

    sold: int
    held: int


def claims_on(session: Session, slot_ids: Collection[int], *, now: datetime) -> dict[int, SlotClaims]:
    """Return what is sold and what is held of each slot at `now`; slots of which nothing is are missing."""
    is_sold = Allocation.state == AllocationState.SOLD
    is_held = and_(Allocation.state == AllocationState.HELD, Allocation.expires_at > now)
    sold = func.sum(case((is_sold, Allocation.admissions), else_=0))
    held = func.sum(case((is_held, Allocation.admissions), else_=0))
    claiming = Allocation.state.in_((AllocationState.SOLD, AllocationState.HELD))
    mine = and_(Allocation.slot_id.in_(sorted(set(slot_ids))), claiming)
    rows = session.execute(select(Allocation.slot_id, sold, held).where(mine).group_by(Allocation.slot_id))
    return {slot_id: SlotClaims(int(sold), int(held)) for slot_id, sold, held in rows}


def held_by(session: Session, holders: Collection[str], *, now: datetime) -> dict[str, dict[int, int]]:
    """Return how many admissions each of these holders holds at `now`, by slot id; who holds none is missing."""
    live = and_(Allocation.state == AllocationState.HELD, Allocation.expires_at > now)
    mine = select(Allocation.holder, Allocation.slot_id, func.sum(Allocation.admissions))
    mine = mine.where(Allocation.holder.in_(sorted(holders)), live).group_by(Allocation.holder, Allocation.slot_id)
    held: dict[str, dict[int, int]] = {}
    for holder, slot_id, admissions in session.execute(mine) if holders else ():
        held.setdefault(holder, {})[slot_id] = int(admissions)
    return held
