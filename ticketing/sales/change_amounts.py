"""What a change of an order costs. Pure: lines as they were sold and new prices in, exact amounts out.

Whatever was paid is split, never computed anew: what ends and what stays add up to what there was, VAT included. What
begins is priced and taxed as one more purchase (sales/basket.py), once per change and rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ticketing.foundation.money import split, vat_within
from ticketing.sales.basket import share_vat


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was sold; amounts in cents, VAT included, `vat_bp` None for exempt."""

    line_id: int
    slot_id: int
    ticket_type_id: int
    quantity: int
    unit_cents: int
    discount_cents: int
    total_cents: int
    vat_class: str
    vat_bp: int | None
    vat_cents: int
    bundle_cents: int = 0  # of the discount
    bundle_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """So many tickets of a line, with their share of everything."""

    line: SoldLine
    quantity: int
    discount_cents: int
    total_cents: int
    vat_cents: int
    bundle_cents: int = 0  # of the discount


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that begins, before its VAT is known."""

    slot_id: int
    ticket_type_id: int
    quantity: int
    unit_cents: int
    discount_cents: int
    vat_class: str
    vat_bp: int | None
    bundle_cents: int = 0  # of the discount
    bundle_id: int | None = None

    @property
    def total_cents(self) -> int:
        """What the line costs, VAT included."""
        return self.quantity * self.unit_cents - self.discount_cents


@dataclass(frozen=True, slots=True)
class Fee:
    """What the house keeps for a change; `vat_bp` is that of what it was kept from."""

    cents: int
    vat_bp: int | None
    vat_cents: int


NO_FEE = Fee(0, None, 0)


@dataclass(frozen=True, slots=True)
class ChangeAmounts:
    """A change in cents: what ends, what begins with the VAT of each line, the fee, and so the difference to settle."""

    ends: tuple[Part, ...]
    begins: tuple[tuple[NewLine, int], ...]
    fee: Fee
    given_before_cents: int = 0  # of the fee: what had been given back freely, and is counted against this

    @property
    def ended_cents(self) -> int:
        """What was paid for what ends."""
        return sum(part.total_cents for part in self.ends)

    @property
    def begun_cents(self) -> int:
        """What is to be paid for what begins."""
        return sum(line.total_cents for line, _ in self.begins)

    @property
    def kept_cents(self) -> int:
        """What the house keeps by its rules."""
        return self.fee.cents - self.given_before_cents

    @property
    def difference_cents(self) -> int:
        """Above zero what is to be paid, below what goes back."""
        return self.begun_cents + self.fee.cents - self.ended_cents


def split_off(line: SoldLine, quantity: int) -> Part:
    """Return the share of so many tickets of a line; with the rest it adds up to the line exactly."""
    if quantity == line.quantity:
        return Part(line, quantity, line.discount_cents, line.total_cents, line.vat_cents, line.bundle_cents)
    shares = [quantity, line.quantity - quantity]
    discount, of_the_rest = split(line.discount_cents, shares)
    bundle = max(line.bundle_cents - of_the_rest, min(discount, split(line.bundle_cents, shares)[0]))
    total = quantity * line.unit_cents - discount
    rest = line.total_cents - total
    vat = split(line.vat_cents, [total, rest])[0] if line.total_cents else 0
    return Part(line, quantity, discount, total, vat, bundle)


def moved_line(part: Part, slot_id: int, unit_cents: int, vat_class: str, vat_bp: int | None) -> NewLine:
    """Return the line that takes the place of a part: at the new price, with the old discount as far as it fits."""
    most = part.quantity * unit_cents
    discount = min(part.discount_cents, most)
    return NewLine(
        slot_id, part.line.ticket_type_id, part.quantity, unit_cents, discount, vat_class, vat_bp,
        min(part.bundle_cents, discount), part.line.bundle_id,
    )  # fmt: skip


def no_dearer(line: NewLine, part: Part) -> NewLine:
    """Return the line that takes the place of a part at the price it was sold at, if the new price is higher."""
    return replace(line, unit_cents=min(line.unit_cents, part.line.unit_cents))


def fee_of(parts: Sequence[Part], cents_each: int, percent: int) -> Fee:
    """Return what is kept of parts that end: the higher of an amount a ticket and a percentage, never above the price.

    It is taxed as the dearest part was.
    """
    cents = sum(
        min(part.total_cents, max(cents_each * part.quantity, (2 * part.total_cents * percent + 100) // 200))
        for part in parts
    )
    if not cents:
        return NO_FEE
    rate = max(parts, key=lambda part: part.total_cents).line.vat_bp
    return Fee(cents, rate, vat_within(cents, rate or 0))


def sum_of(fees: Sequence[Fee]) -> Fee:
    """Add fees up; the whole is taxed as the largest is, once."""
    cents = sum(fee.cents for fee in fees)
    if not cents:
        return NO_FEE
    rate = max(fees, key=lambda fee: fee.cents).vat_bp
    return Fee(cents, rate, vat_within(cents, rate or 0))


def amounts_of(
    ends: Sequence[Part], begins: Sequence[NewLine], fee: Fee, *, standing_cents: int, given_cents: int
) -> ChangeAmounts:
    """Put a change together, with the VAT of what begins computed once per class and rate and shared to its lines.

    `standing_cents` is what the order's lines cost before, `given_cents` what of it was given back freely: that stays
    with the order as long as what stands is worth it, and is counted against what comes back after that.
    """
    shares = share_vat([(line.vat_class, line.vat_bp, line.total_cents) for line in begins])
    ended, begun = sum(part.total_cents for part in ends), sum(line.total_cents for line in begins)
    given_before = max(0, given_cents - (standing_cents - ended + begun))
    kept = fee.cents if begins else min(fee.cents, ended - given_before)
    rate = max(ends, key=lambda part: part.total_cents).line.vat_bp if given_before else fee.vat_bp
    whole = Fee(kept + given_before, rate, vat_within(kept + given_before, rate or 0))
    return ChangeAmounts(tuple(ends), tuple(zip(begins, shares, strict=True)), whole, given_before)
