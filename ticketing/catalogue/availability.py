"""What can still be had: slots of a day, days of a month, the next starts. For screens; taking places asks again.

What a closure covers is listed as closed, with its reason; it is never just missing.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, case, cast, func, not_, select, true
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.capacity import SlotNotFound, claimed_now
from ticketing.catalogue.crowding import Crowd, crowd_of
from ticketing.catalogue.models import Experience, ExperienceKind, Slot
from ticketing.catalogue.opening import Calendar, ClosedSpan, DayHours, hours_on, span_covering
from ticketing.catalogue.slot_locks import PLACES
from ticketing.foundation.database import UTCDateTime
from ticketing.foundation.languages import Texts

FEW_SHARE = 8  # "few" begins when an eighth of the capacity is left
FEW_AT_LEAST = 3  # or so many admissions, in a small slot
OFFERED = Slot.withdrawn_at.is_(None)


class SlotMark(StrEnum):
    """What a slot is to somebody who wants to come."""

    FREE = "free"
    FEW = "few"
    FULL = "full"
    CLOSED = "closed"  # a closure covers it
    PAST = "past"  # nobody is let in any more


class DayMark(StrEnum):
    """What a day is to somebody who wants to come."""

    FREE = "free"
    FEW = "few"
    FULL = "full"
    CLOSED = "closed"  # by a closure or an exception, with a reason
    PAST = "past"
    NONE = "none"  # nothing on that day, as usual


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot on a screen. Instants are UTC, `…_local` is the centre's wall clock; `free` is never below zero."""

    uuid: str
    id: int
    starts_at: datetime
    ends_at: datetime
    admits_until: datetime
    starts_at_local: datetime
    ends_at_local: datetime
    capacity: int
    free: int
    mark: SlotMark
    closed_reasons: Texts
    crowd: Crowd | None = None  # how many will be in the house then; None where nobody can say


@dataclass(frozen=True, slots=True)
class DayView:
    """A day on a screen: `free` admissions in so many slots for sale, the first of these, reasons worth showing."""

    local_date: date
    mark: DayMark
    free: int
    first_starts_at: datetime | None
    reasons: Texts
    slots_for_sale: int


@dataclass(frozen=True, slots=True)
class NextStart:
    """A slot with what starts in it."""

    experience: Experience
    slot: SlotView


def slots_on(
    session: Session, experience_id: int, local_date: date, *, zone: ZoneInfo, now: datetime
) -> list[SlotView]:
    """Return all slots of an experience on a local date, by start, past and closed ones included."""
    condition = and_(Slot.experience_id == experience_id, Slot.local_date == local_date)
    rows = session.execute(_slots_where(condition, now)).all()
    spans = closures.spans(session, now=now)
    return [_view_of(row, spans, zone, now) for row in rows]


def slots_between(
    session: Session, experience_id: int, first: date, last: date, *, zone: ZoneInfo, now: datetime
) -> list[SlotView]:
    """Return all slots of an experience from one local date to another, both included, by start."""
    condition = and_(Slot.experience_id == experience_id, Slot.local_date.between(first, last))
    spans = closures.spans(session, now=now)
    return [_view_of(row, spans, zone, now) for row in session.execute(_slots_where(condition, now))]


def get_start(session: Session, slot_uuid: str, *, zone: ZoneInfo, now: datetime) -> NextStart:
    """Return one slot with what starts in it; raises SlotNotFound."""
    statement = select(Experience, *_slot_columns(now)).join(Slot, Slot.experience_id == Experience.id)
    row = session.execute(statement.where(Slot.uuid == slot_uuid, OFFERED)).one_or_none()
    if row is None:
        raise SlotNotFound("This time does not exist. Choose another one.")
    return NextStart(row.Experience, _view_of(row, closures.spans(session, now=now), zone, now))


def days_between(
    session: Session, experience_id: int, first: date, last: date, *, calendar: Calendar, now: datetime
) -> list[DayView]:
    """Return every local date from the first to the last, both included, with what is left of an experience on it."""
    standing = [span for span in calendar.spans if span.ends_at is None or span.ends_at > now]
    mine = tuple(span for span in standing if span.experience_id in {None, experience_id})
    asked = {"experience_id": experience_id, "first": first, "last": last, "now": now}
    left = {row.local_date: row for row in session.execute(_left_by_day(mine), asked)}
    on_days = and_(Slot.experience_id == experience_id, Slot.local_date.between(first, last), OFFERED)
    closed_at = _first_closed(session, on_days, mine)
    dates = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [_day_of(hours_on(calendar, day), left.get(day), closed_at.get(day), mine) for day in dates]


