"""The tables of the door."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.foundation.database import Base, State, UTCDateTime


class Gate(Base):
    """A door people go through."""

    __tablename__ = "gates"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))


class Device(Base):
    """A scanner a manager has enrolled; only the digest of its token is kept."""

    __tablename__ = "devices"
    __table_args__ = (CheckConstraint("unsent_scans >= 0", name="unsent_is_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    gate_id: Mapped[int | None] = mapped_column(ForeignKey("gates.id"))
    enrolled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # What the device told of itself last; None until it has.
    clock_ahead_seconds: Mapped[int | None]  # its clock against ours; negative when it runs behind
    unsent_scans: Mapped[int | None]


class DeviceInvitation(Base):
    """A link that enrols one device at a gate, once and soon; only the digest of its secret is kept."""

    __tablename__ = "device_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    gate_id: Mapped[int] = mapped_column(ForeignKey("gates.id"))
    invited_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"), unique=True)  # whom it enrolled

    gate: Mapped[Gate] = relationship(lazy="raise")


class Scan(Base):
    """One attempt at a gate, with its verdict. Rows are only ever added."""

    __tablename__ = "scans"
    __table_args__ = (
        Index(None, "ticket_id", "verdict"),
        Index(None, "scanned_at"),
        Index(None, "received_at"),
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
