"""The tables of visitor flow: what people counted by hand, the limits of the house, what was learnt of visitors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.flow.outlook import Promise
from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime
from ticketing.foundation.house_revision import SetByManagers


class HandCount(Base):
    """Somebody went round and counted who is inside: the reckoning of that day begins anew from here."""

    __tablename__ = "hand_counts"
    __table_args__ = (Index(None, "counted_at"), CheckConstraint("people >= 0", name="people_are_not_negative"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # of the form it came with
    counted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    people: Mapped[int]
    counted_by: Mapped[str] = mapped_column(String(120))
    expected: Mapped[int]  # what we would have said then


class HouseLimits(SetByManagers, Base):
    """How many may be inside, and what is promised about it. Rows are only added; the latest holds.

    The fire limit is what the fire-prevention report of the building says; we never work one out.
    """

    __tablename__ = "house_limits"
    __table_args__ = (
        CheckConstraint("fire_limit > staff + reserve", name="leaves_room_for_visitors"),
        CheckConstraint("staff >= 0 AND reserve >= 0", name="staff_and_reserve_are_not_negative"),
        CheckConstraint("sales_percent BETWEEN 1 AND 100", name="sales_percent_is_a_share"),
        CheckConstraint("risk_bp BETWEEN 1 AND 2000", name="risk_is_small"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fire_limit: Mapped[int]  # people, staff included
    staff: Mapped[int]
    reserve: Mapped[int]
    sales_percent: Mapped[int]  # how far we sell: of what the fire limit leaves for visitors
    risk_bp: Mapped[int]  # with which risk that is exceeded, in hundredths of a percent
    promise: Mapped[Promise] = mapped_column(State(Promise))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    set_by: Mapped[str] = mapped_column(String(120))


class LearntHabits(Base):
    """What was learnt of visitors on a day, from the four weeks before; the latest is used."""

    __tablename__ = "learnt_habits"

    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(unique=True)
    learnt_at: Mapped[datetime] = mapped_column(UTCDateTime)
    habits: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
