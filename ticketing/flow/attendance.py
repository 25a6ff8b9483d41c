"""How many came on each past day and how their tickets were sold, and what is offered and sold of the days to come.

Added up by the database, a day at a time: a year of 300,000 tickets is four hundred short questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ticketing.catalogue import closures
from ticketing.catalogue.models import Closure, ClosureState, Experience, Slot
from ticketing.catalogue.opening import span_covering
from ticketing.catalogue.slot_locks import PLACES
from ticketing.flow.day_loading import ENTERING
from ticketing.flow.forecast import CURVE_DAYS, PastDay
from ticketing.flow.influences import KnownDay
from ticketing.foundation.clock import day_bounds
from ticketing.foundation.database import UTCDateTime
from ticketing.tickets.models import Ticket, TicketState

FULL = 0.98  # of its places sold: more would have come
SHARES_DAYS = 56  # of which the spread over slots is learnt
NEVER = -1  # in place of days ahead: not before the day began


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot that will let people in: places it offers, admissions that are booked."""

    id: int
    experience_id: int
    local_date: date
    starts_at: datetime
    admits_until: datetime
    places: int
    booked: int


@dataclass(frozen=True, slots=True)
class SlotCame:
    """How many came to a slot of the past."""

    experience_id: int
    local_date: date
    starts_at: datetime
    came: int


@dataclass(frozen=True, slots=True)
class _Sales:
    booked: tuple[int, ...]  # so many days before, from 0: when the day began
    final: int
    came: int


def first_day(session: Session, last: date, most: int) -> date | None:
    """Return from which date on there is history, at most so many days back; None where nobody ever came."""
    with_tickets = select(Ticket.id).where(Ticket.slot_id == Slot.id).exists()
    earliest = session.scalar(select(func.min(Slot.local_date)).where(Slot.local_date <= last, with_tickets))
    return max(earliest, last - timedelta(days=most - 1)) if earliest else None


def past_days(session: Session, days: Mapping[date, KnownDay], *, zone: ZoneInfo) -> list[PastDay]:
    """Load days that are over as history; which were closed, or whose tickets nobody scanned, are no example."""
    first, last = min(days), max(days)
    places, shut = _places(session, first, last), _shut(session, first, last, zone)
    found = []
    for local_date, known in days.items():
        if local_date not in places:
            found.append(PastDay(known.day, 0, (0,) * (CURVE_DAYS + 1), is_open=False))
            continue
        sold = _sales(session, local_date, zone)
        found.append(
            PastDay(
                known.day, sold.came, sold.booked,
                is_open=local_date not in shut and (sold.came > 0 or sold.final == 0),
                is_sold_out=sold.final >= FULL * places[local_date],
            )
        )  # fmt: skip
    return found


def booked_before(session: Session, local_date: date, origin: date, *, zone: ZoneInfo) -> int:
    """Return what was booked for a date when an earlier one began."""
    return _sales(session, local_date, zone).booked[(local_date - origin).days]


def open_slots(session: Session, first: date, last: date, *, now: datetime) -> dict[date, list[OpenSlot]]:
    """Load the slots that will let people in, by date and time, whose places no closure takes."""
    booked = func.coalesce(func.sum(Ticket.admissions), 0)
    question = (
        select(Slot.id, Slot.experience_id, Slot.local_date, Slot.starts_at, Slot.ends_at, Slot.admits_until, PLACES,
               booked)
        .join(Experience, Experience.id == Slot.experience_id)
        .outerjoin(Ticket, (Ticket.slot_id == Slot.id) & (Ticket.state == TicketState.VALID))
        .where(*_offered(first, last))
        .group_by(Slot.id)
        .order_by(Slot.starts_at, Slot.id)
    )  # fmt: skip
    spans = closures.spans(session, now=now)
    found: dict[date, list[OpenSlot]] = defaultdict(list)
    for slot_id, experience, local_date, starts_at, ends_at, admits_until, places, sold in session.execute(question):
        if span_covering(spans, experience, starts_at, ends_at) is None:
            found[local_date].append(
                OpenSlot(slot_id, experience, local_date, starts_at, admits_until, places, int(sold))
            )
    return found


