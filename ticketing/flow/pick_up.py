"""What will still be booked for a day, from how days like it were booked; and two forecasts made one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.flow.chances import Estimate


@dataclass(frozen=True, slots=True)
class Booked:
    """A day of the past: what was booked so many days before, and in the end."""

    then: float
    final: float


def additive(now: float, past: Sequence[Booked]) -> float:
    """Return what is booked with the mean of what was still booked on such days."""
    return now + sum(day.final - day.then for day in past) / len(past)


def multiplicative(now: float, past: Sequence[Booked]) -> float:
    """Return what is booked times how many times more there were in the end: a ratio of sums."""
    return now * sum(day.final for day in past) / sum(day.then for day in past)


def mean_of_ratios(now: float, past: Sequence[Booked]) -> float:
    """Return what is booked times the mean of how many times more there were in the end; days with few weigh much."""
    return now * sum(day.final / day.then for day in past) / len(past)


def picked_up(now: float, past: Sequence[Booked]) -> Estimate:
    """Forecast additively, with the spread of what was still booked on such days; two days at least."""
    mean = additive(now, past)
    still = mean - now
    return Estimate(mean, sum((day.final - day.then - still) ** 2 for day in past) / (len(past) - 1))
