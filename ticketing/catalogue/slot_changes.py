"""What is to become of slots, shown before it is done: which appear, go, change, and which stay because of sales.

A preview has a digest. Carrying out looks again under the lock and does nothing when it would not be what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import Session

from ticketing.catalogue import timetable
from ticketing.catalogue.capacity import claimed_now
from ticketing.catalogue.models import Slot
from ticketing.catalogue.slot_locks import lock_slots_where
from ticketing.catalogue.timetable import PlannedSlot
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.errors import Conflict


class PreviewOutdated(Conflict):
    """Slots or sales have changed since the preview was shown; look at it anew."""

    code = "preview_outdated"


class Fate(StrEnum):
    """What becomes of a slot."""

    APPEARS = "appears"
    GOES = "goes"  # nobody has places in it
    CHANGES = "changes"
    KEPT = "kept"  # it should go, but people have places in it: no more are sold, a closure deals with these
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class PresentSlot:
    """A slot as it is, with the admissions that are sold or held of it."""

    id: int
    uuid: str
    experience_id: int
    local_date: date
    starts_at: datetime
    ends_at: datetime
    admits_from: datetime
    admits_until: datetime
    capacity: int
    is_withdrawn: bool
    claimed: int

    @property
    def key(self) -> tuple[int, datetime]:
        """What tells slots apart."""
        return self.experience_id, self.starts_at

    def as_planned(self) -> PlannedSlot:
        """Say it as a timetable would."""
        return PlannedSlot(
            self.experience_id, self.local_date, self.starts_at, self.ends_at, self.admits_from, self.admits_until,
            self.capacity,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """One slot with what becomes of it: as it is (None: not there) and as it will be (None: not there)."""

    fate: Fate
    before: PresentSlot | None
    after: PlannedSlot | None

    @property
    def starts_at(self) -> datetime:
        """When it starts, before and after."""
        return self._known.starts_at

    @property
    def local_date(self) -> date:
        """The centre's date it belongs to."""
        return self._known.local_date

    @property
    def experience_id(self) -> int:
        """What starts in it."""
        return self._known.experience_id

    @property
    def claimed(self) -> int:
        """The admissions sold or held."""
        return self.before.claimed if self.before else 0

    @property
    def oversold(self) -> int:
        """By how many admissions more is taken than there will be room for; nothing more is sold until it fits."""
        return max(0, self.claimed - self.after.capacity) if self.after else 0

    @property
    def _known(self) -> PresentSlot | PlannedSlot:
        known = self.before or self.after
        assert known is not None
        return known


