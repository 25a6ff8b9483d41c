"""The forecast as it is shown: each day of six weeks, with what is booked by now, each slot of two; its scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Allocation, AllocationState, Experience, Slot
from ticketing.catalogue.slot_locks import PLACES
from ticketing.flow import influences
from ticketing.flow.day_loading import ENTERING
from ticketing.flow.exports import Table
from ticketing.flow.forecast_models import DayForecast, ForecastScore, InfluenceKind, SlotForecast
from ticketing.flow.influences import KnownDay
from ticketing.flow.report_shapes import Cell, Kind, columns
from ticketing.foundation.clock import local_date_of

SLOT_DAYS = 14
A_HANDFUL = 500  # rows fetched at a time

DAYS = columns(
    day=Kind.DAY, open=Kind.COUNT, booked=Kind.COUNT, expected=Kind.COUNT, low=Kind.COUNT, high=Kind.COUNT,
    places=Kind.COUNT, same_day_last_year=Kind.COUNT, school_holiday=Kind.WRITTEN, public_holiday=Kind.WRITTEN,
    event=Kind.WRITTEN, weather=Kind.WORD, made_at=Kind.MOMENT,
)  # fmt: skip
SLOTS = columns(
    day=Kind.DAY, starts=Kind.MOMENT, experience=Kind.NAME, expected=Kind.COUNT, low=Kind.COUNT, high=Kind.COUNT,
    places=Kind.COUNT, made_at=Kind.MOMENT,
)  # fmt: skip


@dataclass(frozen=True)
class DayAhead:
    """A day to come: what was forecast of it, what is booked by now, what is known of it."""

    forecast: DayForecast
    booked: int
    known: KnownDay


@dataclass(frozen=True)
class WeeksAhead:
    """The forecast that stands; no days while nothing could be forecast."""

    days: tuple[DayAhead, ...]
    scores: tuple[ForecastScore, ...]

    @property
    def made_at(self) -> datetime | None:
        """When it was made."""
        return self.days[0].forecast.made_at if self.days else None


def weeks_ahead(session: Session, *, zone: ZoneInfo, now: datetime) -> WeeksAhead:
    """Load the forecast from today on."""
    today = local_date_of(now, zone)
    from_today = select(DayForecast).where(DayForecast.local_date >= today).order_by(DayForecast.local_date)
    days = session.scalars(from_today).all()
    if not days:
        return WeeksAhead((), ())
    last = days[-1].local_date
    booked, known = _booked(session, today, last), influences.days_between(session, today, last)
    scores = session.scalars(select(ForecastScore).order_by(ForecastScore.lead)).all()
    return WeeksAhead(
        tuple(DayAhead(day, booked.get(day.local_date, 0), known[day.local_date]) for day in days), tuple(scores)
    )


def days_table(weeks: WeeksAhead, language: str, zone: ZoneInfo) -> Table:
    """Return the days as a file has them."""
    return Table(DAYS, (_day_row(each) for each in weeks.days), language, zone)


def slots_table(session: Session, language: str, *, zone: ZoneInfo, now: datetime) -> Table:
    """Return the slots of two weeks as a file has them, read while the session is open."""
    today = local_date_of(now, zone)
    question = (
        select(Slot.local_date, Slot.starts_at, Experience.names, SlotForecast.mid, SlotForecast.low,
               SlotForecast.high, PLACES, DayForecast.made_at)
        .join(SlotForecast, SlotForecast.slot_id == Slot.id)
        .join(DayForecast, DayForecast.id == SlotForecast.day_id)
        .join(Experience, Experience.id == Slot.experience_id)
        .where(Slot.local_date.between(today, today + timedelta(days=SLOT_DAYS - 1)))
        .order_by(Slot.starts_at, Slot.id)
    )  # fmt: skip
    rows = session.execute(question.execution_options(yield_per=A_HANDFUL))
    return Table(SLOTS, _cells(iter(rows)), language, zone)


def _cells(rows: Iterator[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    yield from (tuple(row) for row in rows)


def _booked(session: Session, first: date, last: date) -> dict[date, int]:
    question = (
        select(Slot.local_date, func.sum(Allocation.admissions))
        .join(Experience, Experience.id == Slot.experience_id)
        .join(Allocation, Allocation.slot_id == Slot.id)
        .where(
            Slot.local_date.between(first, last), Experience.kind.in_(ENTERING),
            Allocation.state == AllocationState.SOLD,
        )
        .group_by(Slot.local_date)
    )  # fmt: skip
    return {local_date: int(booked) for local_date, booked in session.execute(question)}


def _day_row(each: DayAhead) -> tuple[Cell, ...]:
    day, is_open = each.forecast, each.forecast.is_open
    said = (day.mid, day.low, day.high, day.places) if is_open else (0, 0, 0, 0)
    return (
        day.local_date, int(is_open), each.booked, *said, day.last_year,
        *(_names(each.known, kind) for kind in InfluenceKind), each.known.sky, day.made_at,
    )  # fmt: skip


def _names(known: KnownDay, kind: InfluenceKind) -> str | None:
    return ", ".join(each.name for each in known.influences if each.kind is kind) or None
