"""The tables of what the provider tells us: its reports, disputes, its days, and what of them cannot be matched."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.foundation.database import Base, State, UTCDateTime
from ticketing.sales.models import Order, Payment


class ProviderReport(Base):
    """An event the provider delivered, kept once by its id; the act it led to is in the same transaction."""

    __tablename__ = "provider_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    object_ref: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DisputeState(StrEnum):
    """How far a customer's bank is with taking a payment back."""

    NEEDS_ANSWER = "needs_answer"  # we may send evidence until a deadline
    UNDER_REVIEW = "under_review"  # the bank decides
    WON = "won"  # the money stays
    LOST = "lost"  # the money is gone; a refund row says so
    DROPPED = "dropped"  # an inquiry that came to nothing


_ENDS = {DisputeState.WON, DisputeState.LOST, DisputeState.DROPPED}
DISPUTE_MOVES: dict[DisputeState, set[DisputeState]] = {
    DisputeState.NEEDS_ANSWER: {DisputeState.UNDER_REVIEW, *_ENDS},
    DisputeState.UNDER_REVIEW: {DisputeState.NEEDS_ANSWER, *_ENDS},
    DisputeState.WON: {DisputeState.LOST},
    DisputeState.DROPPED: {DisputeState.NEEDS_ANSWER, DisputeState.LOST},  # an inquiry may come back as a dispute
    DisputeState.LOST: set(),  # what is booked stays booked; a finding tells when a bank changes its mind
}


class Dispute(Base):
    """A customer's bank wants a payment back. The provider's dashboard is where it is answered."""

    __tablename__ = "disputes"
    __table_args__ = (Index(None, "payment_id"), Index(None, "state", "evidence_due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_ref: Mapped[str] = mapped_column(String(120), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    state: Mapped[DisputeState] = mapped_column(State(DisputeState))
    reason: Mapped[str] = mapped_column(String(60))  # the provider's word
    is_refundable: Mapped[bool]  # an inquiry: a refund ends it
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    evidence_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    payment: Mapped[Payment] = relationship(lazy="raise")


class FindingKind(StrEnum):
    """What does not match between the provider's books and ours."""

    MONEY_NOBODY_ORDERED = "money_nobody_ordered"  # a charge that is no payment of ours
    REFUND_ELSEWHERE = "refund_elsewhere"  # made in the dashboard, booked; the tickets still stand
    REFUND_UNKNOWN = "refund_unknown"  # of a payment that is not ours
    DISPUTE_UNKNOWN = "dispute_unknown"  # of a payment that is not ours
    DISPUTE_TURNED = "dispute_turned"  # lost and booked, and now the bank says otherwise
    AMOUNT_DIFFERS = "amount_differs"  # the same payment or refund, another amount
    BEYOND_THE_ORDER = "beyond_the_order"  # more went back than the order was worth
    NOT_AT_PROVIDER = "not_at_provider"  # a payment or refund of ours the provider does not know
    NOT_SETTLED = "not_settled"  # paid there, and settling it here failed


class ReconciliationFinding(Base):
    """Something that does not match, open until a manager says how it was settled. Once for each object and kind."""

    __tablename__ = "reconciliation_findings"
    __table_args__ = (UniqueConstraint("object_ref", "kind"), Index(None, "resolved_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    object_ref: Mapped[str] = mapped_column(String(120))  # the provider's, or our key where it has none
    kind: Mapped[FindingKind] = mapped_column(State(FindingKind))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    amount_cents: Mapped[int]  # what there is at the provider
    expected_cents: Mapped[int | None]  # what we have written down, where that is another amount
    currency: Mapped[str] = mapped_column(String(3))
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(String(300))

    order: Mapped[Order | None] = relationship(lazy="raise")


class ReconciledDay(Base):
    """A local day of the provider's account, compared object by object: its sums, and ours of the same objects."""

    __tablename__ = "reconciled_days"
    __table_args__ = (UniqueConstraint("provider", "local_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    local_date: Mapped[date]
    charged_cents: Mapped[int]  # the provider's
    charged_here_cents: Mapped[int]  # ours
    refunded_cents: Mapped[int]
    refunded_here_cents: Mapped[int]
    disputed_cents: Mapped[int]  # withheld or taken by banks, less what came back
    fees_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
