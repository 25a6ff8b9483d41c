"""How far a clock is off, for people."""

from __future__ import annotations

from ticketing.foundation.wording import length_words
from ticketing.web import edge


def seconds_words(seconds: int) -> str:
    """Say a length of time in its largest unit, as 7 minutes."""
    return length_words(seconds, edge.language())
