"""What capacities keep a promise about the number inside, and sell the most places. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from ticketing.catalogue.promise import Promise
from ticketing.flow import outlook as outlooks
from ticketing.flow.chances import normal_score
from ticketing.flow.outlook import Outlook, Profile, Start

SHARES = 100  # capacities are shortened in hundredths
MOVES = (24, 12, 6, 3, 1)  # places at a time
WORTH_MOVING = 0.999  # of the risk there was: a move that lowers it by less goes on for ever
LEAST_SHARE = 0.5  # of the even plan, for every start: a plan that sells the most may not close an hour
MOST_EARLY, EARLY_FACTORS, LAST_FACTORS = 4, (1.5, 2.0, 3.0), (1.0, 2.0)  # the shapes that are tried
# Shares of the accepted risk, graded by `python -m bench flow`. What is fitted so finely to estimates keeps
# the rest for their being wrong; a day that is looked at again and again could spend the whole risk each time.
FITTED_SHARE, RELEASE_SHARE = 0.5, 0.5
CAUTION_STEPS = 7
CAUTION = 6.0  # so many standard deviations below the limit nothing happens: the end of the search


@dataclass(frozen=True, slots=True)
class House:
    """The most people inside, with which risk that is exceeded, and per what."""

    limit: int
    risk: float = 0.01
    promise: Promise = Promise.DAY


@dataclass(frozen=True, slots=True)
class Asked:
    """A slot in a plan: what is taken of it already, and what it may be at most (its gate, its wish)."""

    start: Start
    most: int
    taken: int = 0


@dataclass(frozen=True)
class Plan:
    """Capacities by slot, in the order asked, with what is expected of the day if all are sold."""

    capacities: tuple[int, ...]
    outlook: Outlook
    risk: float

    @property
    def places(self) -> int:
        """How many tickets that is."""
        return sum(self.capacities)


def flat(asked: Sequence[Asked], house: House, before: Outlook) -> Plan:
    """Give every slot one capacity, the largest that keeps the promise; nobody is sent away whose place is taken."""
    return _level(asked, _profiles(asked, before), [1.0] * len(asked), house, before)


def fullest(asked: Sequence[Asked], house: House, before: Outlook) -> Plan:
    """Sell the most places, every start having its own capacity; of two that sell as many, the simpler one."""
    simple = shaped(asked, house, before)
    fine = _fitted(asked, replace(house, risk=house.risk * FITTED_SHARE), before)
    return fine if fine.places > simple.places else simple


def shaped(asked: Sequence[Asked], house: House, before: Outlook) -> Plan:
    """Sell many places at first, then as many as leave, and many again at the last start: quick, and nearly the most.

    A house that is full from early on, and takes in whoever leaves, lets the most people in; whom closing sends out
    soon takes little room. All such plans are tried, the even one among them: it wins where no other sells more.
    """
    profiles, last = _profiles(asked, before), len(asked) - 1
    found = _level(asked, profiles, [1.0] * len(asked), house, before)
    for early in range(MOST_EARLY + 1):
        for more, at_last in product(EARLY_FACTORS if early else (1.0,), LAST_FACTORS):
            shape = [more if number < early else at_last if number == last else 1.0 for number in range(len(asked))]
            better = _first_level(asked, shape, found.places + 1)
            if better is None:
                continue
            tried = _level(asked, profiles, shape, house, before, least=better)
            if tried.risk <= house.risk and tried.places > found.places:
                found = tried
    return found


def shortened(asked: Sequence[Asked], house: House, before: Outlook) -> Plan:
    """Shorten all slots alike, by the least share that keeps the promise, then give single places back by time.

    For a house limit above slots whose capacities somebody has chosen: no slot loses everything to another. A promise
    about the day is kept by more caution at each moment, until the day's risk is small enough.
    """
    profiles = _profiles(asked, before)

    def plan(score: float) -> Plan:
        return _planned(before, profiles, _shorten(asked, profiles, before, house.limit, score), house)

    low, high = normal_score(house.risk), CAUTION
    found = plan(low)
    if house.promise is Promise.MOMENT or found.risk <= house.risk:
        return found
    for _ in range(CAUTION_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if plan(middle).risk <= house.risk else (middle, high)
    return plan(high)


def kept(asked: Sequence[Asked], house: House, before: Outlook) -> Plan:
    """Return what may be sold of slots that others have given capacities: the most places that keep the promise.

    Where what is taken breaks it already, all that is left is shortened alike.
    """
    most = shaped(asked, house, before)
    return most if most.risk <= house.risk else shortened(asked, house, before)


def released(asked: Sequence[Asked], house: House, rest: Outlook) -> Plan:
    """Return what may still be sold of a day that has begun, from what is expected of the rest of it.

    A day is looked at again and again, and each look could spend the whole risk anew: each spends a share of it.
    """
    return kept(asked, replace(house, risk=house.risk * RELEASE_SHARE), rest)


def _fitted(asked: Sequence[Asked], house: House, before: Outlook) -> Plan:
    """Begin even, move places to where they cost the least risk, and add what that makes room for.

    No start is left with less than half of what it had.
    """
    even = flat(asked, house, before)
    least = [
        max(each.taken, int(capacity * LEAST_SHARE)) for each, capacity in zip(asked, even.capacities, strict=True)
    ]
    search = _Search(asked, _profiles(asked, before), house, least, list(even.capacities), even.outlook, even.risk)
    for places in MOVES:
        while search.move(places):
            pass
        while search.add(places):
            pass
    return Plan(tuple(search.capacities), search.day, search.risk)


@dataclass
class _Search:
    """A plan that is being made better, a few places at a time; `least` is what each start keeps."""

    asked: Sequence[Asked]
    profiles: Sequence[Profile]
    house: House
    least: Sequence[int]
    capacities: list[int]
    day: Outlook
    risk: float

    def add(self, places: int) -> bool:
        """Give places to the start where they cost the least risk; tell whether the promise allowed it."""
        found = self._cheapest(self.day, places)
        if found is None or found[0] > self.house.risk:
            return False
        self.risk, start, self.day = found
        self.capacities[start] += places
        return True

    def move(self, places: int) -> bool:
        """Take places where they cost the most risk, give them where they cost the least; tell whether it helped."""
        falls = [
            (*self._with(self.day, start, -places), start)
            for start, least in enumerate(self.least)
            if self.capacities[start] - places >= least
        ]
        if not falls:
            return False
        _, without, dearest = min(falls, key=lambda fall: fall[0])
        found = self._cheapest(without, places)
        if found is None or found[0] >= self.risk * WORTH_MOVING:
            return False
        self.risk, start, self.day = found
        self.capacities[dearest] -= places
        self.capacities[start] += places
        return True

    def _cheapest(self, day: Outlook, places: int) -> tuple[float, int, Outlook] | None:
        rises = [
            (risk, start, more)
            for start, each in enumerate(self.asked)
            if self.capacities[start] + places <= each.most
            for risk, more in [self._with(day, start, places)]
        ]
        return min(rises, key=lambda rise: rise[0]) if rises else None

    def _with(self, day: Outlook, start: int, places: int) -> tuple[float, Outlook]:
        more = day.plus(self.profiles[start], places)
        return outlooks.risk_of(more, self.house.limit, self.house.promise), more


def _level(
    asked: Sequence[Asked],
    profiles: Sequence[Profile],
    shape: Sequence[float],
    house: House,
    before: Outlook,
    *,
    least: int = 0,
) -> Plan:
    """Return the highest level of a shape that keeps the promise, or `least`; a slot gets its share of the level."""

    def plan(level: int) -> Plan:
        return _planned(before, profiles, _wanted(asked, shape, level), house)

    low, high = least, max((each.most for each in asked), default=0)
    lowest = plan(low)
    if lowest.risk > house.risk:
        return lowest
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if plan(middle).risk <= house.risk else (low, middle - 1)
    return plan(low)


def _wanted(asked: Sequence[Asked], shape: Sequence[float], level: int) -> list[int]:
    return [max(each.taken, min(each.most, int(level * share))) for each, share in zip(asked, shape, strict=True)]


def _first_level(asked: Sequence[Asked], shape: Sequence[float], places: int) -> int | None:
    """Return the lowest level at which a shape has so many places; None where it never has."""
    low, high = 0, max((each.most for each in asked), default=0)
    if sum(_wanted(asked, shape, high)) < places:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if sum(_wanted(asked, shape, middle)) >= places else (middle + 1, high)
    return low


def _shorten(
    asked: Sequence[Asked], profiles: Sequence[Profile], before: Outlook, limit: int, score: float
) -> list[int]:
    low, high = 0, SHARES
    while low < high:
        middle = (low + high + 1) // 2
        day = _loaded(before, profiles, _shares(asked, middle))
        keeps = all(_keeps(day, step, limit, score) for step in range(len(day.hours)))
        low, high = (middle, high) if keeps else (low, middle - 1)
    begun = _shares(asked, low)
    return _filled(asked, profiles, (_loaded(before, profiles, begun), begun), limit, score)


def _filled(
    asked: Sequence[Asked], profiles: Sequence[Profile], begun: tuple[Outlook, list[int]], limit: int, score: float
) -> list[int]:
    day, capacities = begun
    for number, each in enumerate(asked):
        most = max(0, each.most - capacities[number])
        more = outlooks.room_for(day, profiles[number], limit, score=score, most=most)
        day.add(profiles[number], more)
        capacities[number] += more
    return capacities


def _shares(asked: Sequence[Asked], share: int) -> list[int]:
    return [max(each.taken, each.most * share // SHARES) for each in asked]


def _keeps(day: Outlook, step: int, limit: int, score: float) -> bool:
    estimate = day.at(step)
    return estimate.mean + score * estimate.sd <= limit + 0.5


def _profiles(asked: Sequence[Asked], before: Outlook) -> list[Profile]:
    return [outlooks.profile_of(each.start, before.hours) for each in asked]


def _loaded(before: Outlook, profiles: Sequence[Profile], tickets: Sequence[int]) -> Outlook:
    day = before.copied()
    for profile, number in zip(profiles, tickets, strict=True):
        day.add(profile, number)
    return day


def _planned(before: Outlook, profiles: Sequence[Profile], capacities: Sequence[int], house: House) -> Plan:
    day = _loaded(before, profiles, capacities)
    return Plan(tuple(capacities), day, outlooks.risk_of(day, house.limit, house.promise))
