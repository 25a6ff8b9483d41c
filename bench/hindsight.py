"""The best plan in hindsight: capacities of somebody who knows how a whole run of days turns out, every party of it.

They still publish one capacity for each start, the same for all those days, and may be over the limit on as few of them
as we. What they find fits these days and no others; it is what a planner could have known at most.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from bench import release
from bench.release import BEFORE, CLOSES, LIMIT, MOST, OPENS, STARTS
from ticketing.operations.simulated_days import Party

EARLIEST = OPENS - 0.5
AN_HOUR = 120  # looks: every half minute
LOOKS = round((CLOSES + 0.5 - EARLIEST) * AN_HOUR)
STEPS = (12, 6, 3, 1)  # places moved at a time
SHAKES, SHAKEN = 4, 15  # climbs after the first; places by which a start is shaken at most


@dataclass(frozen=True)
class Asking:
    """Who asks for a start, in turn: tickets sold after each party, and from which look to which each is inside."""

    sold: tuple[int, ...]
    stays: tuple[tuple[int, int, int], ...]  # first look, look after the last, people

    def until(self, capacity: int) -> list[tuple[int, int, int]]:
        """Return the stays of those who buy; the last places go to a party that is as small as these are few."""
        parties = bisect_right(self.sold, capacity)
        return [*self.stays[:parties], *self._last(parties, capacity)]

    def between(self, fewer: int, more: int) -> list[tuple[int, int, int]]:
        """Return the stays by which one capacity differs from a larger one."""
        first, after = bisect_right(self.sold, fewer), bisect_right(self.sold, more)
        gone = [(begin, end, -people) for begin, end, people in self._last(first, fewer)]
        return [*gone, *self.stays[first:after], *self._last(after, more)]

    def _last(self, parties: int, capacity: int) -> list[tuple[int, int, int]]:
        left = capacity - (self.sold[parties - 1] if parties else 0)
        if not left or parties == len(self.stays):
            return []
        first, after, people = self.stays[parties]
        return [(first, after, min(people, left))]


Day = Sequence[Asking]


def sold_out_days(number: int, random: Random) -> list[Day]:
    """Let more parties ask for every start than there can be places."""
    return [[_asking(release.sell(start, MOST, BEFORE, random)) for start in range(len(STARTS))] for _ in range(number)]


def share_over(days: Sequence[Day], capacities: Sequence[int]) -> float:
    """Return on which share of days more are inside than the limit at any look."""
    return sum(max(_inside(day, capacities)) > LIMIT for day in days) / len(days)


def best_plan(days: Sequence[Day], begin: Sequence[int], most_over: float) -> list[int]:
    """Return capacities that sell the most on these days and are over the limit on no more than this share of them.

    Climbs from where it begins, then shakes the best found and climbs again, a number of times.
    """
    random, allowed = Random(1), int(most_over * len(days))
    best = _climbed(days, begin, allowed)
    for _ in range(SHAKES):
        tried = _climbed(days, [max(0, min(MOST, each + random.randint(-SHAKEN, SHAKEN))) for each in best], allowed)
        best = max(best, tried, key=sum)
    return best


def _climbed(days: Sequence[Day], begin: Sequence[int], most_over: int) -> list[int]:
    search = _Search(days, list(begin), most_over)
    while not search.is_kept:
        search = _Search(days, [max(0, capacity - 1) for capacity in search.capacities], most_over)
    for step in STEPS:
        while search.improve(step):
            pass
    return search.capacities


class _Search:
    """A plan on known days: who is inside at each look of each, and which days are over."""

    def __init__(self, days: Sequence[Day], capacities: list[int], most_over: int) -> None:
        self.days, self.capacities, self.most_over = days, capacities, most_over
        self.inside = [_inside(day, capacities) for day in days]
        self.peaks = [max(inside) for inside in self.inside]

    @property
    def is_kept(self) -> bool:
        """Tell whether no more days are over than may be."""
        return sum(peak > LIMIT for peak in self.peaks) <= self.most_over

    def improve(self, step: int) -> bool:
        """Give one start more places, at the cost of fewer of another or of none; tell whether any way was found."""
        starts, found = range(len(self.capacities)), False
        for more in starts:
            takes = [
                (None, 0),
                *((less, down) for down in range(step // 3, step, max(1, step // 3)) for less in starts),
            ]
            for less, down in takes:
                if less != more and self._take({more: step} | ({} if less is None else {less: -down})):
                    found = True
                    break
        return found

    def _take(self, changes: dict[int, int]) -> bool:
        """Change capacities if the days allow it."""
        wanted = [capacity + changes.get(start, 0) for start, capacity in enumerate(self.capacities)]
        if min(wanted) < 0 or max(wanted) > MOST:
            return False
        over, changed = 0, dict[int, tuple[list[int], int]]()
        # The fullest days first: a plan that is too much for them is not worth looking further.
        for number in sorted(range(len(self.days)), key=self.peaks.__getitem__, reverse=True):
            inside = self._changed(number, wanted)
            changed[number] = inside, max(inside)
            over += changed[number][1] > LIMIT
            if over > self.most_over:
                return False
        for number, (inside, peak) in changed.items():
            self.inside[number], self.peaks[number] = inside, peak
        self.capacities = wanted
        return True

    def _changed(self, number: int, wanted: Sequence[int]) -> list[int]:
        inside = self.inside[number]
        for asking, now, then in zip(self.days[number], self.capacities, wanted, strict=True):
            if now != then:
                inside = inside if inside is not self.inside[number] else inside.copy()
                _add(inside, asking.between(min(now, then), max(now, then)), 1 if then > now else -1)
        return inside


def _asking(parties: Sequence[Party]) -> Asking:
    stays = tuple(
        (_look(party.comes), _look(party.leaves) + 1, party.size)
        if party.comes is not None and party.leaves is not None else (0, 0, 0)
        for party in parties
    )  # fmt: skip
    return Asking(tuple(accumulate(party.size for party in parties)), stays)


def _look(hours: float) -> int:
    return int((hours - EARLIEST) * AN_HOUR)


def _inside(day: Day, capacities: Sequence[int]) -> list[int]:
    inside = [0] * LOOKS
    for asking, capacity in zip(day, capacities, strict=True):
        _add(inside, asking.until(capacity), 1)
    return inside


def _add(inside: list[int], stays: Sequence[tuple[int, int, int]], sign: int) -> None:
    for first, after, people in stays:
        more = sign * people
        inside[first:after] = [number + more for number in inside[first:after]]
