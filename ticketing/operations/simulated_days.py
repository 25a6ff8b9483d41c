"""Days of a centre like ours with their truth: who booked when, who came when, who left when, what counters saw.

Pure and seeded: the same random gives the same day. The simulator writes such days down as rows; whatever estimates
something of visitor flow is graded against them. Hours are of the local day's wall clock.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from ticketing.flow.day_types import Day, Sky
from ticketing.flow.stays import Lognormal

# How many come on a weekday, as a share of an average Saturday's places (Monday first); school days draw few alone.
WEEKDAY_SHARE = (0.18, 0.2, 0.34, 0.24, 0.28, 0.62, 0.7)
HOLIDAY_SHARE = 0.58  # a weekday of the school holidays
RAIN_DRAWS, SUN_KEEPS_AWAY = 1.18, 0.9
SEASON = 0.12  # winter above, summer below the mean
EVENNESS = 30.0  # r of a day's own luck: its variance is the square of the mean over this
PREFERENCE = {9: 0.7, 10: 1.0, 11: 1.0, 12: 0.7, 13: 0.9, 14: 0.8, 15: 0.4, 16: 0.3}  # for an hour to start in
# Who comes together: ticket types by slug, and how often such a party is seen.
PARTIES: tuple[tuple[dict[str, int], int], ...] = (
    ({"adult": 2, "child": 2}, 26),
    ({"adult": 1, "child": 2}, 14),
    ({"adult": 2, "child": 1}, 14),
    ({"adult": 2, "child": 3, "toddler": 1}, 6),
    ({"adult": 2}, 14),
    ({"student": 3}, 8),
    ({"senior": 2, "child": 2}, 8),
    ({"adult": 1, "companion": 1}, 4),
    ({"adult": 1}, 6),
)
MEAN_LEAD_DAYS, SAME_DAY_SHARE = 6.0, 0.18
ABSENT, ABSENT_IN_SUN = 0.06, 0.03
EARLY, LATE, EARLY_HOURS, LATE_HOURS = 0.14, 0.05, 0.2, 0.25
FAMILY_STAY, ADULT_STAY = Lognormal(3.2, 0.38), Lognormal(2.6, 0.45)
LAST_MINUTES = 0.1  # hours before closing within which the last are seen out


@dataclass(frozen=True, slots=True)
class Offered:
    """A slot as it was offered: when it starts, how wide it is, until when it admits, for how many."""

    hours: float
    width: float
    admits_until: float
    capacity: int


@dataclass(frozen=True, slots=True)
class Party:
    """People who came together, or did not: their slot (by number), days of lead, hours of coming and leaving."""

    slot: int
    who: Mapping[str, int]
    lead_days: float
    comes: float | None
    leaves: float | None

    @property
    def size(self) -> int:
        """How many they are."""
        return sum(self.who.values())


@dataclass(frozen=True)
class DayTruth:
    """A day as it truly was; `lost` are people who found no place."""

    day: Day
    offered: tuple[Offered, ...]
    parties: tuple[Party, ...]
    lost: int

    @property
    def booked(self) -> int:
        """How many tickets were sold."""
        return sum(party.size for party in self.parties)

    @property
    def came(self) -> int:
        """How many were let in."""
        return sum(party.size for party in self.parties if party.comes is not None)

    def inside_at(self, hours: float) -> int:
        """Return how many were inside at a moment."""
        return _before(self.ins, hours) - _before(self.outs, hours)

    @property
    def ins(self) -> list[tuple[float, int]]:
        """Who came, by time."""
        return sorted((party.comes, party.size) for party in self.parties if party.comes is not None)

    @property
    def outs(self) -> list[tuple[float, int]]:
        """Who left, by time."""
        return sorted((party.leaves, party.size) for party in self.parties if party.leaves is not None)

    def most_inside(self) -> int:
        """Return how many were inside at the fullest moment."""
        most = inside = 0
        steps = sorted([*((at, size) for at, size in self.ins), *((at, -size) for at, size in self.outs)])
        for _, change in steps:
            inside += change
            most = max(most, inside)
        return most


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whom to expect: how many people, in which parties."""

    people: float
    parties: Sequence[tuple[Mapping[str, int], int]] = field(default=PARTIES)


def weather(local_date: date, random: Random) -> tuple[float, float]:
    """Return millimetres of rain and hours of sun, as Belgium has them."""
    is_wet = random.random() < 0.5
    rain = random.expovariate(1 / 5) if is_wet else 0.0
    summer = (1 - math.cos(2 * math.pi * local_date.timetuple().tm_yday / 365)) / 2
    return round(rain, 1), round(max(0.0, random.gauss(2 + 6 * summer, 2)) * (0.3 if is_wet else 1), 1)


