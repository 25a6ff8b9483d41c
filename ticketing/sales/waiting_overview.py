"""The waiting list as the office sees it: how many wait for which day, who they are, and how it went for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ticketing.catalogue.models import Experience, Slot
from ticketing.foundation.audit import AuditEntry
from ticketing.sales.waiting_list import WaitingNotFound, whole_entry
from ticketing.sales.waiting_models import AwaitedSlot, EntryState, WaitingEntry


@dataclass(frozen=True, slots=True)
class WaitingDay:
    """How many wait for a day of an experience: entries, people, and since when the first of them does."""

    experience: Experience
    local_date: date
    entries: int
    people: int
    oldest: datetime


def days(session: Session, *, after: tuple[date, int] | None, limit: int, now: datetime) -> list[WaitingDay]:
    """Load the coming days somebody waits for, by date; `after` is the (date, experience id) to go on behind.

    Who waits for any slot of a span is counted on each of its days.
    """
    each = _who_waits(now).with_only_columns(
        WaitingEntry.id, WaitingEntry.people, WaitingEntry.waits_since, Slot.local_date, Slot.experience_id
    )
    waiting = each.distinct().subquery()
    summed = (
        select(waiting.c.experience_id, waiting.c.local_date, func.count(), func.sum(waiting.c.people),
               func.min(waiting.c.waits_since))
        .group_by(waiting.c.local_date, waiting.c.experience_id)
        .order_by(waiting.c.local_date, waiting.c.experience_id)
        .limit(limit)
    )  # fmt: skip
    if after is not None:
        same_day = (waiting.c.local_date == after[0]) & (waiting.c.experience_id > after[1])
        summed = summed.where(or_(waiting.c.local_date > after[0], same_day))
    rows = session.execute(summed).all()
    experiences = {one.id: one for one in session.scalars(select(Experience))}
    return [WaitingDay(experiences[row[0]], row[1], row[2], int(row[3]), row[4]) for row in rows]


def entries_of_day(
    session: Session, experience_id: int, day: date, *, after: int | None, limit: int, now: datetime
) -> list[WaitingEntry]:
    """Load who waits for a day, in the order of asking, with their offers; `after` is the entry to go on behind."""
    mine = _who_waits(now).with_only_columns(WaitingEntry.id)
    mine = mine.where(Slot.experience_id == experience_id, Slot.local_date == day)
    wanted = select(WaitingEntry).where(WaitingEntry.id.in_(mine))
    if after is not None and (last := session.get(WaitingEntry, after)) is not None:
        same = (WaitingEntry.waits_since == last.waits_since) & (WaitingEntry.id > last.id)
        wanted = wanted.where(or_(WaitingEntry.waits_since > last.waits_since, same))
    in_order = wanted.order_by(WaitingEntry.waits_since, WaitingEntry.id).limit(limit)
    whole = (
        joinedload(WaitingEntry.experience),
        joinedload(WaitingEntry.slot),
        selectinload(WaitingEntry.offers),
    )
    return list(session.scalars(in_order.options(*whole)))


def get_by_id(session: Session, entry_id: int) -> WaitingEntry:
    """Load an entry with its offers and their slots. Raises WaitingNotFound."""
    entry = session.scalars(whole_entry().where(WaitingEntry.id == entry_id)).one_or_none()
    if entry is None:
        raise WaitingNotFound("There is no such entry.")
    return entry


def history(session: Session, entry: WaitingEntry) -> list[AuditEntry]:
    """Load what has happened to an entry, the first first."""
    told = select(AuditEntry).where(AuditEntry.subject == WaitingEntry.__tablename__, AuditEntry.subject_id == entry.id)
    return list(session.scalars(told.order_by(AuditEntry.id)))


def slots_named(session: Session, told: list[AuditEntry]) -> dict[int, Slot]:
    """Load the slots that a history names, by id."""
    named = {entry.details["slot_id"] for entry in told if "slot_id" in entry.details}
    return {slot.id: slot for slot in session.scalars(select(Slot).where(Slot.id.in_(sorted(named))))}


def _who_waits(now: datetime) -> Select[int]:
    return (
        select(AwaitedSlot.id)
        .join(WaitingEntry, WaitingEntry.id == AwaitedSlot.entry_id)
        .join(Slot, Slot.id == AwaitedSlot.slot_id)
        .where(WaitingEntry.state == EntryState.WAITING, AwaitedSlot.declined_at.is_(None), Slot.starts_at > now)
    )
