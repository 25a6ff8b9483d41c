"""What we know of visitors from our own scans: who comes, when, how long they stay, how well exits are counted. Pure.

Every habit says of how much it was learnt, and leans on what is usual until that is much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist, fmean, pstdev

from ticketing.flow.arrivals import Punctuality
from ticketing.flow.chances import dispersion_of
from ticketing.flow.showing import ShowRate
from ticketing.flow.stays import Lognormal

USUAL_STAY = Lognormal(3.0, 0.4)
STAY_WORTH = 30.0  # parties; so much the usual stay counts beside those seen
USUAL_DISPERSION = 3.667  # parties of three on average, with a variance of two
USUAL_EXIT_FACTOR, USUAL_EXIT_SD = 1 / 0.98, 0.02
LEAST_EXIT_SD = 0.004
WILDEST_FACTOR = 1.5  # a day on which fewer than two in three were counted out says nothing about counting
ROUNDS = 25
STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class StaySeen:
    """How many hours a party stayed; `is_cut` when it left because the house closed, and would have stayed longer."""

    hours: float
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual at this house."""

    show: ShowRate = field(default_factory=lambda: ShowRate(0, 0))
    punctuality: Punctuality = field(default_factory=Punctuality)
    punctuality_n: int = 0
    stay: Lognormal = USUAL_STAY
    stay_n: int = 0
    exit_factor: float = USUAL_EXIT_FACTOR  # by what people counted out are multiplied
    exit_sd: float = USUAL_EXIT_SD  # how that differs from day to day
    exit_days: int = 0
    dispersion: float = USUAL_DISPERSION  # E[g²]/E[g] of parties
    parties: int = 0


def stay_of(seen: Sequence[StaySeen]) -> Lognormal:
    """Learn how long parties stay when those that closing cut short are only known to have wanted longer.

    Maximum likelihood of a lognormal with such cuts, by expectation and maximisation.
    """
    usual = USUAL_STAY
    logs = [(math.log(max(each.hours, 0.05)), each.is_cut) for each in seen]
    mean, sd = usual.log_mean, usual.sigma
    n = len(logs) + STAY_WORTH
    for _ in range(ROUNDS):
        total, squares = usual.log_mean * STAY_WORTH, (usual.sigma**2 + usual.log_mean**2) * STAY_WORTH
        for log, is_cut in logs:
            first, second = _beyond(log, mean, sd) if is_cut else (log, log * log)
            total, squares = total + first, squares + second
        mean = total / n
        sd = math.sqrt(max(squares / n - mean**2, 1e-4))
    return Lognormal(math.exp(mean + sd**2 / 2), math.sqrt(math.expm1(sd**2)))


def exits_of(days: Sequence[tuple[int, int]]) -> tuple[float, float, int]:
    """Learn by what people counted out are multiplied so that days end empty: factor, its spread, of how many days.

    Of each day: people counted in, people counted out.
    """
    factors = [came / left for came, left in days if left and came / left < WILDEST_FACTOR]
    if not factors:
        return USUAL_EXIT_FACTOR, USUAL_EXIT_SD, 0
    spread = pstdev(factors) if len(factors) > 2 else USUAL_EXIT_SD
    return fmean(factors), max(spread, LEAST_EXIT_SD), len(factors)


def dispersion_seen(sizes: Sequence[int]) -> float:
    """Learn how parties make people come in clusters."""
    worth = STAY_WORTH
    return (dispersion_of(sizes) * len(sizes) + USUAL_DISPERSION * worth) / (len(sizes) + worth)


def _beyond(log: float, mean: float, sd: float) -> tuple[float, float]:
    """Return first and second moment of a normal number of which only is known that it is larger."""
    score = (log - mean) / sd
    left = 1 - STANDARD.cdf(score)
    if left < 1e-9:
        return log, log * log
    ratio = STANDARD.pdf(score) / left
    first = mean + sd * ratio
    return first, mean**2 + sd**2 + sd * ratio * (log + mean)
