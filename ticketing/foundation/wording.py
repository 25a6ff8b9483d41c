"""How prices, dates and times are written in each language. Used by pages, mails and tickets alike."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal

from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from ticketing.foundation.languages import LOCALES
from ticketing.foundation.money import Money

# A number and its month stay on one line.
DAY_PATTERNS = {
    "nl": "EEEE d\u00a0MMMM",
    "fr": "EEEE d\u00a0MMMM",
    "en": "EEEE d\u00a0MMMM",
    "de": "EEEE, d.\u00a0MMMM",
}
SHORT_DAY_PATTERNS = {"nl": "EEE d\u00a0MMM", "fr": "EEE d\u00a0MMM", "en": "EEE d\u00a0MMM", "de": "EEE, d.\u00a0MMM"}
DAY_OF_YEAR_PATTERNS = {"nl": "d\u00a0MMMM", "fr": "d\u00a0MMMM", "en": "d\u00a0MMMM", "de": "d.\u00a0MMMM"}
MONTH_PATTERNS = {"nl": "MMMM y", "fr": "MMMM y", "en": "MMMM y", "de": "MMMM y"}

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=\S)")
MOST_BRIEF = 160  # characters; search engines show no more of a description


def money_words(amount: Money, language: str) -> str:
    """Write an amount as the language writes prices ("€ 12,50", "12,50 €", "€12.50")."""
    return format_currency(Decimal(amount.cents) / 100, amount.currency, locale=LOCALES[language])


def day_words(day: date, language: str) -> str:
    """Write a local date with its weekday ("dinsdag 24 november")."""
    return _written(day, DAY_PATTERNS[language], language)


def day_and_year_words(day: date, language: str) -> str:
    """Write a local date with weekday and year ("dinsdag 24 november 2026")."""
    return _written(day, DAY_PATTERNS[language] + " y", language)


def short_day_words(day: date, language: str) -> str:
    """Write a local date briefly ("di 24 nov")."""
    return _written(day, SHORT_DAY_PATTERNS[language], language)


def day_of_year_words(day: date, language: str) -> str:
    """Write a day that comes every year ("25 december")."""
    return _written(day, DAY_OF_YEAR_PATTERNS[language], language)


def _written(day: date, pattern: str, language: str) -> str:
    """Write a date after a pattern; the first of a month has its own number in French ("1er mai")."""
    written = format_date(day, pattern, locale=LOCALES[language])
    return written.replace("1\u00a0", "1er\u00a0") if language == "fr" and day.day == 1 else written


def month_words(day: date, language: str) -> str:
    """Write the month of a local date ("november 2026")."""
    return format_date(day, MONTH_PATTERNS[language], locale=LOCALES[language])


def clock_words(local: time | datetime, language: str) -> str:
    """Write a wall-clock time ("17.00", "17 h 00", "17:00"); instants have been made local before."""
    if language == "fr":
        return f"{local.hour}\u00a0h\u00a0{local.minute:02d}" if local.minute else f"{local.hour}\u00a0h"
    return f"{local.hour}{':' if language == 'en' else '.'}{local.minute:02d}"


def length_words(seconds: int, language: str) -> str:
    """Write a length of time in its largest unit ("7 minutes")."""
    return format_timedelta(seconds, threshold=1.5, locale=LOCALES[language])


def number_words(number: int, language: str) -> str:
    """Write a whole number with the language's grouping ("1.234")."""
    return format_decimal(number, locale=LOCALES[language])


def percent_words(rate_bp: int, language: str) -> str:
    """Write a rate in basis points as a percentage ("6 %")."""
    return format_percent(Decimal(rate_bp) / 10_000, locale=LOCALES[language], decimal_quantization=False)


def brief(text: str, most: int = MOST_BRIEF) -> str:
    """Return as many whole sentences as fit; of a first sentence that is too long itself, the words that do."""
    if len(text) <= most:
        return text
    kept = ""
    for sentence in SENTENCE_END.split(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > most:
            break
        kept = longer
    return kept or f"{text[: most - 1].rpartition(' ')[0].rstrip(',;:')}…"
