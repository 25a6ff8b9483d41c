"""The same physics as the large drawings, in a few strokes: small beside a name in a list."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi, sin

from ticketing.content.drawings import as_svg
from ticketing.content.outlines import ellipse, wheel
from ticketing.foundation.shapes import Disc, Line, Ring, Shape

SIDE = 48.0


def svg(kind: str) -> str:
    """Return the emblem of a kind of drawing; of a kind without one, that of interference."""
    return as_svg(f"emblem-{kind}", STROKES.get(kind, _interference)(), SIDE, SIDE)


def _interference() -> Iterator[Shape]:
    for radius in (10, 16, 22, 28):
        yield Ring(16, 19, radius, 1.6, "soft")
        yield Ring(33, 30, radius, 1.6, "ink")
    yield Disc(33, 30, 6, "spark")
    yield Disc(16, 19, 4, "ultra")


def _field() -> Iterator[Shape]:
    for bend in (-19, -10, 0, 10, 19):
        points = tuple((12 + 24 * step / 12, 24 + bend * sin(pi * step / 12)) for step in range(13))
        yield Line(points, 1.8, "ink")
    yield Disc(12, 24, 5, "spark")
    yield Disc(36, 24, 5, "ultra")


def _refraction() -> Iterator[Shape]:
    yield Disc(20, 24, 12, "sun")
    yield Ring(20, 24, 12, 1.6, "ink")
    for offset in (-8, 0, 8):
        yield Line(((0, 24 + offset), (20, 24 + offset), (48, 24 - offset * 0.6)), 1.8, "ink" if offset else "ultra")


def _orbits() -> Iterator[Shape]:
    for axis, turn in ((9, 0.4), (15, 2.2), (21, 1.1)):
        yield Line(ellipse((24, 24), axis, 0.3, turn, steps=24), 1.6, "ink", is_closed=True)
    yield Disc(24, 24, 4.5, "spark")
    yield Disc(40, 14, 2.6, "ultra")


def _gears() -> Iterator[Shape]:
    for x, y, radius, teeth, tone in ((17, 20, 11, 10, "spark"), (35, 34, 7, 7, "ultra")):
        yield Line(wheel(x, y, radius, teeth), 1.8, "ink", is_closed=True)
        yield Disc(x, y, radius * 0.36, tone)


def _spectrum() -> Iterator[Shape]:
    yield Line(((0, 36), (17, 23)), 2, "ink")
    for number, tone in enumerate(("spark", "sun", "ink", "ultra")):
        yield Line(((26, 22), (48, 20 + number * 7)), 2, tone)
    yield Line(((20, 10), (33, 34), (7, 34)), 2, "ink", is_closed=True)


def _waves() -> Iterator[Shape]:
    for base, tone in ((12, "ink"), (24, "ultra"), (36, "ink")):
        points = tuple((2 * step, base - 5 * sin(step * 0.55) * sin(pi * step / 24)) for step in range(25))
        yield Line(points, 2, tone)
    yield Disc(39, 12, 4, "spark")


def _lissajous() -> Iterator[Shape]:
    angles = [2 * pi * step / 48 for step in range(48)]
    yield Line(tuple((24 + 19 * sin(3 * at + 0.5), 24 + 19 * sin(2 * at)) for at in angles), 1.8, "ink", is_closed=True)
    yield Disc(24, 24, 4, "spark")


def _pendulum() -> Iterator[Shape]:
    for number, swing in enumerate((-0.5, -0.17, 0.17, 0.5)):
        bob = (24 + 34 * sin(swing), 34 * cos(swing))
        yield Line(((24, 0), bob), 1.6, "ink")
        yield Disc(*bob, 4, "spark" if number % 2 else "ultra")


STROKES = {
    "interference": _interference,
    "field": _field,
    "refraction": _refraction,
    "orbits": _orbits,
    "gears": _gears,
    "spectrum": _spectrum,
    "waves": _waves,
    "lissajous": _lissajous,
    "pendulum": _pendulum,
}
