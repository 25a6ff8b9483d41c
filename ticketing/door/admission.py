"""Letting people in: one transaction a scan, the ticket's row locked, every attempt written down, once per scan id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.reentry import Reentry
from ticketing.door import counting, merging, statements, verdict
from ticketing.door.gates import GateView
from ticketing.door.merging import Passage, Terms
from ticketing.door.verdict import Attempt, Direction, Judgement, Reason, TicketFacts, Verdict
from ticketing.foundation.actors import Actor, ActorKind
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.errors import Conflict, InvalidInput
from ticketing.foundation.identifiers import digest_of
from ticketing.foundation.languages import Texts
from ticketing.sales.models import OrderState
from ticketing.tickets import codes
from ticketing.tickets.models import TicketState

# A device's clock may be this far off and its scans still count as made now.
CLOCK_TOLERANCE = timedelta(minutes=2)
OLDEST = timedelta(days=7)
MOST_ADMISSIONS = 500
SCAN_ID_SHAPE = re.compile(r"[A-Za-z0-9._:-]{1,60}")

Facts = Row[*tuple[Any, ...]]  # a row of statements.FACTS


class ScanInvalid(InvalidInput):
    """A scan of the wrong shape: its id, its number of admissions or its time; `details["field"]` names which."""

    code = "scan_invalid"


class ScanIDReused(Conflict):
    """This scan id was used for another ticket or another way; one attempt has one id."""

    code = "scan_id_reused"


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """One attempt: its own id, what was read, where, which way, when (instant), how many people."""

    scan_id: str
    code: str
    gate: GateView
    direction: Direction
    scanned_at: datetime
    admissions: int = 1
    has_stamp: bool = False


@dataclass(frozen=True, slots=True)
class TicketView:
    """What the door shows of a ticket; `admitted` counts after this scan.

    No personal data but a name somebody put on it, for people at the desk; devices are not told.
    """

    experience: Texts
    ticket_type: Texts
    starts_at: datetime
    admits_from: datetime
    admits_until: datetime
    admissions: int
    admitted: int
    order_code: str
    reentry: Reentry
    holder_name: str | None


@dataclass(frozen=True, slots=True)
class FirstAdmission:
    """When (instant) and at which gate somebody first went in on a ticket."""

    at: datetime
    gate: str


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """The verdict and what helps to explain it; `is_repeat` when this scan id was answered before."""

    verdict: Verdict
    reason: Reason | None
    ticket: TicketView | None
    already: FirstAdmission | None
    is_repeat: bool = False


def scan(session: Session, request: ScanRequest, scanner: Actor, *, zone: ZoneInfo, now: datetime) -> ScanAnswer:
    """Judge an attempt, write it down, and count the admission; the same scan id again gets the first answer.

    `scanner` is a device or a signed-in person. Raises ScanInvalid, ScanIDReused.
    """
    scanned_at = _checked_time(request, now)
    code = codes.normalise(request.code)
    digest = codes.digest(code) if code else digest_of(request.code.encode("utf-8", "replace").decode())
    connection = session.connection()
    row = connection.execute(statements.LOCKED_FACTS, {"digest": digest}).one_or_none() if code else None
    scan_id = f"{scanner.kind.value}:{scanner.id}:{request.scan_id}"
    passage = Passage(scanned_at, scan_id, request.direction, request.admissions, request.has_stamp)
    returning = _returning(session, row, passage)
    judgement = _judge(session, row, passage, returning, zone)
    noted = connection.execute(
        statements.NOTE[connection.dialect.name],
        {
            "scan_id": scan_id,
            "ticket_id": row.id if row else None,
            "code_digest": digest,
            "gate_id": request.gate.id,
            "device_id": scanner.id if scanner.kind is ActorKind.DEVICE else None,
            "staff_id": scanner.id if scanner.kind is ActorKind.STAFF else None,
            "direction": request.direction,
            "verdict": judgement.verdict,
            "reason": judgement.reason,
            "admissions": request.admissions,
            "came_back": returning if judgement.verdict is Verdict.ADMIT else 0,
            "has_stamp": request.has_stamp,
            "scanned_at": scanned_at,
            "received_at": now,
        },
    ).scalar_one_or_none()
    if noted is None:
        return _first_answer(session, scan_id, digest, request.direction)
    return _carry_out(session, row, passage, returning, judgement, now=now)


def _checked_time(request: ScanRequest, now: datetime) -> datetime:
    """Return when the scan was made, never after now; checks the rest of the request's shape on the way."""
    if not SCAN_ID_SHAPE.fullmatch(request.scan_id):
        raise ScanInvalid("A scan id is 1 to 60 letters, digits or . _ : -", field="scan_id")
    if not 1 <= request.admissions <= MOST_ADMISSIONS:
        raise ScanInvalid(f"Admissions are a number from 1 to {MOST_ADMISSIONS}.", field="admissions")
    if request.scanned_at > now + CLOCK_TOLERANCE:
        raise ScanInvalid("This scan lies in the future: set the device's clock.", field="scanned_at")
    if request.scanned_at < now - OLDEST:
        raise ScanInvalid("This scan is more than seven days old.", field="scanned_at")
    return now if abs(now - request.scanned_at) <= CLOCK_TOLERANCE else request.scanned_at


