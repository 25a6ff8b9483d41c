"""The charts of visitor flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.catalogue.house_limits import Limits
from ticketing.flow.planning import DayPlan
from ticketing.flow.today import FlowToday, Moment
from ticketing.web import edge
from ticketing.web.office import charts
from ticketing.web.office.charts import Bar, Chart, Frame, Mark
from ticketing.web.pages import gettext as _

QUARTER = timedelta(minutes=15)


def inside_chart(today: FlowToday) -> Chart:
    """Draw who was, is and will be inside, with the band of 80 % and the limits."""
    now = Moment(today.at, today.inside.estimate.mean, *today.inside.band)
    past = [*today.past, now] if today.opens_at <= today.at < today.closes_at else list(today.past)
    begin = min([today.opens_at, *(moment.at for moment in today.past)])
    return curve_chart((begin, today.closes_at), past, today.coming, today.limits, today.at)


@dataclass(frozen=True, slots=True)
class Gauge:
    """How full the house is, along a bar 1000 long that ends at the room for visitors."""

    filled: int
    low: int
    high: int
    sales: int | None  # up to where we sell; None: up to its end


def gauge(today: FlowToday) -> Gauge | None:
    """Measure people inside, with their band, on the room for visitors; None while no limit is set."""
    if today.limits is None:
        return None
    room, (low, high) = today.limits.visitors, today.inside.band

    def place(people: float) -> int:
        return round(1000 * min(1.0, max(0.0, people / room)))

    sales = place(today.limits.sales) if today.limits.sales < room else None
    return Gauge(place(today.inside.estimate.mean), place(low), place(high), sales)


def curve_chart(
    span: tuple[datetime, datetime],
    past: Sequence[Moment],
    coming: Sequence[Moment],
    limits: Limits | None,
    now: datetime | None = None,
) -> Chart:
    """Draw a day's curve of people inside."""
    highs = [moment.high for moment in (*past, *coming)]
    shape, up = charts.frame(*span, [*highs, *([limits.visitors * 1.05] if limits else [])])
    lines = tuple(
        (name, shape.line([(moment.at, moment.mean) for moment in some]))
        for name, some in (("line-known", past), ("line-expected", coming))
        if len(some) > 1
    )
    is_shown = now is not None and span[0] <= now <= span[1]
    return Chart(
        _clock_marks(shape, span), up, lines,
        shape.area([(moment.at, moment.low, moment.high) for moment in coming]) if len(coming) > 1 else "",
        levels=_levels(shape, limits), now=shape.x(now) if is_shown and now else None,
    )  # fmt: skip


def plan_chart(plan: DayPlan) -> Chart:
    """Draw who would be inside if everything were sold, as it is and as it is planned, and who is booked."""
    limit = plan.terms.house.limit
    span = (plan.opens_at, plan.closes_at)
    curves = (("line-known", plan.now_curve), ("line-expected", plan.plan_curve), ("line-booked", plan.booked_curve))
    highs = [moment.high for _, curve in curves for moment in curve]
    shape, up = charts.frame(*span, [*highs, limit * 1.05])
    lines = tuple((name, shape.line([(moment.at, moment.mean) for moment in curve])) for name, curve in curves)
    band = shape.area([(moment.at, moment.low, moment.high) for moment in plan.plan_curve])
    levels = (Mark(shape.y(limit), _("limit: %(people)s", people=limit)),)
    return Chart(_clock_marks(shape, span), up, lines, band, levels=levels)


def arrivals_chart(today: FlowToday) -> Chart:
    """Draw who came in each quarter of an hour as bars, and who was expected as a line."""
    begin, end = today.quarters[0].at, today.quarters[-1].at + QUARTER
    numbers = [max(quarter.came or 0, quarter.expected) for quarter in today.quarters]
    shape, up = charts.frame(begin, end, numbers)
    foot, width = shape.y(0), shape.x(begin + QUARTER) - shape.x(begin)
    bars = tuple(
        Bar(round(shape.x(quarter.at) + width * 0.12, 1), shape.y(quarter.came), round(width * 0.76, 1),
            round(foot - shape.y(quarter.came), 1))
        for quarter in today.quarters
        if quarter.came
    )  # fmt: skip
    expected = [(quarter.at + QUARTER / 2, quarter.expected) for quarter in today.quarters]
    is_now = begin <= today.at <= end
    return Chart(
        _clock_marks(shape, (begin, end)), up, (("line-expected", shape.line(expected)),), bars=bars,
        now=shape.x(today.at) if is_now else None,
    )  # fmt: skip


def _clock_marks(shape: Frame, span: tuple[datetime, datetime]) -> tuple[Mark, ...]:
    return charts.hours(shape, [(at, f"{edge.local(at).hour}") for at in charts.whole_hours(*span)])


def _levels(shape: Frame, limits: Limits | None) -> tuple[Mark, ...]:
    if limits is None:
        return ()
    marks = [Mark(shape.y(limits.visitors), _("room for visitors: %(people)s", people=limits.visitors))]
    if limits.sales < limits.visitors:
        marks.append(Mark(shape.y(limits.sales), _("we sell up to %(people)s", people=limits.sales)))
    return tuple(marks)
