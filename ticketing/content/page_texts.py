"""Informational pages: prose in Markdown with a few words in front, one file a language. No raw HTML."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from ticketing.foundation.errors import NotFound

PAGES = Path(__file__).resolve().parent / "pages"
CENTRE = "{{ centre }}"
SLUG_SHAPE = re.compile(r"[a-z][a-z-]*")


class PageNotFound(NotFound):
    """There is no page of this name in this language."""

    code = "page_not_found"


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading, with an anchor to link to."""

    heading: str
    anchor: str
    html: Markup


@dataclass(frozen=True)
class PageText:
    """A page in one language."""

    title: str
    description: str
    lead: str
    sections: tuple[Section, ...]


@functools.lru_cache(maxsize=256)
def get_page(slug: str, language: str, *, centre_name: str) -> PageText:
    """Return a page's text, with the centre's own name in it. Raises PageNotFound."""
    path = PAGES / f"{slug}.{language}.md"
    if not SLUG_SHAPE.fullmatch(slug) or not path.is_file():
        raise PageNotFound("This page does not exist.")
    front, _, body = path.read_text(encoding="utf-8").replace(CENTRE, centre_name).partition("\n---\n")
    words = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    sections = tuple(_section(part) for part in re.split(r"^## ", body, flags=re.MULTILINE)[1:])
    return PageText(words["title"], words["description"], words["lead"], sections)


def _section(source: str) -> Section:
    """Read "Heading {anchor}" and the Markdown below it."""
    head, _, text = source.partition("\n")
    heading, _, anchor = head.rstrip("} ").partition(" {")
    html = MarkdownIt("commonmark", {"html": False}).render(text)
    return Section(heading, anchor, Markup(html))  # noqa: S704 - rendered without raw HTML
