"""What a manager may say when closing: when, what, why in four languages, and what becomes of orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from werkzeug.datastructures import MultiDict

from ticketing.catalogue import opening
from ticketing.catalogue.closures import LONGEST_REASON, MOST_BONUS_PERCENT, BonusInvalid, ClosureRequest, Terms
from ticketing.catalogue.models import ClosureCause, ClosureDefault, Experience
from ticketing.catalogue.opening import Calendar
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.languages import LANGUAGES
from ticketing.sales.closure_house import MOST_DAYS
from ticketing.web.office.moments import read_moment
from ticketing.web.office.typed_numbers import NUMBER_SHAPE
from ticketing.web.pages import N_

FROM = {"now": N_("now"), "tomorrow": N_("tomorrow, all day"), "moment": N_("a date and time")}
UNTIL = {
    "today": N_("the end of that day"),
    "next_opening": N_("the next opening after that day"),
    "notice": N_("further notice"),
    "moment": N_("a date and time"),
}
OUTCOMES = {
    ClosureDefault.REFUND.value: N_("the money goes back by itself"),
    ClosureDefault.KEEP.value: N_("the tickets stay, and we look after them"),
}
MOST_DAYS_AHEAD = 400


class ClosingInvalid(InvalidInput):
    """The form cannot be read; `details["field"]` names where."""

    code = "closing_invalid"


@dataclass(frozen=True)
class Span:
    """From when (None: from now on) until when (None: further notice), which experiences (none: all), which bonus."""

    starts_at: datetime | None
    ends_at: datetime | None
    experiences: tuple[Experience, ...]
    bonus_percent: int | None


def read_span(form: MultiDict[str, str], calendar: Calendar, experiences: list[Experience], now: datetime) -> Span:
    """Read when and what. Raises ClosingInvalid, MomentInvalid, NoSuchLocalTime, BonusInvalid."""
    starts_at = _read_start(form, calendar, now)
    ends_at = read_end(form, calendar, max(starts_at or now, now))
    return Span(starts_at, ends_at, _read_experiences(form, experiences), read_bonus(form))


def read_end(form: Mapping[str, str], calendar: Calendar, begins_at: datetime) -> datetime | None:
    """Return when a closure ends (instant) that begins then, None for further notice.

    Raises ClosingInvalid, MomentInvalid, NoSuchLocalTime.
    """
    until, day = form.get("until", "today"), local_date_of(begins_at, calendar.zone)
    if until == "notice":
        return None
    if until == "today":
        return day_bounds(day, calendar.zone)[1]
    if until == "next_opening":
        return _next_opening(calendar, begins_at)
    if until == "moment":
        return read_moment(form.get("until_at", ""), "until_at", calendar.zone)
    raise ClosingInvalid("Choose until when.", field="until")


def read_texts(form: Mapping[str, str], name: str) -> dict[str, str]:
    """Return a reason, or advice, in each language as typed, short enough for a header. Raises ClosingInvalid."""
    texts = {language: " ".join(form.get(f"{name}_{language}", "").split()) for language in LANGUAGES}
    for language, text in texts.items():
        if len(text) > LONGEST_REASON or "\0" in text:
            raise ClosingInvalid("Keep each text under 300 characters.", field=f"{name}_{language}")
    return texts


def read_terms(form: Mapping[str, str], house: Terms) -> Terms:
    """Return what becomes of orders, the house's rules where nothing else is said. Raises ClosingInvalid."""
    days, outcome = form.get("answer_days", "").strip(), form.get("default_outcome", "")
    if outcome and outcome not in OUTCOMES:
        raise ClosingInvalid("Choose one of the list.", field="default_outcome")
    if days and not (NUMBER_SHAPE.fullmatch(days) and 1 <= int(days) <= MOST_DAYS):
        raise ClosingInvalid("Give a number of days.", field="answer_days")
    return replace(
        house,
        bonus_percent=read_bonus(form),
        answer_days=int(days) if days else house.answer_days,
        default_outcome=ClosureDefault(outcome) if outcome else house.default_outcome,
    )


def read_bonus(form: Mapping[str, str]) -> int | None:
    """Return the bonus on a gift card in percent, None when none is offered. Raises BonusInvalid."""
    typed = form.get("bonus_percent", "").strip().removesuffix("%").strip()
    if not typed:
        return None
    if not (NUMBER_SHAPE.fullmatch(typed) and typed.isascii() and int(typed) <= MOST_BONUS_PERCENT):
        raise BonusInvalid("Give a percentage from 0 to 100, or nothing.", field="bonus_percent")
    return int(typed)


def read_cause(form: Mapping[str, str]) -> ClosureCause:
    """Return the kind of reason, "something else" for one that is not on the list."""
    key = form.get("cause", "")
    return ClosureCause(key) if key in set(ClosureCause) else ClosureCause.OTHER


def request_of(span: Span, now: datetime) -> ClosureRequest:
    """Put together what would be closed, without its words."""
    ids = tuple(sorted(experience.id for experience in span.experiences))
    terms = Terms(bonus_percent=span.bonus_percent)
    return ClosureRequest({}, max(span.starts_at or now, now), span.ends_at, ids, terms=terms)


def _read_start(form: Mapping[str, str], calendar: Calendar, now: datetime) -> datetime | None:
    begin = form.get("from", "now")
    if begin == "now":
        return None
    if begin == "tomorrow":
        return day_bounds(local_date_of(now, calendar.zone), calendar.zone)[1]
    if begin == "moment":
        return read_moment(form.get("from_at", ""), "from_at", calendar.zone)
    raise ClosingInvalid("Choose from when.", field="from")


def _read_experiences(form: MultiDict[str, str], experiences: list[Experience]) -> tuple[Experience, ...]:
    by_slug = {experience.slug: experience for experience in experiences}
    chosen = [slug for slug in form.getlist("experience") if slug]
    if any(slug not in by_slug for slug in chosen):
        raise ClosingInvalid("Choose from the list.", field="experience")
    return tuple(by_slug[slug] for slug in dict.fromkeys(chosen))


def _next_opening(calendar: Calendar, begins_at: datetime) -> datetime:
    """Return when the usual hours next open the doors on a later day; at worst the day after as it begins."""
    day = local_date_of(begins_at, calendar.zone)
    for days in range(1, MOST_DAYS_AHEAD):
        opens_at = opening.hours_on(calendar, day + timedelta(days=days)).opens_at
        if opens_at is not None:
            return opens_at
    return day_bounds(day, calendar.zone)[1]
