"""Places released through the day, graded against somebody who knows beforehand who comes, and how long each stays.

Everything is sold out: what is planned is sold days before, what is released is sold at once. The clairvoyant sells to
the same kind of parties, slot by slot, whoever asks next, until the next would be too many at any moment of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from ticketing.flow import ahead, plans
from ticketing.flow.ahead import DueSlot
from ticketing.flow.day_types import Day
from ticketing.flow.habits import Habits
from ticketing.flow.occupancy import DayCounts, Passing, inside_now
from ticketing.flow.outlook import empty_outlook
from ticketing.flow.plans import Asked, House
from ticketing.operations import simulated_days
from ticketing.operations.simulated_days import PARTIES, DayTruth, Offered, Party

OPENS, CLOSES, WIDTH, GRACE = 9.5, 17.0, 0.5, 0.75
STARTS = [OPENS + number * WIDTH for number in range(13)]
LIMIT, MOST = 500, 200  # inside; of one slot, whatever the house would hold
MISSES_OUT = 0.03
EVERY = 0.25  # hours between two looks
BEFORE, AT_ONCE = 4.0, 0.05  # days of lead
MINUTES = 60
DAY = Day(date(2026, 5, 2), is_school_holiday=False, rain_mm=0.0, sun_hours=3.0)
OFFERED = [Offered(hours, WIDTH, hours + GRACE, MOST) for hours in STARTS]


@dataclass(frozen=True, slots=True)
class ReleaseGrade:
    """Tickets sold a day: by plan alone, with places released, by a clairvoyant; days over the limit; the fullest."""

    planned: float
    sold: float
    clairvoyant: float
    over: float
    most_inside: float


def grade(number: int, seed: int, usual: Habits) -> ReleaseGrade:
    """Sell out so many days, releasing places as scans come in."""
    random = Random(seed)
    start = ahead.start_of(DueSlot(0, 0.0, WIDTH, GRACE, 0, 0, 0), usual)
    asked = [Asked(replace(start, hours=hours - OPENS), MOST) for hours in STARTS]
    plan = plans.fullest(asked, House(LIMIT), empty_outlook(CLOSES - OPENS)).capacities
    planned = [_sold_before(plan, random) for _ in range(number)]
    days = [_released(parties, usual, random) for parties in planned]
    most = [DayTruth(DAY, tuple(OFFERED), tuple(day), 0).most_inside() for day in days]
    return ReleaseGrade(
        _mean([_people(parties) for parties in planned]), _mean([_people(day) for day in days]),
        _mean([_people(_foreseen(random)) for _ in range(number)]), _mean([each > LIMIT for each in most]), _mean(most),
    )  # fmt: skip


def passings(seen: Sequence[tuple[float, int]]) -> tuple[Passing, ...]:
    """Return people passing a door as the arithmetic wants them."""
    return tuple(Passing(hours, people) for hours, people in seen)


def _sold_before(plan: Sequence[int], random: Random) -> list[Party]:
    return [party for slot, places in enumerate(plan) for party in sell(slot, places, BEFORE, random)]


def _released(before: Sequence[Party], usual: Habits, random: Random) -> list[Party]:
    """Look every quarter of an hour at what may be sold of the slots that have not begun, and sell it."""
    parties, seen_out, at = list(before), dict[int, int](), OPENS - EVERY
    while at < STARTS[-1]:
        counts, due = _counts(parties, seen_out, at, random), _due(parties, at)
        rest = ahead.rest_of_day(inside_now(counts, usual, at), counts, due, usual, at)
        room = ahead.places_left(rest, due, House(LIMIT), usual, at)
        for slot, places in enumerate(room):
            if STARTS[slot] >= at:
                parties += sell(slot, places, AT_ONCE, random)
        at += EVERY
    return parties


def _foreseen(random: Random) -> list[Party]:
    parties, inside = list[Party](), [0] * round((CLOSES - OPENS + 1) * MINUTES)
    for slot in range(len(STARTS)):
        left = MOST
        while (party := _asking(slot, AT_ONCE, random)).size <= left:
            if party.comes is not None and party.leaves is not None:
                stay = range(_minute(party.comes), _minute(party.leaves) + 1)
                if max(inside[minute] for minute in stay) + party.size > LIMIT:
                    break
                for minute in stay:
                    inside[minute] += party.size
            parties.append(party)
            left -= party.size
    return parties


def sell(slot: int, places: int, lead_days: float, random: Random) -> list[Party]:
    """Sell places to whoever asks next; the last ones go to a party that is as small as these are few."""
    sold: list[Party] = []
    while places > 0:
        party = _asking(slot, lead_days, random)
        sold.append(party if party.size <= places else replace(party, who={"adult": places}))
        places -= sold[-1].size
    return sold


def _asking(slot: int, lead_days: float, random: Random) -> Party:
    kinds, shares = [who for who, _ in PARTIES], [share for _, share in PARTIES]
    party = Party(slot, random.choices(kinds, shares)[0], lead_days, None, None)
    return simulated_days.lived(party, OFFERED[slot], DAY, CLOSES, random)


def _counts(parties: Sequence[Party], seen_out: dict[int, int], at: float, random: Random) -> DayCounts:
    """Count who has passed by now; whom the counter missed it has missed for good (`seen_out`, by number of party)."""
    came = [(party.comes, party.size) for party in parties if party.comes is not None and party.comes <= at]
    left = []
    for number, party in enumerate(parties):
        if party.leaves is not None and party.leaves <= at:
            if number not in seen_out:
                seen_out[number] = sum(random.random() >= MISSES_OUT for _ in range(party.size))
            left.append((party.leaves, seen_out[number]))
    return DayCounts(passings(sorted(came)), passings(sorted(left)), CLOSES)


def _due(parties: Sequence[Party], at: float) -> list[DueSlot]:
    booked, shown = [0] * len(STARTS), [0] * len(STARTS)
    for party in parties:
        booked[party.slot] += party.size
        shown[party.slot] += party.size if party.comes is not None and party.comes <= at else 0
    return [
        DueSlot(slot, hours, WIDTH, hours + GRACE, booked[slot], shown[slot], MOST - booked[slot] if hours >= at else 0)
        for slot, hours in enumerate(STARTS)
    ]


def _minute(hours: float) -> int:
    return int((hours - OPENS + 0.5) * MINUTES)


def _people(parties: Sequence[Party]) -> int:
    return sum(party.size for party in parties)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
