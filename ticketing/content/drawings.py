"""Drawings made of physics itself: one formula each, different on every page, the same on every visit.

Tones are names ("ink", "soft", "spark", "ultra", "sun") that style sheets and tickets turn into colours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import cos, hypot, pi, sin, sqrt
from random import Random

from ticketing.content import mishaps
from ticketing.content.outlines import ellipse, wheel
from ticketing.foundation.shapes import Disc, Line, Ring, Shape

Drawer = Callable[[Random, float, float], Iterator[Shape]]


def shapes(kind: str, seed: int, width: float, height: float) -> tuple[Shape, ...]:
    """Draw a kind of physics in a frame of so many units; the same seed is the same drawing. Raises KeyError."""
    return tuple(DRAWERS[kind](Random(seed), width, height))


def svg(kind: str, seed: int, width: float, height: float) -> str:
    """Return the drawing as decoration for a page: classes, no styles, hidden from screen readers."""
    return as_svg(kind, shapes(kind, seed, width, height), width, height)


def as_svg(kind: str, drawn: Iterable[Shape], width: float, height: float) -> str:
    """Return shapes as decoration for a page."""
    parts = "".join(_element(shape) for shape in drawn)
    return (
        f'<svg class="drawing drawing-{kind}" viewBox="0 0 {width:g} {height:g}" '
        f'preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">{parts}</svg>'
    )


def _element(shape: Shape) -> str:
    if isinstance(shape, Disc):
        return f'<circle class="fill-{shape.tone}" cx="{shape.x:.4g}" cy="{shape.y:.4g}" r="{shape.radius:.4g}"/>'
    if isinstance(shape, Ring):
        return (
            f'<circle class="line-{shape.tone}" stroke-width="{shape.weight:g}" '
            f'cx="{shape.x:.4g}" cy="{shape.y:.4g}" r="{shape.radius:.4g}"/>'
        )
    path = "M" + "L".join(f"{x:.4g} {y:.4g}" for x, y in shape.points) + ("Z" if shape.is_closed else "")
    return f'<path class="line-{shape.tone}" stroke-width="{shape.weight:g}" d="{path}"/>'


def _interference(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Two sources, one wavelength each: circles that meet."""
    step = min(width, height) / 16
    left = (width * random.uniform(0.3, 0.4), height * random.uniform(0.2, 0.3))
    right = (width * random.uniform(0.66, 0.76), height * random.uniform(0.36, 0.46))
    reach = hypot(width, height)
    for number in range(2, int(reach / step)):
        yield Ring(*left, number * step, 2.5, "soft")
        yield Ring(*right, number * step, 2.5, "ink")
    yield Disc(*right, step * 1.9, "spark")
    yield Disc(*left, step * 0.8, "ultra")


def _field(random: Random, width: float, height: float) -> Iterator[Shape]:
    """The field of two poles: lines follow the sum of both pulls."""
    poles = ((width * 0.34, height * random.uniform(0.45, 0.55), 1.0), (width * 0.68, height * 0.5, -1.0))
    size = min(width, height)
    for number in range(18):
        angle = 2 * pi * (number + 0.5) / 18
        points = [(poles[0][0] + size * 0.07 * cos(angle), poles[0][1] + size * 0.07 * sin(angle))]
        for _ in range(140):
            points.append(_pulled(points[-1], poles, size / 40))
            if hypot(points[-1][0] - poles[1][0], points[-1][1] - poles[1][1]) < size * 0.07:
                break
        yield Line(tuple(points[::4] + points[-1:]), 2.5, "ink")
    yield Disc(poles[0][0], poles[0][1], size * 0.07, "spark")
    yield Disc(poles[1][0], poles[1][1], size * 0.07, "ultra")


def _pulled(
    point: tuple[float, float], poles: tuple[tuple[float, float, float], ...], step: float
) -> tuple[float, float]:
    pull_x = pull_y = 0.0
    for x, y, charge in poles:
        distance = max(hypot(point[0] - x, point[1] - y), 1e-6)
        pull_x += charge * (point[0] - x) / distance**3
        pull_y += charge * (point[1] - y) / distance**3
    strength = max(hypot(pull_x, pull_y), 1e-12)
    return point[0] + step * pull_x / strength, point[1] + step * pull_y / strength