@dataclass(frozen=True)
class Preview:
    """What becomes of the slots concerned, by time."""

    outcomes: tuple[Outcome, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many slots meet each fate, and how many are oversold."""
        counts = Counter(outcome.fate.value for outcome in self.outcomes)
        counts["oversold"] = sum(outcome.oversold > 0 for outcome in self.outcomes)
        return counts

    @property
    def shown(self) -> tuple[Outcome, ...]:
        """The slots about which there is something to say."""
        return tuple(outcome for outcome in self.outcomes if outcome.fate is not Fate.STAYS)

    def of(self, fate: Fate) -> list[Outcome]:
        """Return the slots with this fate."""
        return [outcome for outcome in self.outcomes if outcome.fate is fate]

    @property
    def digest(self) -> str:
        """A mark of what was shown: the slots, before and after, who is oversold. A sale that fits changes nothing."""
        said = [
            (
                each.fate, each.experience_id, each.starts_at, each.before.capacity if each.before else None,
                each.after, each.oversold,
            )
            for each in self.shown
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:24]


def present_slots(session: Session, condition: ColumnElement[bool], *, now: datetime) -> list[PresentSlot]:
    """Load the slots that meet a condition and still admit somebody, withdrawn ones too, by time."""
    wanted = _present(now).where(condition, Slot.admits_until > now).order_by(Slot.starts_at, Slot.id)
    return [PresentSlot(*row) for row in session.execute(wanted)]


def present_slot(session: Session, slot_id: int, *, now: datetime) -> PresentSlot:
    """Load one slot as it is."""
    return PresentSlot(*session.execute(_present(now).where(Slot.id == slot_id)).one())


def _present(now: datetime) -> Select[*tuple[Any, ...]]:
    return select(
        Slot.id, Slot.uuid, Slot.experience_id, Slot.local_date, Slot.starts_at, Slot.ends_at, Slot.admits_from,
        Slot.admits_until, Slot.capacity, Slot.withdrawn_at.is_not(None), claimed_now(now),
    )  # fmt: skip


def lock(session: Session, condition: ColumnElement[bool]) -> None:
    """Lock the slots that meet a condition, so that what is seen of them next stays true until the commit."""
    lock_slots_where(session, condition)


def leaving(slot: PresentSlot) -> Outcome:
    """Say what becomes of a slot that is wanted no more: it goes, unless somebody has places; no more are sold then."""
    if slot.claimed:
        return Outcome(Fate.KEPT, slot, replace(slot.as_planned(), capacity=0))
    return Outcome(Fate.GOES, slot, None)


def with_capacity(slot: PresentSlot, capacity: int) -> Outcome:
    """Say what becomes of a slot that is to have this capacity."""
    if capacity == slot.capacity:
        return Outcome(Fate.STAYS, slot, slot.as_planned())
    return Outcome(Fate.CHANGES, slot, replace(slot.as_planned(), capacity=capacity))


def require_shown(preview: Preview, digest: str) -> None:
    """Insist that a preview made under the lock is the one that was shown. Raises PreviewOutdated."""
    if preview.digest != digest:
        raise PreviewOutdated("Something has changed since this was shown. Look at it anew.")


def carry_out(session: Session, preview: Preview, *, actor: Actor, now: datetime) -> None:
    """Do what a preview made under the lock says. What is sold keeps its place whatever becomes of capacity."""
    going = [outcome.before.id for outcome in preview.of(Fate.GOES) if outcome.before]
    _update(session, [{"key": key, "withdrawn_at": now} for key in going])
    appearing = preview.of(Fate.APPEARS)
    timetable.create(session, [each.after for each in appearing if each.after and each.before is None])
    changed = [*preview.of(Fate.CHANGES), *preview.of(Fate.KEPT), *(each for each in appearing if each.before)]
    _update(session, [_values(each) for each in changed])
    for each in changed:
        if each.oversold and each.before and each.after:
            record_lowered(session, each.before, each.after.capacity, actor=actor, now=now)


def record_lowered(session: Session, slot: PresentSlot, capacity: int, *, actor: Actor, now: datetime) -> None:
    """Write down that a slot has less capacity than is taken of it: the check of the ledger asks who decided that."""
    row = session.get_one(Slot, slot.id)
    numbers = {"before": slot.capacity, "after": capacity, "claimed": slot.claimed}
    audit.record(session, "slot.capacity_lowered", row, actor=actor, now=now, **numbers)


def _values(outcome: Outcome) -> dict[str, object]:
    assert outcome.before is not None
    assert outcome.after is not None
    return {
        "key": outcome.before.id,
        "withdrawn_at": None,
        "capacity": outcome.after.capacity,
        "ends_at": outcome.after.ends_at,
        "admits_from": outcome.after.admits_from,
        "admits_until": outcome.after.admits_until,
    }


def _update(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Change many slots by their keys, each row with the same columns."""
    if not rows:
        return
    columns = {name: bindparam(f"new_{name}", type_=Slot.__table__.c[name].type) for name in rows[0] if name != "key"}
    statement = update(Slot.__table__).where(Slot.__table__.c.id == bindparam("of")).values(**columns)  # type: ignore[arg-type]
    session.connection().execute(statement, [_bound(row) for row in rows])


def _bound(row: dict[str, object]) -> dict[str, object]:
    return {"of" if name == "key" else f"new_{name}": value for name, value in row.items()}


def oversold(session: Session, *, now: datetime, limit: int) -> list[PresentSlot]:
    """Load the slots to come of which more is taken than there is room for, by time.

    Each of them is in the audit log: asking that first spares counting every slot there is.
    """
    lowered = select(AuditEntry.subject_id).where(AuditEntry.code == "slot.capacity_lowered").distinct()
    wanted = _present(now).where(Slot.id.in_(lowered), Slot.admits_until > now, claimed_now(now) > Slot.capacity)
    return [PresentSlot(*row) for row in session.execute(wanted.order_by(Slot.starts_at, Slot.id).limit(limit))]


def sorted_outcomes(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Put outcomes in the order of time."""
    return tuple(sorted(outcomes, key=lambda each: (each.starts_at, each.experience_id)))
