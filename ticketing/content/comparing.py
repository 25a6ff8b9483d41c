"""What changed between two texts of a page, word by word, for somebody who has to follow it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from ticketing.content.page_texts import PageText

WORDS = re.compile(r"\s+|[^\W\d_]+|\d+|.", re.DOTALL)
# Beyond these, comparing words costs more than it tells: whole paragraphs are shown as taken out and put in.
MOST_WORDS, MOST_PAIRS = 800, 60
FIELDS = ("title", "menu_label", "description", "lead", "body")


class Change(StrEnum):
    """What became of a run of words."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that share a fate."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A paragraph that is not as it was, in the field it belongs to."""

    field: str
    runs: tuple[Run, ...]


def differences(old: PageText, new: PageText) -> list[Difference]:
    """Return what is not the same in two texts, paragraph by paragraph; pictures are compared by their keys."""
    found = [Difference(field, runs) for field in FIELDS for runs in _changed(getattr(old, field), getattr(new, field))]
    if old.picture_key != new.picture_key:
        found.append(Difference("picture_key", _replaced(old.picture_key or "", new.picture_key or "")))
    return found


def _changed(old: str, new: str) -> Iterator[tuple[Run, ...]]:
    before, after, pairs = _paragraphs(old), _paragraphs(new), 0
    for kind, begin, end, first, last in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            continue
        gone, come = before[begin:end], after[first:last]
        paired = min(len(gone), len(come))
        pairs += paired
        compare = _word_by_word if pairs <= MOST_PAIRS else _replaced
        yield from (compare(one, other) for one, other in zip(gone, come, strict=False))
        yield from (_replaced(paragraph, "") for paragraph in gone[paired:])
        yield from (_replaced("", paragraph) for paragraph in come[paired:])


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _word_by_word(old: str, new: str) -> tuple[Run, ...]:
    before, after = WORDS.findall(old), WORDS.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return _replaced(old, new)
    runs: list[Run] = []
    for kind, begin, end, first, last in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            runs.append(Run(Change.SAME, "".join(before[begin:end])))
        else:
            runs += _replaced("".join(before[begin:end]), "".join(after[first:last]))
    return tuple(runs)


def _replaced(old: str, new: str) -> tuple[Run, ...]:
    return tuple(Run(change, text) for change, text in ((Change.REMOVED, old), (Change.ADDED, new)) if text)
