"""What a manager may say when closing: until when, what, and why in four languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.catalogue import opening
from ticketing.catalogue.closures import LONGEST_REASON, ClosureRequest
from ticketing.catalogue.models import Experience
from ticketing.catalogue.opening import Calendar
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.languages import LANGUAGES
from ticketing.web.office.moments import read_moment
from ticketing.web.pages import N_

UNTIL = {
    "today": N_("the end of today"),
    "next_opening": N_("the next opening after today"),
    "notice": N_("further notice"),
    "moment": N_("a date and time"),
}
MOST_DAYS_AHEAD = 400


class ClosingInvalid(InvalidInput):
    """The form cannot be read; `details["field"]` names where."""

    code = "closing_invalid"


@dataclass(frozen=True)
class Cause:
    """A ready reason: its name for the manager, and what visitors read in each language."""

    name: str
    reasons: Mapping[str, str]


CAUSES = {
    "weather": Cause(N_("Weather"), {
        "nl": "Door het weer kunnen we je niet veilig ontvangen.",
        "fr": "La météo ne nous permet pas de vous accueillir en toute sécurité.",
        "en": "The weather keeps us from welcoming you safely.",
        "de": "Wegen des Wetters können wir Sie nicht sicher empfangen.",
    }),
    "strike": Cause(N_("Strike"), {
        "nl": "Door een stakingsactie kunnen we de deuren niet openen.",
        "fr": "En raison d’une grève, nous ne pouvons pas ouvrir nos portes.",
        "en": "Because of a strike we cannot open our doors.",
        "de": "Wegen eines Streiks können wir nicht öffnen.",
    }),
    "technical": Cause(N_("Technical fault"), {
        "nl": "Een technisch probleem houdt onze deuren dicht. We werken eraan.",
        "fr": "Un problème technique nous oblige à rester fermés. Nous y travaillons.",
        "en": "A technical fault keeps our doors shut. We are working on it.",
        "de": "Eine technische Störung hält unsere Türen geschlossen. Wir arbeiten daran.",
    }),
    "safety": Cause(N_("Safety"), {
        "nl": "We sluiten voor ieders veiligheid. Zodra het kan, gaan we weer open.",
        "fr": "Nous fermons pour la sécurité de tous et rouvrirons dès que possible.",
        "en": "We have closed for everyone’s safety and open again as soon as we can.",
        "de": "Wir schließen zur Sicherheit aller und öffnen wieder, sobald es geht.",
    }),
    "private": Cause(N_("Private event"), {
        "nl": "We ontvangen een besloten gezelschap en zijn daarom gesloten.",
        "fr": "Nous accueillons un événement privé et sommes donc fermés.",
        "en": "We are hosting a private event and are closed to visitors.",
        "de": "Wir haben eine geschlossene Gesellschaft und deshalb nicht geöffnet.",
    }),
    "other": Cause(N_("Something else"), dict.fromkeys(LANGUAGES, "")),
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """How long, and what: the ends of a closure that begins now."""

    ends_at: datetime | None
    experience: Experience | None


def read_end(form: Mapping[str, str], calendar: Calendar, now: datetime) -> datetime | None:
    """Return when the closure ends (instant), None for further notice.

    Raises ClosingInvalid, MomentInvalid, NoSuchLocalTime.
    """
    until = form.get("until", "today")
    today = local_date_of(now, calendar.zone)
    if until == "notice":
        return None
    if until == "today":
        return day_bounds(today, calendar.zone)[1]
    if until == "next_opening":
        return _next_opening(calendar, now)
    if until == "moment":
        return read_moment(form.get("until_at", ""), "until_at", calendar.zone)
    raise ClosingInvalid("Choose until when.", field="until")


def read_experience(form: Mapping[str, str], experiences: list[Experience]) -> Experience | None:
    """Return the experience that closes, None for the whole centre. Raises ClosingInvalid."""
    slug = form.get("experience", "")
    if not slug:
        return None
    for experience in experiences:
        if experience.slug == slug:
            return experience
    raise ClosingInvalid("Choose one of the list.", field="experience")


def read_reasons(form: Mapping[str, str]) -> dict[str, str]:
    """Return the reason in each language as typed, short enough to read in a header. Raises ClosingInvalid."""
    reasons = {language: " ".join(form.get(f"reason_{language}", "").split()) for language in LANGUAGES}
    for language, reason in reasons.items():
        if len(reason) > LONGEST_REASON or "\0" in reason:
            raise ClosingInvalid("Keep each reason under 300 characters.", field=f"reason_{language}")
    return reasons


def request_of(reasons: dict[str, str], span: Span, now: datetime) -> ClosureRequest:
    """Put together what the catalogue is asked to close."""
    return ClosureRequest(
        reasons=reasons,
        starts_at=now,
        ends_at=span.ends_at,
        experience_id=span.experience.id if span.experience else None,
    )


def _next_opening(calendar: Calendar, now: datetime) -> datetime:
    """Return when the usual hours next open the doors on a later day; at worst tomorrow as the day begins."""
    today = local_date_of(now, calendar.zone)
    for days in range(1, MOST_DAYS_AHEAD):
        opens_at = opening.hours_on(calendar, today + timedelta(days=days)).opens_at
        if opens_at is not None:
            return opens_at
    return day_bounds(today, calendar.zone)[1]
