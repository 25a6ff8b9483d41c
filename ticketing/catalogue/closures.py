"""Closing the centre or one experience, now or later, and opening again.

A closure is in effect by its times and by not being lifted or withdrawn. The worker only keeps the word in its state
column true; nothing waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, and_, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue.models import (
    CLOSURE_MOVES,
    ClosingDay,
    Closure,
    ClosureState,
    OpeningException,
    OpeningHours,
    Slot,
)
from ticketing.catalogue.opening import Calendar, ClosedSpan, ExceptionHours, UsualHours
from ticketing.catalogue.slot_locks import lock_slots_where
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor, system
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.languages import LANGUAGES
from ticketing.foundation.states import move

STANDING = (ClosureState.PLANNED, ClosureState.IN_FORCE)
LONGEST_REASON = 300  # characters

_closures = cast(Table, Closure.__table__)
# Built once, on the table rather than the entity: every scan at the door and every basket asks this.
_STANDING_SPANS = (
    select(
        _closures.c.id,
        _closures.c.experience_id,
        _closures.c.starts_at,
        _closures.c.ends_at,
        _closures.c.reasons,
    )
    .where(
        _closures.c.state.in_(STANDING),
        or_(_closures.c.ends_at.is_(None), _closures.c.ends_at > bindparam("now")),
    )
    .order_by(_closures.c.starts_at, _closures.c.id)
)


class ReasonMissing(InvalidInput):
    """Visitors read why we are closed in their own language, so every language needs a reason."""

    code = "reason_missing"


class ReasonTooLong(InvalidInput):
    """A header and a scanner's screen have room for a sentence or two."""

    code = "reason_too_long"


class ClosureTooShort(InvalidInput):
    """A closure has to end after it starts, and after now."""

    code = "closure_too_short"


class ClosureNotFound(NotFound):
    """There is no closure under this number."""

    code = "closure_not_found"


@dataclass(frozen=True, slots=True)
class ClosureRequest:
    """What to close: the reason in every language, from when until when (instants), and which experience if not all."""

    reasons: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    experience_id: int | None = None


def load_calendar(session: Session, zone: ZoneInfo) -> Calendar:
    """Load the usual hours, exceptions, closing days and the closures that stand, as one frozen calendar."""
    usual = session.execute(
        select(
            OpeningHours.weekday, OpeningHours.valid_from, OpeningHours.opens_at_local, OpeningHours.closes_at_local
        ).order_by(OpeningHours.weekday, OpeningHours.valid_from)
    )
    exceptions = session.execute(
        select(
            OpeningException.local_date,
            OpeningException.opens_at_local,
            OpeningException.closes_at_local,
            OpeningException.reasons,
        )
    )
    return Calendar(
        zone,
        tuple(UsualHours(*row) for row in usual),
        {local_date: ExceptionHours(opens, closes, reasons) for local_date, opens, closes, reasons in exceptions},
        _spans_where(session, Closure.state.in_(STANDING)),
        {(row.month, row.day): row.reasons for row in session.scalars(select(ClosingDay))},
    )


def spans(session: Session, *, now: datetime) -> tuple[ClosedSpan, ...]:
    """Load the closures in effect or planned at `now`, the earliest first; those that are over are left out."""
    return tuple(ClosedSpan(*row) for row in session.connection().execute(_STANDING_SPANS, {"now": now}))


def close(session: Session, request: ClosureRequest, *, actor: Actor, now: datetime) -> Closure:
    """Close from an instant on; planned when that lies ahead. Raises ReasonMissing, ReasonTooLong, ClosureTooShort.

    The slots it touches are locked first: whoever is taking or paying places in them is done before this commits, or
    finds the closure.
    """
    reasons = {language: " ".join(request.reasons.get(language, "").split()) for language in LANGUAGES}
    _check(request, reasons, now)
    lock_slots_where(session, _touched_slots(request, now))
    is_planned = request.starts_at > now
    closure = Closure(
        experience_id=request.experience_id,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        reasons=reasons,
        state=ClosureState.PLANNED if is_planned else ClosureState.IN_FORCE,
        closed_by=actor.name,
        created_at=now,
    )
    session.add(closure)
    code = "closure.planned" if is_planned else "closure.began"
    audit.record(session, code, closure, actor=actor, now=now, **_audit_details(closure))
    return closure


