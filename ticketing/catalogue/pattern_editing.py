"""Managers change how slots repeat: patterns are added, changed, ended; what that makes of slots is shown first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import closures, marks, replanning, slot_changes, timetable
from ticketing.catalogue.checking import invalid, require_between
from ticketing.catalogue.models import Experience, Slot, TimetablePattern
from ticketing.catalogue.replanning import Plan
from ticketing.catalogue.slot_changes import Preview
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import NotFound

MOST_CAPACITY = 100_000
SHORTEST_STEP, LONGEST_STEP = 5, 24 * 60


class PatternNotFound(NotFound):
    """There is no such pattern."""

    code = "pattern_not_found"


@dataclass(frozen=True, slots=True)
class PatternSheet:
    """All that a manager says about a pattern. Times are wall clock; the last start is included, as are both dates."""

    weekdays: str
    first_at_local: time
    last_at_local: time
    every_minutes: int
    capacity: int
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class PatternWish:
    """What a manager wants: a new pattern (no id), another one in the place of one, or none any more (no sheet).

    `mark` was taken of the pattern when it was opened.
    """

    experience_id: int
    sheet: PatternSheet | None
    pattern_id: int | None = None
    mark: str = ""


def patterns_of(session: Session, experience_id: int) -> list[TimetablePattern]:
    """Load the patterns of an experience, those that end last first."""
    rows = session.scalars(select(TimetablePattern).where(TimetablePattern.experience_id == experience_id)).all()
    return sorted(rows, key=lambda row: (row.valid_until or date.max, row.valid_from, row.id), reverse=True)


def get_pattern(session: Session, pattern_id: int) -> TimetablePattern:
    """Load a pattern with its experience; raises PatternNotFound."""
    statement = select(TimetablePattern).where(TimetablePattern.id == pattern_id)
    found = session.scalars(statement.options(joinedload(TimetablePattern.experience))).one_or_none()
    if found is None:
        raise PatternNotFound("There is no such pattern.")
    return found


def sheet_of(pattern: TimetablePattern) -> PatternSheet:
    """Return what a pattern says."""
    return PatternSheet(
        pattern.weekdays, pattern.first_at_local, pattern.last_at_local, pattern.every_minutes, pattern.capacity,
        pattern.valid_from, pattern.valid_until,
    )  # fmt: skip


def check(sheet: PatternSheet) -> None:
    """Insist that a pattern makes sense. Raises CatalogueInvalid."""
    if not sheet.weekdays:
        raise invalid("weekdays", "weekdays")
    if sheet.last_at_local < sheet.first_at_local:
        raise invalid("last_at", "ends_before")
    require_between(sheet.every_minutes, "every_minutes", SHORTEST_STEP, LONGEST_STEP)
    require_between(sheet.capacity, "capacity", 0, MOST_CAPACITY)
    if sheet.valid_until is not None and sheet.valid_until < sheet.valid_from:
        raise invalid("valid_until", "ends_before")


def preview(session: Session, wish: PatternWish, *, zone: ZoneInfo, now: datetime) -> Preview:
    """Say what a wish makes of the slots that are laid out. Raises PatternNotFound, CatalogueInvalid."""
    if wish.sheet is not None:
        check(wish.sheet)
    today = now.astimezone(zone).date()
    rows = session.scalars(_rows(wish.experience_id)).all()
    if wish.pattern_id is not None and wish.pattern_id not in {row.id for row in rows}:
        raise PatternNotFound("There is no such pattern.")
    experience = session.get_one(Experience, wish.experience_id)
    before = {row.id: timetable.pattern_of(row, experience) for row in rows}
    after = {key: pattern for key, pattern in before.items() if wish.sheet is not None or key != wish.pattern_id}
    if wish.sheet is not None:  # a new one comes last: of two that want one start the older counts
        after[wish.pattern_id or 0] = timetable.pattern_of(_row_of(wish.experience_id, wish.sheet), experience)
    calendar = closures.load_calendar(session, zone)
    return replanning.compare(
        slot_changes.present_slots(session, _concerned(wish, today), now=now),
        Plan(tuple(before.values()), calendar),
        Plan(tuple(after.values()), calendar),
        (today, today + timedelta(days=timetable.DAYS_LAID_OUT)),
        now=now,
    )


def carry_out(session: Session, wish: PatternWish, digest: str, *, zone: ZoneInfo, actor: Actor, now: datetime) -> None:
    """Make a wish true, and let slots follow, if that still does what the preview with this digest showed.

    Raises PatternNotFound, CatalogueInvalid, CatalogueMovedOn, PreviewOutdated.
    """
    slot_changes.lock(session, and_(_concerned(wish, now.astimezone(zone).date()), Slot.admits_until > now))
    if wish.pattern_id is not None:
        _require_unchanged(session, wish)
    found = preview(session, wish, zone=zone, now=now)
    slot_changes.require_shown(found, digest)
    _write(session, wish, dict(found.counts), actor=actor, now=now)
    slot_changes.carry_out(session, found, actor=actor, now=now)


def _require_unchanged(session: Session, wish: PatternWish) -> None:
    row = session.get(TimetablePattern, wish.pattern_id, with_for_update={"key_share": True})
    if row is None:
        raise PatternNotFound("There is no such pattern.")
    marks.require_mark(session, row, wish.mark)


def _write(session: Session, wish: PatternWish, counts: dict[str, int], *, actor: Actor, now: datetime) -> None:
    if wish.sheet is None:
        pattern = session.get_one(TimetablePattern, wish.pattern_id)
        told = {name: str(value) for name, value in _values(sheet_of(pattern)).items()}
        audit.record(session, "pattern.taken_away", pattern, actor=actor, now=now, slots=counts, **told)
        session.delete(pattern)
    elif wish.pattern_id is None:
        pattern = _row_of(wish.experience_id, wish.sheet)
        session.add(pattern)
        told = {name: str(value) for name, value in _values(wish.sheet).items()}
        audit.record(session, "pattern.added", pattern, actor=actor, now=now, slots=counts, **told)
    else:
        pattern = session.get_one(TimetablePattern, wish.pattern_id)
        changed = marks.changed_fields(pattern, _values(wish.sheet))
        for name, value in _values(wish.sheet).items():
            setattr(pattern, name, value)
        code = "pattern.ended" if set(changed) == {"valid_until"} else "pattern.changed"
        audit.record(session, code, pattern, actor=actor, now=now, slots=counts, **changed)


def _values(sheet: PatternSheet) -> dict[str, Any]:
    return {name: getattr(sheet, name) for name in PatternSheet.__slots__}


def _row_of(experience_id: int, sheet: PatternSheet) -> TimetablePattern:
    return TimetablePattern(experience_id=experience_id, **_values(sheet))


def _rows(experience_id: int) -> Select[TimetablePattern]:
    mine = TimetablePattern.experience_id == experience_id
    return select(TimetablePattern).where(mine).order_by(TimetablePattern.id)


def _concerned(wish: PatternWish, today: date) -> ColumnElement[bool]:
    return and_(Slot.experience_id == wish.experience_id, Slot.local_date >= today)
