"""What a promotion would do for a basket, before anybody uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ticketing.catalogue import offers
from ticketing.catalogue.models import Experience
from ticketing.catalogue.offers import PricedType
from ticketing.sales import basket, bundles, shown_discounts
from ticketing.sales.basket import PricedLine, Quote
from ticketing.sales.discounts import CodeDiscount
from ticketing.sales.promotion_editing import PromotionTerms
from ticketing.sales.shown_discounts import DiscountView

NO_SLOT = 0  # a basket that is only looked at is for no slot there is
PARTY = 2  # of each of the first types, when nobody has said who comes


@dataclass(frozen=True)
class Preview:
    """A basket made up: who comes to what on which day, and what it costs with the promotion."""

    experience: Experience
    local_date: date
    prices: list[PricedType]
    quantities: dict[str, int]  # by ticket type slug
    quote: Quote | None  # None: nobody comes
    discounts: tuple[DiscountView, ...]
    counts: bool  # for this experience on this day


def preview_of(
    session: Session, terms: PromotionTerms, experience: Experience, local_date: date, quantities: Mapping[str, int]
) -> Preview:
    """Price a basket as the shop would, with the bundles of the day and the promotion after them."""
    prices = offers.prices_on(session, experience.id, local_date)
    chosen = {priced.ticket_type.slug: quantities.get(priced.ticket_type.slug, 0) for priced in prices}
    vat = offers.vat_on(session, experience.vat_class_id, local_date)
    lines = [
        PricedLine(NO_SLOT, priced.ticket_type.id, count, priced.price, vat.slug, vat.rate_bp)
        for priced in prices
        if (count := min(chosen[priced.ticket_type.slug], basket.MOST_TICKETS))
    ]
    counts = _counts(terms, experience, local_date)
    own_bundles = bundles.bundles_for(session, [(NO_SLOT, experience.id, local_date)])
    quote = basket.quote(lines, own_bundles, CodeDiscount(terms.reduction) if counts else None) if lines else None
    discounts = shown_discounts.of_quote(session, quote, terms.name) if quote else ()
    return Preview(experience, local_date, prices, chosen, quote, discounts, counts)


def usual_party(session: Session, experience: Experience, local_date: date) -> dict[str, int]:
    """Return a party to look at: two each of the first two ticket types that cost something."""
    priced = [each for each in offers.prices_on(session, experience.id, local_date) if each.price]
    return {each.ticket_type.slug: PARTY for each in priced[:2]}


def _counts(terms: PromotionTerms, experience: Experience, local_date: date) -> bool:
    return (
        (not terms.experience_ids or experience.id in terms.experience_ids)
        and (terms.valid_from is None or local_date >= terms.valid_from)
        and (terms.valid_until is None or local_date <= terms.valid_until)
    )
