"""How the span of a closure is written: whole days as days, hours as hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from ticketing.foundation.wording import clock_words, day_words, short_day_words
from ticketing.web import edge
from ticketing.web.pages import gettext

MIDNIGHT = time()


def span_words(starts_at: datetime, ends_at: datetime | None) -> str:
    """Write from when until when (instants), as short as it stays clear."""
    language, begin = edge.language(), edge.local(starts_at)
    first = short_day_words(begin.date(), language)
    begins = first if begin.time() == MIDNIGHT else f"{first}, {clock_words(begin, language)}"
    if ends_at is None:
        return gettext("%(begin)s until further notice", begin=begins)
    end = edge.local(ends_at)
    if end.time() != MIDNIGHT:
        is_same_day = end.date() == begin.date()
        day = "" if is_same_day else short_day_words(end.date(), language) + ", "
        return f"{begins} – {day}{clock_words(end, language)}"
    last_day = end.date() - timedelta(days=1)
    if last_day == begin.date():
        return first if begins == first else gettext("%(begin)s until the end of the day", begin=begins)
    return f"{begins} – {short_day_words(last_day, language)}"


def until_sentence(ends_at: datetime | None) -> str:
    """Say until when something will be closed that closes now."""
    if ends_at is None:
        return gettext("Closed until further notice.")
    language, end = edge.language(), edge.local(ends_at)
    if end.time() == MIDNIGHT and end.date() - timedelta(days=1) == edge.today():
        return gettext("Closed for the rest of today.")
    day = day_words(end.date(), language)
    return gettext("Closed until %(day)s, %(time)s.", day=day, time=clock_words(end, language))
