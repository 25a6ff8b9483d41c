"""The words of the site as they are now: texts, menus, announcements, pictures; read once until something changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from flask import url_for

from ticketing.catalogue import offers
from ticketing.content import announcements, menus, pages, pictures, schedule
from ticketing.content.markup import References, ShownPicture
from ticketing.content.menus import EXPERIENCE
from ticketing.content.models import Picture
from ticketing.content.page_list import AUDIENCE_HOMES, TICKETS
from ticketing.content.page_texts import CENTRE, PageText
from ticketing.content.pages import PageNotFound
from ticketing.foundation.database import Database
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES, Texts, pick, translations
from ticketing.web import edge
from ticketing.web.pages import N_


@dataclass(frozen=True)
class Announced:
    """An announcement as a page shows it."""

    texts: Texts
    target: str | None


@dataclass(frozen=True, eq=False)  # read anew they are others: what is made of them is remembered with them
class SiteWords:
    """Everything managers write: texts by language and slug, menus by name, names of experiences by slug."""

    texts: Mapping[str, Mapping[str, PageText]]
    menus: Mapping[str, tuple[str, ...]]
    announced: tuple[Announced, ...]
    pictures: Mapping[str, Picture]
    experiences: Mapping[str, Texts]


@dataclass(frozen=True)
class _Known:
    """Words as they were read: from which revision, and for which span of time they hold."""

    words: SiteWords
    revision: str
    read_at: datetime
    until: datetime | None

    def holds(self, revision: str, now: datetime) -> bool:
        return revision == self.revision and self.read_at <= now and (self.until is None or now < self.until)


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


def site_words() -> SiteWords:
    """Return the words as visitors see them now; read again when managers changed something or its time has come."""
    database, now, revision = edge.services().database, edge.now(), edge.house_revision()
    known = _known.get(database)
    if known is None or not known.holds(revision, now):
        known = _known[database] = _read(database, revision, now)
    return known.words


def _read(database: Database, revision: str, now: datetime) -> _Known:
    with database.reading() as session:
        words = SiteWords(
            {language: pages.shown_texts(session, language, now=now) for language in LANGUAGES},
            menus.shown_menus(session, now=now),
            tuple(Announced(each.texts, each.target) for each in announcements.shown(session, now=now)),
            pictures.all_pictures(session),
            {each.slug: each.names for each in offers.list_experiences(session)},
        )
        return _Known(words, revision, now, schedule.next_change(session, now=now))


def get_text(slug: str, language: str) -> PageText:
    """Return a page's text with the centre's name in it. Raises PageNotFound."""
    text = site_words().texts[language].get(slug)
    if text is None:
        raise PageNotFound("This page does not exist.")
    return named(text)


def named(text: PageText) -> PageText:
    """Put the centre's name where a text leaves room for it."""
    parts = (text.title, text.menu_label, text.description, text.lead, text.body)
    title, menu_label, description, lead, body = (_named(part) for part in parts)
    return PageText(title, menu_label, description, lead, body, text.picture_key)


def _named(part: str) -> str:
    return part.replace(CENTRE, edge.services().settings.centre_name)


def languages_of(slug: str) -> list[str]:
    """Return the languages a page can be read in."""
    texts = site_words().texts
    return [language for language in LANGUAGES if slug in texts[language]]


def address_of(target: str, language: str) -> str | None:
    """Return where a menu's or a text's target leads in a language; None when there is nothing there."""
    if target == TICKETS:
        return url_for("site.localised.shop_days", language=language)
    if target in AUDIENCE_HOMES.values():
        return url_for("site.localised.home", language=language)
    words = site_words()
    if target.startswith(EXPERIENCE):
        slug = target.removeprefix(EXPERIENCE)
        known = slug in words.experiences
        return url_for("site.localised.shop_experience", language=language, experience_slug=slug) if known else None
    return url_for("site.localised.page", language=language, slug=target) if target in words.texts[language] else None


def label_of(target: str, language: str) -> str:
    """Return what a link to a target says in a language."""
    if target == TICKETS:
        return translations(language).ugettext(N_("Online tickets"))
    words = site_words()
    if target.startswith(EXPERIENCE):
        return pick(words.experiences.get(target.removeprefix(EXPERIENCE), {}), language)
    text = words.texts[language].get(target) or words.texts[DEFAULT_LANGUAGE].get(target)
    return _named(text.menu_label) if text else target


def references(language: str) -> References:
    """Tell a text where its links and pictures lead in a language."""
    return References(lambda target: address_of(target, language), lambda key: shown_picture(key, language))


def shown_picture(key: str, language: str) -> ShownPicture | None:
    """Return a picture as pages of this language show it."""
    picture = site_words().pictures.get(key)
    if picture is None:
        return None
    return picture_of(picture, language)


def picture_of(picture: Picture, language: str) -> ShownPicture:
    """Return the addresses of a loaded picture's files, and what it shows."""
    widths = sorted({rendition.width for rendition in picture.renditions})
    kinds = [kind for kind in pictures.MEDIA_TYPES if any(each.format == kind for each in picture.renditions)]
    sources = tuple(
        (pictures.MEDIA_TYPES[kind], ", ".join(f"{_file(picture, width, kind)} {width}w" for width in widths))
        for kind in kinds
    )
    fallback = _file(picture, widths[min(1, len(widths) - 1)], "jpeg")
    return ShownPicture(sources, fallback, pick(picture.alts, language), picture.width, picture.height)


def _file(picture: Picture, width: int, kind: str) -> str:
    return url_for("site.picture_file", key=picture.key, width=width, kind=kind)
