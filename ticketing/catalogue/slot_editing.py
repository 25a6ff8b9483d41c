"""Single slots: how many places, when the door admits; one more at an odd time, one less that nobody bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import marks, slot_changes
from ticketing.catalogue.capacity import SlotNotFound
from ticketing.catalogue.checking import invalid, require_between
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.slot_changes import Fate, Outcome, Preview
from ticketing.catalogue.slot_claims import SlotClaims, claims_on
from ticketing.catalogue.slot_locks import lock_slots
from ticketing.catalogue.timetable import PlannedSlot
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import instant_of, local_date_of
from ticketing.foundation.errors import Conflict

MOST_CAPACITY = 100_000
FARTHEST_DOOR = timedelta(hours=12)
NOTHING = SlotClaims(0, 0)


class SlotHasSales(Conflict):
    """People have places in this slot; a closure tells them and deals with it."""

    code = "slot_has_sales"


@dataclass(frozen=True, slots=True)
class SlotSheet:
    """What a manager says about a slot that is there: capacity in admissions, and between which instants it admits."""

    capacity: int
    admits_from: datetime
    admits_until: datetime


@dataclass(frozen=True, slots=True)
class SlotFigures:
    """A slot with what is sold, held and left of it; more than there is room for is `oversold`."""

    slot: Slot
    claims: SlotClaims

    @property
    def left(self) -> int:
        """How many admissions can still be sold."""
        return max(0, self.slot.capacity - self.claims.sold - self.claims.held)

    @property
    def oversold(self) -> int:
        """By how many admissions more is taken than there is room for."""
        return max(0, self.claims.sold + self.claims.held - self.slot.capacity)


def slots_of_day(session: Session, local_date: date, *, now: datetime) -> list[SlotFigures]:
    """Load every slot of a local date that is offered, with its experience, by time."""
    statement = (
        select(Slot)
        .join(Slot.experience)
        .where(Slot.local_date == local_date, Slot.withdrawn_at.is_(None))
        .order_by(Slot.starts_at, Experience.position, Slot.id)
        .options(joinedload(Slot.experience))
    )
    return _with_claims(session, list(session.scalars(statement)), now)


def get_figures(session: Session, uuid: str, *, now: datetime) -> SlotFigures:
    """Load one slot with its experience, withdrawn or not; raises SlotNotFound."""
    statement = select(Slot).where(Slot.uuid == uuid).options(joinedload(Slot.experience))
    slot = session.scalars(statement).one_or_none()
    if slot is None:
        raise SlotNotFound("This time does not exist. Choose another one.")
    return _with_claims(session, [slot], now)[0]


def change(session: Session, uuid: str, sheet: SlotSheet, mark: str, *, actor: Actor, now: datetime) -> Slot:
    """Change a slot as it was when `mark` was taken; fewer places than are taken is allowed, and stays on record.

    Raises SlotNotFound, CatalogueInvalid, CatalogueMovedOn.
    """
    slot = _locked(session, uuid)
    _check(slot, sheet)
    values = {"capacity": sheet.capacity, "admits_from": sheet.admits_from, "admits_until": sheet.admits_until}
    changed = marks.changed_fields(slot, values)
    if not changed:
        return slot
    marks.require_mark(session, slot, mark)
    present = slot_changes.present_slot(session, slot.id, now=now)
    for name, value in values.items():
        setattr(slot, name, value)
    audit.record(session, "slot.changed", slot, actor=actor, now=now, **changed)
    if present.claimed > sheet.capacity:
        slot_changes.record_lowered(session, present, sheet.capacity, actor=actor, now=now)
    return slot


def add(
    session: Session, experience: Experience, local_date: date, local_time: time, places: int,
    *, zone: ZoneInfo, actor: Actor, now: datetime,
) -> Slot:  # fmt: skip
    """Add a slot at a wall-clock time, whatever the timetable says. Raises CatalogueInvalid, NoSuchLocalTime."""
    require_between(places, "capacity", 0, MOST_CAPACITY)
    planned = planned_slot(experience, local_date, local_time, places, zone=zone)
    if planned.admits_until <= now:
        raise invalid("starts_at", "past")
    at_this_time = Slot.experience_id == experience.id, Slot.starts_at == planned.starts_at
    there = session.scalars(select(Slot).where(*at_this_time).with_for_update(key_share=True)).one_or_none()
    if there is not None and there.withdrawn_at is None:
        raise invalid("starts_at", "slot_taken")
    before = slot_changes.present_slot(session, there.id, now=now) if there else None
    slot_changes.carry_out(session, Preview((Outcome(Fate.APPEARS, before, planned),)), actor=actor, now=now)
    slot = session.scalars(select(Slot).where(*at_this_time).execution_options(populate_existing=True)).one()
    audit.record(session, "slot.added", slot, actor=actor, now=now, capacity=places)
    return slot


def withdraw(session: Session, uuid: str, *, actor: Actor, now: datetime) -> Slot:
    """Take a slot nobody has places in out of the offer; a second time changes nothing.

    Raises SlotNotFound, SlotHasSales.
    """
    slot = _locked(session, uuid)
    if slot.withdrawn_at is not None:
        return slot
    claims = claims_on(session, [slot.id], now=now).get(slot.id, NOTHING)
    if claims.sold or claims.held:
        raise SlotHasSales("People have places in this slot. Close it instead: that tells them.")
    slot.withdrawn_at = now
    audit.record(session, "slot.withdrawn", slot, actor=actor, now=now)
    return slot


def planned_slot(
    experience: Experience, local_date: date, local_time: time, places: int, *, zone: ZoneInfo
) -> PlannedSlot:
    """Return the slot that starts at a wall-clock time, as long as its experience lasts. Raises NoSuchLocalTime."""
    starts_at = instant_of(local_date, local_time, zone)
    return PlannedSlot(
        experience_id=experience.id,
        local_date=local_date_of(starts_at, zone),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=experience.duration_minutes),
        admits_from=starts_at - timedelta(minutes=experience.admits_before_minutes),
        admits_until=starts_at + timedelta(minutes=experience.admits_after_minutes),
        capacity=places,
    )


def _locked(session: Session, uuid: str) -> Slot:
    slot_id = session.scalar(select(Slot.id).where(Slot.uuid == uuid))
    if slot_id is None:
        raise SlotNotFound("This time does not exist. Choose another one.")
    lock_slots(session, [slot_id])
    return session.get_one(Slot, slot_id, populate_existing=True)


def _check(slot: Slot, sheet: SlotSheet) -> None:
    require_between(sheet.capacity, "capacity", 0, MOST_CAPACITY)
    if not slot.starts_at - FARTHEST_DOOR <= sheet.admits_from <= slot.starts_at:
        raise invalid("admits_from", "door_opens")
    if not slot.starts_at < sheet.admits_until <= slot.ends_at + FARTHEST_DOOR:
        raise invalid("admits_until", "door_closes")


def _with_claims(session: Session, slots: list[Slot], now: datetime) -> list[SlotFigures]:
    claims = claims_on(session, [slot.id for slot in slots], now=now)
    return [SlotFigures(slot, claims.get(slot.id, NOTHING)) for slot in slots]
