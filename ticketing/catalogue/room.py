"""Where a whole party still finds room: days, slots and the soonest starts, for people who come together.

Built on availability.py, which answers for one; a slot with fewer places than the party is full to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ticketing.catalogue import availability
from ticketing.catalogue.availability import DayMark, DayView, SlotMark, SlotView
from ticketing.catalogue.opening import Calendar

LOOKED_AT = 60  # starts with places left, among which the soonest for a party are sought
HAS_PLACES = (SlotMark.FREE, SlotMark.FEW)


@dataclass(frozen=True, slots=True)
class Party:
    """So many people who want places together, in none of the slots they have already."""

    admissions: int
    slot_ids: frozenset[int] = frozenset()

    def fits(self, slot: SlotView) -> bool:
        """Tell whether a slot has room for all of them."""
        return slot.mark in HAS_PLACES and slot.free >= self.admissions and slot.id not in self.slot_ids


def slots_on(
    session: Session, experience_id: int, local_date: date, party: Party, *, zone: ZoneInfo, now: datetime
) -> list[SlotView]:
    """Return all slots of a local date by start; those with too little room are marked as full."""
    return [
        replace(slot, mark=SlotMark.FULL) if slot.mark in HAS_PLACES and slot.free < party.admissions else slot
        for slot in availability.slots_on(session, experience_id, local_date, zone=zone, now=now)
    ]


def days_between(
    session: Session, experience_id: int, span: tuple[date, date], party: Party, *, calendar: Calendar, now: datetime
) -> list[DayView]:
    """Return every local date of a span, both ends included; a day without one slot for the whole party is full."""
    first, last = span
    days = availability.days_between(session, experience_id, first, last, calendar=calendar, now=now)
    slots = availability.slots_between(session, experience_id, first, last, zone=calendar.zone, now=now)
    with_room = {slot.starts_at_local.date() for slot in slots if party.fits(slot)}
    return [
        replace(day, mark=DayMark.FULL, free=0, slots_for_sale=0)
        if day.mark in (DayMark.FREE, DayMark.FEW) and day.local_date not in with_room
        else day
        for day in days
    ]


def soonest(
    session: Session, experience_id: int, party: Party, *, zone: ZoneInfo, now: datetime, limit: int = 3
) -> list[SlotView]:
    """Return the next slots with room for a party, by start."""
    coming = availability.next_free(session, experience_id, zone=zone, now=now, limit=LOOKED_AT)
    return [slot for slot in coming if party.fits(slot)][:limit]
