"""Pages are written: drafted, shown at once or later, taken back, restored. Versions are added, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.content import markup, pages
from ticketing.content.markup import References
from ticketing.content.models import PageVersion, Picture
from ticketing.content.page_list import PLANNED, RESERVED, SLUG_SHAPE
from ticketing.content.page_texts import PageText
from ticketing.content.pages import SHIPPED, PageNotFound, Version
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput
from ticketing.foundation.languages import DEFAULT_LANGUAGE

# What readers, menus and search engines have room for, in characters; the columns have some more.
MOST = {"title": 110, "menu_label": 32, "description": 180, "lead": 280, "body": 60_000}


class PageInvalid(InvalidInput):
    """A text cannot be saved like this: `details["field"]` names where, `why` the rule, `faults` what leads nowhere."""

    code = "page_invalid"


class PageMovedOn(Conflict):
    """Somebody else has saved this page since it was opened here."""

    code = "page_moved_on"


@dataclass(frozen=True, slots=True)
class Writing:
    """A text somebody hands in: where it belongs, what it was written on top of, and the meaning it carries.

    `meaning` is None for a change of substance in the original, which gives it a new one.
    """

    slug: str
    language: str
    text: PageText
    based_on: int | None  # number of the newest version when it was opened; None: there was none
    meaning: int | None


def save_draft(session: Session, writing: Writing, *, actor: Actor, now: datetime) -> PageVersion:
    """Keep a text that visitors do not see yet. Raises PageInvalid, PageMovedOn."""
    return _add(session, writing, None, "page.drafted", actor=actor, now=now)


def show(session: Session, writing: Writing, references: References, *, actor: Actor, now: datetime) -> PageVersion:
    """Show a text to visitors from this moment on. Raises PageInvalid, PageMovedOn."""
    _require_whole(writing.text, references)
    return _add(session, writing, now, "page.published", actor=actor, now=now)


def schedule(
    session: Session, writing: Writing, references: References, *, shows_from: datetime, actor: Actor, now: datetime
) -> PageVersion:
    """Show a text from an instant to come. Raises PageInvalid, PageMovedOn."""
    _require_whole(writing.text, references)
    if shows_from <= now:
        raise PageInvalid("Choose a time that is still to come.", field="shows_from", why="past")
    told = shows_from.isoformat()
    return _add(session, writing, shows_from, "page.scheduled", actor=actor, now=now, shows_from=told)


def withdraw(session: Session, slug: str, language: str, number: int, *, actor: Actor, now: datetime) -> None:
    """Take back a draft or what is scheduled; a second time changes nothing. Raises PageNotFound, PageMovedOn."""
    version = session.scalars(
        select(PageVersion).where(
            PageVersion.slug == slug, PageVersion.language == language, PageVersion.number == number
        )
    ).one_or_none()
    if version is None:
        raise PageNotFound("This version does not exist.")
    if version.withdrawn_at is not None:
        return
    if version.shows_from is not None and version.shows_from <= now:
        raise PageMovedOn("Visitors see this text already. Show another one instead.")
    moved = session.execute(
        update(PageVersion)
        .where(PageVersion.id == version.id, PageVersion.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    if moved.rowcount:  # type: ignore[attr-defined]
        audit.record(session, "page.withdrawn", version, actor=actor, now=now, **_named(version))


def restore(
    session: Session, old: Version, writing: Writing, references: References, *, actor: Actor, now: datetime
) -> PageVersion:
    """Show an older text again, as a new version with the old one's meaning. Raises PageInvalid, PageMovedOn."""
    _require_whole(writing.text, references)  # a page it leads to may be gone, and a draft was never judged
    return _add(session, writing, now, "page.restored", actor=actor, now=now, restored=old.number)


def writing_of(slug: str, language: str, old: Version, based_on: int) -> Writing:
    """Return an older version as something to hand in again."""
    return Writing(slug, language, old.text, based_on, old.meaning)


def add_page(session: Session, typed_slug: str, title: str, *, actor: Actor, now: datetime) -> str:
    """Begin a page of a manager's own with a Dutch draft; returns its address. Raises PageInvalid, PageMovedOn."""
    taken = {page.slug for page in pages.overview(session, now=now)}
    slug = checked_new_slug(typed_slug, taken)
    title = " ".join(title.split())
    text = PageText(title, title[: MOST["menu_label"]].strip(), "", "", "")
    writing = Writing(slug, DEFAULT_LANGUAGE, text, _newest_number(session, slug, DEFAULT_LANGUAGE), None)
    save_draft(session, writing, actor=actor, now=now)
    return slug


def meaning_after(opened: Version | None, text: PageText, *, is_correction: bool) -> int | None:
    """Return the meaning an original carries on: that of the text it was written on top of, unless it says more.

    None asks for a new one. A text that was not touched says what it said.
    """
    if opened and (is_correction or tidied(text) == tidied(opened.text)):
        return opened.meaning
    return None


