"""Drawings for when something cannot be had: physics that went another way than it was meant to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import cos, hypot, pi, sin, sqrt
from random import Random

from ticketing.content.outlines import ellipse, packet, wheel
from ticketing.foundation.shapes import Disc, Line, Ring, Shape

Drawer = Callable[[Random, float, float], Iterator[Shape]]


def _missed_lens(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Rays meet behind a lens; one passes above it and goes on, straight, to nowhere."""
    x, y, radius = width * 0.4, height * 0.62, height * 0.28
    focus = (width * 0.74, y)
    yield Disc(x, y, radius, "sun")
    yield Ring(x, y, radius, 3, "ink")
    for number in range(-4, 5):
        offset = number / 5 * radius
        enters = (x - sqrt(radius**2 - offset**2), y + offset)
        yield Line(((0, y + offset), enters, focus, _beyond(enters, focus, width)), 2.5, "soft")
    yield Line(((0, height * 0.2), (width * 1.05, height * 0.2)), 6, "ultra")
    yield Disc(*focus, height * 0.025, "ink")
    yield Disc(width * 0.74, height * 0.2, height * 0.06, "spark")


def _beyond(start: tuple[float, float], through: tuple[float, float], x: float) -> tuple[float, float]:
    return x * 1.05, start[1] + (through[1] - start[1]) * (x * 1.05 - start[0]) / (through[0] - start[0])


def _at_rest(random: Random, width: float, height: float) -> Iterator[Shape]:
    """A pendulum that has come to rest; its swings fade behind it."""
    x, length = width * 0.5, height * 0.74
    for number in range(7, 0, -1):
        for side in (-1, 1):
            swing = side * number * 0.14
            bob = (x + length * sin(swing), length * cos(swing))
            yield Line(((x, 0), bob), 2, "soft")
            yield Ring(*bob, height * 0.085, 2, "soft")
    yield Line(((x, 0), (x, length)), 4, "ink")
    yield Disc(x, length, height * 0.11, "spark")


def _traffic(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Waves that all want through at once: ever closer together towards the right."""
    for number in range(34):
        x = width * 0.94 * (1 - 0.9**number)
        bend = width * 0.05 * (1 - number / 34)
        points = tuple((x + bend * sin(pi * step / 12), height * step / 12) for step in range(13))
        yield Line(points, 3, "ultra" if number % 6 == 3 else "ink")
    yield Disc(width * 0.24, height * 0.5, height * 0.09, "spark")


def _slipped_gear(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Two wheels that turn together, and one that has dropped out of mesh."""
    size = min(width, height)
    wheels = ((width * 0.24, height * 0.46, 0.3, 20), (width * 0.24 + size * 0.47, height * 0.6, 0.15, 10))
    for x, y, share, teeth in wheels:
        yield Line(wheel(x, y, size * share, teeth), 3, "ink", is_closed=True)
        yield Ring(x, y, size * share * 0.6, 2.5, "soft")
        yield Disc(x, y, size * share * 0.24, "ultra")
    x, y, radius = width * 0.76, height * 0.7, size * 0.21
    for number in range(1, 4):
        yield Ring(x - number * size * 0.03, y - number * size * 0.09, radius, 2, "soft")
    yield Disc(x, y, radius * 1.1, "spark")
    yield Line(wheel(x, y, radius, 14, turn=0.3), 3.5, "ink", is_closed=True)
    yield Disc(x, y, radius * 0.26, "sun")


def _long_orbit(random: Random, width: float, height: float) -> Iterator[Shape]:
    """A comet far out on its orbit: away for now, and certain to come back."""
    x, y = width * 0.27, height * 0.52
    for number in range(1, 4):
        yield Line(ellipse((x, y), height * 0.1 * number, 0.1, 1.0), 2.5, "soft", is_closed=True)
    path = ellipse((x, y), width * 0.35, 0.8, pi - 0.16, steps=96)
    yield Line(path, 3, "ink", is_closed=True)
    yield Disc(x, y, height * 0.07, "spark")
    comet_x, comet_y = path[45]
    far = max(hypot(comet_x - x, comet_y - y), 1)
    away = ((comet_x - x) / far, (comet_y - y) / far)
    for lean in (-0.12, 0, 0.12):  # its tail points away from the sun
        tail = (away[0] * cos(lean) - away[1] * sin(lean), away[0] * sin(lean) + away[1] * cos(lean))
        ends = (comet_x + tail[0] * height * 0.3, comet_y + tail[1] * height * 0.3)
        yield Line(((comet_x, comet_y), ends), 4, "ultra")
    yield Disc(comet_x, comet_y, height * 0.045, "ultra")


def _mirror(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Rays that a mirror sends back the way they came."""
    x = width * 0.72
    for number in range(9):
        y = height * (0.06 + number * 0.085)
        yield Line(((0, y), (x, y + height * 0.14), (0, y + height * 0.28)), 2.5, "ultra" if number == 4 else "soft")
    yield Line(((x, 0), (x, height)), 7, "ink")
    for number in range(14):
        y = height * number / 13
        yield Line(((x, y), (x + width * 0.035, y - width * 0.035)), 2.5, "ink")
    yield Disc(width * 0.2, height * 0.78, height * 0.08, "spark")


def _one_way(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Field lines that run one way only; a disc on its way against them."""
    for number in range(11):
        y = height * (0.08 + number * 0.084)
        yield Line(((0, y), (width, y)), 2.5, "soft")
        for place in range(5):
            x = width * (0.08 + 0.2 * place + 0.05 * (number % 2))
            yield Line(((x, y - height * 0.018), (x + height * 0.03, y), (x, y + height * 0.018)), 2.5, "ink")
    yield Disc(width * 0.78, height * 0.5, height * 0.12, "spark")


def _out_of_step(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Two waves that were in step, and no longer are."""
    for number in range(4):
        base = height * (0.2 + 0.2 * number)
        swell = height * 0.13
        yield Line(packet(base, width * 0.42, width * 0.28, swell, width), 3, "ink")
        yield Line(packet(base, width * (0.42 + 0.045 * number), width * 0.28, swell, width), 3, "ultra")
    yield Disc(width * 0.82, height * 0.3, height * 0.1, "spark")


def _eclipse(random: Random, width: float, height: float) -> Iterator[Shape]:
    """The sun is there, something stands before it, and it passes."""
    x, y, radius = width * 0.5, height * 0.5, height * 0.25
    for number in range(40):
        angle, reach = 2 * pi * number / 40, radius * (1.9 if number % 2 else 1.45)
        begin = (x + radius * 1.14 * cos(angle), y + radius * 1.14 * sin(angle))
        yield Line((begin, (x + reach * cos(angle), y + reach * sin(angle))), 3, "soft" if number % 2 else "ink")
    yield Disc(x, y, radius * 1.06, "spark")
    yield Disc(x - radius * 0.1, y - radius * 0.04, radius, "ultra")


DRAWERS: dict[str, Drawer] = {
    "missed-lens": _missed_lens,
    "at-rest": _at_rest,
    "traffic": _traffic,
    "slipped-gear": _slipped_gear,
    "long-orbit": _long_orbit,
    "mirror": _mirror,
    "one-way": _one_way,
    "out-of-step": _out_of_step,
    "eclipse": _eclipse,
}
