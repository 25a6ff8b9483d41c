"""What holidays, events and the weather are called, and what is known of a day in one line."""

from __future__ import annotations

from ticketing.flow.day_types import Sky
from ticketing.flow.forecast_models import DayInfluence, InfluenceKind
from ticketing.flow.influences import KnownDay
from ticketing.flow.staffing import Crowd
from ticketing.web.pages import N_
from ticketing.web.pages import gettext as _

KINDS = {
    InfluenceKind.SCHOOL_HOLIDAY: N_("School holidays"),
    InfluenceKind.PUBLIC_HOLIDAY: N_("Public holiday"),
    InfluenceKind.EVENT: N_("Event"),
}
SKIES = {
    Sky.SUNNY: N_("sunny"),
    Sky.BRIGHT: N_("sun and clouds"),
    Sky.DULL: N_("grey"),
    Sky.WET: N_("rainy"),
}
CROWDS = {
    Crowd.EXPECTED: N_("as many as expected"),
    Crowd.BUSY: N_("one busy day in ten"),
}


def kind_word(kind: InfluenceKind) -> str:
    """Name what differs."""
    return _(KINDS[kind])


def sky_word(sky: Sky) -> str:
    """Name the weather."""
    return _(SKIES[sky])


def influence_words(influence: DayInfluence) -> str:
    """Name a holiday or an event, with what is expected of it."""
    effect = influence.effect_percent
    return influence.name if effect is None else f"{influence.name} ({effect:+d} %)"


def day_words(known: KnownDay) -> str:
    """Say what is known of a day beside its weekday."""
    words = [influence_words(each) for each in known.influences]
    return ", ".join([*words, *([sky_word(known.sky)] if known.sky else [])])
