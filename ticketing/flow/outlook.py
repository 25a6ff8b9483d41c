"""How many will be inside, moment by moment, and how likely that is too many. Hours after opening; pure.

A moment's risk is the chance of more people than the limit at that moment; a day's, that it happens at any moment.
People come and leave one by one, so a crowd near its limit steps over it again and again: the day's risk is several
times that of its worst moment. For a Gaussian crowd whose correlation falls by `turnover` an hour, the rate of clusters
of such steps u standard deviations up is turnover·u·φ(u) (Pickands 1969; Aldous, Poisson Clumping, 1989, ch. D).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ticketing.catalogue.promise import Promise
from ticketing.flow.arrivals import Punctuality, share_inside
from ticketing.flow.chances import STANDARD, Estimate, normal_score
from ticketing.flow.stays import Stay

STEP_HOURS = 1 / 12  # 5 minutes
MEASURABLE = 1e-9
NEVER = 64.0  # eight standard deviations, squared: a limit so far above adds nothing that could be measured
DENSITY = 1 / math.sqrt(2 * math.pi)  # of the standard normal at its middle


@dataclass(frozen=True, slots=True)
class Visitors:
    """How the people of a slot behave: how many of them come, when, how long they stay, how they come together."""

    stay: Stay
    punctuality: Punctuality = field(default_factory=Punctuality)
    show: float = 0.9
    dispersion: float = 1.0  # E[g²]/E[g] of party sizes


@dataclass(frozen=True, slots=True)
class Start:
    """A slot on the day's clock: when it starts, how wide it is."""

    hours: float
    width: float
    visitors: Visitors


@dataclass(frozen=True, slots=True)
class Profile:
    """What one ticket of a slot adds, step by step: the chance to be inside, its variance, people passing the doors.

    The latter two are times the dispersion of parties.
    """

    inside: tuple[float, ...]
    variance: tuple[float, ...]
    passing: tuple[float, ...]


@dataclass(slots=True)
class Outlook:
    """A day's expectation, step by step from opening to closing: people inside, their variance, people passing."""

    hours: tuple[float, ...]
    means: list[float]
    variances: list[float]
    passing: list[float]  # people in and out in each step, times the dispersion of their parties

    def add(self, profile: Profile, tickets: float) -> None:
        """Expect so many tickets more (or fewer) of a slot."""
        if not tickets:
            return
        for known, more in (
            (self.means, profile.inside), (self.variances, profile.variance), (self.passing, profile.passing),
        ):  # fmt: skip
            known[:] = [number + tickets * each for number, each in zip(known, more, strict=True)]

    def plus(self, profile: Profile, tickets: float) -> Outlook:
        """Return what is expected with so many tickets more (or fewer) of a slot; this stays as it is."""
        return Outlook(
            self.hours,
            [mean + tickets * each for mean, each in zip(self.means, profile.inside, strict=True)],
            [variance + tickets * each for variance, each in zip(self.variances, profile.variance, strict=True)],
            [passing + tickets * each for passing, each in zip(self.passing, profile.passing, strict=True)],
        )

    def copied(self) -> Outlook:
        """Return the same expectation, to be added to."""
        return Outlook(self.hours, list(self.means), list(self.variances), list(self.passing))

    def at(self, step: int) -> Estimate:
        """Return what is expected at a step."""
        return Estimate(self.means[step], self.variances[step])

    @property
    def peak(self) -> int:
        """The step at which most people are expected."""
        return max(range(len(self.hours)), key=self.means.__getitem__)


def empty_outlook(closes: float, *, opens: float = 0.0) -> Outlook:
    """Expect nobody, from opening until everybody has to be out."""
    steps = round((closes - opens) / STEP_HOURS)
    hours = tuple(opens + step * STEP_HOURS for step in range(steps))
    return Outlook(hours, [0.0] * steps, [0.0] * steps, [0.0] * steps)


def profile_of(start: Start, hours: Sequence[float]) -> Profile:
    """Work out what one ticket of a slot adds at each of these moments."""
    who = start.visitors
    since = [round((moment - start.hours) * 60) / 60 for moment in hours]  # to the minute: it is asked at any instant
    inside = tuple(who.show * share_inside(who.stay, who.punctuality, start.width, each) for each in since)
    arrived = [who.show * who.punctuality.arrived(each, start.width) for each in since]
    comes = tuple(now - before for before, now in zip([0.0, *arrived], arrived, strict=False))
    leaves = tuple(
        max(0.0, came - (now - before)) for came, before, now in zip(comes, (0.0, *inside), inside, strict=False)
    )
    return Profile(
        inside, tuple(who.dispersion * chance * (1 - chance) for chance in inside),
        tuple(who.dispersion * (came + left) for came, left in zip(comes, leaves, strict=True)),
    )  # fmt: skip


def moment_risk(outlook: Outlook, limit: int) -> float:
    """Return the greatest chance, of all moments, of more people inside than the limit."""
    return max((outlook.at(step).chance_above(limit) for step in range(len(outlook.hours))), default=0.0)


def day_risk(outlook: Outlook, limit: int) -> float:
    """Return the chance that at any moment of the day more people are inside than the limit; at most 1."""
    steps_over, nearest = 0.0, math.inf
    for mean, variance, passing in zip(outlook.means, outlook.variances, outlook.passing, strict=True):
        if variance <= MEASURABLE:
            if mean > limit:
                return 1.0
            continue
        room = limit + 0.5 - mean
        if room > 0 and room * room > NEVER * variance:
            continue
        above = room / math.sqrt(variance)
        if above <= 1:  # the formula is for rare steps; so near its limit a crowd will pass it
            return 1.0
        turnover = passing / (2 * variance)
        steps_over += turnover * above * DENSITY * math.exp(-above * above / 2)
        if above < nearest:
            nearest = above
    return min(1.0, 1 - STANDARD.cdf(nearest) + steps_over)


def risk_of(outlook: Outlook, limit: int, promise: Promise) -> float:
    """Return the risk that a promise is about."""
    return day_risk(outlook, limit) if promise is Promise.DAY else moment_risk(outlook, limit)


def room_for(outlook: Outlook, profile: Profile, limit: int, *, score: float, most: int) -> int:
    """Return how many tickets of a slot, up to `most`, fit with mean + score·sd ≤ limit + ½ at every moment."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(outlook, profile, middle, limit, score) else (low, middle - 1)
    return low


def fits(outlook: Outlook, limit: int, *, risk: float) -> bool:
    """Tell whether no moment has more than this risk."""
    score = normal_score(risk)
    return all(
        mean + score * math.sqrt(max(variance, 0.0)) <= limit + 0.5
        for mean, variance in zip(outlook.means, outlook.variances, strict=True)
    )


def _fits(outlook: Outlook, profile: Profile, tickets: int, limit: int, score: float) -> bool:
    for step, chance in enumerate(profile.inside):
        if chance <= 0:
            continue  # a moment this slot does not touch, whatever others do to it
        mean = outlook.means[step] + tickets * chance
        variance = outlook.variances[step] + tickets * profile.variance[step]
        if mean + score * math.sqrt(max(variance, 0.0)) > limit + 0.5:
            return False
    return True
