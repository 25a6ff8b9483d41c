"""The tables of the forecast: what managers know of days beforehand, what is expected, how good that has been."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.flow.day_types import Sky
from ticketing.foundation.database import Base, State, UTCDateTime


class InfluenceKind(StrEnum):
    """What makes a day draw more or fewer people than others of its weekday."""

    SCHOOL_HOLIDAY = "school_holiday"
    PUBLIC_HOLIDAY = "public_holiday"
    EVENT = "event"  # ours or the town's; with what a manager expects of it


class DayInfluence(Base):
    """Days, from one to another, that differ from others for a reason one knows beforehand."""

    __tablename__ = "day_influences"
    __table_args__ = (
        UniqueConstraint("kind", "first_date", "name"),
        Index(None, "last_date"),
        CheckConstraint("last_date >= first_date", name="ends_after_it_begins"),
        CheckConstraint("(kind = 'event') = (effect_percent IS NOT NULL)", name="events_alone_have_an_effect"),
        CheckConstraint("effect_percent BETWEEN -90 AND 400 AND effect_percent <> 0", name="effect_is_possible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[InfluenceKind] = mapped_column(State(InfluenceKind))
    name: Mapped[str] = mapped_column(String(80))
    first_date: Mapped[date]
    last_date: Mapped[date]
    effect_percent: Mapped[int | None]  # by how much more people come because of an event


class DayWeather(Base):
    """The weather of a local date: as forecast while it is to come, as it was afterwards."""

    __tablename__ = "day_weather"

    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(unique=True)
    sky: Mapped[Sky] = mapped_column(State(Sky))


class DayForecast(Base):
    """How many are expected on a local date, and the band of 80 %. All days are made anew together, each night."""

    __tablename__ = "day_forecasts"
    __table_args__ = (
        CheckConstraint("0 <= low AND low <= mid AND mid <= high", name="lies_in_its_band"),
        CheckConstraint("high <= places", name="has_places"),
        CheckConstraint("is_open OR places = 0", name="closed_is_nobody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_open: Mapped[bool]
    places: Mapped[int]
    booked: Mapped[int]  # when the day of making began: what the forecast rests on
    mid: Mapped[int]
    low: Mapped[int]
    high: Mapped[int]
    last_year: Mapped[int | None]  # who came on the same weekday 52 weeks before


class SlotForecast(Base):
    """How many of a day's forecast are expected in one slot; the slots of a day add up to it."""

    __tablename__ = "slot_forecasts"
    __table_args__ = (
        Index(None, "day_id"),
        CheckConstraint("0 <= low AND low <= mid AND mid <= high", name="lies_in_its_band"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day_id: Mapped[int] = mapped_column(ForeignKey("day_forecasts.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), unique=True)
    mid: Mapped[int]
    low: Mapped[int]
    high: Mapped[int]


class ForecastScore(Base):
    """How good forecasts so many days ahead have been, each judged as if made then (flow/forecast.py: Score)."""

    __tablename__ = "forecast_scores"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead: Mapped[int] = mapped_column(unique=True)
    n: Mapped[int]
    wape: Mapped[float]
    mase: Mapped[float]
    bias: Mapped[float]
    pinball: Mapped[float]
    coverage: Mapped[float]
