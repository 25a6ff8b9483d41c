"""How many are inside now: scans in, scans out, tallies, hand counts and the model of stay, put together. Pure.

Hours are of the local day. A hand count begins the reckoning anew. The answer says how sure it is, what it rests on,
and how old the newest passing is that it knows of.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ticketing.flow.chances import Estimate
from ticketing.flow.counting import mixed
from ticketing.flow.habits import Habits

HAND_COUNT_VARIANCE = 25.0
STAY_DOUBT = 0.03  # of those the model says are inside, by so much it may be wrong as a whole
LINGER_HOURS = 1.0  # so long after closing the counters still say how many have not left
FAR_APART = 4.0  # standard deviations between two sources from which on one of them is broken


class Source(StrEnum):
    """What a number inside rests on."""

    NOTHING = "nothing"  # nobody has come, nobody has counted
    MODEL = "model"  # entries, and how long people usually stay
    COUNTERS = "counters"  # entries less exits
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Passing:
    """So many people through a door at one moment: a scan, or a click on a tally counter."""

    hours: float
    people: int


@dataclass(frozen=True, slots=True)
class HandCounted:
    """Somebody went round and counted."""

    hours: float
    people: int


@dataclass(frozen=True)
class DayCounts:
    """Everything counted today so far; by time. `closes` is when everybody has to be out."""

    ins: tuple[Passing, ...]
    outs: tuple[Passing, ...]
    closes: float
    hand_count: HandCounted | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who may still be inside: when they came, how many they were when last known."""

    hours: float
    people: float
    known_at: float


@dataclass(frozen=True)
class Inside:
    """How many are inside, by which source, and since when nothing was heard (hours; None: nothing today)."""

    estimate: Estimate
    source: Source
    by_model: Estimate | None
    by_counters: Estimate | None
    age_hours: float | None
    anchored_at: float | None

    @property
    def is_doubtful(self) -> bool:
        """Tell whether model and counters are so far apart that one of them is wrong."""
        if self.by_model is None or self.by_counters is None:
            return False
        apart = abs(self.by_model.mean - self.by_counters.mean)
        return apart > FAR_APART * math.sqrt(self.by_model.variance + self.by_counters.variance)

    @property
    def band(self) -> tuple[float, float]:
        """Return two standard deviations either way, not below nobody."""
        return max(0.0, self.estimate.mean - 2 * self.estimate.sd), self.estimate.mean + 2 * self.estimate.sd


def inside_now(counts: DayCounts, habits: Habits, at: float) -> Inside:
    """Say how many are inside at a moment of the day."""
    anchor = counts.hand_count if counts.hand_count and counts.hand_count.hours <= at else None
    heard = [each.hours for each in (*counts.ins, *counts.outs) if each.hours <= at]
    heard += [anchor.hours] if anchor else []
    if at > counts.closes + LINGER_HOURS or not heard:
        return Inside(Estimate(0.0, 0.0), Source.NOTHING, None, None, at - max(heard) if heard else None, None)
    by_model = _by_model(counts, habits, at) if at < counts.closes else None
    by_counters = _by_counters(counts, habits, anchor, at)
    known = [each for each in (by_model, by_counters) if each is not None]
    source = Source.BOTH if len(known) == 2 else Source.COUNTERS if by_counters else Source.MODEL
    estimate = mixed(*known) if known else Estimate(0.0, 0.0)
    return Inside(estimate, source, by_model, by_counters, at - max(heard), anchor.hours if anchor else None)


def cohorts(counts: DayCounts, habits: Habits, at: float) -> list[Cohort]:
    """Return who may be inside by when they came; before a hand count, as many as were counted then."""
    anchor = counts.hand_count if counts.hand_count and counts.hand_count.hours <= at else None
    if anchor is None:
        return [Cohort(each.hours, each.people, each.hours) for each in _by_minute(counts.ins, -1.0, at)]
    before = _by_minute(counts.ins, -1.0, anchor.hours)
    then = [each.people * habits.stay.beyond(anchor.hours - each.hours) for each in before]
    scale = anchor.people / sum(then) if sum(then) else 0.0
    counted = [
        Cohort(each.hours, people * scale, anchor.hours) for each, people in zip(before, then, strict=True) if people
    ]
    if not counted and anchor.people:  # nobody was scanned in: they may have come at any time
        counted = [Cohort(anchor.hours, anchor.people, anchor.hours)]
    after = _by_minute(counts.ins, anchor.hours, at)
    return counted + [Cohort(each.hours, each.people, each.hours) for each in after]


def staying(cohort: Cohort, habits: Habits, at: float) -> float:
    """Return the chance that somebody of a cohort is still inside, given that they were when last known."""
    known = habits.stay.beyond(cohort.known_at - cohort.hours)
    return habits.stay.beyond(at - cohort.hours) / known if known > 0 else 0.0


def _by_model(counts: DayCounts, habits: Habits, at: float) -> Estimate:
    mean = variance = 0.0
    for cohort in cohorts(counts, habits, at):
        chance = staying(cohort, habits, at)
        mean += cohort.people * chance
        variance += cohort.people * chance * (1 - chance)
    anchored = counts.hand_count is not None and counts.hand_count.hours <= at
    anchor = HAND_COUNT_VARIANCE if anchored else 0.0
    return Estimate(mean, variance * habits.dispersion + (STAY_DOUBT * mean) ** 2 + anchor + 0.25)


def _by_counters(counts: DayCounts, habits: Habits, anchor: HandCounted | None, at: float) -> Estimate | None:
    """Return those counted in less those counted out, set right as days before had to be; None where nobody counts."""
    since = anchor.hours if anchor else -1.0
    came = _sum(counts.ins, since, at)
    left = _sum(counts.outs, since, at)
    if not left and not habits.exit_days and anchor is None:
        return None
    if anchor is not None and not counts.outs and not habits.exit_days:
        return None
    start = anchor.people if anchor else 0
    missed = max(0.0, 1 - 1 / habits.exit_factor)
    each = habits.exit_factor**2 * missed * (1 - missed) * left
    variance = each * habits.dispersion + (habits.exit_sd * left) ** 2 + (HAND_COUNT_VARIANCE if anchor else 1.0)
    return Estimate(max(0.0, start + came - habits.exit_factor * left), variance)


def _by_minute(passings: Sequence[Passing], since: float, until: float) -> list[Passing]:
    """Put those together who passed in the same minute: how long they stay is not known so finely."""
    people: dict[int, int] = defaultdict(int)
    for each in passings:
        if since < each.hours <= until:
            people[int(each.hours * 60)] += each.people
    return [Passing(minute / 60, number) for minute, number in people.items()]


def _sum(passings: Sequence[Passing], since: float, until: float) -> int:
    return sum(each.people for each in passings if since < each.hours <= until)
