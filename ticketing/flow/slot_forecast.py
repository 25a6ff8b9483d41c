"""How a day's forecast spreads over its slots: what is booked stays there, the rest goes where people go. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from ticketing.flow.forecast import HIGH, Forecast, spread_over_slots

SCORE = NormalDist().inv_cdf(HIGH)  # of the ends of the band


@dataclass(frozen=True, slots=True)
class AskedSlot:
    """A slot of the day: places, tickets booked, and how often it was chosen on such days."""

    id: int
    places: int
    booked: int
    chosen: float


@dataclass(frozen=True, slots=True)
class Crowdedness:
    """How sure numbers of one slot are: the share of who books that comes, and how parties come in clusters."""

    show: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class SlotExpected:
    """How many are expected in a slot, in whole people, and the band of 80 %."""

    id: int
    mid: int
    low: int
    high: int


def over_slots(day: Forecast, slots: Sequence[AskedSlot], crowd: Crowdedness) -> list[SlotExpected]:
    """Spread a day over its slots; together they are the day, rounded."""
    sure = {slot.id: min(slot.places, slot.booked * crowd.show) for slot in slots}
    known = sum(sure.values())
    if known >= day.mid:
        means = {number: share * day.mid / known if known else 0.0 for number, share in sure.items()}
    else:
        left = {slot.id: math.floor(slot.places - sure[slot.id]) for slot in slots}
        more = spread_over_slots(day.mid - known, {slot.id: slot.chosen for slot in slots}, left)
        means = {number: sure[number] + more[number] for number in sure}
    whole = rounded_together(means, round(day.mid))
    return [_expected(day, slot, (means[slot.id], whole[slot.id]), crowd) for slot in slots]


def rounded_together(means: Mapping[int, float], total: int) -> dict[int, int]:
    """Round numbers so that they add up to a total: those with the largest rest are rounded up."""
    whole = {number: math.floor(mean) for number, mean in means.items()}
    order = sorted(means, key=lambda number: (whole[number] - means[number], number))
    for place in range(max(0, total - sum(whole.values()))):
        whole[order[place % len(order)]] += 1
    return whole


def _expected(day: Forecast, slot: AskedSlot, means: tuple[float, int], crowd: Crowdedness) -> SlotExpected:
    """Give a slot its band: as unsure as the day, and unsure by itself as any small number of parties is."""
    mean, whole = means
    own = SCORE**2 * mean * crowd.dispersion
    share = mean / day.mid if day.mid else 0.0
    below = math.sqrt((share * (day.mid - day.low)) ** 2 + own)
    above = math.sqrt((share * (day.high - day.mid)) ** 2 + own)
    low, high = max(0, math.floor(mean - below)), math.ceil(mean + above)
    return SlotExpected(slot.id, whole, min(low, whole), max(whole, min(high, slot.places)))
