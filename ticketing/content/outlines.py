"""Outlines that several drawings share, as points."""

from __future__ import annotations

from math import cos, exp, pi, sin

Points = tuple[tuple[float, float], ...]


def wheel(x: float, y: float, radius: float, teeth: int, turn: float = 0.0) -> Points:
    """Return the rim of a toothed wheel; the number of teeth says how large they are, `turn` is in radians."""
    tooth, points = 2 * radius / teeth, []
    for number in range(teeth):
        for part, height in ((0.05, 0.0), (0.25, 1.0), (0.5, 1.0), (0.7, 0.0)):
            angle, reach = turn + 2 * pi * (number + part) / teeth, radius + tooth * 0.8 * height
            points.append((x + reach * cos(angle), y + reach * sin(angle)))
    return tuple(points)


def ellipse(focus: tuple[float, float], axis: float, eccentricity: float, turn: float, steps: int = 72) -> Points:
    """Return an orbit about its focus: the long half axis, how far from round, and how it lies (radians)."""
    x, y = focus
    points = []
    for step in range(steps):
        angle = 2 * pi * step / steps
        distance = axis * (1 - eccentricity**2) / (1 + eccentricity * cos(angle))
        points.append((x + distance * cos(angle + turn), y + distance * sin(angle + turn)))
    return tuple(points)


def packet(base: float, centre: float, spread: float, swell: float, width: float) -> Points:
    """Return a wave that rises and dies under a bell, across the whole width."""
    return tuple(
        (x, base - swell * exp(-(((x - centre) / spread) ** 2)) * sin((x - centre) / spread * 6))
        for x in (width * step / 64 for step in range(65))
    )
