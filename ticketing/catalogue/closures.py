"""Closing the centre or one experience, now or later, and opening again.

A closure is in effect by its times and by not being lifted or withdrawn. The worker only keeps the word in its state
column true; nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session, selectinload

from ticketing.catalogue.models import (
    CLOSURE_MOVES,
    ClosingDay,
    Closure,
    ClosureCause,
    ClosureDefault,
    ClosureState,
    OpeningException,
    OpeningHours,
    Slot,
    closure_experiences,
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
MOST_BONUS_PERCENT = 100

_closures = cast(Table, Closure.__table__)
# Built once, on the table rather than the entity: every scan at the door and every basket asks this.
_SPANS: Select[Any] = select(
    _closures.c.id,
    closure_experiences.c.experience_id,
    _closures.c.starts_at,
    _closures.c.ends_at,
    _closures.c.reasons,
    _closures.c.advice,
).select_from(_closures.outerjoin(closure_experiences, closure_experiences.c.closure_id == _closures.c.id))
_SPANS = _SPANS.order_by(_closures.c.starts_at, _closures.c.id, closure_experiences.c.experience_id)
_STANDING_SPANS = _SPANS.where(
    _closures.c.state.in_(STANDING),
    or_(_closures.c.ends_at.is_(None), _closures.c.ends_at > bindparam("now")),
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


class BonusInvalid(InvalidInput):
    """A bonus is a share of what was paid."""

    code = "closure_bonus_invalid"


class ClosureNotFound(NotFound):
    """There is no closure under this number."""

    code = "closure_not_found"


@dataclass(frozen=True, slots=True)
class Terms:
    """What becomes of the orders a closure touches: nothing before so long, and what by itself after how many days.

    With a `bonus_percent`, none included, customers may take a gift card instead.
    """

    undo_minutes: int = 10
    answer_days: int = 14
    default_outcome: ClosureDefault = ClosureDefault.REFUND
    is_large: bool = False
    bonus_percent: int | None = None


@dataclass(frozen=True, slots=True)
class ClosureRequest:
    """What to close: the reason in every language, from when until when (instants), which experiences if not all.

    `advice` says what to do instead, in every language or in none.
    """

    reasons: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    experience_ids: tuple[int, ...] = ()
    advice: Mapping[str, str] = field(default_factory=dict)
    cause: ClosureCause = ClosureCause.OTHER
    terms: Terms = Terms()


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
        tuple(ClosedSpan(*row) for row in session.execute(_SPANS.where(_closures.c.state.in_(STANDING)))),
        {(row.month, row.day): row.reasons for row in session.scalars(select(ClosingDay))},
    )


def spans(session: Session, *, now: datetime) -> tuple[ClosedSpan, ...]:
    """Load the closures in effect or planned at `now`, the earliest first; those that are over are left out."""
    return tuple(ClosedSpan(*row) for row in session.connection().execute(_STANDING_SPANS, {"now": now}))


def close(session: Session, request: ClosureRequest, *, actor: Actor, now: datetime) -> Closure:
    """Close from an instant on; planned when that lies ahead. Raises ReasonMissing, ReasonTooLong, ClosureTooShort,
    BonusInvalid.

    The slots it touches are locked first: whoever is taking or paying places in them is done before this commits, or
    finds the closure. What it means to orders is seen to afterwards, by its terms (sales/closure_cases.py).
    """
    reasons, advice = _tidied(request.reasons), _tidied(request.advice)
    _check(request, reasons, advice, now)
    lock_touched(session, request, now=now)
    is_planned, terms = request.starts_at > now, request.terms
    closure = Closure(
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        cause=request.cause,
        reasons=reasons,
        advice=advice if any(advice.values()) else {},
        state=ClosureState.PLANNED if is_planned else ClosureState.IN_FORCE,
        closed_by=actor.name,
        closed_by_id=actor.id,
        created_at=now,
        default_outcome=terms.default_outcome,
        answer_days=terms.answer_days,
        bonus_percent=terms.bonus_percent,
        undo_until=now + timedelta(minutes=terms.undo_minutes),
        is_large=terms.is_large,
    )
    session.add(closure)
    session.flush()
    _choose(session, closure, request.experience_ids)
    code = "closure.planned" if is_planned else "closure.began"
    told = _told(closure, sorted(request.experience_ids))
    audit.record(session, code, closure, actor=actor, now=now, **told)
    return closure


def lock_touched(session: Session, request: ClosureRequest, *, now: datetime) -> None:
    """Lock the slots a closure would touch: what is counted of them afterwards stays so until the commit."""
    lock_slots_where(session, _touched_slots(request, now))


def lift(session: Session, closure: Closure, *, actor: Actor, now: datetime) -> None:
    """End a closure: lift one that holds, withdraw one that has not begun; one that is over already stays so.

    Its orders have to be looked at again: for some of them the visit can take place after all.
    """
    if closure.state not in STANDING:
        return
    if closure.state is ClosureState.PLANNED and closure.starts_at > now:
        to, code = ClosureState.WITHDRAWN, "closure.withdrawn"
    else:
        _begin(session, closure, actor=actor, now=now)  # the worker may not have come round yet
        to, code = ClosureState.LIFTED, "closure.lifted"
    if move(session, closure, to, CLOSURE_MOVES, ended_at=now, ended_by=actor.name, carried_out_at=None):
        audit.record(session, code, closure, actor=actor, now=now)


def find_in_force(session: Session, *, now: datetime) -> list[Closure]:
    """Load the closures in effect at `now`, their experiences with them, the earliest first."""
    return _closures_where(session, and_(_is_standing(now), Closure.starts_at <= now))


def find_planned(session: Session, *, now: datetime) -> list[Closure]:
    """Load the closures that begin after `now`, their experiences with them, the earliest first."""
    return _closures_where(session, and_(_is_standing(now), Closure.starts_at > now))


def find_past(session: Session, *, now: datetime, limit: int) -> list[Closure]:
    """Load the closures that are over at `now`, their experiences with them, the latest first."""
    wanted = select(Closure).where(~_is_standing(now)).options(selectinload(Closure.experiences))
    return list(session.scalars(wanted.order_by(Closure.starts_at.desc(), Closure.id.desc()).limit(limit)))


def get_closure(session: Session, closure_id: int) -> Closure:
    """Load a closure with its experiences; raises ClosureNotFound."""
    found = _closures_where(session, Closure.id == closure_id)
    if not found:
        raise ClosureNotFound("This closure does not exist.")
    return found[0]


def may_be_told(closure: Closure, now: datetime) -> bool:
    """Tell whether mails and refunds may leave: it cannot be undone any more, and who has to confirm it has."""
    return now >= closure.undo_until and (not closure.is_large or closure.confirmed_at is not None)


def find_untold(session: Session, *, now: datetime) -> set[int]:
    """Return the ids of standing closures of which nobody may be told yet."""
    unconfirmed = and_(Closure.is_large, Closure.confirmed_at.is_(None))
    untold = or_(Closure.undo_until > now, unconfirmed)
    return set(session.scalars(select(Closure.id).where(_is_standing(now), untold)))


def find_to_carry_out(session: Session, *, now: datetime) -> list[Closure]:
    """Load the closures whose orders have to be looked at, now that they may be told, the oldest first."""
    waiting = select(Closure).where(Closure.carried_out_at.is_(None), Closure.undo_until <= now)
    waiting = waiting.where(or_(~Closure.is_large, Closure.confirmed_at.is_not(None), Closure.ended_at.is_not(None)))
    return list(session.scalars(waiting.options(selectinload(Closure.experiences)).order_by(Closure.id)))


def note_late_order(session: Session, closure_ids: Iterable[int]) -> None:
    """Note that an order was paid for slots of these closures after they had been decided: it needs a case too."""
    ids = sorted(set(closure_ids))
    mine = update(Closure).where(Closure.id.in_(ids))
    values = {"late_orders": Closure.late_orders + 1, "carried_out_at": None}
    session.execute(mine.values(**values).execution_options(synchronize_session=False))


def note_carried_out(session: Session, closure: Closure, *, now: datetime) -> None:
    """Note that every order of a closure has been seen to, unless one more was paid since this closure was loaded."""
    mine = update(Closure).where(Closure.id == closure.id, Closure.late_orders == closure.late_orders)
    mine = mine.where(Closure.ends_at.is_not_distinct_from(closure.ends_at), Closure.state == closure.state)
    session.execute(mine.values(carried_out_at=now).execution_options(synchronize_session=False))


def begin_due(session: Session, *, now: datetime) -> int:
    """Mark the planned closures whose time has come as in force; return how many."""
    due = _closures_where(session, and_(Closure.state == ClosureState.PLANNED, Closure.starts_at <= now))
    return sum(_begin(session, closure, actor=system("worker"), now=now) for closure in due)


def _begin(session: Session, closure: Closure, *, actor: Actor, now: datetime) -> bool:
    has_begun = move(session, closure, ClosureState.IN_FORCE, CLOSURE_MOVES)
    if has_begun:
        audit.record(session, "closure.began", closure, actor=actor, now=now, **_told(closure))
    return has_begun


def _tidied(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: " ".join(texts.get(language, "").split()) for language in LANGUAGES}


def _choose(session: Session, closure: Closure, experience_ids: Iterable[int]) -> None:
    rows = [{"closure_id": closure.id, "experience_id": each} for each in sorted(set(experience_ids))]
    if rows:
        session.execute(insert(closure_experiences), rows)


def _check(request: ClosureRequest, reasons: dict[str, str], advice: dict[str, str], now: datetime) -> None:
    missing = [language for language in LANGUAGES if not reasons[language]]
    if missing:
        raise ReasonMissing("Say why in every language: visitors read it.", field="reasons", languages=missing)
    unsaid = [language for language in LANGUAGES if not advice[language]]
    if 0 < len(unsaid) < len(LANGUAGES):
        raise ReasonMissing("Give advice in every language, or in none.", field="advice", languages=unsaid)
    if any(len(text) > LONGEST_REASON for text in (*reasons.values(), *advice.values())):
        raise ReasonTooLong(f"Say it in at most {LONGEST_REASON} characters.", field="reasons", most=LONGEST_REASON)
    require_bonus(request.terms.bonus_percent)
    require_end(request.starts_at, request.ends_at, now=now)


def require_bonus(percent: int | None) -> None:
    """Let a bonus be a whole share of what was paid, or none be offered. Raises BonusInvalid."""
    if percent is not None and not 0 <= percent <= MOST_BONUS_PERCENT:
        raise BonusInvalid("Give a percentage from 0 to 100, or nothing.", field="bonus_percent")


def require_end(starts_at: datetime, ends_at: datetime | None, *, now: datetime) -> None:
    """Let a closure end after it starts, and after now. Raises ClosureTooShort."""
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise ClosureTooShort("Choose an end that lies after the start and after now.", field="ends_at")


def _touched_slots(request: ClosureRequest, now: datetime) -> ColumnElement[bool]:
    conditions = [Slot.ends_at > request.starts_at, Slot.admits_until > now]
    if request.ends_at is not None:
        conditions.append(Slot.starts_at < request.ends_at)
    if request.experience_ids:
        conditions.append(Slot.experience_id.in_(request.experience_ids))
    return and_(*conditions)


def _told(closure: Closure, experience_ids: Iterable[int] | None = None) -> dict[str, object]:
    """Say a closure for the record; its words are public and in the row."""
    chosen = {} if experience_ids is None else {"experience_ids": list(experience_ids)}
    return {
        **chosen,
        "starts_at": closure.starts_at.isoformat(),
        "ends_at": closure.ends_at.isoformat() if closure.ends_at else None,
        "bonus_percent": closure.bonus_percent,
    }


def _is_standing(now: datetime) -> ColumnElement[bool]:
    return and_(Closure.state.in_(STANDING), or_(Closure.ends_at.is_(None), Closure.ends_at > now))


def _closures_where(session: Session, condition: ColumnElement[bool]) -> list[Closure]:
    statement = select(Closure).where(condition).options(selectinload(Closure.experiences))
    statement = statement.execution_options(populate_existing=True)
    return list(session.scalars(statement.order_by(Closure.starts_at, Closure.id)))
