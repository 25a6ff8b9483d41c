"""How long people stay, as distributions. Hours throughout; pure.

Stays are skewed to the right: lognormal unless our own scans say otherwise; the others are for classes that behave so
(a school's block of hours) and for closed forms that tests can hold the arithmetic against.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol


class Stay(Hashable, Protocol):
    """A distribution of stays."""

    @property
    def mean(self) -> float:
        """The mean stay."""

    @property
    def cv(self) -> float:
        """The standard deviation as a share of the mean."""

    def beyond(self, hours: float) -> float:
        """Return the chance that somebody stays longer than so many hours."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Everybody stays equally long."""

    mean: float
    cv: float = 0.0

    def beyond(self, hours: float) -> float:
        """Return the chance that somebody stays longer than so many hours."""
        return 1.0 if hours < self.mean else 0.0


@dataclass(frozen=True, slots=True)
class Exponential:
    """Who is still there may leave as soon as who has just come."""

    mean: float
    cv: float = 1.0

    def beyond(self, hours: float) -> float:
        """Return the chance that somebody stays longer than so many hours."""
        return math.exp(-hours / self.mean) if hours > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Erlang:
    """A sum of equal exponential phases."""

    mean: float
    phases: int

    @property
    def cv(self) -> float:
        """The standard deviation as a share of the mean."""
        return 1 / math.sqrt(self.phases)

    def beyond(self, hours: float) -> float:
        """Return the chance that somebody stays longer than so many hours."""
        if hours <= 0:
            return 1.0
        passed = self.phases * hours / self.mean
        return math.exp(-passed) * sum(passed**phase / math.factorial(phase) for phase in range(self.phases))


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any stay between two is as likely as any other."""

    shortest: float
    longest: float

    @property
    def mean(self) -> float:
        """The mean stay."""
        return (self.shortest + self.longest) / 2

    @property
    def cv(self) -> float:
        """The standard deviation as a share of the mean."""
        return (self.longest - self.shortest) / math.sqrt(12) / self.mean

    def beyond(self, hours: float) -> float:
        """Return the chance that somebody stays longer than so many hours."""
        return min(1.0, max(0.0, (self.longest - hours) / (self.longest - self.shortest)))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Skewed to the right, as visits are."""

    mean: float
    cv: float

    @property
    def sigma(self) -> float:
        """The standard deviation of the logarithm."""
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def log_mean(self) -> float:
        """The mean of the logarithm."""
        return math.log(self.mean) - self.sigma**2 / 2

    def beyond(self, hours: float) -> float:
        """Return the chance that somebody stays longer than so many hours."""
        if hours <= 0:
            return 1.0
        log_mean, spread = _logarithm(self)
        return math.erfc((math.log(hours) - log_mean) / spread) / 2


@lru_cache(maxsize=64)
def _logarithm(stay: Lognormal) -> tuple[float, float]:
    """Return the mean of a stay's logarithm, and its standard deviation times √2: asked tens of thousands of times."""
    return stay.log_mean, stay.sigma * math.sqrt(2)


def mean_excess(stay: Stay) -> float:
    """Return E[Se], by how many hours the number inside follows arrivals (Eick, Massey, Whitt 1993)."""
    return stay.mean * (1 + stay.cv**2) / 2


def stay_reached(stay: Stay, share: float) -> float:
    """Return the hours after which this share of people has left, by halving."""
    low, high = 0.0, stay.mean
    while stay.beyond(high) > 1 - share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if stay.beyond(middle) > 1 - share else (low, middle)
    return high
