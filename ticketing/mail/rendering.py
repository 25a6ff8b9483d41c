"""Sets the words of a mail: a subject, a text and an HTML form, in one language. Knows no Flask."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ticketing.foundation import wording
from ticketing.foundation.languages import pick, translations

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of one mail."""

    subject: str
    text: str
    html: str


def render(name: str, language: str, /, **context: Any) -> Rendered:
    """Set a mail by its template's name, in one language."""
    environment = _environment(language)
    shared = {"language": language, **context}
    subject, text, html = (
        environment.get_template(f"mail/{name}.{part}").render(shared) for part in ("subject.txt", "txt", "html")
    )
    return Rendered(" ".join(subject.split()), text.strip() + "\n", html)


@functools.cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.ugettext, catalogue.ungettext, newstyle=True
    )
    environment.filters.update(
        money=lambda amount: wording.money_words(amount, language),
        day=lambda day: wording.day_and_year_words(_as_date(day), language),
        month=lambda day: wording.month_words(_as_date(day), language),
        clock=lambda moment: wording.clock_words(moment, language),
        percent=lambda rate_bp: wording.percent_words(rate_bp, language),
        pick=lambda texts: pick(texts, language),
    )
    return environment


def _as_date(day: date | datetime) -> date:
    return day.date() if isinstance(day, datetime) else day
