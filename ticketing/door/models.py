"""The tables of the door."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
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


class ScanKind(StrEnum):
    """Who let somebody in, or turned them away."""

    SCAN = "scan"  # the rules of the door
    CHECKED = "checked"  # a person at a device that was cut off and did not know the code


class CheckedBy(StrEnum):
    """What whoever let somebody in after checking went by; a closed list, so that no name is kept in a phone."""

    MAIL = "mail"  # the mail or the page of their order
    PAYMENT = "payment"  # a proof of payment
    PAPER = "paper"  # a list on paper: of a class, of guests
    COLLEAGUE = "colleague"  # somebody of ours knows them


class Scan(Base):
    """One attempt at a gate, with its verdict. Rows are only ever added."""

    __tablename__ = "scans"
    __table_args__ = (
        Index(None, "ticket_id", "verdict"),
        Index(None, "scanned_at"),
        Index(None, "received_at"),
        CheckConstraint("admissions > 0", name="admissions_are_positive"),
        CheckConstraint("(verdict = 'refuse') = (reason IS NOT NULL)", name="refusal_has_reason"),
        CheckConstraint("came_back >= 0 AND came_back <= admissions", name="came_back_is_of_it"),
        CheckConstraint("told_at IS NULL OR device_id IS NOT NULL", name="told_by_a_device"),
        CheckConstraint(
            "kind = 'scan' OR (verdict = 'admit' AND direction = 'in' AND told_at IS NOT NULL)",
            name="checked_is_let_in_without_us",
        ),
        CheckConstraint("checked_by IS NULL OR kind = 'checked'", name="checked_by_is_of_its_kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[str] = mapped_column(String(80), unique=True)  # "device:7:<uuid>"; again is the first answer
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    code_digest: Mapped[str] = mapped_column(String(64))  # of a late scan nobody knows only its beginning
    gate_id: Mapped[int] = mapped_column(ForeignKey("gates.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_accounts.id"))
    direction: Mapped[Direction] = mapped_column(State(Direction))
    verdict: Mapped[Verdict] = mapped_column(State(Verdict))
    reason: Mapped[Reason | None] = mapped_column(State(Reason))
    admissions: Mapped[int]
    came_back: Mapped[int] = mapped_column(default=0)  # of the admissions, those who had been in before
    has_stamp: Mapped[bool] = mapped_column(default=False)  # they showed our stamp
    kind: Mapped[ScanKind] = mapped_column(State(ScanKind), default=ScanKind.SCAN)
    checked_by: Mapped[CheckedBy | None] = mapped_column(State(CheckedBy))
    scanned_at: Mapped[datetime] = mapped_column(UTCDateTime)  # by our clock, never after received_at
    # When the device, cut off, judged it by its own clock; None for a scan that we judged.
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)

    gate: Mapped[Gate] = relationship(lazy="raise")


class DoorFindingKind(StrEnum):
    """What a device that was cut off let happen and the house would not have."""

    DOUBLE = "double"  # more came in on a ticket than it admits
    VOID = "void"  # let in on a ticket that was moved, cancelled or refunded
    UNKNOWN = "unknown"  # let in with a code that belongs to no ticket
    CLOSED = "closed"  # let in while a closure held
    WRONG_SLOT = "wrong_slot"  # let in on another day, too early or too late
    LEFT = "left"  # more went out on a ticket than had come in


class DoorFinding(Base):
    """Something to look into about one scan, until a manager has worked it off with a note.

    Nobody is in it any more (`people` is 0) when a scan that came in later explains it.
    """

    __tablename__ = "door_findings"
    __table_args__ = (
        UniqueConstraint("scan_id", "kind"),
        Index(None, "ticket_id"),
        Index(None, "resolved_at"),
        CheckConstraint("people >= 0", name="people_are_not_negative"),
        CheckConstraint("(kind = 'unknown') = (ticket_id IS NULL)", name="only_the_unknown_has_no_ticket"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DoorFindingKind] = mapped_column(State(DoorFindingKind))
    scan_id: Mapped[int] = mapped_column(ForeignKey("scans.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    people: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_by: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")


class Tally(Base):
    """One person counted by tap at a door without scanner, in or out. Rows are only ever added."""

    __tablename__ = "tallies"
    __table_args__ = (Index(None, "counted_at"), CheckConstraint("delta IN (-1, 1)", name="one_person_at_a_time"))

    id: Mapped[int] = mapped_column(primary_key=True)
    tally_id: Mapped[str] = mapped_column(String(80), unique=True)  # "device:7:<uuid>"; again is the same tap
    gate_id: Mapped[int] = mapped_column(ForeignKey("gates.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    delta: Mapped[int]
    counted_at: Mapped[datetime] = mapped_column(UTCDateTime)  # by our clock, never after received_at
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)  # by the device's
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