def _returning(session: Session, row: Facts | None, passage: Passage) -> int:
    """Count those who were in before and may come in again; most experiences let nobody, and are not asked further."""
    if row is None or row.reentry is Reentry.NONE or passage.direction is Direction.OUT:
        return 0
    terms = Terms(row.admissions, row.reentry, row.reentry_minutes)
    return merging.returning(merging.merge(terms, counting.passages_of(session, row.id)), terms, passage)


def _judge(session: Session, row: Facts | None, passage: Passage, returning: int, zone: ZoneInfo) -> Judgement:
    attempt = Attempt(passage.direction, passage.people, passage.at, local_date_of(passage.at, zone))
    if row is None:
        return verdict.judge(None, attempt, ())
    inside = 0
    if passage.direction is Direction.OUT:
        inside = session.connection().execute(statements.INSIDE, {"ticket_id": row.id}).scalar_one()
    ticket = facts_of(row, admitted=row.admitted, inside=inside, returning=returning)
    # Never remembered: whoever closes the centre closes the door in the same second.
    return verdict.judge(ticket, attempt, closures.spans(session, now=passage.at))


def facts_of(row: Facts, *, admitted: int, inside: int, returning: int = 0) -> TicketFacts:
    """Make what a verdict asks of a ticket's row (statements.FACTS) and of who came in and is inside on it."""
    return TicketFacts(
        is_void=row.state is not TicketState.VALID,
        is_confirmed=row.order_state is OrderState.CONFIRMED,
        experience_id=row.experience_id,
        local_date=row.local_date,
        starts_at=row.starts_at,
        admits_from=row.admits_from,
        admits_until=row.admits_until,
        admissions=row.admissions,
        admitted=admitted,
        inside=inside,
        returning=returning,
    )


def _carry_out(
    session: Session, row: Facts | None, passage: Passage, returning: int, judgement: Judgement, *, now: datetime
) -> ScanAnswer:
    if row is None:
        return ScanAnswer(judgement.verdict, judgement.reason, None, None)
    connection, mine = session.connection(), {"ticket_id": row.id}
    admitted = row.admitted
    if judgement.verdict is Verdict.ADMIT:
        if passage.direction is Direction.IN:
            newcomers = passage.people - returning
            counted = connection.execute(statements.ADMIT, mine | {"number": newcomers})
            assert counted.rowcount == 1, "the ticket is locked and was judged admissible"
            admitted += newcomers
        if row.reentry is not Reentry.NONE or connection.execute(statements.HAS_LATE, mine).scalar_one():
            counting.settle(session, {row.id}, now=now)
    return _answer(session, row, judgement, admitted)


def _first_answer(session: Session, scan_id: str, digest: str, direction: Direction) -> ScanAnswer:
    """Rebuild what was answered the first time, as it was then. Raises ScanIDReused."""
    connection = session.connection()
    first = connection.execute(statements.ANSWERED, {"scan_id": scan_id}).one()
    if (first.code_digest, first.direction) != (digest, direction):
        raise ScanIDReused("This scan id was used for another scan. Give every attempt its own.", field="scan_id")
    judgement = Judgement(first.verdict, first.reason)
    if first.ticket_id is None:
        return ScanAnswer(judgement.verdict, judgement.reason, None, None, is_repeat=True)
    row = connection.execute(statements.FACTS_BY_ID, {"ticket_id": first.ticket_id}).one()
    then = connection.execute(statements.ADMITTED_BY, {"ticket_id": first.ticket_id, "last_id": first.id}).scalar_one()
    answer = _answer(session, row, judgement, min(then, row.admissions))
    return ScanAnswer(answer.verdict, answer.reason, answer.ticket, answer.already, is_repeat=True)


def _answer(session: Session, row: Facts, judgement: Judgement, admitted: int) -> ScanAnswer:
    already = None
    if judgement.reason is Reason.ALREADY_USED:
        first = session.connection().execute(statements.FIRST, {"ticket_id": row.id}).one_or_none()
        already = FirstAdmission(*first) if first else None
    return ScanAnswer(judgement.verdict, judgement.reason, _view(row, admitted), already)


def _view(row: Facts, admitted: int) -> TicketView:
    return TicketView(
        experience=row.experience,
        ticket_type=row.ticket_type,
        starts_at=row.starts_at,
        admits_from=row.admits_from,
        admits_until=row.admits_until,
        admissions=row.admissions,
        admitted=admitted,
        order_code=row.order_code,
        reentry=row.reentry,
        holder_name=row.holder_name,
    )
