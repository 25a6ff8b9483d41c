"""Managers write down what can be attended. Nothing that was ever sold is removed: it is listed no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import marks, offers
from ticketing.catalogue.checking import (
    LONGEST_NAME,
    LONGEST_SUMMARY,
    checked_slug,
    checked_texts,
    invalid,
    require_between,
    require_every_language,
    require_original,
)
from ticketing.catalogue.models import Allocation, AllocationState, Audience, Experience, ExperienceKind, Slot, VATClass
from ticketing.catalogue.reentry import Reentry
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.identifiers import new_uuid
from ticketing.foundation.languages import LANGUAGES

LONGEST_DAY_MINUTES = 24 * 60
MOST_TO_BRING, LONGEST_TO_BRING = 12, 60
LAST_POSITION = 999


@dataclass(frozen=True, slots=True)
class ExperienceSheet:
    """All that a manager says about an experience. Texts by language; minutes count around a slot's start."""

    slug: str
    kind: ExperienceKind
    audience: Audience
    names: dict[str, str]
    summaries: dict[str, str]
    bring: dict[str, list[str]]
    drawing: str
    duration_minutes: int
    admits_before_minutes: int
    admits_after_minutes: int
    reentry: Reentry
    reentry_minutes: int
    vat_class_id: int
    position: int
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """What lies ahead of an experience: slots, and admissions sold."""

    slots: int
    sold: int


def all_experiences(session: Session) -> list[Experience]:
    """Load every experience, listed or not, in the order managers gave them."""
    return list(session.scalars(select(Experience).order_by(Experience.position, Experience.id)))


def missing_words(experience: Experience) -> list[str]:
    """Return the languages in which a name or a summary is missing."""
    return [
        language
        for language in LANGUAGES
        if not experience.names.get(language) or not experience.summaries.get(language)
    ]


def has_been_taken(session: Session, experience_id: int) -> bool:
    """Tell whether anybody ever took places in it, so that its name is on tickets and in calendars."""
    taken = select(Allocation.id).join(Slot, Slot.id == Allocation.slot_id).where(Slot.experience_id == experience_id)
    return session.scalar(taken.limit(1)) is not None


def count_coming(session: Session, experience_id: int, *, now: datetime) -> Coming:
    """Count the slots of an experience that still admit, and what is sold of them."""
    mine = (Slot.experience_id == experience_id, Slot.admits_until > now, Slot.withdrawn_at.is_(None))
    sold = (
        select(func.sum(Allocation.admissions))
        .join(Slot, Slot.id == Allocation.slot_id)
        .where(*mine, Allocation.state == AllocationState.SOLD)
    )
    return Coming(session.scalar(select(func.count()).select_from(Slot).where(*mine)) or 0, session.scalar(sold) or 0)


def create(session: Session, sheet: ExperienceSheet, *, actor: Actor, now: datetime) -> Experience:
    """Add an experience. Raises CatalogueInvalid."""
    experience = Experience(uuid=new_uuid())
    marks.write(session, experience, _checked(session, sheet))
    audit.record(session, "experience.added", experience, actor=actor, now=now, slug=experience.slug)
    return experience


def change(
    session: Session, slug: str, sheet: ExperienceSheet, mark: str, *, actor: Actor, now: datetime
) -> Experience:
    """Change an experience as it was when `mark` was taken; the same again changes nothing.

    Raises ExperienceNotFound, CatalogueInvalid, CatalogueMovedOn.
    """
    experience = offers.get_experience(session, slug)
    session.refresh(experience, with_for_update={"key_share": True})
    values = _checked(session, sheet)
    changed = marks.changed_fields(experience, values)
    if not changed:
        return experience
    marks.require_mark(session, experience, mark)
    if "slug" in changed and has_been_taken(session, experience.id):
        raise invalid("slug", "sold")
    marks.write(session, experience, values)
    audit.record(session, _code_of(changed), experience, actor=actor, now=now, slug=experience.slug, **changed)
    return experience


def _code_of(changed: Mapping[str, list[Any]]) -> str:
    """Name the act: taking off the list and putting on it are acts of their own."""
    if set(changed) == {"is_listed"}:
        return "experience.listed" if changed["is_listed"][1] else "experience.unlisted"
    return "experience.changed"


def _checked(session: Session, sheet: ExperienceSheet) -> dict[str, Any]:
    """Return the columns a sheet fills. Raises CatalogueInvalid."""
    names = checked_texts(sheet.names, "names", most=LONGEST_NAME)
    summaries = checked_texts(sheet.summaries, "summaries", most=LONGEST_SUMMARY)
    require_original(names, "names")
    if sheet.is_listed:
        require_every_language(names, "names", "words_needed")
        require_every_language(summaries, "summaries", "words_needed")
    require_between(sheet.duration_minutes, "duration_minutes", 5, LONGEST_DAY_MINUTES)
    require_between(sheet.admits_before_minutes, "admits_before_minutes", 0, LONGEST_DAY_MINUTES)
    require_between(sheet.admits_after_minutes, "admits_after_minutes", 1, LONGEST_DAY_MINUTES)
    has_window = sheet.reentry is Reentry.WINDOW
    if has_window:
        require_between(sheet.reentry_minutes, "reentry_minutes", 1, LONGEST_DAY_MINUTES)
    require_between(sheet.position, "position", 0, LAST_POSITION)
    if session.get(VATClass, sheet.vat_class_id) is None:
        raise invalid("vat_class", "no_target")
    texts = {"slug": checked_slug(sheet.slug), "names": names, "summaries": summaries, "bring": _bring(sheet.bring)}
    return asdict(sheet) | texts | {"reentry_minutes": sheet.reentry_minutes if has_window else 0}


def _bring(typed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    bring = {
        language: [tidy for line in typed.get(language, []) if (tidy := " ".join(line.split()))]
        for language in LANGUAGES
    }
    for language, lines in bring.items():
        if len(lines) > MOST_TO_BRING or any(len(line) > LONGEST_TO_BRING or "\0" in line for line in lines):
            raise invalid(f"bring_{language}", "bring", most=LONGEST_TO_BRING, lines=MOST_TO_BRING)
    return bring
