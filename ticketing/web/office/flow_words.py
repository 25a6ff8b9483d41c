"""What lights and sources are called."""

from __future__ import annotations

from ticketing.catalogue.fullness import Light
from ticketing.flow.occupancy import Inside, Source
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
