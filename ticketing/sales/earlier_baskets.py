"""A visitor who goes back and chooses again is not to be refused by the places of their own first choice.

Their browser remembers the secrets of its last baskets. What those hold in a slot counts as free for a new choice in
the same slot, which takes their place. Baskets that became orders, and baskets in other slots, stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import capacity
from ticketing.catalogue.models import Slot
from ticketing.foundation.states import move
from ticketing.sales.models import HOLD_MOVES, Hold, HoldLine, HoldState, Order


def places_in(session: Session, secrets: Collection[str], slot_uuid: str, *, now: datetime) -> int:
    """Count the admissions that baskets of these secrets still hold in a slot."""
    if not secrets:
        return 0
    held = select(func.sum(HoldLine.quantity)).join(Slot, Slot.id == HoldLine.slot_id).where(Slot.uuid == slot_uuid)
    living = _given_up_for(secrets).where(Hold.expires_at > now).with_only_columns(Hold.id)
    return session.scalar(held.where(HoldLine.hold_id.in_(living))) or 0


def make_way(session: Session, secrets: Collection[str], hold: Hold, wants: Mapping[int, int]) -> None:
    """Give back what baskets of these secrets hold in the slots of a new one, under the lock it takes places with.

    What was filled in for them is filled in for the new one.
    """
    if not secrets:
        return
    touched = select(HoldLine.hold_id).where(HoldLine.slot_id.in_(sorted(wants)))
    # Skipped when somebody is just ordering it; a basket that has been ordered meanwhile is seen by the second look.
    waiting = _given_up_for(secrets).where(Hold.id.in_(touched)).order_by(Hold.id).with_for_update(skip_locked=True)
    found = list(session.scalars(waiting))
    ordered = set(session.scalars(select(Order.hold_id).where(Order.hold_id.in_([earlier.id for earlier in found]))))
    given_up = [earlier for earlier in found if earlier.id not in ordered]
    capacity.give_way(session, [earlier.key for earlier in given_up], wants)
    for earlier in given_up:
        move(session, earlier, HoldState.RELEASED, HOLD_MOVES)
        hold.email, hold.name = earlier.email or hold.email, earlier.name or hold.name
        hold.promotion_code_id = hold.promotion_code_id or earlier.promotion_code_id


def _given_up_for(secrets: Collection[str]) -> Select[Hold]:
    has_order = select(Order.id).where(Order.hold_id == Hold.id).exists()
    return select(Hold).where(Hold.secret.in_(sorted(secrets)), Hold.state == HoldState.OPEN, ~has_order)