def sky_of(day: Day) -> Sky:
    """Say a day's weather as somebody at the desk would note it."""
    rain, sun = day.rain_mm or 0.0, day.sun_hours or 0.0
    if rain > 2:
        return Sky.WET
    if sun > 6:
        return Sky.SUNNY
    return Sky.BRIGHT if sun > 3 else Sky.DULL


def share_of_day(day: Day) -> float:
    """Return how full a day is on average, of a house that is full at 1: what a perfect forecast would know."""
    weekday = day.local_date.weekday()
    share = WEEKDAY_SHARE[weekday]
    if day.is_public_holiday or (day.is_school_holiday and weekday < 5):
        share = max(share, HOLIDAY_SHARE)
    rain, sun = day.rain_mm or 0.0, day.sun_hours or 0.0
    share *= RAIN_DRAWS if rain > 2 else 1.0
    share *= SUN_KEEPS_AWAY if sun > 6 else 1.0
    return share * (1 + SEASON * math.cos(2 * math.pi * day.local_date.timetuple().tm_yday / 365))


def luck(random: Random) -> float:
    """Return by what a day differs from what could be known of it; 1 on average."""
    return random.gammavariate(EVENNESS, 1 / EVENNESS)


def day_of(offered: Sequence[Offered], day: Day, crowd: Crowd, closes: float, random: Random) -> DayTruth:
    """Let a crowd book, come and leave. Who finds the wished start full takes one near it, or stays at home."""
    left = [each.capacity for each in offered]
    wishes = sorted(_wishes(offered, crowd, random), key=lambda wish: -wish[1])
    parties, lost = [], 0
    for wished, lead, who in wishes:
        size = sum(who.values())
        slot = next((number for number in _nearest(wished, len(offered)) if left[number] >= size), None)
        if slot is None:
            lost += size
            continue
        left[slot] -= size
        parties.append(lived(Party(slot, who, lead, None, None), offered[slot], day, closes, random))
    return DayTruth(day, tuple(offered), tuple(parties), lost)


def lived(party: Party, offered: Offered, day: Day, closes: float, random: Random) -> Party:
    """Let a party that has booked come and leave, or stay away."""
    absent = ABSENT + (ABSENT_IN_SUN if (day.sun_hours or 0) > 6 else 0) + 0.002 * min(party.lead_days, 20)
    comes = offered.hours + _offset(offered.width, random)
    stay = FAMILY_STAY if "child" in party.who else ADULT_STAY
    leaves = comes + math.exp(random.gauss(stay.log_mean, stay.sigma))
    out_by = closes - random.uniform(0, LAST_MINUTES)
    if random.random() < absent or comes >= offered.admits_until:
        return party
    return replace(party, comes=comes, leaves=max(comes, min(leaves, out_by)))


def counted(passings: Sequence[tuple[float, int]], misses: float, random: Random) -> list[tuple[float, int]]:
    """Return what a counter saw of people passing, missing some of them."""
    seen = ((at, sum(random.random() >= misses for _ in range(people))) for at, people in passings)
    return [(at, people) for at, people in seen if people]


def _wishes(offered: Sequence[Offered], crowd: Crowd, random: Random) -> list[tuple[int, float, Mapping[str, int]]]:
    """Draw parties until the people are all there: the start they wish for, their lead, who they are."""
    numbers = range(len(offered))
    weights = [PREFERENCE.get(int(each.hours), 0.6) for each in offered]
    kinds, shares = [who for who, _ in crowd.parties], [share for _, share in crowd.parties]
    wishes, people = [], 0
    while kinds and people < crowd.people:
        who = random.choices(kinds, shares)[0]
        lead = 0.05 if random.random() < SAME_DAY_SHARE else random.expovariate(1 / MEAN_LEAD_DAYS)
        wishes.append((random.choices(numbers, weights)[0], lead, who))
        people += sum(who.values())
    return wishes


def _nearest(wished: int, number: int) -> list[int]:
    near = [wished, wished - 1, wished + 1, wished + 2, wished - 2]
    return [each for each in near if 0 <= each < number]


def _offset(width: float, random: Random) -> float:
    kind = random.random()
    if kind < EARLY:
        return -random.uniform(0, EARLY_HOURS)
    if kind < EARLY + LATE:
        return width + random.expovariate(1 / LATE_HOURS)
    return random.uniform(0, width)


def _before(passings: Sequence[tuple[float, int]], hours: float) -> int:
    end = bisect_right(passings, hours, key=lambda passing: passing[0])
    return sum(people for _, people in passings[:end])
