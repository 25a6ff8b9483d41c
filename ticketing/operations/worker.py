"""The worker: does the jobs of the outbox, and what is due by the clock. Any number may run at once."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ticketing.bootstrap import Services
from ticketing.foundation import jobs
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.jobs import ClaimedJob
from ticketing.mail.transport import AddressRefused
from ticketing.operations import bounces, closing, forecasts, mailing, payments, reporting, schedule, waiting
from ticketing.operations.schedule import Duty

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
HANDFUL = 5
# A worker that finds nothing for so many rounds has caught up; `run_once` ends there.
MOST_ROUNDS = 1000

JOBS: dict[str, Callable[[Services, ClaimedJob], None]] = {
    "send_confirmation": mailing.send_confirmation,
    "send_change_mail": mailing.send_change_mail,
    "send_tickets": mailing.send_tickets,
    "send_address_mail": mailing.send_address_mail,
    "send_lost_links": mailing.send_lost_links,
    "send_late_payment_mail": mailing.send_late_payment_mail,
    "send_closure_case": closing.send_case,
    "send_closure_over": closing.send_over,
    "send_waiting_asked": waiting.send_asked,
    "send_waiting_full": waiting.send_full,
    "send_waiting_offer": waiting.send_offer,
    "send_waiting_news": waiting.send_news,
    "send_refund": payments.send_refund,
    "send_report": reporting.send_report,
    "make_forecast": forecasts.make_forecast,
}


@dataclass
class Worker:
    """One worker: its name in the heartbeat, and when each timed duty was last done."""

    services: Services
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    last_done: dict[str, datetime] = field(default_factory=dict)

    def round(self) -> int:
        """Do the duties that are due and a handful of jobs; return how many jobs there were."""
        self._do_duties()
        return self.do_jobs()

    def do_jobs(self) -> int:
        """Do a handful of the jobs that are due; return how many there were."""
        now = self.services.clock.now()
        with self.services.database.transaction() as session:
            claimed = jobs.claim(session, now=now, limit=HANDFUL)
        for job in claimed:
            self._do(job)
        return len(claimed)

    def _do_duties(self) -> None:
        now = self.services.clock.now()
        for duty in schedule.DUTIES:
            last = self.last_done.get(duty.name)
            if last is None or now - last >= timedelta(seconds=duty.every_seconds):
                self.last_done[duty.name] = now
                self._attempt(duty)

    def _do(self, job: ClaimedJob) -> None:
        try:
            JOBS[job.kind](bounces.with_return_path(self.services, job), job)
        except AddressRefused as refusal:  # to try again would be to hear it again
            log.warning("job %s: %s %s", job.key, refusal.code, refusal.details["status"])
            bounces.note_refused(self.services, job, refusal)
            return
        except TicketingError as refusal:  # a server that is away or says no; what it said may name a person
            log.warning("job %s failed on attempt %s: %s", job.key, job.attempts, refusal.code)
            self._note_failure(job, refusal)
            return
        except Exception as error:  # the worker loop is where anything unexpected ends: noted, tried again, shown
            log.exception("job %s failed on attempt %s", job.key, job.attempts)
            self._note_failure(job, error)
            return
        with self.services.database.transaction() as session:
            jobs.finish(session, job, now=self.services.clock.now())

    def _note_failure(self, job: ClaimedJob, error: Exception) -> None:
        with self.services.database.transaction() as session:
            jobs.fail(session, job, f"{type(error).__name__}: {error}", now=self.services.clock.now())

    def _attempt(self, duty: Duty) -> None:
        try:
            duty.act(self.services, self.name)
        except Exception:  # a duty comes round again by itself
            log.exception("duty %s failed", duty.name)


def run_once(services: Services) -> None:
    """Do everything that is due now, then stop."""
    worker = Worker(services)
    for _ in range(MOST_ROUNDS):
        if worker.round() == 0:
            return


def run_jobs(services: Services) -> None:
    """Do the jobs of the outbox that are due now, and nothing by the clock."""
    worker = Worker(services)
    for _ in range(MOST_ROUNDS):
        if worker.do_jobs() == 0:
            return


def run_for_ever(services: Services) -> None:
    """Work until told to stop (SIGTERM, SIGINT); the job in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = Worker(services)
    while not stop.is_set():
        if worker.round() == 0:
            stop.wait(IDLE_SECONDS)
