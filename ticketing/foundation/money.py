"""Money is integer cents with a currency. No float, no Decimal; formatting lives in wording.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in the smallest unit of one currency."""

    cents: int
    currency: str = "EUR"

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.cents - other.cents, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.cents * count, self.currency)

    def __bool__(self) -> bool:
        return self.cents != 0

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")


def total_of(amounts: Iterable[Money], currency: str = "EUR") -> Money:
    """Add amounts of one currency; nothing adds up to zero in `currency`."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def vat_within(gross_cents: int, rate_bp: int) -> int:
    """Return the VAT contained in an amount that includes it, in cents, rounded half away from zero.

    `rate_bp` is in basis points (600 is 6 %): vat = gross · r / (10000 + r). Refunds are negative amounts.
    """
    numerator, denominator = abs(gross_cents) * rate_bp, 10_000 + rate_bp
    vat = (2 * numerator + denominator) // (2 * denominator)
    return vat if gross_cents >= 0 else -vat


def split(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Share cents over weights so that the parts add up exactly (largest remainder, ties by position).

    Raises ValueError when all weights are zero.
    """
    whole = sum(weights)
    if whole == 0:
        raise ValueError("nothing to share over")
    sign, amount = (-1 if total_cents < 0 else 1), abs(total_cents)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]
