"""What the day's figures advise, and how full past weeks were; by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ticketing.catalogue.house_limits import Limits
from ticketing.door.verdict import Reason
from ticketing.flow import gate_flow
from ticketing.flow.advice import Act, Advice, advice_for
from ticketing.flow.chances import Estimate
from ticketing.flow.day_loading import GateScan
from ticketing.flow.fullness import Cell, Measure, PastSlot, cells_inside, cells_of
from ticketing.flow.gate_flow import GateFlow
from ticketing.flow.habits import Habits
from ticketing.flow.occupancy import Inside, Source
from ticketing.flow.showing import PunctualitySeen
from ticketing.flow.stays import Fixed
from ticketing.flow.today import FlowToday, Moment, Quarter

NOON = datetime(2026, 5, 2, 12, tzinfo=UTC)
SOON = NOON + timedelta(minutes=30)
QUARTERS = tuple(Quarter(NOON + timedelta(minutes=15 * number), came, 30.0)
                 for number, came in ((-2, 25), (-1, 24), (0, 3), (1, None)))  # fmt: skip
CALM = FlowToday(
    NOON, NOON - timedelta(hours=2), NOON + timedelta(hours=5), True,
    Inside(Estimate(100, 25), Source.BOTH, Estimate(101, 40), Estimate(99, 30), 0.02, None), None, 5.0, Limits(500),
    Limits(500).light(100), (), (), Moment(SOON, 150, 140, 160), QUARTERS, (), PunctualitySeen(0, 1, 0, None),
    (GateFlow("Main", 20, 6.0, 0, {}),), 1, Habits(), 10,
)  # fmt: skip


def inside(people: float, **changes) -> Inside:
    return replace(CALM.inside, estimate=Estimate(people, 25), **changes)


@pytest.mark.parametrize(
    ("today", "advice"),
    [
        (CALM, [Advice(Act.NOTHING)]),
        (replace(CALM, inside=inside(500), light=Limits(500).light(500)), [Advice(Act.STOP)]),
        (replace(CALM, inside=inside(480), light=Limits(500).light(480)), [Advice(Act.HOLD, 20)]),
        (replace(CALM, inside=replace(inside(0), estimate=Estimate(460, 400))), [Advice(Act.HOLD, 40)]),  # ± 40
        (replace(CALM, inside=inside(100, by_model=Estimate(200, 25))), [Advice(Act.COUNT)]),
        (replace(CALM, inside=inside(100, age_hours=0.5)), [Advice(Act.LISTEN, 30)]),
        (replace(CALM, inside=inside(100, age_hours=0.08)), [Advice(Act.NOTHING)]),  # 10 people were expected since
        (replace(CALM, inside=inside(100, age_hours=0.1)), [Advice(Act.LISTEN, 6)]),  # 12: three parties, and none came
        (replace(CALM, lanes_next=3), [Advice(Act.LANES, 3)]),
        (replace(CALM, peak=Moment(SOON, 490, 470, 510)), [Advice(Act.PEAK, 490, SOON)]),
        (replace(CALM, peak=Moment(NOON + timedelta(hours=3), 490, 470, 510)), [Advice(Act.NOTHING)]),
        (replace(CALM, limits=None, light=None, lanes_next=2), [Advice(Act.SET_LIMITS), Advice(Act.LANES, 2)]),
    ],
)
def test_what_to_do_now(today: FlowToday, advice: list[Advice]) -> None:
    assert advice_for(today) == advice


def test_how_full_an_hour_was() -> None:
    saturday, week_later = date(2026, 5, 2), date(2026, 5, 9)
    slots = [
        PastSlot(saturday, 10.0, 0.5, 100, 80, 60),
        PastSlot(saturday, 10.5, 0.5, 100, 100, 90),
        PastSlot(week_later, 10.0, 0.5, 100, 20, 0),
        PastSlot(week_later, 14.0, 0.5, 0, 0, 0),
    ]

    assert cells_of(slots, Measure.SOLD) == {(5, 10): Cell(200 / 300, 3, 2)}
    assert cells_of(slots, Measure.CAME) == {(5, 10): Cell(0.5, 3, 2)}
    assert cells_inside(slots, Habits(), 0) == {}
    of_hours = cells_inside(slots, Habits(stay=Fixed(1.0)), 200)
    assert of_hours[5, 13] == Cell(0.0, 2, 1)  # a fixed stay of an hour: only the week later was open so long
    assert 0.2 < of_hours[5, 10].share < 0.375  # two days, of which nobody came on one
    assert cells_inside(slots[:1], Habits(stay=Fixed(9.0)), 60)[5, 10].share == pytest.approx(0.93, abs=0.01)


def test_a_gate_without_a_pause_is_busy_and_says_how_long_a_lane_takes() -> None:
    at, scans = NOON, []
    for seconds in (0, 6, 6, 6, 6, 6, 6, 40, 0.4, 7):  # a row of six, a pause, two of a party together
        at += timedelta(seconds=seconds)
        scans.append(GateScan("Main", at, None))
    scans.append(GateScan("Side", NOON, Reason.ALREADY_USED))

    main, side = gate_flow.gate_flows(scans)

    assert (main.scans, main.median_gap_seconds, main.busy_minutes, main.per_minute) == (10, 6, 1, pytest.approx(2 / 3))
    assert (side.median_gap_seconds, side.busy_minutes, side.refused) == (None, 0, {Reason.ALREADY_USED: 1})
    assert gate_flow.service_seconds(scans) == 6
    assert gate_flow.service_seconds(scans[:3]) == gate_flow.USUAL_SECONDS
