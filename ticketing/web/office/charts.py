"""Charts as numbers a template can draw: no script, no style of their own, readable in both themes.

Units are those of the drawing: 460 wide, so that its words stay readable on a phone. Each chart stands above a table
that says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 14, 28
NICE = (1, 2, 2.5, 5, 10)
MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at a place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """A chart ready to be drawn; `levels` are horizontal lines with their words, `now` is where the present stands."""

    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    lines: tuple[tuple[str, str], ...] = ()  # class of the line, its points
    band: str = ""
    bars: tuple[Bar, ...] = ()
    outlines: tuple[Bar, ...] = ()  # behind the bars: what they are a part of
    levels: tuple[Mark, ...] = ()
    now: float | None = None


@dataclass(frozen=True)
class Frame:
    """What part of time and how many people a chart shows."""

    begin: datetime
    end: datetime
    most: float

    def x(self, at: datetime) -> float:
        """Return how far across an instant stands."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((at - self.begin) / (self.end - self.begin)), 1)

    def y(self, number: float) -> float:
        """Return how far down a number stands."""
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / self.most, 1)

    def line(self, points: Sequence[tuple[datetime, float]]) -> str:
        """Return points of a line."""
        return " ".join(f"{self.x(at)},{self.y(number)}" for at, number in points)

    def area(self, points: Sequence[tuple[datetime, float, float]]) -> str:
        """Return points around a band, along its top and back along its foot."""
        top = [(at, high) for at, _, high in points]
        return self.line([*top, *((at, low) for at, low, _ in reversed(points))])


def frame(begin: datetime, end: datetime, numbers: Sequence[float]) -> tuple[Frame, tuple[Mark, ...]]:
    """Choose a scale on which all these numbers stand, and its marks at round numbers."""
    highest = max([1.0, *numbers])
    step = _nice(highest / MOST_STEPS)
    count = int(-(-highest // step))
    made = Frame(begin, end, step * count)
    return made, tuple(Mark(made.y(step * number), f"{step * number:g}") for number in range(count + 1))


def hours(shape: Frame, clock: Sequence[tuple[datetime, str]]) -> tuple[Mark, ...]:
    """Return marks for hours, not nearer to one another than their words are wide."""
    every = max(1, round(len(clock) / 8))
    return tuple(Mark(shape.x(at), label) for at, label in clock[::every])


def whole_hours(begin: datetime, end: datetime) -> list[datetime]:
    """Return the full hours between two instants."""
    first = begin.replace(minute=0, second=0, microsecond=0)
    first += timedelta(hours=1) if first < begin else timedelta()
    return [first + timedelta(hours=hour) for hour in range(int((end - first) / timedelta(hours=1)) + 1)]


def _nice(least: float) -> float:
    power = 1.0
    while power * 10 <= least:
        power *= 10
    return next(each * power for each in NICE if each * power >= least) if least > 1 else 1.0