def slots_of(session: Session, first: date, last: date) -> list[SlotCame]:
    """Load how many came to each slot of days that are over."""
    question = (
        select(Slot.experience_id, Slot.local_date, Slot.starts_at, func.sum(Ticket.admitted))
        .join(Experience, Experience.id == Slot.experience_id)
        .join(Ticket, Ticket.slot_id == Slot.id)
        .where(*_offered(first, last))
        .group_by(Slot.id)
    )
    return [SlotCame(*row[:3], int(row[3])) for row in session.execute(question)]


def _offered(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return Slot.local_date.between(first, last), Slot.withdrawn_at.is_(None), Experience.kind.in_(ENTERING)


def _places(session: Session, first: date, last: date) -> dict[date, int]:
    question = select(Slot.local_date, func.sum(PLACES)).join(Experience, Experience.id == Slot.experience_id)
    rows = session.execute(question.where(*_offered(first, last)).group_by(Slot.local_date))
    return {local_date: int(places) for local_date, places in rows}


def _shut(session: Session, first: date, last: date, zone: ZoneInfo) -> set[date]:
    """Return the dates on which a closure took hours away from what brings people in."""
    begin, end = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    taken = (
        select(Slot.local_date)
        .join(Experience, Experience.id == Slot.experience_id)
        .join(Closure, (Closure.starts_at < Slot.ends_at)
              & or_(Closure.ends_at.is_(None), Closure.ends_at > Slot.starts_at))
        .where(
            *_offered(first, last), Closure.state != ClosureState.WITHDRAWN, Closure.starts_at < end,
            or_(Closure.ends_at.is_(None), Closure.ends_at > begin),
            or_(~Closure.experiences.any(), Closure.experiences.any(Experience.id == Slot.experience_id)),
        )
        .distinct()
    )  # fmt: skip
    return set(session.scalars(taken))


def _sales(session: Session, local_date: date, zone: ZoneInfo) -> _Sales:
    """Add up what was booked for a date each day before, and who came."""
    begins = {f"begin_{lead}": day_bounds(local_date - timedelta(days=lead), zone)[0] for lead in range(CURVE_DAYS + 1)}
    gained = [0] * (CURVE_DAYS + 2)  # by days ahead; the last is a place for NEVER
    final = came = 0
    rows = session.execute(_SOLD, {"local_date": local_date, **begins})
    for sold_before, ended_before, state, admissions, admitted in rows:
        gained[sold_before] += int(admissions)
        gained[min(sold_before, ended_before)] -= int(admissions)
        final += int(admissions) if state is TicketState.VALID else 0
        came += int(admitted)
    booked = [sum(gained[lead : CURVE_DAYS + 1]) for lead in range(CURVE_DAYS + 1)]
    return _Sales(tuple(booked), final, came)


def _days_before(instant: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """Say in SQL how many days before at most something had happened: the farthest beginning it lies before."""
    begins = [(lead, bindparam(f"begin_{lead}", type_=UTCDateTime)) for lead in range(CURVE_DAYS, -1, -1)]
    return case(*((instant < begin, literal(lead)) for lead, begin in begins), else_=literal(NEVER))


def _sold() -> Select[int, int, TicketState, int, int]:
    issued, ended = _days_before(Ticket.issued_at).label("issued"), _days_before(Ticket.voided_at).label("ended")
    of_day = (Slot.local_date == bindparam("local_date"), Slot.withdrawn_at.is_(None), Experience.kind.in_(ENTERING))
    return (
        select(issued, ended, Ticket.state, func.sum(Ticket.admissions), func.sum(Ticket.admitted))
        .join(Slot, Slot.id == Ticket.slot_id)
        .join(Experience, Experience.id == Slot.experience_id)
        .where(*of_day)
        .group_by("issued", "ended", Ticket.state)
    )


_SOLD = _sold()  # put together once: it is asked for every day of a year
