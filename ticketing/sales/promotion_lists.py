"""Promotions and their codes to look at, with what was used of them, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ticketing.sales.discount_models import Promotion, PromotionCode, PromotionRedemption


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """A promotion with how many codes it has, one of them, and how many uses stand."""

    promotion: Promotion
    codes: int
    code: str
    uses: int


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code with how many uses of it stand, and by how many orders."""

    code: PromotionCode
    uses: int
    orders: int


def list_promotions(session: Session, *, before: int | None, limit: int) -> list[PromotionRow]:
    """Load promotions, the newest first: those with an id below `before`."""
    wanted = select(Promotion).order_by(Promotion.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(Promotion.id < before)
    return _counted(session, list(session.scalars(wanted)))


def row_of(session: Session, promotion: Promotion) -> PromotionRow:
    """Return a promotion with its counts."""
    (row,) = _counted(session, [promotion])
    return row


def list_codes(session: Session, promotion_id: int, *, after: int | None, limit: int) -> list[CodeRow]:
    """Load codes of a promotion in the order they were made: those with an id above `after`."""
    wanted = select(PromotionCode).where(PromotionCode.promotion_id == promotion_id)
    if after is not None:
        wanted = wanted.where(PromotionCode.id > after)
    codes = list(session.scalars(wanted.order_by(PromotionCode.id).limit(limit)))
    used = _used(session, PromotionRedemption.promotion_code_id, [code.id for code in codes])
    return [CodeRow(code, *used.get(code.id, (0, 0))) for code in codes]


def _counted(session: Session, promotions: Sequence[Promotion]) -> list[PromotionRow]:
    ids = [promotion.id for promotion in promotions]
    counted = (
        select(PromotionCode.promotion_id, func.count(), func.min(PromotionCode.code))
        .where(PromotionCode.promotion_id.in_(ids))
        .group_by(PromotionCode.promotion_id)
    )
    codes = {promotion_id: (count, code) for promotion_id, count, code in session.execute(counted)}
    used = _used(session, PromotionCode.promotion_id, ids)
    return [
        PromotionRow(promotion, *codes.get(promotion.id, (0, "")), used.get(promotion.id, (0, 0))[0])
        for promotion in promotions
    ]


def _used(session: Session, of: InstrumentedAttribute[int], ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Count the uses that stand and their orders, by code or by promotion."""
    standing = (
        select(of, func.sum(PromotionRedemption.uses), func.count())
        .join_from(PromotionRedemption, PromotionCode)
        .where(PromotionRedemption.returned_at.is_(None), of.in_(ids))
        .group_by(of)
    )
    return {key: (int(uses), orders) for key, uses, orders in session.execute(standing)}
