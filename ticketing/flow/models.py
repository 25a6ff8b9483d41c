"""The tables of visitor flow: what people counted by hand, what was learnt of visitors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.foundation.database import Base, JSONDocument, UTCDateTime


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


class LearntHabits(Base):
    """What was learnt of visitors on a day, from the four weeks before; the latest is used."""

    __tablename__ = "learnt_habits"

    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(unique=True)
    learnt_at: Mapped[datetime] = mapped_column(UTCDateTime)
    habits: Mapped[dict[str, Any]] = mapped_column(JSONDocument)


class DisplayLink(Base):
    """A link that opens the display on a wall without signing in; only the digest of its secret is kept."""

    __tablename__ = "display_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))  # where the screen hangs
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
