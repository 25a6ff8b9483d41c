"""Our colours as the style sheet has them, and whether they can be read on each other."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from ticketing.web.pages import STATIC

TOKEN = re.compile(r"--([a-z-]+): var\(--light, (#[0-9a-f]{6})\) var\(--dark, (#[0-9a-f]{6})\);")
TEXT, SIGN = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
# What stands on what, and the least contrast it needs.
PAIRS = (
    ("ink", "paper", TEXT),
    ("ink", "card", TEXT),
    ("ink", "sun-wash", TEXT),
    ("ink", "stop-wash", TEXT),
    ("ink", "leaf-wash", TEXT),
    ("ink", "ultra-wash", TEXT),
    ("soft", "paper", TEXT),
    ("soft", "card", TEXT),
    ("soft", "ultra-wash", TEXT),
    ("ultra", "paper", TEXT),
    ("ultra", "card", TEXT),
    ("on-ultra", "ultra", TEXT),
    ("paper", "stop", TEXT),
    ("stop", "paper", TEXT),
    ("stop", "card", TEXT),
    ("warn", "card", TEXT),
    ("leaf", "card", SIGN),
    ("warn", "paper", SIGN),
    ("edge", "paper", SIGN),
    ("edge", "card", SIGN),
    ("ultra", "ultra-wash", SIGN),
    ("draw-ink", "draw-ground", SIGN),
)


@dataclass(frozen=True)
class Colour:
    """A token with what it is in each theme."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True)
class Pair:
    """One colour on another, with the contrast it has in each theme and the contrast it needs."""

    front: Colour
    ground: Colour
    light: float
    dark: float
    least: float

    @property
    def is_enough(self) -> bool:
        """Whether it can be read in both themes."""
        return min(self.light, self.dark) >= self.least


@functools.cache
def colours() -> tuple[Colour, ...]:
    """Read the colours out of the style sheet."""
    return tuple(Colour(*found) for found in TOKEN.findall((STATIC / "css" / "foyer.css").read_text()))


def pairs() -> list[Pair]:
    """Compute the contrast of everything that stands on something."""
    named = {colour.name: colour for colour in colours()}
    return [_pair(named[front], named[ground], least) for front, ground, least in PAIRS]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _pair(front: Colour, ground: Colour, least: float) -> Pair:
    return Pair(front, ground, contrast(front.light, ground.light), contrast(front.dark, ground.dark), least)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
