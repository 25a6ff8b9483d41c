"""Who did what, when. An entry is written in the transaction of the act; nothing changes or removes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, func, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from ticketing.foundation.actors import Actor, ActorKind
from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime

SEAL_BATCH = 500


class AuditEntry(Base):
    """One act. `code` is dotted and past tense (`order.confirmed`); `details` hold no personal data."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "subject", "subject_id"),
        Index(None, "happened_at"),
        Index(None, "seal"),
        Index(None, "code", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    actor_kind: Mapped[ActorKind] = mapped_column(State(ActorKind))
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(120))
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSONDocument)
    # The chain is closed behind the writers by the worker: a lock on "the last entry" would queue every buyer.
    seal: Mapped[str | None] = mapped_column(String(64))


def record(session: Session, code: str, subject: Any, *, actor: Actor, now: datetime, **details: Any) -> None:
    """Write that `actor` did `code` to `subject` (a row with an id, flushed here when it is new)."""
    if subject.id is None:
        session.flush()
    session.add(
        AuditEntry(
            code=code,
            subject=subject.__tablename__,
            subject_id=subject.id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            happened_at=now,
            details=details,
        )
    )


def page(session: Session, *, before: int | None, codes: Sequence[str] | None, limit: int) -> list[AuditEntry]:
    """Load entries, the newest first: those with an id below `before`, of these codes, None for all.

    Each code is asked for by itself: over a long log an index answers that at once, and not what they have in common.
    """
    below = AuditEntry.id < before if before is not None else true()
    newest = select(AuditEntry.id).where(below).order_by(AuditEntry.id.desc()).limit(limit)
    if codes is None:
        ids = list(session.scalars(newest))
    else:
        ids = [found for code in codes for found in session.scalars(newest.where(AuditEntry.code == code))]
    wanted = sorted(ids, reverse=True)[:limit]
    return list(session.scalars(select(AuditEntry).where(AuditEntry.id.in_(wanted)).order_by(AuditEntry.id.desc())))


def about(session: Session, subject: str, subject_id: int, *, limit: int) -> list[AuditEntry]:
    """Load the latest entries about one row of a table, the newest first."""
    mine = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
    return list(session.scalars(mine.order_by(AuditEntry.id.desc()).limit(limit)))


def seal(session: Session, *, settled_before: datetime) -> int:
    """Chain the next handful of unsealed entries to the sealed ones; return how many.

    In the order of ids, up to the first entry that is not older than `settled_before` (instant). Entries get their ids
    before they commit: behind a young one there may still be others, with lower ids and whatever times. Nobody may keep
    a transaction that writes entries open for longer than that.
    """
    last = session.scalars(
        select(AuditEntry).where(AuditEntry.seal.is_not(None)).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    chained = last.seal or "" if last else ""
    unsealed = AuditEntry.seal.is_(None)
    young = session.scalar(select(func.min(AuditEntry.id)).where(unsealed, AuditEntry.happened_at >= settled_before))
    next_ones = select(AuditEntry).where(unsealed, AuditEntry.id < young if young is not None else true())
    entries = session.scalars(next_ones.order_by(AuditEntry.id).limit(SEAL_BATCH)).all()
    for entry in entries:
        chained = entry.seal = seal_of(entry, chained)
    return len(entries)


def seal_of(entry: AuditEntry, before: str) -> str:
    """Return the seal of an entry that follows the seal `before`: SHA-256 over both."""
    content = [
        before,
        entry.id,
        entry.code,
        entry.subject,
        entry.subject_id,
        entry.actor_kind.value,
        entry.actor_id,
        entry.actor_name,
        entry.happened_at.isoformat(),
        entry.details,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
