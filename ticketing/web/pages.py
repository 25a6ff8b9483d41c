"""What every template may use: words, filters, the header's facts."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from babel.dates import get_day_names
from babel.support import NullTranslations
from flask import Flask, url_for
from markupsafe import Markup, escape

from ticketing.content import drawings, emblems
from ticketing.foundation import wording
from ticketing.foundation.languages import LOCALES, pick, translations
from ticketing.foundation.money import Money
from ticketing.tickets import codes
from ticketing.web import edge


def N_(message: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Mark a text for the catalogues without translating it yet; it is translated when it is said."""
    return message


def _catalogue() -> NullTranslations:
    return translations(edge.language())


def gettext(message: str, **values: Any) -> str:
    """Say a sentence in the language of the answer, with named values filled in."""
    said = _catalogue().ugettext(message) if message else ""
    return said % values if values else said


def ngettext(singular: str, plural: str, number: int, **values: Any) -> str:
    """Say a sentence for a number of things in the language of the answer."""
    return _catalogue().ungettext(singular, plural, number) % {"num": number, **values}


def set_up(app: Flask) -> None:
    """Teach Jinja our words, filters and shared facts."""
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _catalogue_gettext, _catalogue_ngettext, newstyle=True
    )
    environment.filters.update(
        money=lambda amount: wording.money_words(amount, edge.language()),
        cents=lambda cents: wording.money_words(Money(cents), edge.language()),
        day=lambda day: wording.day_words(_local_date(day), edge.language()),
        day_and_year=lambda day: wording.day_and_year_words(_local_date(day), edge.language()),
        day_short=lambda day: wording.short_day_words(_local_date(day), edge.language()),
        day_of_year=lambda day: wording.day_of_year_words(day, edge.language()),
        month=lambda day: wording.month_words(_local_date(day), edge.language()),
        clock=lambda moment: wording.clock_words(_local_time(moment), edge.language()),
        clock_seconds=lambda moment: _local_time(moment).strftime("%H:%M:%S"),
        age=lambda seconds: wording.length_words(seconds, edge.language()),
        number=lambda number: wording.number_words(number, edge.language()),
        percent=lambda rate_bp: wording.percent_words(rate_bp, edge.language()),
        pick=lambda texts: pick(texts, edge.language()),
        grouped=codes.grouped,
        brief=lambda text: escape(wording.brief(Markup(text).unescape())),  # noqa: S704 - read as text, escaped again
    )
    environment.globals.update(asset=asset, drawn=drawn, emblem=emblem)


def _catalogue_gettext(message: str) -> str:
    return _catalogue().ugettext(message) if message else ""


def _catalogue_ngettext(singular: str, plural: str, number: int) -> str:
    return _catalogue().ungettext(singular, plural, number)


def _local_date(day: date | datetime) -> date:
    """A date as it is; an instant as the date in the centre."""
    return edge.local(day).date() if isinstance(day, datetime) else day


def _local_time(moment: time | datetime) -> time | datetime:
    return edge.local(moment) if isinstance(moment, datetime) else moment


@functools.cache
def drawn(kind: str, seed: int, width: int, height: int) -> Markup:
    """Return one of our drawings for a page; drawn once, from numbers."""
    return Markup(drawings.svg(kind, seed, width, height))  # noqa: S704 - nothing in it comes from outside


@functools.cache
def emblem(kind: str) -> Markup:
    """Return a kind of drawing in a few strokes, for a list."""
    return Markup(emblems.svg(kind))  # noqa: S704 - nothing in it comes from outside


@dataclass(frozen=True)
class WeekdayName:
    """What a weekday is called, and its short form for the head of a calendar."""

    name: str
    short: str


def weekday_names() -> list[WeekdayName]:
    """Return the weekdays from Monday on in the language of the answer."""
    locale = LOCALES[edge.language()]
    wide, short = get_day_names("wide", locale=locale), get_day_names("abbreviated", locale=locale)
    return [WeekdayName(wide[day], short[day].rstrip(".")) for day in range(7)]


STATIC = Path(__file__).resolve().parents[2] / "static"


@functools.cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a static file, with its content's digest so that it may be cached for a year."""
    return url_for("static", filename=name, v=_version(name))
