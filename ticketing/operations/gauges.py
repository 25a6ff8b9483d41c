"""The figures an operator watches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Allocation, AllocationState
from ticketing.door import findings
from ticketing.door.models import Scan
from ticketing.foundation import jobs
from ticketing.foundation.jobs import Job, JobState
from ticketing.sales import open_matters, undelivered
from ticketing.sales.models import Order, OrderState, Refund, RefundState

Gauges = dict[str, tuple[str, float]]


def read(session: Session, *, now: datetime) -> Gauges:
    """Return every gauge with its meaning; a handful of indexed counts."""
    oldest = jobs.oldest_waiting(session, now=now)
    matters = open_matters.count(session)
    counted: Gauges = {
        "foyer_jobs_oldest_seconds": (
            "how long the oldest due job has waited",
            (now - oldest).total_seconds() if oldest else 0,
        ),
        "foyer_jobs_failed": ("jobs that were given up", _count(session, Job, Job.state == JobState.FAILED)),
        "foyer_orders_confirmed": ("confirmed orders", _count(session, Order, Order.state == OrderState.CONFIRMED)),
        "foyer_orders_pending": (
            "orders waiting for payment",
            _count(session, Order, Order.state == OrderState.PENDING),
        ),
        "foyer_refunds_open": (
            "refunds on their way",
            _count(session, Refund, Refund.state.in_((RefundState.REQUESTED, RefundState.SUBMITTED))),
        ),
        "foyer_refunds_failed": ("refunds that failed and are owed", matters.failed_refunds),
        "foyer_disputes_waiting": ("disputes that wait for our answer", matters.disputes),
        "foyer_findings_open": ("what does not match with the provider and nobody has settled", matters.findings),
        "foyer_door_findings_open": (
            "what went wrong at the door and nobody has settled",
            findings.count_open(session),
        ),
        "foyer_customers_not_reached": ("orders whose mail did not arrive", undelivered.count_orders(session)),
        "foyer_notices_unknown": (
            "notices of mails that are none of ours, or forged, so far",
            undelivered.count_unknown(session),
        ),
        "foyer_scans": ("scans, whatever their verdict", _count(session, Scan)),
        "foyer_holds_active": (
            "allocations on hold",
            _count(session, Allocation, Allocation.state == AllocationState.HELD, Allocation.expires_at > now),
        ),
    }
    return counted


def _count(session: Session, table: type, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0  # type: ignore[arg-type]
