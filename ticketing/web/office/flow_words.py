"""What lights, sources and reasons are called."""

from __future__ import annotations

from collections.abc import Mapping

from ticketing.catalogue.house_limits import Light
from ticketing.door.verdict import Reason
from ticketing.flow.occupancy import Inside, Source
from ticketing.web.desk.verdict_words import WORDS
from ticketing.web.pages import N_
from ticketing.web.pages import gettext as _

LIGHTS = {
    Light.GREEN: N_("plenty of room"),
    Light.AMBER: N_("getting full"),
    Light.RED: N_("nearly full"),
    Light.STOP: N_("full: let nobody more in"),
}
SOURCES = {
    Source.NOTHING: N_("Nobody has been counted in today."),
    Source.MODEL: N_("From people let in and how long people stay; exits are not counted."),
    Source.COUNTERS: N_("From people counted in and out."),
    Source.BOTH: N_("From people counted in and out, and how long people stay; the surer one weighs more."),
}


def light_word(light: Light) -> str:
    """Say a light."""
    return _(LIGHTS[light])


def source_sentence(inside: Inside) -> str:
    """Say what a number inside rests on."""
    return _(SOURCES[inside.source])


def refusals(refused: Mapping[Reason, int]) -> str:
    """Say what was refused at a gate, the most frequent reason first."""
    ordered = sorted(refused.items(), key=lambda each: -each[1])
    return ", ".join(f"{number} × {_(WORDS[reason][0])}" for reason, number in ordered)
