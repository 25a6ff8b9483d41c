"""What came off a price, line by line as somebody reads it: each bundle by its name, the code by what was typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.foundation.languages import Texts
from ticketing.foundation.money import Money
from ticketing.sales import bundles
from ticketing.sales.basket import Quote
from ticketing.sales.discount_models import PromotionCode, PromotionRedemption
from ticketing.sales.models import Order

BundleShare = tuple[int | None, int, int]  # bundle id, its cents, cents of the whole discount


@dataclass(frozen=True, slots=True)
class DiscountView:
    """One discount: a bundle with its names, a promotion code, or neither for what the house gave away."""

    names: Texts | None
    code: str | None
    amount: Money


def of_quote(session: Session, quote: Quote, code: str | None) -> tuple[DiscountView, ...]:
    """Say what comes off a basket that has this promotion code."""
    shares = [(quoted.bundle_id, quoted.bundle.cents, quoted.discount.cents) for quoted in quote.lines]
    return _views(session, shares, code, quote.total.currency)


def of_order(session: Session, order: Order) -> tuple[DiscountView, ...]:
    """Say what came off the lines that stand of an order loaded with them."""
    shares = [(line.bundle_id, line.bundle_cents, line.discount_cents) for line in order.lines]
    used = select(PromotionCode.code).join(
        PromotionRedemption, PromotionRedemption.promotion_code_id == PromotionCode.id
    )
    has_more = any(discount > bundle for _, bundle, discount in shares)
    code = session.scalar(used.where(PromotionRedemption.order_id == order.id)) if has_more else None
    return _views(session, shares, code, order.currency)


def _views(
    session: Session, shares: Iterable[BundleShare], code: str | None, currency: str
) -> tuple[DiscountView, ...]:
    by_bundle: Counter[int] = Counter()
    rest = 0
    for bundle_id, bundle_cents, discount_cents in shares:
        rest += discount_cents - bundle_cents
        if bundle_id is not None and bundle_cents:
            by_bundle[bundle_id] += bundle_cents
    names = bundles.names_of(session, by_bundle.keys())
    views = [DiscountView(names[key], None, Money(cents, currency)) for key, cents in sorted(by_bundle.items())]
    if rest:
        views.append(DiscountView(None, code, Money(rest, currency)))
    return tuple(views)