def _refraction(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Parallel rays through a round lens: bent by Snell's law on the way in and out."""
    radius, centre_x, centre_y = height * 0.3, width * 0.42, height * random.uniform(0.46, 0.54)
    yield Disc(centre_x, centre_y, radius, "sun")
    yield Ring(centre_x, centre_y, radius, 3, "ink")
    for number in range(-8, 9):
        offset = number / 9 * radius
        enters = centre_x - sqrt(radius**2 - offset**2)
        bent = -offset * 0.55 / radius
        leaves = (centre_x + radius * cos(bent * 0.9), centre_y + offset * 0.42)
        slope = -offset / radius * 0.72
        far = width * 1.05
        yield Line(
            ((0, centre_y + offset), (enters, centre_y + offset), leaves, (far, leaves[1] + (far - leaves[0]) * slope)),
            2.5,
            "ultra" if number % 4 == 0 else "ink",
        )


def _orbits(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Ellipses about one focus, each with its planet (Kepler's first law)."""
    focus_x, focus_y, size = width * 0.45, height * 0.5, min(width, height)
    yield Disc(focus_x, focus_y, size * 0.09, "spark")
    for number in range(1, 9):
        axis, eccentricity = size * (0.12 + number * 0.105), random.uniform(0.1, 0.45)
        turn = random.uniform(0, pi)
        placed = ellipse((focus_x, focus_y), axis, eccentricity, turn)
        yield Line(placed, 2.5, "ink" if number % 2 else "soft", is_closed=True)
        planet = placed[random.randrange(72)]
        yield Disc(*planet, size * random.uniform(0.012, 0.03), ("ultra", "sun", "ink")[number % 3])


def _gears(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Wheels that mesh: radii go with numbers of teeth."""
    tooth = min(width, height) / 34
    x, y, before = width * 0.2, height * random.uniform(0.5, 0.6), 0.0
    for place, teeth in enumerate((22, 12, 17, 9, 14)):
        radius = teeth * tooth / 2
        if before:
            lean = (-0.9, 0.55, -0.6, 0.8)[place - 1]
            x, y = x + (before + radius + tooth * 0.4) * cos(lean), y + (before + radius + tooth * 0.4) * sin(lean)
        before = radius
        yield Line(wheel(x, y, radius, teeth), 3, "ink", is_closed=True)
        yield Ring(x, y, radius * 0.62, 2.5, "soft")
        yield Disc(x, y, radius * 0.24, ("spark", "ultra", "sun")[place % 3])


def _spectrum(random: Random, width: float, height: float) -> Iterator[Shape]:
    """One ray in, a fan out of the prism: shorter waves are bent more."""
    side, x, y = height * 0.62, width * 0.38, height * random.uniform(0.5, 0.56)
    corners = ((x, y - side * 0.58), (x + side / 2, y + side * 0.29), (x - side / 2, y + side * 0.29))
    inside, out = (x - side * 0.22, y - side * 0.1), (x + side * 0.2, y - side * 0.12)
    yield Line(((0, height * 0.78), inside), 4, "ink")
    for number in range(15):
        bend = 0.1 + number * 0.045
        far = width * 1.05
        tone = ("spark", "sun", "ink", "ultra", "ink")[number // 3]
        yield Line((inside, (out[0], out[1] + number * 1.5), (far, out[1] + (far - out[0]) * bend)), 3, tone)
    yield Line(corners, 4, "ink", is_closed=True)


def _waves(random: Random, width: float, height: float) -> Iterator[Shape]:
    """A packet that travels: a sine under a bell, line under line."""
    for number in range(15):
        centre = width * (0.3 + 0.4 * number / 14 + random.uniform(-0.02, 0.02))
        base = height * (number + 0.7) / 15.4
        points = []
        for step in range(57):
            x = width * step / 56
            swell = height * 0.085 * 2.718 ** (-(((x - centre) / (width * 0.16)) ** 2))
            points.append((x, base - swell * sin(x / width * 46)))
        yield Line(tuple(points), 2.5, "ultra" if number == 7 else "ink")
    yield Disc(width * 0.8, height * 0.24, min(width, height) * 0.1, "spark")


def _lissajous(random: Random, width: float, height: float) -> Iterator[Shape]:
    """Two swings at right angles, in whole-number ratios."""
    for number, (across, down) in enumerate(((3, 2), (3, 4), (5, 4))):
        phase, shrink = random.uniform(0.2, 1.3), 1 - number * 0.16
        points = tuple(
            (
                width * (0.5 + 0.46 * shrink * sin(across * 2 * pi * step / 240 + phase)),
                height * (0.5 + 0.44 * shrink * sin(down * 2 * pi * step / 240)),
            )
            for step in range(240)
        )
        yield Line(points, 3, ("ink", "ultra", "soft")[number], is_closed=True)
    yield Disc(width * 0.5, height * 0.5, min(width, height) * 0.08, "spark")


def _pendulum(random: Random, width: float, height: float) -> Iterator[Shape]:
    """A row of pendulums whose lengths make them drift apart and meet again."""
    moment = random.uniform(5, 9)
    for number in range(15):
        x = width * (0.08 + 0.84 * number / 14)
        length = height * (0.9 - 0.034 * number)
        swing = 0.34 * cos(2 * pi * moment * (20 + number) / 60)
        bob = (x + length * sin(swing), length * cos(swing))
        yield Line(((x, 0), bob), 2.5, "soft")
        yield Disc(*bob, min(width, height) * 0.033, ("ink", "spark", "ultra")[number % 3])


DRAWERS: dict[str, Drawer] = {
    "interference": _interference,
    "field": _field,
    "refraction": _refraction,
    "orbits": _orbits,
    "gears": _gears,
    "spectrum": _spectrum,
    "waves": _waves,
    "lissajous": _lissajous,
    "pendulum": _pendulum,
    **mishaps.DRAWERS,
}
