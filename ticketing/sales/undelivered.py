"""Mails that did not arrive: noted once, shown until somebody sends them again or reaches the customer otherwise."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, SQLColumnExpression, func, select, true, update
from sqlalchemy.orm import Session

from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor, system
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.database import insert_into
from ticketing.foundation.jobs import Job
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.models import Order, OrderChange, Payment
from ticketing.sales.undelivered_models import LostHow, NoticeCount, NoticeOutcome, UndeliveredMail

MAILER = system("mail")
TICKET_MAILS = ("send_confirmation", "send_tickets")
IS_OPEN = UndeliveredMail.answered_at.is_(None)


def note(session: Session, job_id: int, status: str, how: LostHow, *, now: datetime) -> bool:
    """Write down that a job's mail did not arrive, and try it no more; False when that was known.

    What comes back from an address that was put right since the mail left is nobody's worry any more.
    """
    job = jobs.get_job(session, job_id)
    order = _order_of(session, job)
    is_past = order is not None and job.done_at is not None and _was_corrected(session, order, job.done_at)
    values = {
        "job_id": job.id, "order_id": order.id if order else None, "how": how, "status": status, "noted_at": now,
        "answered_at": now if is_past else None, "answered_by": MAILER.name if is_past else None,
    }  # fmt: skip
    once = insert_into(session, UndeliveredMail).values(**values).on_conflict_do_nothing(index_elements=["job_id"])
    if session.scalar(once.returning(UndeliveredMail.id)) is None:
        return False
    jobs.close(session, job.id, now=now)
    jobs.forget(session, job.id, "email")
    if order is not None:
        audit.record(session, "order.mail_not_delivered", order, actor=MAILER, now=now, status=status, mail=job.kind)
    return True


def count_notice(session: Session, outcome: NoticeOutcome, *, local_date: date) -> None:
    """Count a message that came to the return address."""
    first = insert_into(session, NoticeCount).values(local_date=local_date, outcome=outcome, notices=1)
    more = {"notices": NoticeCount.notices + 1}
    session.execute(first.on_conflict_do_update(index_elements=["local_date", "outcome"], set_=more))


def count_unknown(session: Session) -> int:
    """Count the notices that were of no mail of ours, or forged."""
    unknown = select(func.sum(NoticeCount.notices)).where(NoticeCount.outcome == NoticeOutcome.UNKNOWN)
    return session.scalar(unknown) or 0


def send_anew(
    session: Session, order: Order, *, leave_out: Collection[str] = (), actor: Actor, now: datetime
) -> int:  # fmt: skip
    """Send the mails of a locked order that did not arrive once more, except of some kinds; return how many there were.

    All of them are answered by that.
    """
    found = open_of(session, order.id)
    for mail in found:
        job = jobs.get_job(session, mail.job_id)
        if job.kind not in leave_out:
            dated = {"asked_at": now.isoformat()} if "asked_at" in job.payload else {}
            jobs.enqueue(session, job.kind, again_key(job.key, mail), now=now, **{**job.payload, **dated})
    if _answer(session, order.id, actor=actor, now=now):
        audit.record(session, "order.mails_sent_anew", order, actor=actor, now=now, mails=len(found))
    return len(found)


def set_aside(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Write down that the customer of a locked order was reached otherwise."""
    if _answer(session, order.id, actor=actor, now=now):
        audit.record(session, "order.reached_otherwise", order, actor=actor, now=now)


def open_of(session: Session, order_id: int) -> list[UndeliveredMail]:
    """Load what did not arrive of an order and nobody has answered, the oldest first."""
    mine = select(UndeliveredMail).where(UndeliveredMail.order_id == order_id, IS_OPEN)
    return list(session.scalars(mine.order_by(UndeliveredMail.id)))


def open_with_kinds(session: Session, order_id: int) -> list[tuple[UndeliveredMail, str]]:
    """Load the same, each with the kind of its mail's job."""
    mine = select(UndeliveredMail, Job.kind).join(Job, Job.id == UndeliveredMail.job_id)
    rows = session.execute(mine.where(UndeliveredMail.order_id == order_id, IS_OPEN).order_by(UndeliveredMail.id))
    return [(row[0], row[1]) for row in rows]


def mails_of(session: Session, order_id: int) -> dict[str, UndeliveredMail]:
    """Return what did not arrive of an order, by the keys of the mails."""
    mine = select(Job.key, UndeliveredMail).join(Job, Job.id == UndeliveredMail.job_id)
    rows = session.execute(mine.where(UndeliveredMail.order_id == order_id).order_by(UndeliveredMail.id))
    return {row[0]: row[1] for row in rows}


def again_key(key: str, mail: UndeliveredMail) -> str:
    """Return the key of the mail that brings once more what did not arrive."""
    return f"{key.partition(':again:')[0]}:again:{mail.id}"


def count_orders(session: Session) -> int:
    """Count the orders whose customer was not reached."""
    orders = select(func.count(UndeliveredMail.order_id.distinct()))
    return session.scalar(orders.where(IS_OPEN, UndeliveredMail.order_id.is_not(None))) or 0


def orders_not_reached(session: Session, *, before: int | None = None, limit: int) -> list[Order]:
    """Load the orders whose customer was not reached, the newest first; those with an id below `before`."""
    below = Order.id < before if before is not None else true()
    lost = select(UndeliveredMail.order_id).where(IS_OPEN, UndeliveredMail.order_id.is_not(None))
    return list(session.scalars(select(Order).where(Order.id.in_(lost), below).order_by(Order.id.desc()).limit(limit)))


def is_lost(order_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Say in SQL whether the customer of an order was not reached."""
    return select(UndeliveredMail.id).where(UndeliveredMail.order_id == order_id, IS_OPEN).exists()


def status_of(order_id: SQLColumnExpression[int]) -> ScalarSelect[str]:
    """Say in SQL with which code the latest mail to an order's customer failed."""
    mine = select(UndeliveredMail.status).where(UndeliveredMail.order_id == order_id, IS_OPEN)
    return mine.order_by(UndeliveredMail.id.desc()).limit(1).scalar_subquery()


def _order_of(session: Session, job: Job) -> Order | None:
    """Find whose mail a job is. One to an address the order had before is not its customer's any more."""
    if job.kind == "send_address_mail":
        return None
    facts = job.payload
    if "order_id" in facts:
        return session.get(Order, facts["order_id"])
    for name, table in (("case_id", ClosureCase), ("change_id", OrderChange), ("payment_id", Payment)):
        if name in facts:
            owner = session.get(table, facts[name])
            return session.get(Order, owner.order_id) if owner is not None else None  # type: ignore[attr-defined]
    return None


def _was_corrected(session: Session, order: Order, since: datetime) -> bool:
    corrected = select(AuditEntry.details).where(
        AuditEntry.subject == Order.__tablename__, AuditEntry.subject_id == order.id,
        AuditEntry.code == "order.corrected", AuditEntry.happened_at >= since,
    )  # fmt: skip
    return any("email" in details.get("changed", ()) for details in session.scalars(corrected))


def _answer(session: Session, order_id: int, *, actor: Actor, now: datetime) -> bool:
    mine = update(UndeliveredMail).where(UndeliveredMail.order_id == order_id, IS_OPEN)
    who = (actor.name or actor.kind.value)[:120]
    answered = mine.values(answered_at=now, answered_by=who).returning(UndeliveredMail.id)
    return bool(session.scalars(answered).all())
