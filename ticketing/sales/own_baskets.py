"""The baskets of one browser, which remembers their secrets: which of them a choice belongs to.

Whoever chooses a slot again that one of their living baskets has, changes that basket; so nobody is refused by the
places of their own first choice. Baskets that became orders, lapsed or were given back are nobody's any more.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.sales import holds
from ticketing.sales.models import Hold, HoldState, Order


def find_living(session: Session, secrets: Collection[str], *, now: datetime) -> list[Hold]:
    """Load the baskets of these secrets that can still be changed, the last one first."""
    if not secrets:
        return []
    has_order = select(Order.id).where(Order.hold_id == Hold.id).exists()
    living = (Hold.secret.in_(sorted(secrets)), Hold.state == HoldState.OPEN, Hold.expires_at > now, ~has_order)
    return list(session.scalars(holds.whole_hold().where(*living).order_by(Hold.id.desc())))


def find_with(session: Session, secrets: Collection[str], slot_uuid: str, *, now: datetime) -> Hold | None:
    """Load the living basket that has places in a slot."""
    return next((each for each in find_living(session, secrets, now=now) if _has(each, slot_uuid)), None)


def find_for(session: Session, secrets: Collection[str], slot_uuid: str, *, now: datetime) -> Hold | None:
    """Load the living basket a choice in a slot is meant for: the one that has the slot, else the last one."""
    living = find_living(session, secrets, now=now)
    return next((each for each in living if _has(each, slot_uuid)), living[0] if living else None)


def is_living(session: Session, hold: Hold, *, now: datetime) -> bool:
    """Tell whether a basket can still be changed; under its lock the answer stays true."""
    is_open = hold.state is HoldState.OPEN and hold.expires_at > now
    return is_open and session.scalar(select(Order.id).where(Order.hold_id == hold.id)) is None


def _has(hold: Hold, slot_uuid: str) -> bool:
    return any(line.slot.uuid == slot_uuid for line in hold.lines)
