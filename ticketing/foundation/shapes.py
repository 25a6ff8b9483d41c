"""The few shapes our drawings are made of; as SVG on pages, as PDF on tickets. Lengths in their own units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle's line."""

    x: float
    y: float
    radius: float
    weight: float
    tone: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; closed ones return to the first."""

    points: tuple[tuple[float, float], ...]
    weight: float
    tone: str
    is_closed: bool = False


Shape = Ring | Disc | Line
