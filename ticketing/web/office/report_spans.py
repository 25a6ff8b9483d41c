"""The days a report is about: as the address says, else this month so far; and those that are often asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from ticketing.flow.report_models import Rhythm
from ticketing.flow.subscriptions import period_before
from ticketing.sales.accounts import MOST_DAYS, SpanInvalid
from ticketing.web import edge
from ticketing.web.converters import FIRST_DAY, LAST_DAY
from ticketing.web.pages import N_, gettext


@dataclass(frozen=True, slots=True)
class Preset:
    """A span that is one press away."""

    words: str
    first: date
    last: date


def span_asked() -> tuple[date, date]:
    """Return the first and last day the address names. Raises SpanInvalid."""
    today = edge.today()
    return _day("from", today.replace(day=1)), _day("until", today)


def presets() -> list[Preset]:
    """Return weeks, months and the year that are asked for most, in the reader's words."""
    today = edge.today()
    monday = today - timedelta(days=today.weekday())
    spans = (
        (N_("This week"), monday, today),
        (N_("Last week"), *period_before(Rhythm.WEEKLY, today)),
        (N_("This month"), today.replace(day=1), today),
        (N_("Last month"), *period_before(Rhythm.MONTHLY, today)),
        (N_("A year back"), today - timedelta(days=MOST_DAYS - 1), today),
    )
    return [Preset(gettext(words), first, last) for words, first, last in spans]


def _day(name: str, default: date) -> date:
    typed = request.args.get(name, "")
    if not typed:
        return default
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise SpanInvalid("Write a day like 2026-11-24.", field=name) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise SpanInvalid("Choose a day of this century.", field=name)
    return day
