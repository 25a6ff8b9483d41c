"""Markdown with a safe subset: what managers write becomes sections of HTML, and nothing else gets through. Pure.

A body is a row of sections, each begun by `## Heading {anchor}`; the anchor may be left out. Links name our pages
(`page:prices`, `page:tickets`), lead to addresses (`https://…`, `mailto:…`, `tel:…`) or to an anchor (`#vat`); pictures
name one of ours (`![](picture:KEY)`). Raw HTML is shown as the text it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

HEADING = "## "
NAMED_ANCHOR = re.compile(r"[a-z0-9-]{1,60}")
PAGE_LINK = re.compile(r"page:([a-z0-9-]+)(#[a-z0-9-]+)?")
PICTURE_LINK = re.compile(r"picture:([0-9a-f]{8,24})")
OUTSIDE = re.compile(r"(?:https://|mailto:|tel:)[^\s\"'<>]+|#[a-z0-9-]+", re.IGNORECASE)
# What the frame of a page calls its own parts (templates/site/): a section may not take these.
TAKEN_ANCHORS = {
    "main", "for-less-together", "for-whom", "on-this-page", "coming-days", "month", "offered", "programme-day",
}  # fmt: skip
# What a line may not part: a number and what it counts, and short words with a hyphen.
COUNTED = re.compile(r"(?<=\d) (?=[^\W\d_])")
HYPHENED = re.compile(r"\b(?:e-mail|qr-code)", re.IGNORECASE)
OURS = "foyer"  # our place in the reader's environment; "references" is the reader's own
RULES = ["link", "emphasis", "list", "table", "blockquote", "newline", "escape", "entity", "text", "paragraph", "image"]


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as a page shows it: addresses by width for each format, what it shows, its size in pixels."""

    sources: tuple[tuple[str, str], ...]  # (media type, srcset), the most modern first
    fallback: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class References:
    """Where the names in a text lead; both return None for what is not there."""

    page: Callable[[str], str | None]
    picture: Callable[[str], ShownPicture | None]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under a heading, with an anchor to link to. A text before the first heading has neither."""

    heading: str
    anchor: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a text that leads nowhere: what was written, and which kind of thing it was to be."""

    written: str
    kind: str  # "page", "picture", "address", "anchor"


def sections(body: str, references: References) -> tuple[Section, ...]:
    """Render a body section by section."""
    return tuple(
        Section(heading, anchor, Markup(_markdown().render(text, {OURS: references})))  # noqa: S704 - no raw HTML
        for heading, anchor, text in _parts(body)
        if heading or text.strip()
    )


def faults(body: str, references: References) -> list[Fault]:
    """Return what in a body leads nowhere, in the order of the text, and anchors that are not its own to use."""
    found, anchors = [], set(TAKEN_ANCHORS)
    for _, anchor, text in _parts(body):
        if anchor and anchor in anchors:
            found.append(Fault(anchor, "anchor"))
        anchors.add(anchor)
        found += [fault for token in _inline(text) if (fault := _fault_of(token, references))]
    return found


def picture_figure(picture: ShownPicture) -> Markup:
    """Return a picture element that lets the browser choose format and width, and keeps its place while it loads."""
    sources = Markup("").join(
        Markup('<source type="{}" srcset="{}" sizes="(min-width: 60rem) 40rem, 92vw">').format(*source)
        for source in picture.sources
    )
    image = Markup('<img src="{}" alt="{}" width="{}" height="{}" loading="lazy" decoding="async">')
    filled = image.format(picture.fallback, picture.alt, picture.width, picture.height)
    return Markup("<picture>{}{}</picture>").format(sources, filled)


def _parts(body: str) -> Iterator[tuple[str, str, str]]:
    """Yield (heading, anchor, Markdown) for every section, the text before the first heading included."""
    heading, anchor, lines = "", "", list[str]()
    for line in body.split("\n"):
        if line.startswith(HEADING) and line.removeprefix(HEADING).strip():
            yield heading, anchor, "\n".join(lines)
            heading, anchor = _heading_of(line.removeprefix(HEADING).strip())
            lines = []
        else:
            lines.append(line)
    yield heading, anchor, "\n".join(lines)


def _heading_of(line: str) -> tuple[str, str]:
    """Part "Heading {anchor}" into its two; without an anchor the heading gives one."""
    heading, brace, rest = line.rpartition("{")
    named = rest.removesuffix("}")
    if brace and heading.strip() and rest.endswith("}") and NAMED_ANCHOR.fullmatch(named):
        return heading.strip(), named
    return line, anchor_of(line)


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading that names none: its letters without accents, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    anchor = "-".join(re.findall(r"[a-z0-9]+", plain)) or "section"
    return f"{anchor}-section" if anchor in TAKEN_ANCHORS else anchor


def _markdown() -> MarkdownIt:
    reader = MarkdownIt("zero", {"html": False, "linkify": False}).enable(RULES)
    reader.add_render_rule("link_open", _link_open)
    reader.add_render_rule("image", _image)
    reader.add_render_rule("text", _text)
    for cell in ("th_open", "td_open"):
        reader.add_render_rule(cell, _cell)
    reader.validateLink = _leave_to_link_open  # type: ignore[method-assign]
    return reader


def _leave_to_link_open(url: str) -> bool:
    """Refuse no address here: `_link_open` decides by our own list, which is shorter."""
    return True


def _inline(text: str) -> Iterator[Token]:
    for token in _markdown().parse(text):
        yield from token.children or ()


def _fault_of(token: Token, references: References) -> Fault | None:
    if token.type == "link_open":
        written = str(token.attrGet("href"))
        if page := PAGE_LINK.fullmatch(written):
            return None if references.page(page[1]) else Fault(written, "page")
        return None if OUTSIDE.fullmatch(written) else Fault(written, "address")
    if token.type == "image":
        written = str(token.attrGet("src"))
        picture = PICTURE_LINK.fullmatch(written)
        return None if picture and references.picture(picture[1]) else Fault(written, "picture")
    return None


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Lead where a text may lead; anything else keeps its words and leads nowhere."""
    written = str(tokens[index].attrGet("href"))
    page = PAGE_LINK.fullmatch(written)
    if page:
        address = env[OURS].page(page[1])
        return f'<a href="{escape(address + (page[2] or ""))}">' if address else "<a>"
    return f'<a href="{escape(written)}">' if OUTSIDE.fullmatch(written) else "<a>"


def _text(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Keep on one line what a reader takes in at once: "15 minutes", "2800 Mechelen", "e-mail"."""
    written = str(escape(COUNTED.sub("\u00a0", tokens[index].content)))
    return HYPHENED.sub(lambda found: f'<span class="whole">{found[0]}</span>', written)


def _cell(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Leave out how a cell is aligned: it would be a style of its own, which our pages do not carry."""
    return f"<{tokens[index].tag}>"


def _image(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    named = PICTURE_LINK.fullmatch(str(tokens[index].attrGet("src")))
    picture = env[OURS].picture(named[1]) if named else None
    return str(picture_figure(picture)) if picture else ""
