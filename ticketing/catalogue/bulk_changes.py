"""One change to many slots of an experience: capacity, more slots, fewer slots, on weekdays within a span of dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from ticketing.catalogue import slot_changes, slot_editing
from ticketing.catalogue.checking import invalid, require_between, require_days_ahead
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.slot_changes import Fate, Outcome, PresentSlot, Preview, leaving, sorted_outcomes
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import NoSuchLocalTime

MOST_DAYS, MOST_TIMES = 366, 48
MOST_CAPACITY = slot_editing.MOST_CAPACITY


class BulkAct(StrEnum):
    """What is done to every slot concerned."""

    SET = "set"  # capacity becomes the amount
    MORE = "more"  # capacity grows by the amount, or shrinks when it is below zero
    PERCENT = "percent"  # capacity grows by so many hundredths, rounded down
    ADD = "add"  # slots at these times, with the amount as capacity
    REMOVE = "remove"  # those nobody has places in


BOUNDS = {BulkAct.SET: (0, MOST_CAPACITY), BulkAct.MORE: (-MOST_CAPACITY, MOST_CAPACITY),
          BulkAct.PERCENT: (-100, 1000), BulkAct.ADD: (0, MOST_CAPACITY)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BulkWish:
    """What a manager wants: from one local date to another, both included, on weekdays (Monday is 0), at these times.

    Times are wall clock; none means every time, except for adding.
    """

    experience_id: int
    act: BulkAct
    amount: int
    first: date
    last: date
    weekdays: frozenset[int]
    times: tuple[time, ...]

    @property
    def dates(self) -> list[date]:
        """The dates it is about."""
        days = (self.first + timedelta(days=offset) for offset in range((self.last - self.first).days + 1))
        return [day for day in days if day.weekday() in self.weekdays]


def check(wish: BulkWish, *, today: date) -> None:
    """Insist that a wish makes sense. Raises CatalogueInvalid."""
    require_days_ahead(wish.first, wish.last, today=today, most=MOST_DAYS)
    if not wish.weekdays:
        raise invalid("weekdays", "weekdays")
    if len(wish.times) > MOST_TIMES or (wish.act is BulkAct.ADD and not wish.times):
        raise invalid("times", "times", most=MOST_TIMES)
    if wish.act in BOUNDS:
        require_between(wish.amount, "amount", *BOUNDS[wish.act])


def preview(session: Session, wish: BulkWish, *, zone: ZoneInfo, now: datetime) -> Preview:
    """Say what a wish makes of every slot concerned. Raises CatalogueInvalid."""
    check(wish, today=now.astimezone(zone).date())
    found = slot_changes.present_slots(session, _concerned(wish), now=now)
    present = [slot for slot in found if _is_meant(slot, wish, zone)]
    if wish.act is BulkAct.ADD:
        experience = session.get_one(Experience, wish.experience_id)
        there = {slot.starts_at: slot for slot in found}
        return Preview(sorted_outcomes(_added(wish, experience, there, zone=zone, now=now)))
    offered = [slot for slot in present if not slot.is_withdrawn]
    if wish.act is BulkAct.REMOVE:
        return Preview(sorted_outcomes(leaving(slot) for slot in offered))
    return Preview(
        sorted_outcomes(slot_changes.with_capacity(slot, capacity_after(slot.capacity, wish)) for slot in offered)
    )


def carry_out(session: Session, wish: BulkWish, digest: str, *, zone: ZoneInfo, actor: Actor, now: datetime) -> Preview:
    """Change all slots in one step, if that still does what the preview with this digest showed.

    Raises CatalogueInvalid, PreviewOutdated.
    """
    slot_changes.lock(session, _concerned(wish))
    found = preview(session, wish, zone=zone, now=now)
    slot_changes.require_shown(found, digest)
    experience = session.get_one(Experience, wish.experience_id)
    slot_changes.carry_out(session, found, actor=actor, now=now)
    audit.record(
        session, "slots.changed_in_bulk", experience, actor=actor, now=now, act=wish.act.value, amount=wish.amount,
        first=wish.first.isoformat(), last=wish.last.isoformat(), weekdays=sorted(wish.weekdays),
        times=[f"{each:%H:%M}" for each in wish.times], slots=dict(found.counts),
    )  # fmt: skip
    return found


def capacity_after(capacity: int, wish: BulkWish) -> int:
    """Return what a capacity becomes, never below zero. Pure."""
    if wish.act is BulkAct.SET:
        return wish.amount
    more = wish.amount if wish.act is BulkAct.MORE else capacity * wish.amount // 100
    return min(MOST_CAPACITY, max(0, capacity + more))


def _added(
    wish: BulkWish, experience: Experience, there: Mapping[datetime, PresentSlot], *, zone: ZoneInfo, now: datetime
) -> Iterator[Outcome]:
    """Say which slots appear; where there is one already it stays as it is. A time the clock skips makes none."""
    for local_date in wish.dates:
        for local_time in wish.times:
            with suppress(NoSuchLocalTime):
                planned = slot_editing.planned_slot(experience, local_date, local_time, wish.amount, zone=zone)
                slot = there.get(planned.starts_at)
                if slot is not None and not slot.is_withdrawn:
                    yield Outcome(Fate.STAYS, slot, slot.as_planned())
                elif planned.admits_until > now:
                    yield Outcome(Fate.APPEARS, slot, planned)


def _is_meant(slot: PresentSlot, wish: BulkWish, zone: ZoneInfo) -> bool:
    is_at_a_time = not wish.times or slot.starts_at.astimezone(zone).time() in wish.times
    return is_at_a_time and slot.local_date.weekday() in wish.weekdays


def _concerned(wish: BulkWish) -> ColumnElement[bool]:
    return and_(Slot.experience_id == wish.experience_id, Slot.local_date.between(wish.first, wish.last))
