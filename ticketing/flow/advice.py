"""What the duty manager had better do now, the most urgent first. Pure, of the day as it stands.

Figures alone do not say what follows from them; the page of today and the display on the wall both say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.catalogue.fullness import Light
from ticketing.flow.today import FlowToday

SOON = timedelta(hours=1)  # a peak so near is worth preparing for


class Act(StrEnum):
    """What to do; most urgent first."""

    STOP = "stop"  # the room for visitors is used up: let nobody more in
    HOLD = "hold"  # nearly full, or perhaps full already: let in as people leave
    COUNT = "count"  # two sources do not fit: count by hand
    LISTEN = "listen"  # people are expected, and no door tells of any: look after the scanners
    LANES = "lanes"  # more lanes are needed than work now
    PEAK = "peak"  # it will be nearly full within the hour
    SET_LIMITS = "set_limits"  # nobody has said how many the house may hold
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do, with its number (people, or lanes) and its time where it has one."""

    act: Act
    number: int | None = None
    at: datetime | None = None


def advice_for(today: FlowToday) -> list[Advice]:
    """Say what to do now, the most urgent first; at least that there is nothing to do."""
    found = [*_of_the_limit(today), *_of_the_doors(today), *_of_the_hour(today)]
    return found or [Advice(Act.NOTHING)]


def _of_the_limit(today: FlowToday) -> list[Advice]:
    if today.limits is None:
        return [Advice(Act.SET_LIMITS)]
    left = max(0, today.limits.visitors - round(today.inside.estimate.mean))
    if today.light is Light.STOP or not left:
        return [Advice(Act.STOP)]
    may_be_full = today.inside.band[1] >= today.limits.visitors  # two standard deviations above the estimate
    return [Advice(Act.HOLD, left)] if today.light is Light.RED or may_be_full else []


def _of_the_doors(today: FlowToday) -> list[Advice]:
    found = [Advice(Act.COUNT)] if today.inside.is_doubtful else []
    if today.is_quiet_against_expectation:
        found.append(Advice(Act.LISTEN, round(60 * today.silent_hours)))
    working = sum(gate.scans > 0 for gate in today.gates)
    if working and today.lanes_next > working:
        found.append(Advice(Act.LANES, today.lanes_next))
    return found


def _of_the_hour(today: FlowToday) -> list[Advice]:
    peak = today.peak
    if peak is None or today.limits is None or not today.at < peak.at <= today.at + SOON:
        return []
    will_be = today.limits.light(peak.mean)
    is_news = will_be in (Light.RED, Light.STOP) and today.light not in (Light.RED, Light.STOP)
    return [Advice(Act.PEAK, round(peak.mean), peak.at)] if is_news else []
