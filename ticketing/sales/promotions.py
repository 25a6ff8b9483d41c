"""Promotion codes: which one is meant, and may it still be used."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ticketing.foundation.errors import Conflict, InvalidInput
from ticketing.sales.models import Hold, Order, OrderState, PromotionCode

LONGEST_CODE = 40


class PromotionUnknown(InvalidInput):
    """No code like this is valid for that day."""

    code = "promotion_unknown"


class PromotionUsedUp(Conflict):
    """The code has been used as often as it may be."""

    code = "promotion_used_up"


def get_promotion(session: Session, typed: str, local_date: date) -> PromotionCode:
    """Load the code a visitor typed, if it is valid for a visit on `local_date`. Raises PromotionUnknown."""
    code = typed.strip().upper()[:LONGEST_CODE]
    found = session.scalars(select(PromotionCode).where(PromotionCode.code == code)).one_or_none()
    if found is None or local_date < found.valid_from or (found.valid_until and local_date > found.valid_until):
        raise PromotionUnknown(
            "This code is not valid for that day. Check it, or go on without.", field="promotion_code"
        )
    return found


def claim_use(session: Session, hold: Hold, *, now: datetime) -> int:
    """Return the percentage off for this hold's order, with its code locked so that no two orders take the last use.

    Uses by orders that expired count no more. Raises PromotionUsedUp.
    """
    if hold.promotion_code_id is None:
        return 0
    locked = select(PromotionCode).where(PromotionCode.id == hold.promotion_code_id).with_for_update(key_share=True)
    code = session.scalars(locked).one()
    if code.max_orders is not None and _uses(session, code, now) >= code.max_orders:
        raise PromotionUsedUp("This code has been used up. Take it off and order without it.")
    return code.percent


def _uses(session: Session, code: PromotionCode, now: datetime) -> int:
    live = or_(Order.state == OrderState.CONFIRMED, (Order.state == OrderState.PENDING) & (Hold.expires_at > now))
    counted = select(func.count()).select_from(Order).join(Hold, Order.hold_id == Hold.id)
    return session.scalar(counted.where(Order.promotion_code_id == code.id, live)) or 0
