"""The lock on places: slot rows, always in the order of their ids, so that two baskets never wait for each other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot

# What a slot offers: its capacity, or less where the limit of the house leaves less.
PLACES: ColumnElement[int] = case((Slot.ceiling < Slot.capacity, Slot.ceiling), else_=Slot.capacity)


@dataclass(frozen=True, slots=True)
class LockedSlot:
    """What a slot's row says while this transaction alone may take its places."""

    id: int
    experience_id: int
    starts_at: datetime
    ends_at: datetime
    admits_until: datetime
    capacity: int  # no more than the house has room for
    withdrawn_at: datetime | None


def lock_slots(session: Session, slot_ids: Collection[int]) -> dict[int, LockedSlot]:
    """Lock these slots until the transaction ends and return what they say now; ids that do not exist are missing."""
    return lock_slots_where(session, Slot.id.in_(sorted(set(slot_ids))))


def lock_slots_where(session: Session, condition: ColumnElement[bool]) -> dict[int, LockedSlot]:
    """Lock every slot that meets a condition, in the order of ids.

    FOR NO KEY UPDATE on PostgreSQL, so that foreign keys to the slot do not wait; on SQLite the write transaction is
    the lock. Columns are read, not entities: an entity already in the session would show what it was before the lock.
    """
    statement = (
        select(
            Slot.id, Slot.experience_id, Slot.starts_at, Slot.ends_at, Slot.admits_until, PLACES,
            Slot.withdrawn_at,
        )
        .where(condition)
        .order_by(Slot.id)
        .with_for_update(key_share=True)
    )  # fmt: skip
    return {row.id: LockedSlot(*row) for row in session.execute(statement)}
