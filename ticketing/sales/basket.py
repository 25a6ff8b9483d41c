"""What a basket costs. Pure: chosen tickets with their prices in, an exact quote out.

Prices include VAT. VAT is computed once per order and rate, half-up, and shared back to the lines without losing a
cent: rounding ticket by ticket would drift from the total (40 tickets: up to 20 cents).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.money import Money, split, total_of, vat_within

MOST_TICKETS = 60  # two school classes


class QuantityTooHigh(InvalidInput):
    """More tickets than one order may have; `details["most"]` says how many may be."""

    code = "quantity_too_high"


class NothingChosen(InvalidInput):
    """A basket needs at least one ticket."""

    code = "nothing_chosen"


class UnknownTicketType(InvalidInput):
    """This experience has no such ticket on that day."""

    code = "unknown_ticket_type"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """So many tickets of one type for one slot; `vat_bp` in basis points, None for exempt."""

    slot_id: int
    ticket_type_id: int
    quantity: int
    unit: Money
    vat_class: str
    vat_bp: int | None


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line with its discount, what it costs after that, and its share of the VAT."""

    line: PricedLine
    discount: Money
    total: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class VATShare:
    """What an order contains of one VAT class and rate."""

    vat_class: str
    rate_bp: int | None
    gross: Money
    vat: Money

    @property
    def net(self) -> Money:
        """The amount without VAT."""
        return self.gross - self.vat


@dataclass(frozen=True, slots=True)
class Quote:
    """The exact price of a basket."""

    lines: tuple[QuotedLine, ...]
    discount: Money
    total: Money
    vat: tuple[VATShare, ...]


def checked_quantities(quantities: Mapping[str, int], most_by_type: Mapping[str, int]) -> dict[str, int]:
    """Return the quantities above zero, by ticket type slug.

    Raises UnknownTicketType, QuantityTooHigh, NothingChosen, each naming the form's field.
    """
    chosen = {}
    for slug, quantity in quantities.items():
        field = f"quantity-{slug}"
        if slug not in most_by_type:
            raise UnknownTicketType("This ticket is not sold here. Choose from the list.", field=field)
        if quantity < 0:
            raise InvalidInput("A number of tickets cannot be below zero.", code="quantity_invalid", field=field)
        if quantity:
            chosen[slug] = quantity
    if not chosen:
        raise NothingChosen("Choose at least one ticket.", field="quantity")
    require_within_order(chosen, most_by_type)
    return chosen


def require_within_order(counts: Mapping[str, int], most_by_type: Mapping[str, int]) -> None:
    """Let no order have more of a type, or more tickets at all, than one may, whatever slots they are for.

    Counts are of the whole order, by ticket type slug. Raises QuantityTooHigh.
    """
    for slug, count in counts.items():
        if count > most_by_type[slug]:
            refuse_quantity(f"quantity-{slug}", most_by_type[slug])
    if sum(counts.values()) > MOST_TICKETS:
        refuse_quantity("quantity", MOST_TICKETS)


def refuse_quantity(field: str, most: int) -> NoReturn:
    """Say that a form's field asks for more than one order may have. Raises QuantityTooHigh."""
    raise QuantityTooHigh(f"At most {most} of these in one order.", field=field, most=most)


def quote(lines: Sequence[PricedLine], percent: int = 0) -> Quote:
    """Price a basket of one currency, with a percentage off the whole of it (rounded half-up to the cent)."""
    currency = lines[0].unit.currency if lines else "EUR"
    full = [line.unit.cents * line.quantity for line in lines]
    discounts = _shared((2 * sum(full) * percent + 100) // 200, full)
    totals = [amount - discount for amount, discount in zip(full, discounts, strict=True)]
    vat_by_line, shares = _vat(lines, totals, currency)
    quoted = tuple(
        QuotedLine(line, Money(discount, currency), Money(total, currency), Money(vat, currency))
        for line, discount, total, vat in zip(lines, discounts, totals, vat_by_line, strict=True)
    )
    return Quote(
        lines=quoted,
        discount=Money(sum(discounts), currency),
        total=total_of((line.total for line in quoted), currency),
        vat=shares,
    )


def share_vat(lines: Sequence[tuple[str, int | None, int]]) -> list[int]:
    """Return each line's share in cents of the VAT, computed once for each class and rate.

    A line is (VAT class, rate in basis points or None for exempt, total in cents).
    """
    by_line = [0] * len(lines)
    for vat_class, rate_bp in dict.fromkeys((vat_class, rate_bp) for vat_class, rate_bp, _ in lines):
        places = [place for place, line in enumerate(lines) if line[:2] == (vat_class, rate_bp)]
        totals = [lines[place][2] for place in places]
        for place, cents in zip(places, _shared(vat_within(sum(totals), rate_bp or 0), totals), strict=True):
            by_line[place] = cents
    return by_line


def _vat(lines: Sequence[PricedLine], totals: Sequence[int], currency: str) -> tuple[list[int], tuple[VATShare, ...]]:
    """Return each line's share of the VAT in cents, and the VAT by class and rate over the whole basket."""
    kinds = [(line.vat_class, line.vat_bp) for line in lines]
    by_line = share_vat([(*kind, total) for kind, total in zip(kinds, totals, strict=True)])
    shares = []
    for kind in dict.fromkeys(kinds):
        places = [place for place, each in enumerate(kinds) if each == kind]
        gross, vat = sum(totals[place] for place in places), sum(by_line[place] for place in places)
        shares.append(VATShare(*kind, Money(gross, currency), Money(vat, currency)))
    return by_line, tuple(shares)


def _shared(cents: int, weights: Sequence[int]) -> list[int]:
    return split(cents, weights) if any(weights) else [0] * len(weights)
