"""On no page of a language is there a sentence of another: the walked site, held against everything we can say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import JSON, select

from tests.web.reading import read
from tests.web.site_stage import Site
from ticketing.content.page_list import PLANNED
from ticketing.content.page_texts import find_shipped
from ticketing.foundation.languages import CATALOGUES, LANGUAGES, SOURCE_LANGUAGE
from ticketing.tables import metadata

pytestmark = pytest.mark.xdist_group("site")

SHORTEST = 12  # characters; shorter words are often the same in two languages
PLACE = re.compile(r"%\(\w+\)s|%s|\{\{ centre \}\}")
MARKS = re.compile(r"[*_\[\]>|]|\]\([^)]*\)|^#+ |^- |\{[a-z0-9-]+\}", re.MULTILINE)


@pytest.fixture(scope="session")
def told(site: Site) -> dict[str, set[str]]:
    """Everything that can be said in each language: our sentences, our pages, every text in the database."""
    said = {language: {*_catalogue(language), *_shipped(language), *_kept(site, language)} for language in LANGUAGES}
    return {language: set(_pieces(texts)) for language, texts in said.items()}


def _kept(site: Site, language: str) -> Iterator[str]:
    with site.services.database.reading() as session:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if isinstance(column.type, JSON)]
            for row in session.execute(select(*columns)) if columns else ():
                for texts in row:
                    text = texts.get(language) if isinstance(texts, dict) else None
                    yield from text if isinstance(text, list) else [text or ""]


def _catalogue(language: str) -> Iterator[str]:
    if language == SOURCE_LANGUAGE:
        for file in (CATALOGUES / "nl").glob("*.po"):
            with file.open("rb") as source:
                for message in read_po(source):
                    yield from message.id if isinstance(message.id, tuple) else (message.id,)
        return
    for file in (CATALOGUES / language).glob("*.po"):
        with file.open("rb") as source:
            for message in read_po(source):
                said = message.string if message.id else ""
                yield from said if isinstance(said, list | tuple) else (said,)


def _shipped(language: str) -> Iterator[str]:
    for slug in PLANNED:
        if text := find_shipped(slug, language):
            yield from (text.title, text.menu_label, text.description, text.lead)
            yield from MARKS.sub("\n", text.body).split("\n")


def _pieces(texts: Iterable[str]) -> Iterator[str]:
    """Cut sentences at the places for values; what is long enough to belong to one language stays."""
    for text in texts:
        for piece in PLACE.split(text):
            if len(piece.strip()) >= SHORTEST:
                yield piece.strip()


def strangers(said: list[str], own: set[str], other: set[str]) -> list[str]:
    """Return what a page says in the other language; what can be said in its own too is no stranger."""
    page = "\n".join(said)
    own_words = "\n".join(own)
    return sorted(piece for piece in other if _stands_in(piece, page) and not _stands_in(piece, own_words))


def _stands_in(piece: str, page: str) -> bool:
    if piece not in page:
        return False
    return re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", page) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_nothing_in_another_language(site, told, language):
    wrong = [
        (address, other, found)
        for address, page in site.pages.items()
        if page.language == language
        for other in LANGUAGES
        if other != language and (found := strangers(page.said, told[language], told[other]))
    ]

    assert wrong == []


def test_a_sentence_of_another_language_would_be_seen(told):
    page = read('<html lang="nl"><main><p>Choose your moment</p><p lang="en">Plan your visit</p></main></html>')

    assert strangers(page.said, told["nl"], told["en"]) == ["Choose your moment"]
