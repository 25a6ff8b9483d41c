"""Who on the waiting list is offered what has come free in a slot, and for how long. Pure.

In the order of asking, n places or none. A party that does not fit is passed over by a smaller one behind it, for else
places stay empty; but only so many times. After that nobody passes it any more, in this slot: what comes free is saved
up for it, until it is enough or the start is too near for saving.

The night does not count: between 21:00 and 8:00 on the house's clock the time of an offer stands still, so that nobody
loses places while asleep. It does count where the next morning would be too late: then the start is nearer than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ticketing.foundation.clock import instant_of, local_date_of


@dataclass(frozen=True, slots=True)
class WaitingRules:
    """The house's rules for its waiting list."""

    offer_minutes: int = 120  # how long an offer stands
    least_offer_minutes: int = 15  # shorter is no offer
    share_of_time_left: int = 4  # near the start it stands for no more than this part of the time that is left
    most_lapses: int = 2  # whoever lets so many offers lapse is taken off
    most_passes: int = 3
    saving_ends_minutes: int = 24 * 60  # before the start
    night_from: time = time(21)  # local; shorter than a day awake is every offer
    night_until: time = time(8)


HOUSE_RULES = WaitingRules()


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who waits for a slot; `may_save` unless places are saved up for them in another one."""

    entry_id: int
    people: int
    passed_over: int = 0
    may_save: bool = True


@dataclass(frozen=True, slots=True)
class Room:
    """What a slot has: `free` admissions, those included that are saved up for somebody on the list."""

    free: int
    capacity: int
    last_sale_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Which entries are offered their places, who was passed over how often, and for whom how many places are saved."""

    offered: tuple[int, ...] = ()
    offered_until: datetime | None = None
    passed_over: Mapping[int, int] = field(default_factory=dict)
    saver: int | None = None
    saved: int = 0
    saved_until: datetime | None = None


def offer_until(last_sale_at: datetime, now: datetime, rules: WaitingRules = HOUSE_RULES) -> datetime | None:
    """Return until when an offer made now stands, never past the last sale; None when it is too late for one."""
    left, least = last_sale_at - now, timedelta(minutes=rules.least_offer_minutes)
    if left < least:
        return None
    length = max(least, left / rules.share_of_time_left)
    return now + min(length, timedelta(minutes=rules.offer_minutes))


def awake_until(
    last_sale_at: datetime, now: datetime, zone: ZoneInfo, rules: WaitingRules = HOUSE_RULES
) -> datetime | None:
    """Return until when an offer made now stands when the night does not count; None when it is too late for one.

    Short of the last sale by the least time of an offer, so that the next in line may still be served.
    """
    until = offer_until(last_sale_at, now, rules)
    if until is None:
        return None
    night, morning = _night_around(now, zone, rules)
    if until <= night:
        return until
    left = until - max(now, night)
    latest = last_sale_at - timedelta(minutes=rules.least_offer_minutes)
    stands = min(morning + left, latest)
    return stands if stands > morning else until


def _night_around(now: datetime, zone: ZoneInfo, rules: WaitingRules) -> tuple[datetime, datetime]:
    """Return when the night that `now` lies in begins and ends, else the coming one (instants)."""
    local = now.astimezone(zone)
    evening = local_date_of(now, zone) - timedelta(days=local.time() < rules.night_until)
    return (
        instant_of(evening, rules.night_from, zone),
        instant_of(evening + timedelta(days=1), rules.night_until, zone),
    )


def decide(waiting: Sequence[Party], room: Room, now: datetime, rules: WaitingRules = HOUSE_RULES) -> Decision:
    """Decide over a slot's free places; `waiting` come in their order, without those who have an offer already."""
    until = offer_until(room.last_sale_at, now, rules)
    if until is None:
        return Decision()
    saved_until = room.last_sale_at - timedelta(minutes=rules.saving_ends_minutes)
    free, offered, passed = max(room.free, 0), list[int](), Counter[int]()
    too_big: list[int] = []
    for party in waiting:
        if party.people <= free:
            free -= party.people
            offered.append(party.entry_id)
            passed.update(too_big)
        elif _may_save(party, room, rules) and now < saved_until:
            return Decision(tuple(offered), until, passed, party.entry_id, free, saved_until)
        else:
            too_big.append(party.entry_id)
    return Decision(tuple(offered), until, passed)


def _may_save(party: Party, room: Room, rules: WaitingRules) -> bool:
    return party.may_save and party.passed_over >= rules.most_passes and party.people <= room.capacity
