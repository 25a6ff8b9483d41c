"""Promotion codes: what one does for a basket, and that no two orders take the same use.

A use belongs to an order from when it is placed until the order expires unpaid or ends whole. Taking one locks the
promotion's row, after every other lock; giving back needs no lock. Terms and codes are made in promotion_editing.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput, TicketingError
from ticketing.foundation.identifiers import digest_of
from ticketing.sales.discount_models import Promotion, PromotionCode, PromotionKind, PromotionRedemption
from ticketing.sales.discounts import Amount, CodeDiscount, Percent, Places, Reduction
from ticketing.sales.models import Hold, Order

LONGEST_CODE = 40


class PromotionUnknown(InvalidInput):
    """There is no code like this."""

    code = "promotion_unknown"


class PromotionOver(InvalidInput):
    """The code has ended, or is not to be used yet."""

    code = "promotion_over"


class PromotionElsewhere(InvalidInput):
    """The code is for other days, experiences or tickets than these."""

    code = "promotion_elsewhere"


class PromotionUsedUp(Conflict):
    """The code has been used as often as it may be."""

    code = "promotion_used_up"


class PromotionUsedByYou(Conflict):
    """This customer has used the promotion as often as one may."""

    code = "promotion_used_by_you"


REFUSALS = (PromotionUnknown, PromotionOver, PromotionElsewhere, PromotionUsedUp, PromotionUsedByYou)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of a basket, as far as a code asks: for which slot, experience, local date and ticket type."""

    slot_id: int
    experience_id: int
    local_date: date
    ticket_type_id: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a code does for a basket: takes something off, or is refused, and then says why."""

    discount: CodeDiscount | None
    refusal: TicketingError | None


NO_CODE = Standing(None, None)


def wanted_by(hold: Hold) -> list[Wanted]:
    """Return the lines of a hold, loaded with their slots, as a code looks at them."""
    return [
        Wanted(line.slot_id, line.slot.experience_id, line.slot.local_date, line.ticket_type_id) for line in hold.lines
    ]


def checked_code(
    session: Session, typed: str, wanted: Sequence[Wanted], email: str | None, *, now: datetime
) -> PromotionCode:
    """Load the code a visitor typed, if it takes something off these lines now.

    Raises PromotionUnknown, PromotionOver, PromotionElsewhere, PromotionUsedUp, PromotionUsedByYou.
    """
    known = session.scalars(select(PromotionCode).where(PromotionCode.code == normalised(typed))).one_or_none()
    if known is None:
        raise PromotionUnknown("We do not know this code. Check it, or go on without.", field="promotion_code")
    refusal = standing_of(session, known.id, wanted, email, now=now).refusal
    if refusal is not None:
        raise refusal
    return known


def normalised(typed: str) -> str:
    """Return a code in the one form it is kept in: capitals without spaces."""
    return "".join(typed.split()).upper()[:LONGEST_CODE]


def standing_of(
    session: Session, code_id: int | None, wanted: Sequence[Wanted], email: str | None, *, now: datetime
) -> Standing:
    """Tell what a code does for these lines now; without a code, nothing. The customer counts once they are known."""
    if code_id is None:
        return NO_CODE
    code = session.get_one(PromotionCode, code_id, populate_existing=True)
    promotion = session.get_one(Promotion, code.promotion_id, populate_existing=True)
    slot_ids = frozenset(line.slot_id for line in wanted if _is_for(promotion, line))
    if refusal := _out_of_time(promotion, code, now) or _elsewhere(promotion, wanted, slot_ids):
        return Standing(None, refusal)
    left = _left(session, promotion, code, email)
    if left is not None and left.uses <= 0:
        return Standing(None, left.refusal)
    return Standing(CodeDiscount(reduction_of(promotion, left.uses if left else None), slot_ids), None)


def claim(
    session: Session, code_id: int | None, wanted: Sequence[Wanted], email: str, *, now: datetime
) -> CodeDiscount | None:
    """Return what a code takes off an order about to be placed, with its promotion locked until the order is written.

    Raises what checked_code does.
    """
    if code_id is None:
        return None
    _lock(session, code_id)
    standing = standing_of(session, code_id, wanted, email, now=now)
    if standing.refusal is not None:
        raise standing.refusal
    return standing.discount


def redeem(session: Session, code_id: int, order: Order, uses: int, *, now: datetime) -> None:
    """Write down that an order has taken so many uses of a code that `claim` has locked; again is already so."""
    if find_redemption(session, order.id) is not None:
        return
    session.add(
        PromotionRedemption(
            order_id=order.id, promotion_code_id=code_id, uses=uses, customer_digest=digest_of_customer(order.email),
            taken_at=now,
        )
    )  # fmt: skip
    session.flush()


def give_back(session: Session, order: Order, *, now: datetime) -> None:
    """Let others have the use of an order that came to nothing: it expired, or the last of its tickets ended."""
    redemption = find_redemption(session, order.id)
    if redemption is not None and redemption.returned_at is None:
        redemption.returned_at = now


def take_again(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Take the use of an order again that is paid after it had expired; beyond the limit when others have it now."""
    redemption = find_redemption(session, order.id)
    if redemption is None or redemption.returned_at is None:
        return
    _lock(session, redemption.promotion_code_id)
    code = session.get_one(PromotionCode, redemption.promotion_code_id, populate_existing=True)
    promotion = session.get_one(Promotion, code.promotion_id, populate_existing=True)
    left = _left_of(session, promotion, code, redemption.customer_digest)
    redemption.returned_at = None
    redemption.is_beyond_limit = left is not None and left.uses < redemption.uses
    if redemption.is_beyond_limit:
        audit.record(session, "promotion.used_beyond_limit", promotion, actor=actor, now=now, order=order.code)


