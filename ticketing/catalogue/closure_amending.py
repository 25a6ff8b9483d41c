"""A closure is changed after it was decided: confirmed by a second person, undone in time, extended or shortened.

Undoing takes the rows away as if nothing had been: within its time nothing else has been written for a closure but the
audit log, which keeps both acts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ticketing.catalogue import closures
from ticketing.catalogue.closures import STANDING, ClosureRequest
from ticketing.catalogue.models import Closure, closure_experiences
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, Expired, NotAllowed


class UndoTooLate(Expired):
    """The time to undo a closure is over: orders and mails are under way."""

    code = "undo_too_late"


class SecondPersonNeeded(NotAllowed):
    """A closure is confirmed by somebody else than who closed."""

    code = "second_person_needed"


class ClosureOver(Conflict):
    """A closure that has ended cannot be changed any more."""

    code = "closure_over"


def lock_closure(session: Session, closure_id: int) -> Closure:
    """Load a closure with its row locked. Raises ClosureNotFound."""
    session.execute(select(Closure.id).where(Closure.id == closure_id).with_for_update(key_share=True))
    return closures.get_closure(session, closure_id)


def may_be_undone(closure: Closure, now: datetime) -> bool:
    """Tell whether a closure can still be taken back as if nothing had been."""
    is_early = not closures.may_be_told(closure, now)
    return closure.state in STANDING and closure.amended_at is None and is_early


def undo(session: Session, closure_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a closure back as if nothing had been. Raises ClosureNotFound, UndoTooLate."""
    closure = lock_closure(session, closure_id)
    if not may_be_undone(closure, now):
        raise UndoTooLate("The time to undo this is over: visitors are being told. Open again instead.")
    audit.record(session, "closure.undone", closure, actor=actor, now=now)
    session.flush()
    session.expunge(closure)
    session.execute(delete(closure_experiences).where(closure_experiences.c.closure_id == closure_id))
    session.execute(delete(Closure).where(Closure.id == closure_id))


def confirm(session: Session, closure_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a second person confirm a large closure; again is already so. Raises ClosureNotFound, SecondPersonNeeded."""
    closure = lock_closure(session, closure_id)
    if not closure.is_large or closure.confirmed_at is not None:
        return
    if actor.id is not None and actor.id == closure.closed_by_id:
        raise SecondPersonNeeded("Somebody else has to confirm this: you closed.", role="manager")
    closure.confirmed_by, closure.confirmed_at = actor.name, now
    audit.record(session, "closure.confirmed", closure, actor=actor, now=now)


def amend(
    session: Session, closure_id: int, ends_at: datetime | None, *, asks_second: bool, actor: Actor, now: datetime
) -> Closure:
    """Let a closure that stands end at another instant, None for further notice; its orders are looked at again.

    `asks_second` when what is added has to be confirmed by a second person. Raises ClosureNotFound, ClosureOver,
    ClosureTooShort.
    """
    closure = lock_to_amend(session, closure_id, ends_at, now=now)
    before = closure.ends_at
    statement = update(Closure).where(Closure.id == closure.id)
    second = {"is_large": True, "confirmed_at": None, "confirmed_by": None, "closed_by_id": actor.id}
    changes = {"ends_at": ends_at, "amended_at": now, "carried_out_at": None, **(second if asks_second else {})}
    session.execute(statement.values(**changes).execution_options(synchronize_session=False))
    session.refresh(closure)
    said = {"before": before and before.isoformat(), "ends_at": ends_at and ends_at.isoformat()}
    audit.record(session, "closure.amended", closure, actor=actor, now=now, **said)
    return closure


def offer_card(session: Session, closure_id: int, percent: int | None, *, actor: Actor, now: datetime) -> None:
    """Offer who has not chosen yet a gift card with this bonus, or none any more; again is already so.

    What somebody took stays theirs. Raises ClosureNotFound, BonusInvalid.
    """
    closures.require_bonus(percent)
    closure = lock_closure(session, closure_id)
    if closure.bonus_percent != percent:
        before, closure.bonus_percent = closure.bonus_percent, percent
        audit.record(session, "closure.card_offered", closure, actor=actor, now=now, before=before, percent=percent)


def lock_to_amend(session: Session, closure_id: int, ends_at: datetime | None, *, now: datetime) -> Closure:
    """Lock a closure that stands and all slots it covers with the one end or the other: what is counted stays so.

    Raises ClosureNotFound, ClosureOver, ClosureTooShort.
    """
    closure = closures.get_closure(session, closure_id)
    wider = replace(request_of(closure), ends_at=_later(closure.ends_at, ends_at))
    closures.lock_touched(session, wider, now=now)
    closure = lock_closure(session, closure_id)
    require_standing(closure, now)
    closures.require_end(closure.starts_at, ends_at, now=now)
    return closure


def request_of(closure: Closure) -> ClosureRequest:
    """Return what a closure, loaded with its experiences, would have to be asked for."""
    return ClosureRequest(
        closure.reasons, closure.starts_at, closure.ends_at, tuple(each.id for each in closure.experiences)
    )


def require_standing(closure: Closure, now: datetime) -> None:
    """Let only a closure be changed that is planned or in force. Raises ClosureOver."""
    if closure.state not in STANDING or (closure.ends_at is not None and closure.ends_at <= now):
        raise ClosureOver("This closure is over. Close again if you have to.")


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
