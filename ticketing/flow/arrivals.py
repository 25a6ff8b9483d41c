"""When people of a slot come, and what share of them is inside later. Hours after the slot's start; pure.

A party that comes is early, on time or late: a mixture, whose shares are estimated from our own scans.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ticketing.flow.stays import Stay

POINTS = 200  # of the mid-point rule over a slot
LATE_POINTS = 50


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Which share of those who come is early, and late; how early at most, how late on average."""

    early: float = 0.10
    late: float = 0.15
    early_hours: float = 0.25
    late_hours: float = 1 / 3

    @property
    def on_time(self) -> float:
        """The share that comes within its slot."""
        return 1 - self.early - self.late

    def arrived(self, hours: float, width: float) -> float:
        """Return the share of those who come that has come so long after the start of a slot of this width."""
        early = min(1.0, max(0.0, (hours + self.early_hours) / self.early_hours)) if self.early else 0.0
        on_time = min(1.0, max(0.0, hours / width))
        late = 1 - math.exp(-(hours - width) / self.late_hours) if self.late and hours > width else 0.0
        return self.early * early + self.on_time * on_time + self.late * late


ALL_ON_TIME = Punctuality(early=0.0, late=0.0)


def expected_inside(
    rate: Callable[[float], float], stay: Stay, at: float, *, since: float = 0.0, steps: int = 2000
) -> float:
    """Return the mean number inside when people come at a rate per hour, from empty: the integral of rate and stay."""
    if at <= since:
        return 0.0
    step = (at - since) / steps
    moments = (since + (number + 0.5) * step for number in range(steps))
    return sum(rate(moment) * stay.beyond(at - moment) for moment in moments) * step


@lru_cache(maxsize=65536)
def share_inside(
    stay: Stay, punctuality: Punctuality, width: float, hours: float, *, since: float = -math.inf
) -> float:
    """Return the chance that somebody of a slot who comes, and not before `since`, is inside so long after its start.

    Of those who come: divide by the share that comes after `since` for a chance given that.
    """
    parts = (
        (punctuality.early, -punctuality.early_hours, 0.0),
        (punctuality.on_time, 0.0, width),
    )
    inside = sum(
        share * _mean_beyond(stay, hours, (max(begin, since), end), end - begin) for share, begin, end in parts if share
    )
    return inside + punctuality.late * _late_beyond(stay, hours - width, punctuality.late_hours, since - width)


def _mean_beyond(stay: Stay, hours: float, span: tuple[float, float], length: float) -> float:
    """Return the share inside of people who come evenly over a span, which is a part of such a length."""
    begin, come = span[0], min(span[1], hours) - span[0]
    if come <= 0:
        return 0.0
    points = max(1, round(POINTS * come / length))
    step = come / points
    return sum(stay.beyond(hours - begin - (number + 0.5) * step) for number in range(points)) * step / length


def _late_beyond(stay: Stay, hours: float, mean_late: float, since: float) -> float:
    """Return the share inside of people who come after their slot, ever fewer; points are equally likely."""
    if hours <= 0:
        return 0.0
    lates = (-mean_late * math.log(1 - (number + 0.5) / LATE_POINTS) for number in range(LATE_POINTS))
    return sum(stay.beyond(hours - late) for late in lates if since < late < hours) / LATE_POINTS
