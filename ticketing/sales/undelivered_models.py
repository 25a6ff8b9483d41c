"""The tables of mails that did not arrive, and of how many notices came back."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.foundation.database import Base, State, UTCDateTime


class LostHow(StrEnum):
    """How we know that a mail did not arrive."""

    REFUSED = "refused"  # the mail server refused its address when we sent it
    RETURNED = "returned"  # a notice came back later


class UndeliveredMail(Base):
    """A mail that did not arrive, for good. Open until somebody sent it again or reached the customer otherwise.

    `order_id` is the order whose customer it was for, None where it was for somebody else.
    """

    __tablename__ = "undelivered_mails"
    __table_args__ = (
        Index(None, "order_id"),
        Index(None, "answered_at", "order_id"),
        CheckConstraint("status LIKE '5.%.%'", name="failed_for_good"),
        CheckConstraint("how IN ('refused', 'returned')", name="how_is_known"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), unique=True)  # twice told is once lost
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    how: Mapped[LostHow] = mapped_column(State(LostHow))
    status: Mapped[str] = mapped_column(String(11))  # RFC 3463, as in 5.1.1
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(120))


class NoticeOutcome(StrEnum):
    """What became of a message that came to the return address."""

    NOTED = "noted"  # a mail is marked as not delivered
    KNOWN = "known"  # it was marked before
    UNKNOWN = "unknown"  # no mail of ours, or nobody can tell that it is
    NO_BOUNCE = "no_bounce"  # a delay, an answer, or anything else


class NoticeCount(Base):
    """How many notices of a kind were read on a day; of those that changed nothing, nothing else is kept."""

    __tablename__ = "notice_counts"
    __table_args__ = (
        UniqueConstraint("local_date", "outcome"),
        CheckConstraint("notices > 0", name="counts_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date]
    outcome: Mapped[NoticeOutcome] = mapped_column(State(NoticeOutcome))
    notices: Mapped[int]