def next_free(session: Session, experience_id: int, *, zone: ZoneInfo, now: datetime, limit: int = 3) -> list[SlotView]:
    """Return the next slots of an experience that still have places, by start."""
    starts = _next_starts(session, Experience.id == experience_id, zone=zone, now=now, limit=limit)
    return [start.slot for start in starts]


def next_of_kind(
    session: Session, kind: ExperienceKind, *, zone: ZoneInfo, now: datetime, limit: int = 3
) -> list[NextStart]:
    """Return the next slots with places of all listed experiences of a kind ("the next shows"), by start."""
    return _next_starts(session, and_(Experience.kind == kind, Experience.is_listed), zone=zone, now=now, limit=limit)


def coming_slots(session: Session, experience_id: int, *, zone: ZoneInfo, now: datetime, limit: int) -> list[SlotView]:
    """Return the next slots of an experience that still admit, by start, full and closed ones included."""
    condition = and_(Slot.experience_id == experience_id, Slot.admits_until > now)
    rows = session.execute(_slots_where(condition, now).limit(limit)).all()
    spans = closures.spans(session, now=now)
    return [_view_of(row, spans, zone, now) for row in rows]


def starts_between(
    session: Session, kinds: Collection[ExperienceKind], first: date, last: date, *, zone: ZoneInfo, now: datetime
) -> list[NextStart]:
    """Return every start of listed experiences of these kinds from one local date to another, both included, by time.

    Past, full and closed ones are among them, each with its mark.
    """
    statement = (
        select(Experience, *_slot_columns(now))
        .join(Slot, Slot.experience_id == Experience.id)
        .where(Experience.kind.in_(kinds), Experience.is_listed, Slot.local_date.between(first, last), OFFERED)
        .order_by(Slot.starts_at, Experience.position, Slot.id)
    )
    spans = closures.spans(session, now=now)
    return [NextStart(row.Experience, _view_of(row, spans, zone, now)) for row in session.execute(statement)]


def with_places_back(view: SlotView, admissions: int) -> SlotView:
    """Show a slot to somebody who holds so many of its places themselves, as it is without their hold."""
    if not admissions or view.mark in {SlotMark.CLOSED, SlotMark.PAST}:
        return view
    free = min(view.free + admissions, view.capacity)
    return replace(view, free=free, mark=mark_of(free, view.capacity))


