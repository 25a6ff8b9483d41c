"""Grades of everything that estimates visitor flow, against days whose truth is known (operations/simulated_days.py).

`grade(days)` learns from a first stretch of days and is judged on the rest; the suite runs a short one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from bench import forecasts, hindsight, release
from bench.release import CLOSES, GRACE, LIMIT, MISSES_OUT, OPENS, STARTS, WIDTH, passings
from bench.report import Report
from ticketing.flow import ahead, forecast, habits, plans
from ticketing.flow.ahead import DueSlot
from ticketing.flow.day_types import Day
from ticketing.flow.forecast import CURVE_DAYS, PastDay, Score
from ticketing.flow.habits import Habits, StaySeen
from ticketing.flow.occupancy import DayCounts, Passing, inside_now
from ticketing.flow.outlook import empty_outlook
from ticketing.flow.plans import Asked, House
from ticketing.flow.showing import Offset, ShowRate, punctuality_of
from ticketing.operations import demo_calendar, simulated_days
from ticketing.operations.simulated_days import Crowd, DayTruth, Offered

MEAN_PEOPLE = 1300.0  # of a day whose share is 1
LEARNT_DAYS = 28
FIRST = date(2026, 1, 1)
CUT = 0.2  # hours before closing from which on a stay was cut short
GRADED_DAYS = 200
MOST_OVER = 0.01  # of days, over the limit


def measure(report: Report) -> None:
    """Grade occupancy, plans and forecasts over 200 days each."""
    report.heading(f"visitor flow, {GRADED_DAYS} simulated days")
    days = simulated(LEARNT_DAYS + GRADED_DAYS, 7)
    usual = learnt(days[:LEARNT_DAYS])
    inside = grade_occupancy(days[LEARNT_DAYS:], usual)
    report.figure("inside now, within ± 2 sd", f"{inside.now:.1%}, sd {inside.now_sd:.1f} people")
    report.figure(
        "inside in one hour, in three, within the 80 % band", f"{inside.one_hour:.1%}, {inside.three_hours:.1%}"
    )
    report.mark("inside now within its band on >= 90 % of moments", holds=inside.now >= 0.9)
    plan = grade_plan(GRADED_DAYS, 11, usual)
    report.figure("capacities by start, planned", " ".join(map(str, plan.capacities)))
    report.figure("places a day, planned", f"{plan.places}; all sold, over the limit on {plan.over:.1%} of days")
    report.mark("days over the limit <= 1 %, with planned capacities", holds=plan.over <= MOST_OVER)
    best = best_in_hindsight(GRADED_DAYS, 11, plan)
    report.figure(
        "of the best plan in hindsight",
        f"{plan.places / best.places:.1%} of {best.places}, which is over on {best.over:.1%} of other days",
    )
    report.mark("planned >= 97 % of the best plan in hindsight", holds=plan.places >= 0.97 * best.places)
    late = release.grade(GRADED_DAYS, 13, usual)
    for name, sold in (("the fullest plan", late.planned), ("places released too", late.sold)):
        report.figure(f"{name}, sold a day", f"{sold:.0f}, {sold / late.clairvoyant:.1%} of who knows each day")
    report.figure(
        "over the limit, released",
        f"{late.over:.1%} of days; {late.most_inside:.0f} of {release.LIMIT} at the fullest, on average",
    )
    report.mark("days over the limit <= 1 %, with places released", holds=late.over <= 0.01)
    for score in forecast_scores(simulated(365, 3)):
        report.figure(
            f"forecast {score.lead} days ahead",
            f"WAPE {score.wape:.1%}, MASE {score.mase:.2f}, bias {score.bias:+.1%}, in the band {score.coverage:.1%}",
        )
        if score.lead == 7:
            report.mark("MASE < 0.8 at seven days", holds=score.mase < 0.8)
            report.mark("75 to 85 % in the band at seven days", holds=0.75 <= score.coverage <= 0.85)
    forecasts.measure(report)


@dataclass(frozen=True, slots=True)
class SeenDay:
    """A day with what the house saw of it."""

    truth: DayTruth
    ins: tuple[Passing, ...]
    outs: tuple[Passing, ...]


def simulated(number: int, seed: int, *, capacities: Sequence[int] | None = None, crowd: float = 1.0) -> list[SeenDay]:
    """Let so many days pass; slots have these capacities, or more than anybody wants."""
    random = Random(seed)
    return [_day(FIRST + timedelta(days=offset), random, capacities or [900] * 13, crowd) for offset in range(number)]


def learnt(days: Sequence[SeenDay]) -> Habits:
    """Learn habits from days as the house saw them."""
    parties = [(day.truth, party) for day in days for party in day.truth.parties]
    came = [(truth, party) for truth, party in parties if party.comes is not None and party.leaves is not None]
    stays = [StaySeen(party.leaves - party.comes, party.leaves > CLOSES - CUT) for _, party in came]
    offsets = [Offset(party.comes - truth.offered[party.slot].hours, WIDTH) for truth, party in came]
    shows = ShowRate(sum(party.size for _, party in came), sum(party.size for _, party in parties))
    sizes = [party.size for _, party in came]
    factor, sd, number = habits.exits_of([(_people(day.ins), _people(day.outs)) for day in days])
    return Habits(
        shows, punctuality_of(offsets), len(offsets), habits.stay_of(stays), len(stays), factor, sd, number,
        habits.dispersion_seen(sizes), len(sizes),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OccupancyGrade:
    """Shares of moments: within two standard deviations now, within the 80 % band an hour and three hours later."""

    now: float
    now_sd: float
    one_hour: float
    three_hours: float


def grade_occupancy(days: Sequence[SeenDay], usual: Habits, *, every: float = 1 / 12) -> OccupancyGrade:
    """Look at every day again and again and compare what is said with the truth."""
    now, one, three, sds = [], [], [], []
    for day in days:
        at = OPENS + 0.5
        while at < CLOSES:
            counts = DayCounts(_until(day.ins, at), _until(day.outs, at), CLOSES)
            inside = inside_now(counts, usual, at)
            low, high = inside.band
            now.append(low <= day.truth.inside_at(at) <= high)
            sds.append(inside.estimate.sd)
            if round(at * 12) % 12 == 0:
                outlook = ahead.rest_of_day(inside, counts, bookings(day.truth, at), usual, at)
                for later, hits in ((12, one), (36, three)):
                    if later < len(outlook.hours):
                        band = outlook.at(later).quantile(0.1), outlook.at(later).quantile(0.9)
                        hits.append(band[0] - 0.5 <= day.truth.inside_at(at + later / 12) <= band[1] + 0.5)
            at += every
    return OccupancyGrade(_share(now), sum(sds) / len(sds), _share(one), _share(three))


@dataclass(frozen=True, slots=True)
class PlanGrade:
    """Capacities by start, and on which share of days they are over the limit when all is sold."""

    capacities: tuple[int, ...]
    over: float

    @property
    def places(self) -> int:
        """How many tickets a day that is."""
        return sum(self.capacities)


def grade_plan(number: int, seed: int, usual: Habits) -> PlanGrade:
    """Publish the fullest plan, from habits alone, and sell it out day after day."""
    start = ahead.start_of(DueSlot(0, 0.0, WIDTH, GRACE, 0, 0, 0), usual)
    asked = [Asked(replace(start, hours=hours - OPENS), release.MOST) for hours in STARTS]
    plan = plans.fullest(asked, House(LIMIT), empty_outlook(CLOSES - OPENS)).capacities
    days = hindsight.sold_out_days(number, Random(seed))
    return PlanGrade(plan, hindsight.share_over(days, plan))


def best_in_hindsight(number: int, seed: int, plan: PlanGrade) -> PlanGrade:
    """Grade the plan that would have sold the most on the days this one was graded on; `over` is of as many others."""
    days = hindsight.sold_out_days(number, Random(seed))
    best = hindsight.best_plan(days, plan.capacities, MOST_OVER)
    others = hindsight.sold_out_days(number, Random(seed + 1))
    return PlanGrade(tuple(best), hindsight.share_over(others, best))


def forecast_scores(days: Sequence[SeenDay]) -> list[Score]:
    """Score forecasts of these days, each as it would have been made from what was known then."""
    return forecast.judged([past_day(day.truth) for day in days])[1]


def past_day(truth: DayTruth) -> PastDay:
    """Return a day as history: who came, and what was booked so many days before."""
    booked = tuple(
        sum(party.size for party in truth.parties if party.lead_days >= lead) for lead in range(CURVE_DAYS + 1)
    )
    return PastDay(truth.day, truth.came, booked)


def bookings(truth: DayTruth, at: float) -> list[DueSlot]:
    """Return a day's slots with what was booked and used of them at a moment."""
    booked, shown = [0] * len(truth.offered), [0] * len(truth.offered)
    for party in truth.parties:
        booked[party.slot] += party.size
        if party.comes is not None and party.comes <= at:
            shown[party.slot] += party.size
    return [
        DueSlot(number, each.hours, each.width, each.admits_until, booked[number], shown[number], 0)
        for number, each in enumerate(truth.offered)
    ]


def _day(local_date: date, random: Random, capacities: Sequence[int], crowd: float) -> SeenDay:
    rain, sun = simulated_days.weather(local_date, random)
    is_holiday = bool(demo_calendar.holidays_between(local_date, local_date))
    day = Day(local_date, is_school_holiday=is_holiday, rain_mm=rain, sun_hours=sun)
    people = MEAN_PEOPLE * simulated_days.share_of_day(day) * simulated_days.luck(random) * crowd
    offered = [
        Offered(hours, WIDTH, hours + GRACE, capacity) for hours, capacity in zip(STARTS, capacities, strict=True)
    ]
    truth = simulated_days.day_of(offered, day, Crowd(people), CLOSES, random)
    outs = simulated_days.counted(truth.outs, MISSES_OUT, random)
    return SeenDay(truth, passings(truth.ins), passings(outs))


def _until(passings: Sequence[Passing], at: float) -> tuple[Passing, ...]:
    return tuple(each for each in passings if each.hours <= at)


def _people(passings: Sequence[Passing]) -> int:
    return sum(each.people for each in passings)


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits)
