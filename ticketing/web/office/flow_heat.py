"""The map of how full each hour of each weekday was: squares ever darker, the number in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ticketing.flow import fullness
from ticketing.flow.fullness import WEEKS, Fullness, Measure
from ticketing.web import edge
from ticketing.web.office.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Mark
from ticketing.web.pages import N_, weekday_names

LEVELS = (20, 40, 60, 80)  # percent from which on a square is one step darker
FULL = 95  # percent from which on it has an edge as well
GAP = 1.5
MEASURES = {
    Measure.SOLD: N_("sold, of the places"),
    Measure.CAME: N_("came, of the places"),
    Measure.INSIDE: N_("inside at the fullest moment, of the room for visitors"),
}


@dataclass(frozen=True, slots=True)
class Square:
    """One square of the map, its step of darkness, and the percentage in it."""

    x: float
    y: float
    level: int
    is_full: bool
    percent: int
    slots: int
    days: int

    @property
    def kind(self) -> str:
        """How it is drawn."""
        return f"heat-{self.level}{' heat-full' if self.is_full else ''}"


@dataclass(frozen=True)
class HeatMap:
    """A map ready to be drawn and to be told as a table: rows are weekdays, a place is empty where nothing was."""

    fullness: Fullness
    at: datetime
    names: tuple[str, ...]
    hours: tuple[int, ...]
    rows: tuple[tuple[Square | None, ...], ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    width: float
    height: float


def heat_map(asked: Mapping[str, str]) -> HeatMap:
    """Load and draw the map that an address asks for; of four weeks and of what was sold unless told otherwise."""
    measure = Measure(asked["heat"]) if asked.get("heat") in set(Measure) else Measure.SOLD
    weeks = next((each for each in WEEKS if str(each) == asked.get("weeks")), WEEKS[0])
    with edge.reading() as reading:
        found = fullness.find_fullness(reading, weeks, measure, zone=edge.services().zone, now=edge.now())
    return drawn(found, edge.now())


def drawn(found: Fullness, at: datetime) -> HeatMap:
    """Draw a map."""
    hours, days = found.hours, weekday_names()
    width = (WIDTH - LEFT - RIGHT) / max(1, len(hours))
    height = (HEIGHT - TOP - BOTTOM) / len(days)
    rows = tuple(
        tuple(
            _square(found, (weekday, hour), LEFT + place * width, TOP + weekday * height)
            for place, hour in enumerate(hours)
        )
        for weekday in range(len(days))
    )
    across = tuple(Mark(round(LEFT + (place + 0.5) * width, 1), str(hour)) for place, hour in enumerate(hours))
    up = tuple(Mark(round(TOP + (number + 0.5) * height, 1), day.short) for number, day in enumerate(days))
    return HeatMap(found, at, tuple(day.name for day in days), tuple(hours), rows, across, up,
                   round(width - GAP, 1), round(height - GAP, 1))  # fmt: skip


def _square(found: Fullness, hour: tuple[int, int], x: float, y: float) -> Square | None:
    cell = found.cells.get(hour)
    if cell is None:
        return None
    percent = round(100 * cell.share)
    level = sum(percent >= each for each in LEVELS)
    return Square(round(x, 1), round(y, 1), level, percent >= FULL, percent, cell.slots, cell.days)
