"""What counters at the door and models of stay say of how many are inside, put together. Pure.

Counters miss people, and their errors add up through the day; a model knows who came and guesses who has left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ticketing.flow.arrivals import expected_inside
from ticketing.flow.chances import Estimate
from ticketing.flow.stays import Lognormal, Stay

USUAL_MISS = 0.02  # of a hundred people, so many pass uncounted either way
MEANS = [0.5 + 0.25 * step for step in range(23)]
SPREADS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were counted in and out since the doors opened, and the share each count misses."""

    came: int
    left: int
    misses_in: float = USUAL_MISS
    misses_out: float = USUAL_MISS

    @property
    def bias(self) -> float:
        """By how many people the difference is too high on average."""
        return self.misses_out * self.left - self.misses_in * self.came

    @property
    def variance(self) -> float:
        """How uncertain the difference is."""
        missed_in = self.misses_in * (1 - self.misses_in) * self.came
        return missed_in + self.misses_out * (1 - self.misses_out) * self.left

    @property
    def inside(self) -> Estimate:
        """How many are inside by this count: never below zero."""
        return Estimate(max(0.0, self.came - self.left), self.variance)


def correction(came: float, left: float) -> float:
    """Return by what the people counted out have to be multiplied so that the day ends empty; 1 when nobody left."""
    return came / left if left else 1.0


def remaining(hours_since: Iterable[tuple[float, int]], stay: Stay) -> Estimate:
    """Estimate how many are still inside of people let in so long ago, by how long people stay."""
    mean = variance = 0.0
    for hours, people in hours_since:
        chance = stay.beyond(hours)
        mean += people * chance
        variance += people * chance * (1 - chance)
    return Estimate(mean, variance)


def mixed(*estimates: Estimate) -> Estimate:
    """Put independent estimates of one number together: the surer one weighs more (inverse variance)."""
    certain = [each for each in estimates if each.variance <= 0]
    if certain:
        return Estimate(sum(each.mean for each in certain) / len(certain), 0.0)
    weight = sum(1 / each.variance for each in estimates)
    return Estimate(sum(each.mean / each.variance for each in estimates) / weight, 1 / weight)


def stay_from_counts(came: Sequence[float], left: Sequence[float], step_hours: float) -> Lognormal:
    """Find the stay with which people counted in, step by step, leave as they were counted out (Poisson likelihood)."""
    candidates = (Lognormal(mean, cv) for mean in MEANS for cv in SPREADS)
    return min(candidates, key=lambda stay: _misfit(came, left, stay, step_hours))


def _misfit(came: Sequence[float], left: Sequence[float], stay: Lognormal, step_hours: float) -> float:
    leaving = [
        expected_inside(lambda _: 1.0, stay, number * step_hours, steps=20) for number in range(len(came) + 1)
    ]  # inside of one person an hour
    per_step = [
        step_hours - (leaving[number + 1] - leaving[number]) for number in range(len(came))
    ]  # gone in each step of one person an hour since then
    gone = [0.0] * len(came)
    for begin, people in enumerate(came):
        for later in range(begin, len(came)):
            earlier = per_step[later - begin - 1] if later > begin else 0.0
            gone[later] += people * (per_step[later - begin] - earlier) / step_hours
    return sum(expected - seen * math.log(max(expected, 0.01)) for expected, seen in zip(gone, left, strict=True))
