"""Reads a page as its visitors' programs do: where it leads, what it is called, how it is parted, what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPOKEN = ("alt", "aria-label", "content", "placeholder", "title")  # attributes that somebody sees or hears
SAID_LATER = re.compile(r"data-say-|data-text-")  # words that a script puts on the page
DESCRIBING = {"description", "og:title", "og:description", "og:image:alt", "og:site_name"}
SPACES = re.compile(r"[ \t\r\n]+")


@dataclass
class Reading:
    """What a page holds. `said` is every piece of text in the page's own language, as it is shown."""

    language: str = ""
    title: str = ""
    description: str | None = None
    canonical: str | None = None
    is_hidden_from_search: bool = False
    headings: list[tuple[int, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def read(html: str) -> Reading:
    """Read a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Walks through a page once, remembering which element and whose language it is in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Reading()
        self.open: list[tuple[str, str]] = []  # (element, language)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        language = attributes.get("lang") or (self.open[-1][1] if self.open else "")
        if tag == "html":
            self.page.language = language
        if tag not in VOID:
            self.open.append((tag, language))
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.page.headings.append((int(tag[1]), ""))
        self._note(tag, attributes)
        if language == self.page.language:
            self._note_spoken(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in (name for name, _ in self.open):
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        text = SPACES.sub(" ", data).strip(" ")
        if not text or not self.open:
            return
        names = [name for name, _ in self.open]
        if names[-1] in ("script", "style"):
            return
        if names[-1] == "title" and "svg" not in names:
            self.page.title = text
        if heading := next((name for name in names if re.fullmatch("h[1-6]", name)), None):
            level, before = self.page.headings[-1]
            assert level == int(heading[1])
            self.page.headings[-1] = (level, f"{before} {text}".strip())
        if self.open[-1][1] == self.page.language:
            self.page.said.append(text)

    def _note(self, tag: str, attributes: dict[str, str]) -> None:
        if "id" in attributes:
            self.page.ids.append(attributes["id"])
        if tag == "meta" and attributes.get("name") == "description":
            self.page.description = attributes.get("content", "")
        if tag == "meta" and attributes.get("name") == "robots" and "noindex" in attributes.get("content", ""):
            self.page.is_hidden_from_search = True
        if tag == "link" and attributes.get("rel") == "canonical":
            self.page.canonical = attributes.get("href")
        self.page.links += [attributes[name] for name in ("href", "src", "poster") if name in attributes]
        for candidate in filter(None, attributes.get("srcset", "").split(",")):
            self.page.links.append(candidate.split()[0])
        if tag == "meta" and attributes.get("property") in ("og:image", "og:url"):
            self.page.links.append(attributes["content"])
        if tag == "form" and attributes.get("method", "get").lower() == "get" and "action" in attributes:
            self.page.links.append(attributes["action"])

    def _note_spoken(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "meta" and (attributes.get("name") or attributes.get("property")) not in DESCRIBING:
            return
        for name, value in attributes.items():
            if value and (name in SPOKEN or SAID_LATER.match(name)):
                self.page.said.append(SPACES.sub(" ", value).strip(" "))
