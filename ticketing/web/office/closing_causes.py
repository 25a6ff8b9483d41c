"""Ready words for closing: why, and what to do instead, as visitors read it in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ticketing.catalogue.models import ClosureCause
from ticketing.foundation.languages import LANGUAGES, Texts
from ticketing.web.pages import N_


@dataclass(frozen=True)
class Cause:
    """A ready reason with its advice, and its name for the manager."""

    name: str
    reasons: Texts
    advice: Texts


AT_HOME: Texts = {
    "nl": "Blijf thuis en kies een andere dag.",
    "fr": "Restez chez vous et choisissez un autre jour.",
    "en": "Stay at home and choose another day.",
    "de": "Bleiben Sie zu Hause und wählen Sie einen anderen Tag.",
}
NOT_YET: Texts = {
    "nl": "Kom niet naar het centrum; op deze site lees je wanneer we weer opengaan.",
    "fr": "Ne venez pas au centre ; ce site vous dit quand nous rouvrons.",
    "en": "Please do not come to the centre; this site says when we open again.",
    "de": "Bitte kommen Sie nicht zum Zentrum; hier lesen Sie, wann wir wieder öffnen.",
}
ANOTHER_DAY: Texts = {
    "nl": "Kies gerust een andere dag.",
    "fr": "Choisissez simplement un autre jour.",
    "en": "Choose any other day you like.",
    "de": "Wählen Sie einfach einen anderen Tag.",
}

CAUSES: Mapping[str, Cause] = {
    ClosureCause.WEATHER.value: Cause(N_("Weather"), {
        "nl": "Door het weer kunnen we je niet veilig ontvangen.",
        "fr": "La météo ne nous permet pas de vous accueillir en toute sécurité.",
        "en": "The weather keeps us from welcoming you safely.",
        "de": "Wegen des Wetters können wir Sie nicht sicher empfangen.",
    }, AT_HOME),
    ClosureCause.STRIKE.value: Cause(N_("Strike"), {
        "nl": "Door een stakingsactie kunnen we de deuren niet openen.",
        "fr": "En raison d’une grève, nous ne pouvons pas ouvrir nos portes.",
        "en": "Because of a strike we cannot open our doors.",
        "de": "Wegen eines Streiks können wir nicht öffnen.",
    }, ANOTHER_DAY),
    ClosureCause.TECHNICAL.value: Cause(N_("Technical fault"), {
        "nl": "Een technisch probleem houdt onze deuren dicht. We werken eraan.",
        "fr": "Un problème technique nous oblige à rester fermés. Nous y travaillons.",
        "en": "A technical fault keeps our doors shut. We are working on it.",
        "de": "Eine technische Störung hält unsere Türen geschlossen. Wir arbeiten daran.",
    }, NOT_YET),
    ClosureCause.SAFETY.value: Cause(N_("Safety"), {
        "nl": "We sluiten voor ieders veiligheid. Zodra het kan, gaan we weer open.",
        "fr": "Nous fermons pour la sécurité de tous et rouvrirons dès que possible.",
        "en": "We have closed for everyone’s safety and open again as soon as we can.",
        "de": "Wir schließen zur Sicherheit aller und öffnen wieder, sobald es geht.",
    }, NOT_YET),
    ClosureCause.PRIVATE.value: Cause(N_("Private event"), {
        "nl": "We ontvangen een besloten gezelschap en zijn daarom gesloten.",
        "fr": "Nous accueillons un événement privé et sommes donc fermés.",
        "en": "We are hosting a private event and are closed to visitors.",
        "de": "Wir haben eine geschlossene Gesellschaft und deshalb nicht geöffnet.",
    }, ANOTHER_DAY),
    ClosureCause.MAINTENANCE.value: Cause(N_("Maintenance"), {
        "nl": "We sluiten voor onderhoud, zodat alles weer draait als je komt.",
        "fr": "Nous fermons pour entretien, afin que tout fonctionne quand vous viendrez.",
        "en": "We are closed for maintenance, so that everything works when you come.",
        "de": "Wir schließen zur Wartung, damit alles läuft, wenn Sie kommen.",
    }, ANOTHER_DAY),
    ClosureCause.OTHER.value: Cause(N_("Something else"), dict.fromkeys(LANGUAGES, ""), dict.fromkeys(LANGUAGES, "")),
}  # fmt: skip


def cause_of(key: str) -> Cause:
    """Return the ready words of a cause; none for a key that is not on the list."""
    return CAUSES.get(key, CAUSES[ClosureCause.OTHER.value])
