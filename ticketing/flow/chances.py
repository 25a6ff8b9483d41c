"""Numbers of people who each come or not, alone or as parties: means, spreads, quantiles. Pure.

Sold tickets are never Poisson: their number is known, only coming and staying are uncertain (Poisson-binomial).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

STANDARD = NormalDist()
NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class Parties:
    """So many parties of one size, each of which is there as a whole with the same chance."""

    number: int
    chance: float
    size: int = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of people that is not known exactly."""

    mean: float
    variance: float

    @property
    def sd(self) -> float:
        """The standard deviation."""
        return math.sqrt(max(self.variance, 0.0))

    def quantile(self, share: float) -> float:
        """Return what is not exceeded with this chance, never below zero."""
        return max(0.0, self.mean + STANDARD.inv_cdf(share) * self.sd)

    def chance_above(self, limit: int) -> float:
        """Return the chance of more people than a limit."""
        if self.sd == 0:
            return float(self.mean > limit)
        return 1 - STANDARD.cdf((limit + 0.5 - self.mean) / self.sd)


def normal_score(risk: float) -> float:
    """Return by how many standard deviations a normal number is exceeded with this risk."""
    return STANDARD.inv_cdf(1 - risk)


def estimate_of(parties: Iterable[Parties]) -> Estimate:
    """Return mean and variance of how many people are there."""
    mean = variance = 0.0
    for each in parties:
        mean += each.number * each.size * each.chance
        variance += each.number * each.size**2 * each.chance * (1 - each.chance)
    return Estimate(mean, variance)


def quantile_of(parties: Iterable[Parties], share: float) -> int:
    """Return the smallest number of people that is not exceeded with at least this chance, exactly."""
    return _quantile(distribution_of(parties), share)


def distribution_of(parties: Iterable[Parties]) -> list[float]:
    """Return the chance of each number of people from none on, by convolution."""
    whole = [1.0]
    for each in parties:
        whole = _convolved(whole, _spread(binomial(each.number, each.chance), each.size))
    return whole


def binomial(number: int, chance: float) -> list[float]:
    """Return the chance of each number of successes among so many tries."""
    if chance <= 0 or chance >= 1:
        certain = number if chance >= 1 else 0
        return [float(successes == certain) for successes in range(number + 1)]
    log_yes, log_no = math.log(chance), math.log1p(-chance)
    return [
        math.exp(
            math.lgamma(number + 1) - math.lgamma(yes + 1) - math.lgamma(number - yes + 1)
            + yes * log_yes + (number - yes) * log_no
        )
        for yes in range(number + 1)
    ]  # fmt: skip


def poisson(mean: float, most: int) -> list[float]:
    """Return the chance of each number from none to `most`."""
    if mean <= 0:
        return [1.0] + [0.0] * most
    return [math.exp(number * math.log(mean) - mean - math.lgamma(number + 1)) for number in range(most + 1)]


def poisson_quantile(mean: float, share: float) -> int:
    """Return the smallest number that a Poisson number does not exceed with at least this chance."""
    return _quantile(poisson(mean, math.ceil(mean + 12 * math.sqrt(mean) + 12)), share)


def largest_poisson_mean(limit: int, risk: float) -> float:
    """Return the largest mean at which a Poisson number exceeds the limit with no more than this risk."""
    low, high = 0.0, float(limit)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if math.fsum(poisson(middle, limit)) >= 1 - risk else (low, middle)
    return low


def largest_mean(limit: int, score: float, dispersion: float = 1.0) -> float:
    """Return nearly the same by a formula, for people in parties: dispersion is E[g²]/E[g] of their sizes."""
    half = score * math.sqrt(dispersion) / 2
    return (math.sqrt(half**2 + limit + 0.5) - half) ** 2


def dispersion_of(sizes: Sequence[int]) -> float:
    """Return E[g²]/E[g] of party sizes: by how much parties spread more than people alone; 1.0 of none."""
    return sum(size**2 for size in sizes) / sum(sizes) if sizes else 1.0


def safe_overbooking(capacity: int, show: float, risk: float) -> int:
    """Return how many may be sold so that more than the capacity come with no more than this risk."""
    return _last_that(lambda sold: math.fsum(binomial(sold, show)[: capacity + 1]) >= 1 - risk, capacity)


def best_overbooking(capacity: int, show: float, *, kept: float, refused: float) -> int:
    """Return what to sell when a sale keeps one amount and somebody refused costs another."""

    def gain(sold: int) -> float:
        chances = binomial(sold, show)
        return kept * sold - refused * sum((n - capacity) * chances[n] for n in range(capacity + 1, sold + 1))

    return max(range(capacity, capacity * 2 + 1), key=gain)


def _last_that(holds: Callable[[int], bool], start: int) -> int:
    while holds(start + 1):
        start += 1
    return start


def _quantile(chances: Sequence[float], share: float) -> int:
    total = 0.0
    for number, chance in enumerate(chances):
        total += chance
        if total >= share:
            return number
    return len(chances) - 1


def _spread(chances: Sequence[float], size: int) -> list[float]:
    if size == 1:
        return list(chances)
    people = [0.0] * ((len(chances) - 1) * size + 1)
    people[::size] = chances
    return people


def _convolved(one: Sequence[float], other: Sequence[float]) -> list[float]:
    both = [0.0] * (len(one) + len(other) - 1)
    likely = [(number, chance) for number, chance in enumerate(other) if chance > NEGLIGIBLE]
    for start, first in enumerate(one):
        if first > NEGLIGIBLE:
            for number, chance in likely:
                both[start + number] += first * chance
    return both
