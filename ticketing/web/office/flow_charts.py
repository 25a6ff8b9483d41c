"""The charts of visitor flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ticketing.catalogue.fullness import Limits
from ticketing.flow.planning import DayPlan
from ticketing.flow.staffing import Staffing
from ticketing.flow.today import FlowToday, Moment
from ticketing.flow.weeks_ahead import DayAhead
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


def forecast_chart(days: Sequence[DayAhead]) -> Chart:
    """Draw each day's band with the middle in it, and before it what is booked; a closed day stays blank."""
    moments = [_noon(each.forecast.local_date) for each in days]
    begin, end = moments[0] - timedelta(hours=12), moments[-1] + timedelta(hours=12)
    shape, up = charts.frame(begin, end, [max(each.forecast.high, each.booked) for each in days])
    wide = shape.x(moments[0]) - shape.x(begin)
    open_days = [(at, each) for at, each in zip(moments, days, strict=True) if each.forecast.is_open]
    half = timedelta(hours=10)
    bands = tuple(_bar(shape, (at, wide * 0.84), (day.forecast.low, day.forecast.high)) for at, day in open_days)
    return Chart(
        tuple(Mark(shape.x(at), _day_and_month(at)) for at in moments if at.weekday() == 0), up,
        tuple(("line-known", shape.line([(at - half, each.forecast.mid), (at + half, each.forecast.mid)]))
              for at, each in open_days),
        outlines=bands,
        bars=tuple(_bar(shape, (at, wide * 0.5), (0, each.booked)) for at, each in open_days if each.booked),
    )  # fmt: skip


def lanes_chart(found: Staffing) -> Chart:
    """Draw the lanes of each quarter of an hour."""
    return _quarters_chart(found, [float(each.lanes) for each in found.quarters])


def people_chart(found: Staffing) -> Chart:
    """Draw who is expected at the gates in each quarter of an hour."""
    return _quarters_chart(found, [each.people for each in found.quarters])


def _quarters_chart(found: Staffing, numbers: Sequence[float]) -> Chart:
    begin, end = found.quarters[0].at, found.quarters[-1].at + QUARTER
    shape, up = charts.frame(begin, end, numbers)
    wide = (shape.x(begin + QUARTER) - shape.x(begin)) / 2
    bars = tuple(
        _bar(shape, (each.at + QUARTER / 2, wide * 0.76), (0, number))
        for each, number in zip(found.quarters, numbers, strict=True)
        if number
    )
    return Chart(_clock_marks(shape, (begin, end)), up, bars=bars)


def _bar(shape: Frame, across: tuple[datetime, float], between: tuple[float, float]) -> Bar:
    """Return a bar around a moment, so wide to either side, from one number up to another."""
    (at, wide), (low, high) = across, between
    return Bar(
        round(shape.x(at) - wide, 1), shape.y(high), round(2 * wide, 1), round(shape.y(low) - shape.y(high), 1)
    )  # fmt: skip


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _day_and_month(day: datetime) -> str:
    return f"{day.day}.{day.month}." if edge.language() == "de" else f"{day.day}/{day.month}"


def _clock_marks(shape: Frame, span: tuple[datetime, datetime]) -> tuple[Mark, ...]:
    return charts.hours(shape, [(at, f"{edge.local(at).hour}") for at in charts.whole_hours(*span)])


def _levels(shape: Frame, limits: Limits | None) -> tuple[Mark, ...]:
    if limits is None:
        return ()
    marks = [Mark(shape.y(limits.visitors), _("room for visitors: %(people)s", people=limits.visitors))]
    if limits.sales < limits.visitors:
        marks.append(Mark(shape.y(limits.sales), _("we sell up to %(people)s", people=limits.sales)))
    return tuple(marks)
