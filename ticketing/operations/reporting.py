"""Reports by the clock: days added up while the house sleeps, and the reports people asked to be sent."""

from __future__ import annotations

from datetime import date, datetime

from ticketing.bootstrap import Services
from ticketing.flow import report_letters, reports, subscriptions, tallying
from ticketing.flow.report_models import ReportSubscription
from ticketing.foundation.jobs import ClaimedJob
from ticketing.operations.mailing import letterhead
from ticketing.sales.documents import MailJob

MOST_DAYS_AT_ONCE = 60  # a house of many years is caught up with in a few hours, and nothing else waits long


def tally_days(services: Services) -> None:
    """Add up days that are over, each in a transaction of its own; no tally older than what it counted stays."""
    now, zone = services.clock.now(), services.zone
    with services.database.transaction() as session:
        tallying.drop_doubtful(session)
        due = tallying.days_to_tally(session, zone=zone, now=now, limit=MOST_DAYS_AT_ONCE)
    for basis, day in due:
        with services.database.transaction() as session:
            tallying.tally(session, basis, day, zone=zone, began_at=now)


def enqueue_reports(services: Services) -> None:
    """Write a job for each report that is due to somebody."""
    with services.database.transaction() as session:
        subscriptions.enqueue_due(session, zone=services.zone, now=services.clock.now())


def send_report(services: Services, job: ClaimedJob) -> None:
    """Make a report and send it; whoever stopped it meanwhile, or may not see it any more, is sent nothing."""
    first, last = (date.fromisoformat(job.payload[name]) for name in ("first", "last"))
    span = reports.span_of(first, last, zone=services.zone, now=services.clock.now())
    with services.database.reading() as session:
        subscription = session.get_one(ReportSubscription, job.payload["subscription_id"])
        recipient = subscriptions.find_recipient(session, subscription)
        report = reports.make(session, subscription.report, span) if recipient else None
    if recipient and report:
        mail_job = MailJob(job.key, datetime.fromisoformat(job.payload["asked_at"]))
        services.mail.send(
            report_letters.report_mail(report, subscription.rhythm, recipient, letterhead(services), job=mail_job)
        )
