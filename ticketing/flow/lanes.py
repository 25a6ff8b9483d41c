"""How long people wait at a gate, and how many lanes it takes. Pure; rates and durations in one unit of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RESERVE = 1.2  # a fifth more than the arithmetic says
MOST_LANES = 40


@dataclass(frozen=True, slots=True)
class Target:
    """How long people may wait: fewer than this share longer than so many minutes."""

    minutes: float = 1.0
    share: float = 0.05


USUAL_TARGET = Target()


def waiting_share(lanes: int, load: float) -> float:
    """Return Erlang C, the chance to have to wait, at a load of so many busy lanes; 1 when they cannot keep up."""
    if load >= lanes:
        return 1.0
    last = load**lanes / math.factorial(lanes) * lanes / (lanes - load)
    return last / (sum(load**busy / math.factorial(busy) for busy in range(lanes)) + last)


def mean_wait(arrivals: float, service: float, lanes: int) -> float:
    """Return the mean wait when service times vary like an exponential (M/M/c); infinite when lanes cannot keep up."""
    load = arrivals * service
    return waiting_share(lanes, load) * service / (lanes - load) if load < lanes else math.inf


def chance_to_wait(arrivals: float, service: float, lanes: int, longer_than: float) -> float:
    """Return the chance to wait longer than so long."""
    load = arrivals * service
    if load >= lanes:
        return 1.0
    return waiting_share(lanes, load) * math.exp(-(lanes - load) / service * longer_than)


def mean_wait_of_equals(arrivals: float, service: float, lanes: int) -> float:
    """Return the mean wait when everybody takes equally long (M/D/c; Cosmetatos 1975), exact for one lane."""
    busy = arrivals * service / lanes
    if busy >= 1:
        return math.inf
    correction = (1 - busy) * (lanes - 1) * (math.sqrt(4 + 5 * lanes) - 2) / (16 * busy * lanes) if busy else 0.0
    return (1 + correction) * mean_wait(arrivals, service, lanes) / 2


def queue_length(arrivals: float, service: float, lanes: int) -> float:
    """Return how many wait on average (Little)."""
    return arrivals * mean_wait(arrivals, service, lanes)


def backlog(arrivals: Sequence[float], service: float, lanes: int, step: float) -> list[float]:
    """Return how many wait at the end of each step when so many come in each: peaks are a fluid, not a steady state."""
    waiting, left = 0.0, []
    for people in arrivals:
        waiting = max(0.0, waiting + people - lanes * step / service)
        left.append(waiting)
    return left


def lanes_for_peak(people: float, minutes: float, service_seconds: float, most_wait_minutes: float) -> int:
    """Return the lanes with which nobody of a peak waits longer than so many minutes, a reserve included."""
    return math.ceil(people * service_seconds / (60 * (minutes + most_wait_minutes)) * RESERVE - 1e-9)


def lanes_needed(people: float, minutes: float, service_seconds: float, target: Target = USUAL_TARGET) -> int:
    """Return the fewest lanes with which few enough wait too long, if people come evenly (Erlang C)."""
    if people <= 0:
        return 0
    arrivals, service = people / minutes, service_seconds / 60
    enough = (
        lanes
        for lanes in range(1, MOST_LANES)
        if chance_to_wait(arrivals, service, lanes, target.minutes) < target.share
    )
    return next(enough, MOST_LANES)
