"""Our two typefaces as files, for paper and pictures; pages have theirs in static/fonts. Made by scripts/make-fonts."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).resolve().parent / "fonts"
HEAD, TEXT = "Bricolage-ExtraBold", "Atkinson-Regular"  # a third would not fit in a ticket of 25 kB


def file_of(name: str) -> Path:
    """Return the font file of a typeface."""
    return FOLDER / f"{name}.ttf"


@lru_cache(maxsize=1)
def register() -> None:
    """Make both known to the PDF library; once is enough."""
    for name in (HEAD, TEXT):
        pdfmetrics.registerFont(TTFont(name, str(file_of(name))))


def width_of(words: str, name: str, size: float) -> float:
    """Return how wide words are in a typeface, in the unit of `size`."""
    register()
    return float(pdfmetrics.stringWidth(clean(words), name, size))


def clean(text: str) -> str:
    """Return text that can be set: no control or direction characters, "?" where our letters have no shape for it."""
    known = _known_characters()
    shown = []
    for character in unicodedata.normalize("NFC", text):
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            shown.append(" ")
        else:
            shown.append(character if ord(character) in known else "?")
    return "".join(shown)


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    """The characters both fonts have a shape for."""
    return frozenset.intersection(*(_characters_of(name) for name in (HEAD, TEXT)))


def _characters_of(name: str) -> frozenset[int]:
    register()
    font: Any = pdfmetrics.getFont(name)
    return frozenset(font.face.charToGlyph)
