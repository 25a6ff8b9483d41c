"""How far a clock is off, for people."""

from __future__ import annotations

from babel.dates import format_timedelta

from ticketing.foundation.languages import LOCALES
from ticketing.web import edge


def seconds_words(seconds: int) -> str:
    """Say a length of time in its largest unit, as 7 minutes."""
    return format_timedelta(seconds, threshold=1.5, locale=LOCALES[edge.language()])
