"""What a page says in one language, and the texts that every installation starts from. Pure: files, no database."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parent / "pages"
CENTRE = "{{ centre }}"


@dataclass(frozen=True, slots=True)
class PageText:
    """A page in one language, as it is written: `body` is Markdown in sections (content/markup.py)."""

    title: str
    menu_label: str
    description: str
    lead: str
    body: str
    picture_key: str | None = None


@functools.cache
def find_shipped(slug: str, language: str) -> PageText | None:
    """Return the text this page comes with, if it comes with one: `title: …` lines, a rule, then Markdown."""
    path = PAGES / f"{slug}.{language}.md"
    if not path.is_file():
        return None
    front, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    words = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    return PageText(words["title"], words["menu"], words["description"], words["lead"], body.strip())


@functools.cache
def shipped_slugs() -> frozenset[str]:
    """Return the slugs of all pages that come with a text."""
    return frozenset(path.name.split(".")[0] for path in PAGES.glob("*.md"))