def checked_new_slug(typed: str, taken: set[str]) -> str:
    """Return the address of a page to be added, in small letters. Raises PageInvalid."""
    slug = typed.strip().lower()
    if not SLUG_SHAPE.fullmatch(slug):
        raise PageInvalid("Use small letters, figures and hyphens, and begin with a letter.", field="slug", why="shape")
    if slug in RESERVED or slug in PLANNED or slug in taken:
        raise PageInvalid("This address is taken.", field="slug", why="taken")
    return slug


def _add(
    session: Session, writing: Writing, begins: datetime | None, code: str, *, actor: Actor, now: datetime, **told: Any
) -> PageVersion:
    """Add the version and put it on record; pressed twice, the button adds one. Raises PageInvalid, PageMovedOn."""
    text = tidied(writing.text)
    _require_sizes(text)
    _require_picture(session, text.picture_key)
    version = _version_of(writing, text, meaning=_meaning_of(session, writing))
    version.shows_from, version.created_at, version.author = begins, now, actor.name
    try:
        with session.begin_nested():
            if _newest_number(session, writing.slug, writing.language) != version.number - 1:
                return _same_again(session, version)
            session.add(version)
    except IntegrityError:  # two at once: the other one's number is ours
        return _same_again(session, version)
    audit.record(session, code, version, actor=actor, now=now, **_named(version), **told)
    return version


def _version_of(writing: Writing, text: PageText, *, meaning: int) -> PageVersion:
    return PageVersion(
        slug=writing.slug,
        language=writing.language,
        number=(writing.based_on or SHIPPED) + 1,
        meaning=meaning,
        title=text.title,
        menu_label=text.menu_label,
        description=text.description,
        lead=text.lead,
        body=text.body,
        picture_key=text.picture_key,
    )


def _same_again(session: Session, wanted: PageVersion) -> PageVersion:
    """Return what stands under our number if it is this very text of the same person's; else they moved on."""
    found = session.scalars(
        select(PageVersion).where(
            PageVersion.slug == wanted.slug,
            PageVersion.language == wanted.language,
            PageVersion.number == wanted.number,
            PageVersion.author == wanted.author,
            PageVersion.withdrawn_at.is_(None),
        )
    ).one_or_none()
    is_later = found is not None and _newest_number(session, wanted.slug, wanted.language) > found.number
    if found is None or is_later or pages.text_of(found) != pages.text_of(wanted) or _fate(found) != _fate(wanted):
        raise PageMovedOn("Somebody saved this page while you were writing. Compare, then save again.")
    return found


def _fate(version: PageVersion) -> tuple[str, datetime | None]:
    """Tell what the button asked for: a draft, to be shown at once, or from an instant on."""
    if version.shows_from == version.created_at:
        return "shown", None
    return ("draft", None) if version.shows_from is None else ("scheduled", version.shows_from)


def _meaning_of(session: Session, writing: Writing) -> int:
    if writing.meaning is not None:
        return writing.meaning
    highest = select(func.max(PageVersion.meaning)).where(
        PageVersion.slug == writing.slug, PageVersion.language == DEFAULT_LANGUAGE
    )
    return int(session.scalar(highest) or 0) + 1


def _newest_number(session: Session, slug: str, language: str) -> int:
    numbers = select(func.max(PageVersion.number)).where(PageVersion.slug == slug, PageVersion.language == language)
    return int(session.scalar(numbers) or SHIPPED)


def tidied(text: PageText) -> PageText:
    """Trim, put one-line fields on one line, and end lines the same way whatever browser sent them."""
    lines = [line.rstrip() for line in text.body.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return PageText(
        " ".join(text.title.split()),
        " ".join(text.menu_label.split()),
        " ".join(text.description.split()),
        " ".join(text.lead.split()),
        "\n".join(lines).strip(),
        text.picture_key or None,
    )


def _require_sizes(text: PageText) -> None:
    if not text.title:
        raise PageInvalid("Give the page a title.", field="title", why="missing")
    for field, most in MOST.items():
        if len(getattr(text, field)) > most:
            raise PageInvalid(f"Keep this under {most} characters.", field=field, why="too_long", most=most)


def _require_picture(session: Session, key: str | None) -> None:
    known = key is None or session.scalar(select(Picture.id).where(Picture.key == key))
    if not known:
        raise PageInvalid("This picture is not there any more.", field="picture_key", why="gone")


def _require_whole(text: PageText, references: References) -> None:
    """Let only a text be shown in which nothing is missing and everything leads somewhere."""
    for field in ("title", "menu_label", "description", "lead"):
        if not getattr(text, field).strip():
            raise PageInvalid("Visitors and search engines need this.", field=field, why="missing")
    if faults := markup.faults(text.body, references):
        raise PageInvalid(
            "Some of this leads nowhere.",
            field="body",
            why="leads_nowhere",
            faults=[(fault.kind, fault.written) for fault in faults],
        )


def _named(version: PageVersion) -> dict[str, str | int]:
    return {"page": version.slug, "language": version.language, "number": version.number}