def lift(session: Session, closure: Closure, *, actor: Actor, now: datetime) -> None:
    """End a closure: lift one that holds, withdraw one that has not begun; one that is over already stays so."""
    if closure.state not in STANDING:
        return
    if closure.state is ClosureState.PLANNED and closure.starts_at > now:
        to, code = ClosureState.WITHDRAWN, "closure.withdrawn"
    else:
        _begin(session, closure, actor=actor, now=now)  # the worker may not have come round yet
        to, code = ClosureState.LIFTED, "closure.lifted"
    if move(session, closure, to, CLOSURE_MOVES, ended_at=now, ended_by=actor.name):
        audit.record(session, code, closure, actor=actor, now=now)


def find_in_force(session: Session, *, now: datetime) -> list[Closure]:
    """Load the closures in effect at `now`, their experiences with them, the earliest first."""
    return _closures_where(session, and_(_is_standing(now), Closure.starts_at <= now))


def find_planned(session: Session, *, now: datetime) -> list[Closure]:
    """Load the closures that begin after `now`, their experiences with them, the earliest first."""
    return _closures_where(session, and_(_is_standing(now), Closure.starts_at > now))


def find_past(session: Session, *, now: datetime, limit: int) -> list[Closure]:
    """Load the closures that are over at `now`, their experiences with them, the latest first."""
    wanted = select(Closure).where(~_is_standing(now)).options(joinedload(Closure.experience))
    return list(session.scalars(wanted.order_by(Closure.starts_at.desc(), Closure.id.desc()).limit(limit)))


def get_closure(session: Session, closure_id: int) -> Closure:
    """Load a closure with its experience; raises ClosureNotFound."""
    found = _closures_where(session, Closure.id == closure_id)
    if not found:
        raise ClosureNotFound("This closure does not exist.")
    return found[0]


def begin_due(session: Session, *, now: datetime) -> int:
    """Mark the planned closures whose time has come as in force; return how many."""
    due = _closures_where(session, and_(Closure.state == ClosureState.PLANNED, Closure.starts_at <= now))
    return sum(_begin(session, closure, actor=system("worker"), now=now) for closure in due)


def _begin(session: Session, closure: Closure, *, actor: Actor, now: datetime) -> bool:
    has_begun = move(session, closure, ClosureState.IN_FORCE, CLOSURE_MOVES)
    if has_begun:
        audit.record(session, "closure.began", closure, actor=actor, now=now, **_audit_details(closure))
    return has_begun


def _check(request: ClosureRequest, reasons: dict[str, str], now: datetime) -> None:
    missing = [language for language in LANGUAGES if not reasons[language]]
    if missing:
        raise ReasonMissing("Say why in every language: visitors read it.", field="reasons", languages=missing)
    if any(len(reason) > LONGEST_REASON for reason in reasons.values()):
        raise ReasonTooLong(f"Say why in at most {LONGEST_REASON} characters.", field="reasons", most=LONGEST_REASON)
    if request.ends_at is not None and request.ends_at <= max(request.starts_at, now):
        raise ClosureTooShort("Choose an end that lies after the start and after now.", field="ends_at")


def _touched_slots(request: ClosureRequest, now: datetime) -> ColumnElement[bool]:
    conditions = [Slot.ends_at > request.starts_at, Slot.admits_until > now]
    if request.ends_at is not None:
        conditions.append(Slot.starts_at < request.ends_at)
    if request.experience_id is not None:
        conditions.append(Slot.experience_id == request.experience_id)
    return and_(*conditions)


def _audit_details(closure: Closure) -> dict[str, str | int | None]:
    return {
        "experience_id": closure.experience_id,
        "starts_at": closure.starts_at.isoformat(),
        "ends_at": closure.ends_at.isoformat() if closure.ends_at else None,
    }


def _is_standing(now: datetime) -> ColumnElement[bool]:
    return and_(Closure.state.in_(STANDING), or_(Closure.ends_at.is_(None), Closure.ends_at > now))


def _spans_where(session: Session, condition: ColumnElement[bool]) -> tuple[ClosedSpan, ...]:
    statement = select(Closure.id, Closure.experience_id, Closure.starts_at, Closure.ends_at, Closure.reasons)
    rows = session.execute(statement.where(condition).order_by(Closure.starts_at, Closure.id))
    return tuple(ClosedSpan(*row) for row in rows)


def _closures_where(session: Session, condition: ColumnElement[bool]) -> list[Closure]:
    statement = select(Closure).where(condition).options(joinedload(Closure.experience))
    return list(session.scalars(statement.order_by(Closure.starts_at, Closure.id)))
