"""What the page of a day says about it: its parts, its state and why, the days and times to choose instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ticketing.catalogue.availability import DayMark, DayView, SlotMark, SlotView
from ticketing.catalogue.opening_days import DayShown
from ticketing.foundation.languages import Texts
from ticketing.web.pages import N_
from ticketing.web.site.month import FOR_SALE

AFTERNOON_FROM, EVENING_FROM = 12, 17  # hours of the wall clock
MORNING, AFTERNOON, EVENING = N_("Morning"), N_("Afternoon"), N_("Evening")
SLOT_FOR_SALE, SLOT_SHUT = {SlotMark.FREE, SlotMark.FEW}, {SlotMark.CLOSED, SlotMark.PAST}
NEXT_DAYS, NEAREST = 4, 3


@dataclass(frozen=True)
class DayPart:
    """A part of a day, by the name it has in English, with its slots in order."""

    name: str
    slots: tuple[SlotView, ...]


@dataclass(frozen=True)
class DayState:
    """Whether anything can be had, whether nothing but closed and past times is left, and why the day is as it is."""

    has_places: bool
    is_shut: bool
    is_closed: bool
    reasons: Texts


@dataclass(frozen=True)
class Around:
    """The days with places about another day: the last one before it, and the first few after it."""

    before: DayView | None
    after: list[DayView]


def parts_of_day(slots: Sequence[SlotView]) -> list[DayPart]:
    """Group the slots of a day, which come in order; a part without slots is left out."""
    return [DayPart(name, tuple(group)) for name, group in groupby(slots, key=_part_of)]


def state_of(slots: Sequence[SlotView], shown: DayShown, view: DayView | None) -> DayState:
    """Judge a day by its slots, by the centre's hours, and by how the calendar has it, if it has it."""
    marks = {slot.mark for slot in slots}
    is_closed = shown.is_closed or (view is not None and view.mark is DayMark.CLOSED)
    reasons = (view.reasons if view else {}) or shown.reasons
    return DayState(bool(marks & SLOT_FOR_SALE), marks <= SLOT_SHUT, is_closed, reasons)


def around(days: Sequence[DayView], day: date) -> Around:
    """Find the days with places about a day."""
    with_places = [each for each in days if each.mark in FOR_SALE]
    before = [each for each in with_places if each.local_date < day]
    after = [each for each in with_places if each.local_date > day]
    return Around(before[-1] if before else None, after[:NEXT_DAYS])


def nearest(slots: Sequence[SlotView], to: SlotView) -> list[SlotView]:
    """Return the few slots with places that start nearest to another, in order."""
    with_places = [slot for slot in slots if slot.mark in SLOT_FOR_SALE]
    closest = sorted(with_places, key=lambda slot: abs(slot.starts_at - to.starts_at))[:NEAREST]
    return sorted(closest, key=lambda slot: slot.starts_at)


def _part_of(slot: SlotView) -> str:
    hour = slot.starts_at_local.hour
    if hour >= EVENING_FROM:
        return EVENING
    return AFTERNOON if hour >= AFTERNOON_FROM else MORNING
