"""What goes together on one day. Pure: which things in a basket clash, what suits beside them, and whole days proposed.

The visit lasts from its time until we close, so that shows lie inside it and never clash with it; one that begins
before the visit does is pointed out. Nothing is forbidden: two parents may split up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations

# From one thing to the next, and from the entrance to the first: a full theatre empties in some minutes, and the way
# with a pushchair and a child who needs the toilet takes the rest. Only proposals keep it; choosing closer is allowed.
WALK = timedelta(minutes=10)


class ClashKind(StrEnum):
    """How two things of one day are in each other's way."""

    OVERLAP = "overlap"
    BEFORE_ENTRY = "before_entry"  # it begins before the visit does


@dataclass(frozen=True, slots=True)
class Sitting:
    """One slot as something to attend; an entry is the visit itself."""

    slot_uuid: str
    experience_id: int
    is_entry: bool
    local_date: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """Two sittings that cannot both be attended whole; the first begins first."""

    kind: ClashKind
    first: Sitting
    second: Sitting


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why there is no plan: experiences without a time, or pairs of them that clash at all their times, or neither."""

    without: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]


Options = Mapping[int, Sequence[Sitting]]  # by experience id, by start; only those with room for everybody
Plan = tuple[Sitting, ...]  # in order of time


def clashes(sittings: Iterable[Sitting]) -> list[Clash]:
    """Return every pair of a basket that clashes, in order of time."""
    in_order = sorted(sittings, key=_begin)
    pairs = ((first, second, _kind(first, second)) for first, second in combinations(in_order, 2))
    found = [Clash(kind, first, second) for first, second, kind in pairs if kind is not None]
    return [clash for clash in found if clash.kind is ClashKind.OVERLAP or not _has_entered(clash.first, in_order)]


def suits(candidate: Sitting, others: Sequence[Sitting]) -> bool:
    """Tell whether a sitting can be added to others without a clash of its own."""
    return not any(candidate in (clash.first, clash.second) for clash in clashes([*others, candidate]))


def next_that_suits(options: Sequence[Sitting], instead_of: Sitting, others: Sequence[Sitting]) -> Sitting | None:
    """Return the next of the options that clashes with nothing, else the first one earlier that day."""
    fitting = sorted((each for each in options if each != instead_of and suits(each, others)), key=_begin)
    later = [each for each in fitting if each.starts_at > instead_of.starts_at]
    return next(iter(later + fitting), None)


def propose(options: Options) -> list[Plan]:
    """Return the day that is over soonest, beginning as early as can be; then another one, if there is another.

    The other has something at another time, or else begins later.
    """
    first = _soonest_over(options)
    if first is None:
        return []
    others = [_soonest_over(_without(options, sitting)) for sitting in first if not sitting.is_entry]
    found = sorted((plan for plan in others if plan is not None), key=_over)
    second = found[0] if found else _begun_later(first, options)
    return [first] if second is None else [first, second]


def obstacle(options: Options) -> Obstacle:
    """Say why there is no plan."""
    without = tuple(key for key, sittings in options.items() if not sittings)
    pairs = combinations((key for key, sittings in options.items() if sittings), 2)
    clashing = tuple(pair for pair in pairs if _soonest_over({key: options[key] for key in pair}) is None)
    return Obstacle(without, clashing)


def _kind(first: Sitting, second: Sitting) -> ClashKind | None:
    if first.local_date != second.local_date:
        return None
    if first.is_entry == second.is_entry:
        return ClashKind.OVERLAP if second.starts_at < first.ends_at else None
    return ClashKind.BEFORE_ENTRY if second.is_entry and first.starts_at < second.starts_at else None


def _has_entered(sitting: Sitting, others: Sequence[Sitting]) -> bool:
    """Tell whether another visit of that day has begun by then."""
    return any(
        each.is_entry and each.local_date == sitting.local_date and each.starts_at <= sitting.starts_at
        for each in others
    )


def _soonest_over(options: Options) -> Plan | None:
    """Find the plan that is over soonest.

    Of all orders in which some of the sittings can follow each other, the one that ends first leaves most room for the
    rest; so only that one is kept of every set, and sets grow one by one.
    """
    entries = {key: min(sittings, key=_begin, default=None) for key, sittings in options.items() if _is_entry(sittings)}
    ids = frozenset(options) - frozenset(entries)
    entered = tuple(sorted((each for each in entries.values() if each is not None), key=_begin))
    best: dict[frozenset[int], Plan] = {frozenset(): ()}
    for size in range(len(ids)):
        for done in [each for each in best if len(each) == size]:
            free_from = _free_from(entered, best[done])
            for key in ids - done:
                following = [each for each in options[key] if free_from is None or each.starts_at >= free_from]
                if following:
                    plan = (*best[done], min(following, key=_end))
                    known = best.get(done | {key})
                    best[done | {key}] = plan if known is None else min(known, plan, key=_over)
    return (*entered, *best[ids]) if ids in best else None


def _free_from(entered: Plan, plan: Plan) -> datetime | None:
    if plan:
        return plan[-1].ends_at + WALK
    return entered[-1].starts_at + WALK if entered else None


def _without(options: Options, sitting: Sitting) -> Options:
    mine = [each for each in options[sitting.experience_id] if each != sitting]
    return {**options, sitting.experience_id: mine}


def _begun_later(plan: Plan, options: Options) -> Plan | None:
    """Return a plan with the same shows and the latest visit that is still in time for them."""
    entries, rest = [each for each in plan if each.is_entry], tuple(each for each in plan if not each.is_entry)
    if len(entries) != 1:
        return None
    later = [
        each
        for each in options[entries[0].experience_id]
        if each.starts_at > entries[0].starts_at and (not rest or each.starts_at + WALK <= rest[0].starts_at)
    ]
    if not later:
        return None
    return (max(later, key=_begin) if rest else min(later, key=_begin), *rest)


def _is_entry(sittings: Sequence[Sitting]) -> bool:
    return any(each.is_entry for each in sittings)


def _begin(sitting: Sitting) -> tuple[datetime, str]:
    return sitting.starts_at, sitting.slot_uuid


def _end(sitting: Sitting) -> tuple[datetime, datetime]:
    return sitting.ends_at, sitting.starts_at


def _over(plan: Plan) -> tuple[datetime, ...]:
    """Order plans by when they are over, then by when they begin."""
    return plan[-1].ends_at, *(each.starts_at for each in plan)
