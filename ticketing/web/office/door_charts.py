"""The charts of the door board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from ticketing.door.queries import SlotToday
from ticketing.web.office import charts
from ticketing.web.office.charts import LEFT, RIGHT, WIDTH, Bar, Chart, Frame, Mark

MINUTE = timedelta(minutes=1)
MARKED = 15  # minutes
MOST_SLOTS_NAMED = 6
GAP = 0.1  # of a bar's width, on either side


def minute_chart(by_minute: Sequence[int], now: datetime, clock: Callable[[datetime], str]) -> Chart:
    """Draw a bar for each minute until now; the newest is at the right."""
    begin = now - len(by_minute) * MINUTE
    shape, up = charts.frame(begin, now, by_minute)
    minutes = [begin + number * MINUTE for number in range(len(by_minute))]
    width = shape.x(begin + MINUTE) - shape.x(begin)
    bars = [_bar(shape, shape.x(at), width, number) for at, number in zip(minutes, by_minute, strict=True) if number]
    return Chart(tuple(Mark(shape.x(at), clock(at)) for at in minutes[::MARKED]), up, bars=tuple(bars))


def slot_chart(slots: Sequence[SlotToday], clock: Callable[[datetime], str]) -> Chart:
    """Draw what was sold of each slot as an outline, and who of them came as a bar in it."""
    shape, up = charts.frame(slots[0].starts_at, slots[-1].ends_at, [slot.sold for slot in slots])
    width = (WIDTH - LEFT - RIGHT) / len(slots)
    places = [(LEFT + number * width, slot) for number, slot in enumerate(slots)]
    named = places[:: max(1, round(len(slots) / MOST_SLOTS_NAMED))]
    return Chart(
        tuple(Mark(round(at + width / 2, 1), clock(slot.starts_at)) for at, slot in named), up,
        bars=tuple(_bar(shape, at, width, slot.admitted) for at, slot in places if slot.admitted),
        outlines=tuple(_bar(shape, at, width, slot.sold) for at, slot in places if slot.sold),
    )  # fmt: skip


def _bar(shape: Frame, at: float, width: float, number: int) -> Bar:
    top = shape.y(number)
    return Bar(round(at + GAP * width, 1), top, round((1 - 2 * GAP) * width, 1), round(shape.y(0) - top, 1))
