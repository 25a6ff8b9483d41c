"""What kind of day draws how many: a log-linear regression whose spread is wider than Poisson's. Pure.

Iteratively reweighted least squares with a small ridge, so that a kind of day seldom seen leans on the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ticketing.flow.chances import Estimate

RIDGE, ROUNDS, FEW_ROUNDS = 1.0, 12, 3
USUAL_RAIN = 0.35  # of a day of which nobody has told the weather
YEAR_DAYS = 365.25
RAIN_SCALE_MM, SUN_SCALE_HOURS = 5.0, 4.0
SEASON = range(11, 15)  # the places of the time of year among the features
SEASON_DAYS = 120  # from the first to the last before anything is learnt of it: no year is foretold from six weeks
EVENT = 10  # the place of what is expected of events among the features: taken at its word until days tell otherwise


class Sky(StrEnum):
    """The weather of a day, as far as visitors care."""

    SUNNY = "sunny"  # a day for outdoors
    BRIGHT = "bright"  # sun and clouds, dry
    DULL = "dull"  # grey, a little rain at most
    WET = "wet"  # rain for hours


# Millimetres of rain and hours of sun of a day under each sky.
WEATHER = {Sky.SUNNY: (0.0, 9.0), Sky.BRIGHT: (0.0, 5.0), Sky.DULL: (0.5, 1.5), Sky.WET: (6.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a day beforehand; weather is None where nobody has told it."""

    local_date: date
    is_school_holiday: bool = False
    is_public_holiday: bool = False
    event_effect: float = 0.0  # what managers expect of events, as the logarithm of a factor
    rain_mm: float | None = None
    sun_hours: float | None = None


@dataclass(frozen=True)
class Regression:
    """What was learnt: a weight per feature, and how much wider than Poisson days spread."""

    weights: tuple[float, ...]
    size: float  # r of var = μ + μ²/r

    def forecast(self, day: Day) -> Estimate:
        """Return how many will come, with the spread of days like it."""
        mean = math.exp(min(15.0, sum(w * x for w, x in zip(self.weights, features(day), strict=True))))
        return Estimate(mean, spread(mean, self.size))


def spread(mean: float, size: float) -> float:
    """Return the variance of a negative binomial."""
    return mean + mean**2 / size


def features(day: Day) -> tuple[float, ...]:
    """Describe a day by numbers: level, weekday, holidays, time of year, weather as it differs from usual."""
    weekday = day.local_date.weekday()
    angle = 2 * math.pi * day.local_date.timetuple().tm_yday / YEAR_DAYS
    is_working_day = weekday < 5
    return (
        1.0,
        *(float(weekday == each) for each in range(1, 7)),
        float(day.is_school_holiday and is_working_day),
        float(day.is_school_holiday and not is_working_day),
        float(day.is_public_holiday),
        day.event_effect,
        math.sin(angle), math.cos(angle), math.sin(2 * angle), math.cos(2 * angle),
        USUAL_RAIN if day.rain_mm is None else math.log1p(day.rain_mm / RAIN_SCALE_MM),
        0.0 if day.sun_hours is None else day.sun_hours / SUN_SCALE_HOURS - 1,
    )  # fmt: skip


def learn(days: Sequence[tuple[Day, float]], begun: Regression | None = None) -> Regression:
    """Learn from days that were open and not sold out, with how many came; sooner from what was learnt before."""
    rows = [features(day) for day, _ in days]
    came = [number for _, number in days]
    level = [math.log(max(1.0, sum(came) / len(came)))] + [float(place == EVENT) for place in range(1, len(rows[0]))]
    weights = list(begun.weights) if begun else level
    is_short = (days[-1][0].local_date - days[0][0].local_date).days < SEASON_DAYS
    ridges = [1e6 if is_short and place in SEASON else RIDGE for place in range(len(rows[0]))]
    for _ in range(FEW_ROUNDS if begun else ROUNDS):
        weights = _improved(rows, came, weights, ridges)
    means = [math.exp(sum(w * x for w, x in zip(weights, row, strict=True))) for row in rows]
    return Regression(tuple(weights), _size(came, means))


def _improved(
    rows: Sequence[tuple[float, ...]], came: Sequence[float], weights: Sequence[float], ridges: Sequence[float]
) -> list[float]:
    """Do one round: solve (XᵀWX + ridge) β = XᵀWz; a day weighs at most as a negative binomial of size 20 lets it."""
    width = len(weights)
    matrix = [[0.0] * width for _ in range(width)]
    target = [0.0] * width
    for row, number in zip(rows, came, strict=True):
        linear = min(15.0, sum(w * x for w, x in zip(weights, row, strict=True)))
        mean = math.exp(linear)
        weight = mean / (1 + mean / 20)
        working = linear + (number - mean) / mean
        filled = [(index, value) for index, value in enumerate(row) if value]
        for index, value in filled:
            target[index] += weight * value * working
            line = matrix[index]
            for other, second in filled:
                line[other] += weight * value * second
    for index in range(1, width):
        matrix[index][index] += ridges[index]
    target[EVENT] += ridges[EVENT]
    matrix[0][0] += 1e-9
    return _solved(matrix, target)


def _solved(matrix: list[list[float]], target: list[float]) -> list[float]:
    """Solve a symmetric positive system by elimination."""
    width = len(target)
    for pivot in range(width):
        for below in range(pivot + 1, width):
            factor = matrix[below][pivot] / matrix[pivot][pivot]
            if factor:
                matrix[below] = [a - factor * b for a, b in zip(matrix[below], matrix[pivot], strict=True)]
                target[below] -= factor * target[pivot]
    solution = [0.0] * width
    for row in reversed(range(width)):
        known = sum(matrix[row][other] * solution[other] for other in range(row + 1, width))
        solution[row] = (target[row] - known) / matrix[row][row]
    return solution


def _size(came: Sequence[float], means: Sequence[float]) -> float:
    """Return r by moments; very large when days spread no more than Poisson."""
    extra = sum((y - mean) ** 2 - mean for y, mean in zip(came, means, strict=True))
    return sum(mean**2 for mean in means) / extra if extra > 0 else 1e6
