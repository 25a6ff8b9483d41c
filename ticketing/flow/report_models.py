"""The tables of reports: what days came to, added up once they are over, and who is sent which report."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.foundation.database import Base, State, UTCDateTime
from ticketing.sales.models import Channel


class Basis(StrEnum):
    """Which day an act counts on; never mixed in one figure."""

    SALE = "sale"  # the day it was paid, changed or given back
    VISIT = "visit"  # the day the ticket is for


class Act(StrEnum):
    """What made revenue, or took it away."""

    BOUGHT = "bought"  # with an order
    ADDED = "added"  # to an order
    MOVED_HERE = "moved_here"
    MOVED_AWAY = "moved_away"
    CANCELLED = "cancelled"
    FEE = "fee"  # kept for a change; like the next two it is of no ticket
    GIVEN_FREELY = "given_freely"
    TAKEN_BY_BANK = "taken_by_bank"


class ReportName(StrEnum):
    """The reports there are, as their addresses name them."""

    SALES = "sales"
    VAT = "vat"
    CHANNELS = "channels"
    LEAD_TIME = "lead-time"
    ATTENDANCE = "attendance"
    NO_SHOWS = "no-shows"
    REFUNDS = "refunds"
    CLOSURES = "closures"


class Rhythm(StrEnum):
    """How often a report is sent."""

    WEEKLY = "weekly"  # from Monday to Sunday
    MONTHLY = "monthly"


class TalliedDay(Base):
    """A local day that is over and has been added up on one basis."""

    __tablename__ = "tallied_days"
    __table_args__ = (UniqueConstraint("basis", "local_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    basis: Mapped[Basis] = mapped_column(State(Basis))
    local_date: Mapped[date]
    begins_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when the run began that added it up


class SaleTally(Base):
    """What tickets of one type of one experience came to on a day, over a channel: bought, added, moved, cancelled."""

    __tablename__ = "sale_tallies"
    __table_args__ = (Index(None, "day_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day_id: Mapped[int] = mapped_column(ForeignKey("tallied_days.id"))
    act: Mapped[Act] = mapped_column(State(Act))
    channel: Mapped[Channel] = mapped_column(State(Channel))
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    vat_class: Mapped[str] = mapped_column(String(40))
    vat_bp: Mapped[int | None]
    lead: Mapped[int | None]  # of what was bought: the first day of its stretch (sold.LEADS)
    orders: Mapped[int]  # whose first line is among these
    tickets: Mapped[int]
    list_cents: Mapped[int]
    discount_cents: Mapped[int]
    vat_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))


class VisitTally(Base):
    """What became of the tickets for a day: of one type of one experience, sold over a channel."""

    __tablename__ = "visit_tallies"
    __table_args__ = (Index(None, "day_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day_id: Mapped[int] = mapped_column(ForeignKey("tallied_days.id"))
    channel: Mapped[Channel] = mapped_column(State(Channel))
    experience_id: Mapped[int] = mapped_column(ForeignKey("experiences.id"))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    booked: Mapped[int]  # admissions of valid tickets
    void: Mapped[int]  # admissions of void ones
    admitted: Mapped[int]
    missed_cents: Mapped[int]  # what was paid for valid admissions that did not come
    currency: Mapped[str] = mapped_column(String(3))


class ReportSubscription(Base):
    """Somebody of the staff is sent a report when each week, or each month, is over."""

    __tablename__ = "report_subscriptions"
    __table_args__ = (
        UniqueConstraint("account_id", "report", "rhythm"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("staff_accounts.id"))
    report: Mapped[ReportName] = mapped_column(State(ReportName))
    rhythm: Mapped[Rhythm] = mapped_column(State(Rhythm))
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)  # begun again after an end: the same row
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
