"""Which text of a page is shown, and what its history says: reading. Texts are changed in content/editing.py.

Dutch is the original of every page; the other languages are translations of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, aliased

from ticketing.content.models import PageVersion
from ticketing.content.page_list import PLANNED
from ticketing.content.page_texts import PageText, find_shipped, shipped_slugs
from ticketing.foundation.errors import NotFound
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES

SHIPPED = 0  # the number of the text a page comes with


class PageNotFound(NotFound):
    """There is no page of this name in this language."""

    code = "page_not_found"


class VersionState(StrEnum):
    """What becomes of a version; follows from its dates and the time."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SHOWN = "shown"
    PAST = "past"
    WITHDRAWN = "withdrawn"


class LanguageState(StrEnum):
    """How a page stands in one language."""

    UP_TO_DATE = "up_to_date"
    OUTDATED = "outdated"  # the original has changed in substance since
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a page in one language as history tells it; number 0 is the text the page came with."""

    number: int
    meaning: int
    text: PageText
    state: VersionState
    shows_from: datetime | None
    created_at: datetime | None
    author: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a page stands in one language, and what waits there."""

    state: LanguageState
    has_draft: bool
    scheduled_for: datetime | None


@dataclass(frozen=True, slots=True)
class PageOverview:
    """A page with how it stands in each language."""

    slug: str
    title: str
    standings: dict[str, Standing]


def shown_texts(session: Session, language: str, *, now: datetime) -> dict[str, PageText]:
    """Return the text shown of every page that has one in this language, by slug."""
    texts = {slug: text for slug in shipped_slugs() if (text := find_shipped(slug, language))}
    for version in session.scalars(_shown(now).where(PageVersion.language == language)):
        texts[version.slug] = text_of(version)
    return texts


def history(session: Session, slug: str, language: str, *, now: datetime) -> list[Version]:
    """Return every version of a page in one language, the newest first, the shipped one last."""
    rows = session.scalars(
        select(PageVersion)
        .where(PageVersion.slug == slug, PageVersion.language == language)
        .order_by(PageVersion.number.desc())
    ).all()
    shown = _find_shown(session, slug, language, now)
    versions = [_version(row, _state_of(row, shown, now)) for row in rows]
    if text := find_shipped(slug, language):
        state = VersionState.PAST if shown else VersionState.SHOWN
        versions.append(Version(SHIPPED, 0, text, state, None, None, ""))
    return versions


def is_known(session: Session, slug: str) -> bool:
    """Tell whether there is a page of this name, or ever was the beginning of one."""
    return (
        slug in PLANNED or session.scalar(select(PageVersion.id).where(PageVersion.slug == slug).limit(1)) is not None
    )


def get_version(versions: Iterable[Version], number: int) -> Version:
    """Return one version of a history. Raises PageNotFound."""
    for version in versions:
        if version.number == number:
            return version
    raise PageNotFound("This version does not exist.")


def shown_version(versions: Iterable[Version]) -> Version | None:
    """Return the version of a history that visitors see, if they see one."""
    return next((version for version in versions if version.state is VersionState.SHOWN), None)


def waiting_version(versions: list[Version]) -> Version | None:
    """Return what to go on writing at: the newest version that was not taken back and is not past."""
    living = (VersionState.DRAFT, VersionState.SCHEDULED, VersionState.SHOWN)
    return next((version for version in versions if version.state in living), None)


def overview(session: Session, *, now: datetime) -> list[PageOverview]:
    """Return every page with how it stands in each language: planned pages first, then those managers added."""
    shown = {(row.slug, row.language): row for row in session.scalars(_shown(now))}
    waiting = _waiting(session, now)
    added = {slug for slug, _ in [*shown, *waiting]} - set(PLANNED)
    return [_overview_of(slug, shown, waiting) for slug in [*PLANNED, *sorted(added)]]


def needs_work(page: PageOverview) -> bool:
    """Tell whether a page waits for somebody: a language is missing or outdated, or a draft lies about."""
    return any(each.state is not LanguageState.UP_TO_DATE or each.has_draft for each in page.standings.values())


def newest_number(versions: list[Version]) -> int:
    """Return the number of the newest version of a history; 0 when managers have not written one."""
    return versions[0].number if versions else SHIPPED


def made_from(originals: list[Version], meaning: int) -> Version | None:
    """Return the version of the original that a translation of this meaning says: the last one visitors saw."""
    same = [version for version in originals if version.meaning == meaning]
    seen = (VersionState.SHOWN, VersionState.PAST)
    return next((version for version in same if version.state in seen), same[0] if same else None)


