"""What lights and sources are called."""

from __future__ import annotations

from ticketing.catalogue.fullness import Light
from ticketing.flow.advice import Act, Advice
from ticketing.flow.occupancy import Inside, Source
from ticketing.foundation.wording import clock_words, number_words
from ticketing.web import edge
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


ADVICE = {
    Act.STOP: N_("Let nobody more in until people have left."),
    Act.HOLD: N_("Nearly full: room for %(number)s more. Let in as people leave."),
    Act.COUNT: N_("Two counts do not fit. Go round and count by hand."),
    Act.LISTEN: N_("Nothing heard from the doors for %(number)s minutes. Look after the scanners."),
    Act.LANES: N_("Open %(number)s lanes for the next quarter of an hour."),
    Act.PEAK: N_("Nearly full at %(time)s: %(number)s people expected inside. Get ready to let in by turns."),
    Act.SET_LIMITS: N_("Nobody has set how many the house may hold. Set the limits."),
    Act.NOTHING: N_("Nothing to do just now."),
}


def advice_sentence(advice: Advice) -> str:
    """Say what to do."""
    language = edge.language()
    number = "" if advice.number is None else number_words(advice.number, language)
    time = "" if advice.at is None else clock_words(edge.local(advice.at), language)
    return _(ADVICE[advice.act], number=number, time=time)


def light_word(light: Light) -> str:
    """Say a light."""
    return _(LIGHTS[light])


def source_sentence(inside: Inside) -> str:
    """Say what a number inside rests on."""
    return _(SOURCES[inside.source])
