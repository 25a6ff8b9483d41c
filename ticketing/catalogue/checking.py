"""What managers type about the catalogue is checked by one set of rules; a mistake names its field and its rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES, Texts

SLUG_SHAPE = re.compile(r"[a-z][a-z0-9-]{0,39}")
LONGEST_NAME, LONGEST_SUMMARY, LONGEST_HINT, LONGEST_REASON = 80, 600, 120, 300


class CatalogueInvalid(InvalidInput):
    """The catalogue cannot be like this; `details["field"]` names where, `details["why"]` the rule."""

    code = "catalogue_invalid"


def invalid(field: str, why: str, **details: Any) -> CatalogueInvalid:
    """Say which field breaks which rule."""
    return CatalogueInvalid("Look at the marked field and try again.", field=field, why=why, **details)


def checked_slug(typed: str) -> str:
    """Return a name for addresses, in small letters. Raises CatalogueInvalid."""
    slug = typed.strip().lower()
    if not SLUG_SHAPE.fullmatch(slug):
        raise invalid("slug", "shape")
    return slug


def checked_texts(texts: Texts, field: str, *, most: int) -> dict[str, str]:
    """Return a text in every language, on one line each; what is missing is empty. Raises CatalogueInvalid."""
    tidy = {language: " ".join(texts.get(language, "").split()) for language in LANGUAGES}
    for language, text in tidy.items():
        if len(text) > most:
            raise invalid(f"{field}_{language}", "too_long", most=most)
        if "\0" in text:
            raise invalid(f"{field}_{language}", "unprintable")
    return tidy


def require_original(texts: Mapping[str, str], field: str) -> None:
    """Insist on the Dutch text: the others fall back on it. Raises CatalogueInvalid."""
    if not texts[DEFAULT_LANGUAGE]:
        raise invalid(f"{field}_{DEFAULT_LANGUAGE}", "missing")


def require_every_language(texts: Mapping[str, str], field: str, why: str = "missing") -> None:
    """Insist on the text in every language. Raises CatalogueInvalid."""
    for language, text in texts.items():
        if not text:
            raise invalid(f"{field}_{language}", why)


def require_days_ahead(first: date, last: date, *, today: date, most: int) -> None:
    """Insist on a span of at most so many dates that begins today or later. Raises CatalogueInvalid."""
    if first < today:
        raise invalid("first", "past_day")
    if last < first:
        raise invalid("last", "ends_before")
    if (last - first).days >= most:
        raise invalid("last", "days", most=most)


def require_between(number: int | None, field: str, least: int, most: int) -> None:
    """Insist on a number within bounds, both included. Raises CatalogueInvalid."""
    if number is None or not least <= number <= most:
        raise invalid(field, "between", least=least, most=most)