def living_texts(session: Session, *, now: datetime) -> list[tuple[str, str, PageText]]:
    """Return (slug, language, text) of everything managers wrote that is shown or waits to be."""
    rows = list(session.scalars(_shown(now)))
    for waiting in _waiting(session, now).values():
        rows += waiting
    return [(row.slug, row.language, text_of(row)) for row in rows]


def text_of(version: PageVersion) -> PageText:
    """Return what a version says."""
    return PageText(
        version.title, version.menu_label, version.description, version.lead, version.body, version.picture_key
    )


def _overview_of(
    slug: str, shown: dict[tuple[str, str], PageVersion], waiting: dict[tuple[str, str], list[PageVersion]]
) -> PageOverview:
    meanings = {language: _shown_meaning(slug, language, shown) for language in LANGUAGES}
    standings = {}
    for language in LANGUAGES:
        rows = waiting.get((slug, language), [])
        standings[language] = Standing(
            standing_of(meanings[language], meanings[DEFAULT_LANGUAGE]),
            any(row.shows_from is None for row in rows),
            min((row.shows_from for row in rows if row.shows_from), default=None),
        )
    return PageOverview(slug, _title_of(slug, shown, waiting), standings)


def standing_of(meaning: int | None, of_original: int | None) -> LanguageState:
    """Tell how a language stands by the meaning its text has and the meaning the original has; None is no text."""
    if meaning is None:
        return LanguageState.MISSING
    if of_original is not None and meaning != of_original:
        return LanguageState.OUTDATED
    return LanguageState.UP_TO_DATE


def _shown_meaning(slug: str, language: str, shown: dict[tuple[str, str], PageVersion]) -> int | None:
    row = shown.get((slug, language))
    if row:
        return row.meaning
    return 0 if find_shipped(slug, language) else None


def _title_of(
    slug: str, shown: dict[tuple[str, str], PageVersion], waiting: dict[tuple[str, str], list[PageVersion]]
) -> str:
    for language in LANGUAGES:
        if row := shown.get((slug, language)) or next(iter(waiting.get((slug, language), [])), None):
            return row.title
        if text := find_shipped(slug, language):
            return text.title
    return slug


def _waiting(session: Session, now: datetime) -> dict[tuple[str, str], list[PageVersion]]:
    """Return what is scheduled, and drafts with nothing newer beside them that was not taken back."""
    newer = aliased(PageVersion)
    overtaken = (
        select(newer.id)
        .where(
            newer.slug == PageVersion.slug,
            newer.language == PageVersion.language,
            newer.number > PageVersion.number,
            newer.withdrawn_at.is_(None),
        )
        .exists()
    )
    is_draft = and_(PageVersion.shows_from.is_(None), ~overtaken)
    rows = session.scalars(
        select(PageVersion).where(PageVersion.withdrawn_at.is_(None), is_draft | (PageVersion.shows_from > now))
    )
    found: dict[tuple[str, str], list[PageVersion]] = {}
    for row in rows:
        found.setdefault((row.slug, row.language), []).append(row)
    return found


def _is_showable(version: type[PageVersion], now: datetime) -> ColumnElement[bool]:
    return and_(version.shows_from <= now, version.withdrawn_at.is_(None))


def _shown(now: datetime) -> Select[PageVersion]:
    """Select the shown version of every page and language: begun, not withdrawn, none begun later."""
    later = aliased(PageVersion)
    overtaken = (
        select(later.id)
        .where(
            later.slug == PageVersion.slug,
            later.language == PageVersion.language,
            _is_showable(later, now),
            (later.shows_from > PageVersion.shows_from)
            | and_(later.shows_from == PageVersion.shows_from, later.number > PageVersion.number),
        )
        .exists()
    )
    return select(PageVersion).where(_is_showable(PageVersion, now), ~overtaken)


def _find_shown(session: Session, slug: str, language: str, now: datetime) -> PageVersion | None:
    wanted = _shown(now).where(PageVersion.slug == slug, PageVersion.language == language)
    return session.scalars(wanted).one_or_none()


def _state_of(row: PageVersion, shown: PageVersion | None, now: datetime) -> VersionState:
    if row.withdrawn_at is not None:
        return VersionState.WITHDRAWN
    if row.shows_from is None:
        return VersionState.DRAFT
    if row.shows_from > now:
        return VersionState.SCHEDULED
    return VersionState.SHOWN if shown and row.id == shown.id else VersionState.PAST


def _version(row: PageVersion, state: VersionState) -> Version:
    return Version(row.number, row.meaning, text_of(row), state, row.shows_from, row.created_at, row.author)
