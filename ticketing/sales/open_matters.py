"""What of the money waits for a person: for the day at a glance, and for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.sales import disputes, findings
from ticketing.sales.models import Refund, RefundState


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """How many disputes wait for our answer and until when (instant) at the earliest, refunds failed, findings open."""

    disputes: int
    answer_by: datetime | None
    failed_refunds: int
    findings: int


def count(session: Session) -> OpenMatters:
    """Count what waits for a person; a handful of indexed questions."""
    waiting, answer_by = disputes.count_to_answer(session)
    owed = select(func.count()).where(Refund.state == RefundState.FAILED, Refund.covered_cents < Refund.amount_cents)
    return OpenMatters(waiting, answer_by, session.scalar(owed) or 0, findings.count_open(session))
