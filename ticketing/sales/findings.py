"""What does not match between the provider's books and ours: written down once, settled by a person with a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.database import insert_into
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.money import Money
from ticketing.sales.provider_models import FindingKind, ReconciliationFinding

LONGEST_NOTE = 300


class FindingNotFound(NotFound):
    """There is no such finding."""

    code = "finding_not_found"


class NoteMissing(InvalidInput):
    """How it was settled has to be said; `details["field"]` names where."""

    code = "note_missing"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that does not match: of what (the provider's reference, or our key), and how much there is there."""

    ref: str
    kind: FindingKind
    amount: Money
    expected_cents: int | None = None  # what we have written down
    order_id: int | None = None


def note(session: Session, found: Found, *, now: datetime) -> ReconciliationFinding:
    """Write a finding down, or return the one that was written down before, settled or not."""
    session.execute(
        insert_into(session, ReconciliationFinding)
        .values(
            object_ref=found.ref,
            kind=found.kind,
            order_id=found.order_id,
            amount_cents=found.amount.cents,
            expected_cents=found.expected_cents,
            currency=found.amount.currency,
            found_at=now,
        )
        .on_conflict_do_nothing(index_elements=["object_ref", "kind"])
    )
    same = (ReconciliationFinding.object_ref == found.ref, ReconciliationFinding.kind == found.kind)
    return session.scalars(select(ReconciliationFinding).where(*same)).one()


def resolve(session: Session, finding_id: int, how: str, *, actor: Actor, now: datetime) -> ReconciliationFinding:
    """Settle a finding with a note; again is already so. Raises FindingNotFound, NoteMissing."""
    wanted = select(ReconciliationFinding).where(ReconciliationFinding.id == finding_id)
    finding = session.scalars(wanted.with_for_update(key_share=True)).one_or_none()
    if finding is None:
        raise FindingNotFound("There is no such finding. Look at the list again.")
    text = " ".join(how.split())
    if not 0 < len(text) <= LONGEST_NOTE:
        raise NoteMissing("Say how it was settled, in at most 300 characters.", field=f"note-{finding_id}")
    if finding.resolved_at is None:
        finding.resolved_at, finding.resolved_by, finding.note = now, actor.name, text
        audit.record(session, "finding.resolved", finding, actor=actor, now=now, kind=finding.kind.value, reason=text)
    return finding


def list_open(session: Session, *, after: int | None = None, limit: int) -> list[ReconciliationFinding]:
    """Load the findings nobody has settled, the oldest first, above an id, with their orders."""
    waiting = select(ReconciliationFinding).where(ReconciliationFinding.resolved_at.is_(None))
    if after is not None:
        waiting = waiting.where(ReconciliationFinding.id > after)
    with_order = waiting.options(joinedload(ReconciliationFinding.order))
    return list(session.scalars(with_order.order_by(ReconciliationFinding.id).limit(limit)))


def list_settled(session: Session, *, before: int | None, limit: int) -> list[ReconciliationFinding]:
    """Load the findings somebody has settled, the newest first, below an id, with their orders."""
    settled = select(ReconciliationFinding).where(ReconciliationFinding.resolved_at.is_not(None))
    if before is not None:
        settled = settled.where(ReconciliationFinding.id < before)
    with_order = settled.options(joinedload(ReconciliationFinding.order))
    return list(session.scalars(with_order.order_by(ReconciliationFinding.id.desc()).limit(limit)))


def count_open(session: Session) -> int:
    """Return how many findings nobody has settled."""
    waiting = select(func.count()).where(ReconciliationFinding.resolved_at.is_(None))
    return session.scalar(waiting) or 0