def find_redemption(session: Session, order_id: int) -> PromotionRedemption | None:
    """Load an order's use of a code, if it has used one."""
    return session.scalars(select(PromotionRedemption).where(PromotionRedemption.order_id == order_id)).one_or_none()


def reduction_of(promotion: Promotion, left: int | None = None) -> Reduction:
    """Return what the codes of a promotion take off; of free places at most those that are left."""
    if promotion.kind is PromotionKind.PERCENT:
        return Percent(promotion.percent or 0)
    if promotion.kind is PromotionKind.AMOUNT:
        return Amount(promotion.amount_cents or 0)
    places = promotion.places or 0
    types = frozenset(ticket_type.id for ticket_type in promotion.ticket_types)
    return Places(places if left is None else min(places, left), types)


def digest_of_customer(email: str | None) -> str:
    """Return what tells one customer from another by their address, whatever its capitals."""
    return digest_of((email or "").strip().lower())


@dataclass(frozen=True, slots=True)
class _Left:
    """How many uses are left, and what to say when there is none."""

    uses: int
    refusal: TicketingError


def _left(session: Session, promotion: Promotion, code: PromotionCode, email: str | None) -> _Left | None:
    return _left_of(session, promotion, code, digest_of_customer(email) if email else None)


def _left_of(session: Session, promotion: Promotion, code: PromotionCode, customer: str | None) -> _Left | None:
    """Count what is left of a code, for this customer when they are known; None: as much as one likes."""
    bounds = []
    if promotion.max_uses is not None:
        used = _used(session, PromotionRedemption.promotion_code_id == code.id)
        bounds.append(_Left(promotion.max_uses - used, PromotionUsedUp("This code has been used up. Take it off.")))
    if promotion.max_uses_per_customer is not None and customer is not None:
        codes = select(PromotionCode.id).where(PromotionCode.promotion_id == promotion.id)
        used = _used(
            session, PromotionRedemption.customer_digest == customer, PromotionRedemption.promotion_code_id.in_(codes)
        )
        refusal = PromotionUsedByYou("You have used this already. Take the code off.")
        bounds.append(_Left(promotion.max_uses_per_customer - used, refusal))
    return min(bounds, key=lambda bound: bound.uses, default=None)


def _used(session: Session, *which: object) -> int:
    standing = select(func.sum(PromotionRedemption.uses)).where(PromotionRedemption.returned_at.is_(None), *which)  # type: ignore[arg-type]
    return int(session.scalar(standing) or 0)


def _lock(session: Session, code_id: int) -> None:
    """Lock the promotion of a code: whoever takes a use of any of its codes waits here."""
    of_code = select(PromotionCode.promotion_id).where(PromotionCode.id == code_id).scalar_subquery()
    session.execute(select(Promotion.id).where(Promotion.id == of_code).with_for_update(key_share=True))


def _is_for(promotion: Promotion, line: Wanted) -> bool:
    """Tell whether a promotion counts for a line's day and experience."""
    experiences = {experience.id for experience in promotion.experiences}
    return (
        (promotion.valid_from is None or line.local_date >= promotion.valid_from)
        and (promotion.valid_until is None or line.local_date <= promotion.valid_until)
        and (not experiences or line.experience_id in experiences)
    )


def _out_of_time(promotion: Promotion, code: PromotionCode, now: datetime) -> TicketingError | None:
    has_ended = promotion.ended_at is not None or code.ended_at is not None
    is_early = promotion.sold_from is not None and now < promotion.sold_from
    is_late = promotion.sold_until is not None and now >= promotion.sold_until
    if not (has_ended or is_early or is_late):
        return None
    return PromotionOver("This code cannot be used now. Go on without it.", field="promotion_code")


def _elsewhere(promotion: Promotion, wanted: Sequence[Wanted], slot_ids: frozenset[int]) -> TicketingError | None:
    types = {ticket_type.id for ticket_type in promotion.ticket_types}
    if any(line.slot_id in slot_ids and (not types or line.ticket_type_id in types) for line in wanted):
        return None
    return PromotionElsewhere("This code is for other days or tickets. Go on without it.", field="promotion_code")
