"""What another timetable or other opening hours make of the slots that are laid out. Pure: frozen facts in, fates out.

Only what the old timetable wanted is taken away by the new one: slots a manager added by hand stay, unless the doors
close around them; slots a manager changed by hand keep that change; slots a manager took away do not come back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ticketing.catalogue.opening import Calendar, DayHours, hours_on
from ticketing.catalogue.slot_changes import Fate, Outcome, PresentSlot, Preview, leaving, sorted_outcomes
from ticketing.catalogue.timetable import Pattern, PlannedSlot, plan_between

FOLLOWED = ("ends_at", "admits_from", "admits_until", "capacity")

Wanted = Mapping[tuple[int, datetime], PlannedSlot]


@dataclass(frozen=True)
class Plan:
    """Patterns and the calendar they run in."""

    patterns: tuple[Pattern, ...]
    calendar: Calendar

    def wanted(self, first: date, last: date) -> Wanted:
        """Return the slots it wants from one local date to another, both included, by what tells slots apart."""
        planned = plan_between(self.patterns, self.calendar, first, last)
        return {(slot.experience_id, slot.starts_at): slot for slot in planned}


class _Doors:
    """The hours of a calendar, worked out once a date."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._hours: dict[date, DayHours] = {}

    def during(self, slot: PresentSlot) -> bool:
        """Tell whether the centre is open for all of a slot."""
        hours = self._hours.get(slot.local_date)
        if hours is None:
            hours = self._hours[slot.local_date] = hours_on(self._calendar, slot.local_date)
        if hours.opens_at is None or hours.closes_at is None:
            return False
        return hours.opens_at <= slot.starts_at and slot.ends_at <= hours.closes_at


def compare(
    present: Sequence[PresentSlot], before: Plan, after: Plan, span: tuple[date, date], *, now: datetime
) -> Preview:
    """Say what becomes of the slots that are there when one plan takes the place of another, within laid-out dates."""
    first, last = span
    farthest = max([last, *(slot.local_date for slot in present)])  # bulk changes may reach beyond what is laid out
    old, new = before.wanted(first, farthest), after.wanted(first, farthest)
    there = {slot.key for slot in present}
    was_open, will_be_open = _Doors(before.calendar), _Doors(after.calendar)
    outcomes = [_fate_of(slot, old, new, was_open, will_be_open) for slot in present]
    outcomes += _missing(new, there, last, now)
    return Preview(sorted_outcomes(outcome for outcome in outcomes if outcome is not None))


def _fate_of(slot: PresentSlot, old: Wanted, new: Wanted, was_open: _Doors, will_be_open: _Doors) -> Outcome | None:
    was, will = old.get(slot.key), new.get(slot.key)
    if slot.is_withdrawn:
        # What the old plan wanted as well was taken away by hand, and stays away.
        return Outcome(Fate.APPEARS, slot, will) if will and not was else None
    if will is not None:
        return _following(slot, was, will)
    closes_around_it = was_open.during(slot) and not will_be_open.during(slot)
    return leaving(slot) if was or closes_around_it else Outcome(Fate.STAYS, slot, slot.as_planned())


def _following(slot: PresentSlot, was: PlannedSlot | None, will: PlannedSlot) -> Outcome:
    """Let a slot follow the new plan in all that is as the old one wanted it."""
    now_is = slot.as_planned()
    if was is None:
        # One that was only kept for those who have places in it is offered again; one added by hand stays as it is.
        return Outcome(Fate.STAYS, slot, now_is) if slot.capacity else Outcome(Fate.CHANGES, slot, will)
    followed = {name: getattr(will, name) for name in FOLLOWED if getattr(slot, name) == getattr(was, name)}
    becomes = replace(now_is, **followed)
    return Outcome(Fate.STAYS if becomes == now_is else Fate.CHANGES, slot, becomes)


def _missing(new: Wanted, there: Collection[tuple[int, datetime]], last: date, now: datetime) -> list[Outcome]:
    return [
        Outcome(Fate.APPEARS, None, slot)
        for key, slot in new.items()
        if key not in there and slot.admits_until > now and slot.local_date <= last
    ]
