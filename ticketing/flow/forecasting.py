"""Making the forecast anew: load what is known, reckon without a transaction, keep it in place of the last one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.flow import attendance, forecast, influences, learning
from ticketing.flow.attendance import OpenSlot, SlotCame
from ticketing.flow.day_types import Day
from ticketing.flow.forecast import TRAINED_ON, Coming, Forecast, PastDay, Score
from ticketing.flow.forecast_models import DayForecast, ForecastScore, SlotForecast
from ticketing.flow.influences import KnownDay
from ticketing.flow.slot_forecast import AskedSlot, Crowdedness, SlotExpected, over_slots
from ticketing.foundation.clock import local_date_of
from ticketing.tickets.models import Ticket

DAYS_AHEAD = 42
YEAR = timedelta(weeks=52)  # the same weekday, a year ago

Chosen = Mapping[tuple[bool, int, time], float]  # by kind of day, experience and start: people who came


@dataclass(frozen=True)
class Known:
    """Everything a forecast is made of."""

    today: date
    past: tuple[PastDay, ...]
    coming: tuple[Coming, ...]
    slots: Mapping[date, Sequence[OpenSlot]]
    chosen: Chosen
    crowd: Crowdedness
    zone: ZoneInfo


@dataclass(frozen=True)
class Made:
    """A forecast of days and their slots, how good such forecasts were, and who came a year before."""

    days: tuple[Forecast, ...]
    slots: Mapping[date, Sequence[SlotExpected]]
    scores: tuple[Score, ...]
    last_year: Mapping[date, int]


def has_history(session: Session, *, zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether anybody ever had a ticket for a day that is over."""
    of_past = select(Ticket.id).join(Slot, Slot.id == Ticket.slot_id).where(Slot.local_date < local_date_of(now, zone))
    return bool(session.scalar(select(exists(of_past))))


def load(session: Session, *, zone: ZoneInfo, now: datetime) -> Known:
    """Load what was known when the local day began: history, calendar, what is offered and booked."""
    today = local_date_of(now, zone)
    yesterday, end = today - timedelta(days=1), today + timedelta(days=DAYS_AHEAD - 1)
    first = attendance.first_day(session, yesterday, TRAINED_ON)
    past = influences.days_between(session, first, yesterday) if first else {}
    coming = influences.days_between(session, today, end)
    slots = attendance.open_slots(session, today, end, now=now)
    habits = learning.find_habits(session)
    since = today - timedelta(days=attendance.SHARES_DAYS)
    return Known(
        today, tuple(attendance.past_days(session, past, zone=zone) if past else ()),
        tuple(_coming(session, known, slots.get(local_date, ()), today, zone) for local_date, known in coming.items()),
        slots, _chosen(attendance.slots_of(session, since, yesterday), past, zone),
        Crowdedness(habits.show.share, habits.dispersion), zone,
    )  # fmt: skip


def work_out(known: Known) -> Made:
    """Forecast the days to come and their slots; pure, a second or two for a year of history."""
    days, scores = forecast.forecast(known.past, known.coming, known.today)
    came = {each.day.local_date: each.came for each in known.past if each.is_open}
    by_date = {each.day.local_date: each for each in known.coming}
    spread = {
        each.local_date: over_slots(each, _asked(known, by_date[each.local_date]), known.crowd)
        for each in days
        if each.is_open
    }
    last_year = {each.local_date: came[before] for each in days if (before := each.local_date - YEAR) in came}
    return Made(tuple(days), spread, tuple(scores), last_year)


def keep(session: Session, made: Made, *, now: datetime) -> None:
    """Put a forecast in the place of the last one; made twice, even at once, it stands once."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite the write transaction is the lock
        session.execute(text(f"LOCK TABLE {DayForecast.__tablename__} IN EXCLUSIVE MODE"))
    for table in (SlotForecast, DayForecast, ForecastScore):
        session.execute(delete(table))
    days = [DayForecast(**_row(each, made.last_year.get(each.local_date)), made_at=now) for each in made.days]
    session.add_all(days)
    session.flush()
    rows = [
        {"day_id": day.id, "slot_id": each.id, "mid": each.mid, "low": each.low, "high": each.high}
        for day in days
        for each in made.slots.get(day.local_date, ())
    ]
    if rows:
        session.execute(insert(SlotForecast), rows)
    if made.scores:
        session.execute(insert(ForecastScore), [asdict(each) for each in made.scores])


def _coming(session: Session, known: KnownDay, slots: Sequence[OpenSlot], today: date, zone: ZoneInfo) -> Coming:
    local_date = known.day.local_date
    booked = attendance.booked_before(session, local_date, today, zone=zone) if slots else 0
    return Coming(known.day, booked, sum(slot.places for slot in slots), is_open=bool(slots))


def _chosen(came: Sequence[SlotCame], days: Mapping[date, KnownDay], zone: ZoneInfo) -> Chosen:
    chosen: dict[tuple[bool, int, time], float] = defaultdict(float)
    for each in came:
        if each.local_date in days:
            chosen[_is_free(days[each.local_date].day), each.experience_id, each.starts_at.astimezone(zone).time()] += (
                each.came
            )
    return chosen


def _asked(known: Known, coming: Coming) -> list[AskedSlot]:
    """Say how often each slot of a day was chosen; one that nobody has had yet counts as one person."""
    is_free = _is_free(coming.day)
    return [
        AskedSlot(
            slot.id, slot.places, slot.booked,
            1 + known.chosen.get((is_free, slot.experience_id, slot.starts_at.astimezone(known.zone).time()), 0.0),
        )
        for slot in known.slots[coming.day.local_date]
    ]  # fmt: skip


def _is_free(day: Day) -> bool:
    return day.is_school_holiday or day.is_public_holiday or day.local_date.weekday() >= 5


def _row(day: Forecast, last_year: int | None) -> dict[str, object]:
    mid = round(day.mid)
    return {
        "local_date": day.local_date, "is_open": day.is_open, "places": day.places, "booked": day.booked, "mid": mid,
        "low": min(math.floor(day.low), mid), "high": max(mid, min(math.ceil(day.high), day.places)),
        "last_year": last_year,
    }  # fmt: skip
