"""Learning what visitors are like from four weeks of our own scans, once a day, and finding what was learnt."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.opening import hours_on
from ticketing.door.models import Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.flow import habits as flow_habits
from ticketing.flow.arrivals import Punctuality
from ticketing.flow.day_loading import ENTERING
from ticketing.flow.habits import Habits, StaySeen
from ticketing.flow.models import LearntHabits
from ticketing.flow.showing import Offset, ShowRate, punctuality_of
from ticketing.flow.stays import Lognormal
from ticketing.foundation.clock import local_date_of
from ticketing.tickets.models import Ticket, TicketState

DAYS = 28
HOUR = timedelta(hours=1)
CUT = timedelta(minutes=15)  # who leaves so shortly before closing leaves because of it
MOST_PARTIES = 20_000


@dataclass(frozen=True, slots=True)
class _PartySeen:
    """The people of one order in one slot: when the first came in and the last went out, how many came and left."""

    local_date: date
    starts_at: datetime
    admits_until: datetime
    came_at: datetime
    left_at: datetime | None
    came: int
    left: int


def learn(session: Session, *, zone: ZoneInfo, now: datetime) -> Habits:
    """Learn from the four weeks before today, and keep it as today's; again on the same day it is put anew."""
    today = local_date_of(now, zone)
    first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
    parties = _parties(session, first, last)
    calendar = closures.load_calendar(session, zone)
    closes = {day: hours_on(calendar, day).closes_at for day in {party.local_date for party in parties}}
    stays = [seen for party in parties if (seen := _stay(party, closes[party.local_date]))]
    offsets = [_offset(party) for party in parties]
    sizes = [party.came for party in parties]
    factor, spread, exit_days = flow_habits.exits_of(_days(parties))
    learnt = Habits(
        _shows(session, first, last), punctuality_of(offsets), len(offsets), flow_habits.stay_of(stays), len(stays),
        factor, spread, exit_days, flow_habits.dispersion_seen(sizes), len(sizes),
    )  # fmt: skip
    row = session.scalars(select(LearntHabits).where(LearntHabits.local_date == today)).one_or_none()
    if row is None:
        row = LearntHabits(local_date=today)
        session.add(row)
    row.learnt_at, row.habits = now, to_document(learnt)
    session.flush()
    return learnt


def find_habits(session: Session) -> Habits:
    """Return what was learnt last; what is usual elsewhere while nothing was."""
    row = session.scalars(select(LearntHabits).order_by(LearntHabits.local_date.desc()).limit(1)).one_or_none()
    return from_document(row.habits) if row else Habits()


def is_learnt(session: Session, local_date: date) -> bool:
    """Tell whether this day has learnt already."""
    return session.scalar(select(LearntHabits.id).where(LearntHabits.local_date == local_date)) is not None


def to_document(habits: Habits) -> dict[str, Any]:
    """Return habits as they are kept."""
    who = habits.punctuality
    return {
        "shows": habits.show.shows, "booked": habits.show.booked,
        "early": who.early, "late": who.late, "early_hours": who.early_hours, "late_hours": who.late_hours,
        "punctuality_n": habits.punctuality_n,
        "stay_mean": habits.stay.mean, "stay_cv": habits.stay.cv, "stay_n": habits.stay_n,
        "exit_factor": habits.exit_factor, "exit_sd": habits.exit_sd, "exit_days": habits.exit_days,
        "dispersion": habits.dispersion, "parties": habits.parties,
    }  # fmt: skip


def from_document(kept: dict[str, Any]) -> Habits:
    """Return habits from how they are kept."""
    return Habits(
        ShowRate(kept["shows"], kept["booked"]),
        Punctuality(kept["early"], kept["late"], kept["early_hours"], kept["late_hours"]), kept["punctuality_n"],
        Lognormal(kept["stay_mean"], kept["stay_cv"]), kept["stay_n"],
        kept["exit_factor"], kept["exit_sd"], kept["exit_days"], kept["dispersion"], kept["parties"],
    )  # fmt: skip


def _shows(session: Session, first: date, last: date) -> ShowRate:
    """Count admissions booked and used; tickets that were void leave both."""
    counted = (
        select(func.coalesce(func.sum(Ticket.admitted), 0), func.coalesce(func.sum(Ticket.admissions), 0))
        .join(Slot, Slot.id == Ticket.slot_id)
        .join(Experience, Experience.id == Slot.experience_id)
        .where(
            Slot.local_date.between(first, last), Experience.kind.in_(ENTERING), Ticket.state == TicketState.VALID
        )
    )  # fmt: skip
    shows, booked = session.execute(counted).one()
    return ShowRate(int(shows), int(booked))


def _parties(session: Session, first: date, last: date) -> list[_PartySeen]:
    going_in, going_out = Scan.direction == Direction.IN, Scan.direction == Direction.OUT
    came_at = func.min(case((going_in, Scan.scanned_at)))
    seen = (
        select(
            Slot.local_date, Slot.starts_at, Slot.admits_until, came_at,
            func.max(case((going_out, Scan.scanned_at))),
            func.sum(case((going_in, Scan.admissions), else_=0)),
            func.sum(case((going_out, Scan.admissions), else_=0)),
        )
        .select_from(Slot)
        .join(Experience, Experience.id == Slot.experience_id)
        .join(Ticket, Ticket.slot_id == Slot.id)
        .join(Scan, Scan.ticket_id == Ticket.id)
        .where(
            Slot.local_date.between(first, last), Experience.kind.in_(ENTERING), Scan.verdict == Verdict.ADMIT
        )
        .group_by(Ticket.order_id, Slot.id, Slot.local_date, Slot.starts_at, Slot.admits_until)
        .having(came_at.is_not(None))
        .limit(MOST_PARTIES)
    )  # fmt: skip
    return [_PartySeen(*row) for row in session.execute(seen)]


def _stay(party: _PartySeen, closes_at: datetime | None) -> StaySeen | None:
    """Return how long a party stayed, of those whom somebody saw go."""
    if party.left_at is None or party.left_at <= party.came_at:
        return None
    is_cut = closes_at is not None and party.left_at > closes_at - CUT
    return StaySeen((party.left_at - party.came_at) / HOUR, is_cut)


def _offset(party: _PartySeen) -> Offset:
    return Offset((party.came_at - party.starts_at) / HOUR, (party.admits_until - party.starts_at) / HOUR)


def _days(parties: list[_PartySeen]) -> list[tuple[int, int]]:
    came: dict[date, int] = defaultdict(int)
    left: dict[date, int] = defaultdict(int)
    for party in parties:
        came[party.local_date] += party.came
        left[party.local_date] += party.left
    return [(came[day], left[day]) for day in sorted(came)]
