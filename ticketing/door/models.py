"""The tables of the door."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.foundation.database import Base, State, UTCDateTime


class Direction(StrEnum):
    """Which way somebody goes through a gate."""

    IN = "in"
    OUT = "out"


class Verdict(StrEnum):
    """The answer to a scan."""

    ADMIT = "admit"
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why a scan was refused; exactly one."""

    UNKNOWN = "unknown"  # no ticket has this code
    VOID = "void"  # the ticket was moved, cancelled or refunded
    UNPAID = "unpaid"  # the order is not confirmed
    CLOSED = "closed"  # a closure covers this slot now
    WRONG_DAY = "wrong_day"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    ALREADY_USED = "already_used"
    NOT_INSIDE = "not_inside"  # an exit scan of a ticket nobody entered on


class Gate(Base):
    """A door people go through."""

    __tablename__ = "gates"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))


class Device(Base):
    """A scanner a manager has enrolled; only the digest of its token is kept."""

    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    gate_id: Mapped[int | None] = mapped_column(ForeignKey("gates.id"))
    enrolled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Scan(Base):
    """One attempt at a gate, with its verdict. Rows are only ever added."""

    __tablename__ = "scans"
    __table_args__ = (
        Index(None, "ticket_id", "verdict"),
        Index(None, "scanned_at"),
        CheckConstraint("admissions > 0", name="admissions_are_positive"),
        CheckConstraint("(verdict = 'refuse') = (reason IS NOT NULL)", name="refusal_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[str] = mapped_column(String(80), unique=True)  # "device:7:<uuid>"; again is the first answer
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    code_digest: Mapped[str] = mapped_column(String(64))
    gate_id: Mapped[int] = mapped_column(ForeignKey("gates.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_accounts.id"))
    direction: Mapped[Direction] = mapped_column(State(Direction))
    verdict: Mapped[Verdict] = mapped_column(State(Verdict))
    reason: Mapped[Reason | None] = mapped_column(State(Reason))
    admissions: Mapped[int]
    scanned_at: Mapped[datetime] = mapped_column(UTCDateTime)  # as the device told, never after received_at
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)

    gate: Mapped[Gate] = relationship(lazy="raise")
