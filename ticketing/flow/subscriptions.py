"""Who is sent which report, and when: a manager subscribes, the worker sends it once for each week or month.

A period is sent when it is over, the morning after, to everybody whose subscription stood on its last day. The job's
key names subscription and period, and is unique: however often the worker looks, each is sent once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.flow.report_models import ReportName, ReportSubscription, Rhythm
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.staff.models import StaffAccount
from ticketing.staff.roles import Permission, allows

SENT_FROM = time(6)  # local: whoever starts early finds it there


class SubscriptionInvalid(InvalidInput):
    """There is no such report or rhythm; `details["field"]` names where."""

    code = "subscription_invalid"


class SubscriptionNotFound(NotFound):
    """This person has no such subscription."""

    code = "subscription_not_found"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a report goes to."""

    email: str
    language: str


def subscribe(
    session: Session, account_id: int, report: str, rhythm: str, *, actor: Actor, now: datetime
) -> ReportSubscription:
    """Send somebody a report from now on; again is the same subscription. Raises SubscriptionInvalid."""
    if report not in list(ReportName):
        raise SubscriptionInvalid("Choose a report of the list.", field="report")
    if rhythm not in list(Rhythm):
        raise SubscriptionInvalid("Choose every week or every month.", field="rhythm")
    # Two requests at once: the second waits for the account's row, and finds what the first has written.
    session.scalars(select(StaffAccount.id).where(StaffAccount.id == account_id).with_for_update(key_share=True)).one()
    mine = select(ReportSubscription).where(
        ReportSubscription.account_id == account_id, ReportSubscription.report == ReportName(report),
        ReportSubscription.rhythm == Rhythm(rhythm),
    )  # fmt: skip
    known = session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
    if known is not None and known.ended_at is None:
        return known
    if known is None:
        known = ReportSubscription(account_id=account_id, report=ReportName(report), rhythm=Rhythm(rhythm))
        session.add(known)
    known.began_at, known.ended_at = now, None
    session.flush()
    audit.record(session, "report.subscribed", known, actor=actor, now=now, report=report, rhythm=rhythm)
    return known


def end(session: Session, account_id: int, subscription_id: int, *, actor: Actor, now: datetime) -> None:
    """Send somebody a report no more; one that has ended stays so. Raises SubscriptionNotFound."""
    found = session.get(ReportSubscription, subscription_id, with_for_update={"key_share": True})
    if found is None or found.account_id != account_id:
        raise SubscriptionNotFound("You are not sent this report.")
    if found.ended_at is None:
        found.ended_at = now
        audit.record(session, "report.unsubscribed", found, actor=actor, now=now, report=found.report.value)


def subscriptions_of(session: Session, account_id: int) -> Sequence[ReportSubscription]:
    """Load what somebody is sent, report by report."""
    standing = select(ReportSubscription).where(
        ReportSubscription.account_id == account_id, ReportSubscription.ended_at.is_(None)
    )
    found = session.scalars(standing)
    order = list(ReportName)
    return sorted(found, key=lambda each: (order.index(each.report), each.rhythm))


def period_before(rhythm: Rhythm, today: date) -> tuple[date, date]:
    """Return the first and last day of the last week (from Monday) or month that is over."""
    if rhythm is Rhythm.WEEKLY:
        last = today - timedelta(days=today.isoweekday())
        return last - timedelta(days=6), last
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def enqueue_due(session: Session, *, zone: ZoneInfo, now: datetime) -> None:
    """Write a job for each report whose period is over and was not sent yet. At night nothing is sent."""
    if now.astimezone(zone).time() < SENT_FROM:
        return
    today = local_date_of(now, zone)
    for each in session.scalars(select(ReportSubscription).where(ReportSubscription.ended_at.is_(None))):
        first, last = period_before(each.rhythm, today)
        if local_date_of(each.began_at, zone) <= last:
            jobs.enqueue(
                session, "send_report", f"report:{each.id}:{first.isoformat()}", now=now, subscription_id=each.id,
                first=first.isoformat(), last=last.isoformat(), asked_at=now.isoformat(),
            )  # fmt: skip


def find_recipient(session: Session, subscription: ReportSubscription) -> Recipient | None:
    """Return whom a subscription goes to; None once it has ended, or they may not see reports any more."""
    account = session.get_one(StaffAccount, subscription.account_id)
    is_there = account.disabled_at is None and allows(account.role, Permission.SEE_REPORTS)
    return Recipient(account.email, account.language) if is_there and subscription.ended_at is None else None
