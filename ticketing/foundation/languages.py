"""The four languages: which there are, which one a reader means, and the catalogues of our sentences.

Catalogues are read from their .po files at start and compiled in memory: no generated file can go stale.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = ("nl", "fr", "en", "de")
DEFAULT_LANGUAGE = "nl"  # a Flemish house speaks Dutch first
SOURCE_LANGUAGE = "en"
OWN_NAMES = {"nl": "Nederlands", "fr": "Français", "en": "English", "de": "Deutsch"}
# English as written in Belgium would put prices as "12,50 €"; readers of English expect "€12.50" (Babel, en_GB).
LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB", "de": "de_BE"}
CATALOGUES = Path(__file__).resolve().parents[2] / "translations"

Texts = Mapping[str, str]


def preferred_language(accepted: list[str]) -> str:
    """Choose among our languages by a reader's list ("fr-BE", "fr", …), best first; Dutch when none fits."""
    match = negotiate_locale(accepted, LANGUAGES, sep="-")
    return match.split("-")[0] if match else DEFAULT_LANGUAGE


def pick(texts: Texts, language: str) -> str:
    """Return a text of the catalogue in this language; in Dutch, else in any, when it is missing."""
    return texts.get(language) or texts.get(DEFAULT_LANGUAGE) or next(iter(texts.values()), "")


@functools.cache
def translations(language: str) -> NullTranslations:
    """Return the sentences of one language, all domains together (one .po file per face)."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    merged = Translations()
    for path in sorted((CATALOGUES / language).glob("*.po")):
        merged.merge(_compiled(path, language))
    return merged


def _compiled(path: Path, language: str) -> Translations:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