def mark_of(free: int, capacity: int) -> SlotMark:
    """Name what is left of a slot that is for sale."""
    if free <= 0:
        return SlotMark.FULL
    return SlotMark.FEW if free <= max(FEW_AT_LEAST, capacity // FEW_SHARE) else SlotMark.FREE


def _slots_where(condition: ColumnElement[bool], now: datetime) -> Select[Any]:
    return select(*_slot_columns(now)).where(condition, OFFERED).order_by(Slot.starts_at, Slot.id)


def _slot_columns(now: datetime) -> tuple[Any, ...]:
    return (
        Slot.uuid,
        Slot.id,
        Slot.experience_id,
        Slot.local_date,
        Slot.starts_at,
        Slot.ends_at,
        Slot.admits_until,
        PLACES.label("capacity"),
        Slot.busyness,
        claimed_now(now).label("claimed"),
    )


def _view_of(row: Row[Any], spans: Sequence[ClosedSpan], zone: ZoneInfo, now: datetime) -> SlotView:
    free = max(row.capacity - row.claimed, 0)
    span = span_covering(spans, row.experience_id, row.starts_at, row.ends_at)
    return SlotView(
        uuid=row.uuid,
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        admits_until=row.admits_until,
        starts_at_local=row.starts_at.astimezone(zone),
        ends_at_local=row.ends_at.astimezone(zone),
        capacity=row.capacity,
        free=free,
        mark=_slot_mark(row, free, span, now),
        closed_reasons=span.reasons if span else {},
        crowd=crowd_of(row.busyness),
    )


def _slot_mark(row: Row[Any], free: int, span: ClosedSpan | None, now: datetime) -> SlotMark:
    if span is not None:
        return SlotMark.CLOSED
    return SlotMark.PAST if row.admits_until <= now else mark_of(free, row.capacity)


@functools.lru_cache(maxsize=64)
def _left_by_day(spans: tuple[ClosedSpan, ...]) -> Select[Any]:
    """Sum up in SQL, by local date, what `_view_of` says slot by slot: a month has hundreds of slots.

    Asked for every calendar, and built once for the closures that stand, for building it costs more than its answer.
    """
    now = bindparam("now", type_=UTCDateTime)
    condition = and_(
        Slot.experience_id == bindparam("experience_id"),
        Slot.local_date.between(bindparam("first"), bindparam("last")),
        OFFERED,
    )
    closed = ~and_(true(), *_not_closed(spans))
    state = case((closed, SlotMark.CLOSED.value), (Slot.admits_until <= now, SlotMark.PAST.value), else_="open")
    left = cast(PLACES - claimed_now(now), Integer)
    columns = (Slot.local_date, Slot.starts_at, PLACES.label("capacity"), state.label("state"), left.label("left"))
    slots = select(*columns).where(condition)
    each = slots.subquery().c
    is_open = each.state == "open"
    for_sale = and_(is_open, each.left > 0)
    return select(
        each.local_date,
        cast(func.sum(case((for_sale, each.left), else_=0)), Integer).label("free"),
        cast(func.sum(case((is_open, each.capacity), else_=0)), Integer).label("open_capacity"),
        func.count(case((for_sale, 1))).label("for_sale"),
        func.count(case((is_open, 1))).label("open"),
        func.count(case((each.state == SlotMark.CLOSED.value, 1))).label("closed"),
        func.min(case((for_sale, each.starts_at))).label("first_starts_at"),
    ).group_by(each.local_date)


def _first_closed(
    session: Session, condition: ColumnElement[bool], spans: Sequence[ClosedSpan]
) -> dict[date, ClosedSpan]:
    """Return by local date which closure covers the first slot that one covers."""
    if not spans:
        return {}
    columns = (Slot.local_date, Slot.experience_id, Slot.starts_at, Slot.ends_at)
    touched = select(*columns).where(condition, ~and_(*_not_closed(spans))).order_by(Slot.starts_at.desc())
    found = {row.local_date: span_covering(spans, *row[1:]) for row in session.execute(touched)}
    return {local_date: span for local_date, span in found.items() if span}


def _day_of(hours: DayHours, left: Row[Any] | None, closed: ClosedSpan | None, spans: Sequence[ClosedSpan]) -> DayView:
    reasons = _day_reasons(hours, left, closed, spans)
    if left is None:
        mark = DayMark.CLOSED if reasons else DayMark.NONE
        return DayView(hours.local_date, mark, 0, None, reasons, 0)
    return DayView(hours.local_date, _day_mark(left), left.free, left.first_starts_at, reasons, left.for_sale)


def _day_mark(left: Row[Any]) -> DayMark:
    if left.free:
        return DayMark(mark_of(left.free, left.open_capacity))
    if left.open:
        return DayMark.FULL
    return DayMark.CLOSED if left.closed else DayMark.PAST


def _day_reasons(
    hours: DayHours, left: Row[Any] | None, closed: ClosedSpan | None, spans: Sequence[ClosedSpan]
) -> Texts:
    if closed is not None:
        return closed.reasons
    if left is None and hours.opens_at is not None and hours.closes_at is not None:
        covering = [span for span in spans if span.overlaps(hours.opens_at, hours.closes_at)]
        return covering[0].reasons if covering else {}
    return hours.reasons


def _next_starts(
    session: Session, condition: ColumnElement[bool], *, zone: ZoneInfo, now: datetime, limit: int
) -> list[NextStart]:
    spans = closures.spans(session, now=now)
    statement = (
        select(Experience, *_slot_columns(now))
        .join(Slot, Slot.experience_id == Experience.id)
        .where(condition, OFFERED, Slot.admits_until > now, claimed_now(now) < PLACES, *_not_closed(spans))
        .order_by(Slot.starts_at, Slot.id)
        .limit(limit)
    )
    return [NextStart(row.Experience, _view_of(row, spans, zone, now)) for row in session.execute(statement)]


def _not_closed(spans: Sequence[ClosedSpan]) -> list[ColumnElement[bool]]:
    """Say in SQL what `span_covering` says, so that a limit counts only slots that can be had."""
    conditions = []
    for span in spans:
        touched = [Slot.ends_at > span.starts_at]
        if span.ends_at is not None:
            touched.append(Slot.starts_at < span.ends_at)
        if span.experience_id is not None:
            touched.append(Slot.experience_id == span.experience_id)
        conditions.append(not_(and_(*touched)))
    return conditions
