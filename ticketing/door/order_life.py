"""The whole life of an order for the office: what the audit log says of it and what hangs on it, mails, scans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from ticketing.door.models import Scan
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.jobs import Job
from ticketing.sales import closure_cases, corrections, disputes, late_money, undelivered
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.models import Order, OrderChange, Payment, Refund
from ticketing.sales.provider_models import Dispute
from ticketing.tickets.models import Ticket

MOST_SCANS = 500
LOST = "lost"  # the state of a mail that did not arrive, beside those of jobs


class Source(StrEnum):
    """Where an entry comes from."""

    ACT = "act"  # the audit log
    MAIL = "mail"  # the outbox
    SCAN = "scan"  # a gate


@dataclass(frozen=True, slots=True)
class LifeEntry:
    """One thing that happened at an instant: an audit code, the kind of a mail's job, or a scan's verdict or reason.

    `state` is a mail's; `facts` are what the source keeps of it, without personal data.
    """

    at: datetime
    source: Source
    code: str
    who: str
    facts: dict[str, Any]
    state: str = ""


def life_of(session: Session, order: Order) -> list[LifeEntry]:
    """Return everything that happened with an order loaded with its payments and refunds, the newest first."""
    changes = list(session.scalars(select(OrderChange).where(OrderChange.order_id == order.id)))
    entries = _audited(session, order, changes)
    found = [*map(_of_act, entries), *_mails(session, order, changes, entries), *_scans(session, order)]
    return sorted(found, key=lambda entry: entry.at)[::-1]  # what shares its instant comes newest first too


def _audited(session: Session, order: Order, changes: Sequence[OrderChange]) -> list[AuditEntry]:
    subjects = {
        Order.__tablename__: [order.id],
        OrderChange.__tablename__: [change.id for change in changes],
        Payment.__tablename__: [payment.id for payment in order.payments],
        Refund.__tablename__: [refund.id for payment in order.payments for refund in payment.refunds],
        Ticket.__tablename__: list(session.scalars(select(Ticket.id).where(Ticket.order_id == order.id))),
        ClosureCase.__tablename__: [case.id for case in closure_cases.cases_of_order(session, order.id)],
        Dispute.__tablename__: [dispute.id for dispute in disputes.of_order(session, order)],
    }
    about = [
        and_(AuditEntry.subject == subject, AuditEntry.subject_id.in_(keys))
        for subject, keys in subjects.items()
        if keys
    ]
    return list(session.scalars(select(AuditEntry).where(or_(*about)).order_by(AuditEntry.id)))


def _of_act(entry: AuditEntry) -> LifeEntry:
    who = entry.actor_name or entry.actor_kind.value
    return LifeEntry(entry.happened_at, Source.ACT, entry.code, who, dict(entry.details))


def _mails(
    session: Session, order: Order, changes: Iterable[OrderChange], entries: Iterable[AuditEntry]
) -> list[LifeEntry]:
    """Find the mails of an order by the keys their acts gave them."""
    keys = [f"confirmation:{order.uuid}", *(f"change:{change.uuid}" for change in changes)]
    keys += [late_money.mail_key(payment) for payment in order.payments]
    keys += [key for case in closure_cases.cases_of_order(session, order.id) for key in closure_cases.mail_keys(case)]
    for entry in entries:
        if entry.code == "order.tickets_sent_again":
            keys.append(corrections.again_mail_key(order, entry.happened_at))
        elif "email" in entry.details.get("changed", ()):
            act = corrections.address_mail_key(order, entry.happened_at)
            keys += [f"{act}:new", f"{act}:old"]
    lost = undelivered.mails_of(session, order.id)
    keys += [undelivered.again_key(key, mail) for key, mail in lost.items()]
    mails = session.scalars(select(Job).where(Job.key.in_(keys)))
    return [
        LifeEntry(
            mail.done_at or mail.created_at, Source.MAIL, mail.kind, "",
            {"status": lost[mail.key].status} if mail.key in lost else {},
            LOST if mail.key in lost else mail.state.value,
        )
        for mail in mails
    ]  # fmt: skip


def _scans(session: Session, order: Order) -> list[LifeEntry]:
    mine = select(Ticket.id).where(Ticket.order_id == order.id)
    scans = select(Scan).where(Scan.ticket_id.in_(mine)).options(joinedload(Scan.gate))
    return [
        LifeEntry(
            scan.scanned_at, Source.SCAN, scan.reason.value if scan.reason else scan.verdict.value, scan.gate.name,
            {"direction": scan.direction.value, "admissions": scan.admissions, "kind": scan.kind.value},
        )
        for scan in session.scalars(scans.order_by(Scan.id.desc()).limit(MOST_SCANS))
    ]  # fmt: skip
