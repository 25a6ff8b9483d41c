"""Announcements: a few words above every page of the site, from one instant until another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from ticketing.content.models import Announcement
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.languages import LANGUAGES

LONGEST = 220  # characters: more does not fit above a page on a phone
MOST_PAST = 50


class AnnouncementInvalid(InvalidInput):
    """An announcement cannot be like this; `details["field"]` names where, `details["languages"]` which are missing."""

    code = "announcement_invalid"


class AnnouncementNotFound(NotFound):
    """There is no such announcement."""

    code = "announcement_not_found"


@dataclass(frozen=True, slots=True)
class Wording:
    """What to announce, in every language, when, and where "Read more" leads (as in a menu)."""

    texts: dict[str, str]
    target: str | None
    shows_from: datetime
    shows_until: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """Announcements as a manager looks for them."""

    running: list[Announcement]
    coming: list[Announcement]
    past: list[Announcement]


def shown(session: Session, *, now: datetime) -> list[Announcement]:
    """Load the announcements that visitors see now, the newest first."""
    running = select(Announcement).where(
        Announcement.withdrawn_at.is_(None),
        Announcement.shows_from <= now,
        or_(Announcement.shows_until.is_(None), Announcement.shows_until > now),
    )
    return list(session.scalars(running.order_by(Announcement.shows_from.desc(), Announcement.id.desc())))


def listed(session: Session, *, now: datetime) -> Listed:
    """Load the announcements that run, that are to come, and the latest of those that are over."""
    is_over = or_(Announcement.withdrawn_at.is_not(None), Announcement.shows_until <= now)
    is_living = and_(
        Announcement.withdrawn_at.is_(None), or_(Announcement.shows_until.is_(None), Announcement.shows_until > now)
    )
    newest = select(Announcement).order_by(Announcement.shows_from.desc(), Announcement.id.desc())
    living = list(session.scalars(newest.where(is_living)))
    return Listed(
        [each for each in living if each.shows_from <= now],
        [each for each in living if each.shows_from > now][::-1],
        list(session.scalars(newest.where(is_over).limit(MOST_PAST))),
    )


def announce(session: Session, wording: Wording, *, actor: Actor, now: datetime) -> Announcement:
    """Announce something, in all languages at once. Raises AnnouncementInvalid."""
    texts = {language: " ".join(wording.texts.get(language, "").split()) for language in LANGUAGES}
    missing = [language for language, text in texts.items() if not text]
    if missing:
        raise AnnouncementInvalid(
            "Say it in all four languages.", field=f"text_{missing[0]}", why="missing", languages=missing
        )
    for language, text in texts.items():
        if len(text) > LONGEST:
            raise AnnouncementInvalid(
                "Keep it under 220 characters.", field=f"text_{language}", why="too_long", most=LONGEST
            )
    begins = max(wording.shows_from, now)  # nothing is announced for the past
    if wording.shows_until is not None and wording.shows_until <= begins:
        raise AnnouncementInvalid("It has to end after it begins.", field="shows_until", why="ends_first")
    announcement = Announcement(
        texts=texts,
        target=wording.target,
        shows_from=begins,
        shows_until=wording.shows_until,
        created_at=now,
        author=actor.name,
    )
    session.add(announcement)
    audit.record(session, "announcement.made", announcement, actor=actor, now=now)
    return announcement


def withdraw(session: Session, announcement_id: int, *, actor: Actor, now: datetime) -> None:
    """Take an announcement down; a second time changes nothing. Raises AnnouncementNotFound."""
    announcement = session.get(Announcement, announcement_id)
    if announcement is None:
        raise AnnouncementNotFound("This announcement does not exist.")
    moved = session.execute(
        update(Announcement)
        .where(Announcement.id == announcement_id, Announcement.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    if moved.rowcount:  # type: ignore[attr-defined]
        audit.record(session, "announcement.withdrawn", announcement, actor=actor, now=now)
