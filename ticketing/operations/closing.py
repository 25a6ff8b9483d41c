"""What closures mean to orders, done by the worker: cases opened and withdrawn, defaults, and their mails.

A batch to a transaction. Whatever dies in between leaves whole batches; to do it all again changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from ticketing.bootstrap import Services
from ticketing.catalogue import closures
from ticketing.foundation.failpoints import reach
from ticketing.foundation.jobs import ClaimedJob
from ticketing.operations.mailing import letterhead
from ticketing.sales import closure_answers, closure_cases, closure_letters
from ticketing.sales.closure_cases import CLOSER
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.documents import MailJob
from ticketing.sales.models import Channel, Order


def tend(services: Services) -> None:
    """Carry out what closures mean, as far as visitors may be told, and let the time to choose be over."""
    now = services.clock.now()
    with services.database.reading() as session:
        waiting = [closure.id for closure in closures.find_to_carry_out(session, now=now)]
    for closure_id in waiting:
        _carry_out(services, closure_id)
    with services.database.transaction() as session:
        closure_cases.keep_used(session, now=now)
    with services.database.reading() as session:
        due = closure_cases.find_due(session, now=now)
    for case_id in due:
        with services.database.transaction() as session:
            closure_answers.answer_by_default(session, case_id, actor=CLOSER, now=now)


def send_case(services: Services, job: ClaimedJob) -> None:
    """Tell a customer that we are closed and that they choose; who has chosen meanwhile needs it no more."""
    with services.database.reading() as session:
        case = _load(session, job)
        now = services.clock.now()
        visits = closure_answers.visits_of(session, case, zone=services.zone, now=now)
    if _is_written_to(case.order) and case.state is CaseState.OPEN and visits:
        services.mail.send(closure_letters.closed(case, visits, letterhead(services), job=_mail_job(job)))


def send_over(services: Services, job: ClaimedJob) -> None:
    """Tell a customer that their visit can take place after all; one who is touched again is told that instead."""
    with services.database.reading() as session:
        case = _load(session, job)
    if _is_written_to(case.order) and case.state is CaseState.WITHDRAWN:
        services.mail.send(closure_letters.over(case, letterhead(services), job=_mail_job(job)))


def _is_written_to(order: Order) -> bool:
    """Whom a reseller sold to chooses with the reseller, who has their money (0036)."""
    return order.email is not None and order.channel is not Channel.RESELLER


def _carry_out(services: Services, closure_id: int) -> None:
    now = services.clock.now()
    while True:
        with services.database.transaction() as session:
            closure = closures.get_closure(session, closure_id)
            opened = closure_cases.open_missing(session, closure, now=now)
            # One kind of batch to a transaction: each locks its orders in the order of their ids.
            if not opened and not closure_cases.withdraw_untouched(session, closure, now=now):
                closures.note_carried_out(session, closure, now=now)
                return
        reach("C10")


def _load(session: Session, job: ClaimedJob) -> ClosureCase:
    whole = [joinedload(ClosureCase.order), joinedload(ClosureCase.closure)]
    return session.get_one(ClosureCase, job.payload["case_id"], options=whole)


def _mail_job(job: ClaimedJob) -> MailJob:
    return MailJob(job.key, datetime.fromisoformat(job.payload["asked_at"]))
