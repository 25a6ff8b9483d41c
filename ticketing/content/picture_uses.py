"""Where pictures are used: in texts that visitors see, and in those that wait."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from ticketing.content import pages

NAMED = re.compile(r"\(picture:([0-9a-f]{8,24})\)")


def uses(session: Session, *, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """Return by key the (slug, language) of every text that shows a picture or is going to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for slug, language, text in pages.living_texts(session, now=now):
        for key in {text.picture_key, *NAMED.findall(text.body)} - {None}:
            places = found.setdefault(key, [])
            if (slug, language) not in places:
                places.append((slug, language))
    return found
