"""How many will come on the days to come, and how good that has been. Pure.

Two forecasts made one: what kind of day it is (day_types.py), and what is booked already with what is still booked on
such days (pick_up.py). Which of them counts how much, and how wide the band is, is learnt from their own errors at the
same number of days ahead: every forecast is judged as if made on that day, from what was known then (rolling origin).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import NormalDist

from ticketing.flow import day_types, measures, pick_up
from ticketing.flow.day_types import Day, Regression
from ticketing.flow.pick_up import Booked

LEADS = (1, 3, 7, 14, 28)
CURVE_DAYS = 42  # before a day over which its bookings are told
LOW, HIGH = 0.1, 0.9
LEAST_DAYS = 14  # of history before anything is forecast: two of each weekday
SAME_KIND = 8  # days of one kind whose booking counts
ENOUGH = 12  # errors at a lead before they decide
SURE_DAYS = 60  # that tell which share of what is booked comes
SETTLED = 30  # errors at a lead that decide alone how wide a band is
USUAL_SPREAD = 0.35  # of the forecast, either way, until then
RELEARN_DAYS = 7
MOST_ERRORS = 90  # the latest count: habits change
TRAINED_ON = 400  # days
WEATHER_DAYS = 7


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day as it was: how many came, and how many tickets were sold so many days before (from 0 to CURVE_DAYS)."""

    day: Day
    came: int
    booked: tuple[int, ...]
    is_open: bool = True
    is_sold_out: bool = False

    def at(self, lead: int) -> int:
        """Return what was booked so many days before."""
        return self.booked[min(lead, len(self.booked) - 1)]


@dataclass(frozen=True, slots=True)
class Coming:
    """A day to come: what is booked now, how many places there are."""

    day: Day
    booked: int
    places: int
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many will come: in the middle, and the band in which eight days of ten lie."""

    local_date: date
    lead: int
    mid: float
    low: float
    high: float
    booked: int
    places: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Score:
    """How good forecasts were so many days ahead."""

    lead: int
    n: int
    wape: float
    mase: float
    bias: float
    pinball: float
    coverage: float


@dataclass(frozen=True, slots=True)
class _Error:
    by_kind: float  # what the regression said
    by_booking: float | None  # what the booking curve said
    mid: float
    came: int


@dataclass
class Judge:
    """What is known of errors so far, by days ahead."""

    errors: dict[int, list[_Error]] = field(default_factory=lambda: defaultdict(list))

    def near(self, lead: int) -> list[_Error]:
        """Return the latest errors at the judged lead nearest to this one."""
        nearest = min(LEADS, key=lambda each: abs(each - lead))
        return self.errors[nearest][-MOST_ERRORS:]


def forecast(past: Sequence[PastDay], coming: Sequence[Coming], today: date) -> tuple[list[Forecast], list[Score]]:
    """Forecast the days to come from those before today, and say how good that would have been until now.

    Nothing is said of any day while there is too little history.
    """
    known = [each for each in past if each.day.local_date < today]
    judge, scores = judged(known)
    usable = _usable(known)
    if len(usable) < LEAST_DAYS:
        return [], []
    regression = _learnt(usable, None)
    return [_forecast(each, usable, regression, judge, today) for each in coming], scores


def judged(past: Sequence[PastDay]) -> tuple[Judge, list[Score]]:
    """Forecast every day of the past as it would have been, day after day, and score it."""
    judge, regression, learnt_on = Judge(), None, None
    by_date = {each.day.local_date: each for each in past}
    made: dict[int, list[tuple[PastDay, Forecast]]] = defaultdict(list)
    waiting: dict[date, list[tuple[int, Forecast, _Error]]] = defaultdict(list)
    for origin in sorted(by_date):
        for lead, said, error in waiting.pop(origin, []):  # what came of it is known from now on
            judge.errors[lead].append(error)
            made[lead].append((by_date[origin], said))
        usable = _usable(each for each in past if each.day.local_date < origin)
        if len(usable) < LEAST_DAYS:
            continue
        if regression is None or learnt_on is None or origin - learnt_on >= timedelta(days=RELEARN_DAYS):
            regression, learnt_on = _learnt(usable, regression), origin
        for lead in LEADS:
            target = by_date.get(origin + timedelta(days=lead))
            if target is not None and target.is_open and not target.is_sold_out:
                coming = Coming(_as_known(target.day, lead), target.at(lead), 10**6)
                said = _forecast(coming, usable, regression, judge, origin)
                error = _error(coming, target, usable, regression, said)
                waiting[target.day.local_date].append((lead, said, error))
    if not measures.as_a_week_ago([float(each.came) for each in past]):
        return judge, []  # nothing to measure errors by: every week the same, or nobody ever
    return judge, [_score(lead, made[lead], past) for lead in LEADS if len(made[lead]) >= ENOUGH]


def _as_known(day: Day, lead: int) -> Day:
    """Return what one knows of a day so long before: nobody forecasts its weather for more than a week."""
    return day if lead <= WEATHER_DAYS else replace(day, rain_mm=None, sun_hours=None)


def _usable(past: Iterable[PastDay]) -> list[PastDay]:
    """Leave out days that were closed, and those that were sold out: more would have come."""
    return [each for each in past if each.is_open and not each.is_sold_out][-TRAINED_ON:]


def _learnt(usable: Sequence[PastDay], begun: Regression | None) -> Regression:
    return day_types.learn([(each.day, float(each.came)) for each in usable], begun)


def _forecast(coming: Coming, usable: Sequence[PastDay], regression: Regression, judge: Judge, today: date) -> Forecast:
    lead = (coming.day.local_date - today).days
    if not coming.is_open:
        return Forecast(coming.day.local_date, lead, 0, 0, 0, coming.booked, coming.places, is_open=False)
    errors = judge.near(lead)
    by_kind, by_booking = _both(coming, usable, regression, lead)
    weight = _weight(errors)
    mid = by_kind if by_booking is None else weight * by_booking + (1 - weight) * by_kind
    low_share, high_share = _band(errors)
    fewest, usually = _sure(coming, usable, lead)
    mid = max(mid, usually)
    ends = (max(fewest, mid * low_share), mid, mid * high_share)
    low, mid, high = (min(max(0.0, each), float(coming.places)) for each in ends)
    return Forecast(coming.day.local_date, lead, mid, low, high, coming.booked, coming.places, is_open=True)


def _both(coming: Coming, usable: Sequence[PastDay], regression: Regression, lead: int) -> tuple[float, float | None]:
    """Return what the kind of day says, and what the booking curve says where days like it are known."""
    by_kind = regression.forecast(coming.day).mean
    alike = [each for each in usable if _kind(each.day) == _kind(coming.day)][-SAME_KIND:]
    if len(alike) < 2:
        return by_kind, None
    # What is still booked grows with the kind of day: measured in what the regression says of each.
    scaled = [
        Booked(each.at(lead) * by_kind / expected, each.came * by_kind / expected)
        for each in alike
        if (expected := regression.forecast(each.day).mean)
    ]
    return by_kind, max(0.0, pick_up.additive(coming.booked, scaled))


def _kind(day: Day) -> tuple[bool, bool]:
    is_weekend = day.local_date.weekday() >= 5
    return is_weekend, (day.is_school_holiday or day.is_public_holiday) and not is_weekend


def _weight(errors: Sequence[_Error]) -> float:
    """Return how much the booking curve counts: the weight with which past forecasts would have been best."""
    both = [each for each in errors if each.by_booking is not None]
    if len(both) < ENOUGH:
        return 0.5
    apart = [(each.by_booking or 0.0) - each.by_kind for each in both]
    missing = [each.came - each.by_kind for each in both]
    scale = sum(number**2 for number in apart)
    best = sum(a * b for a, b in zip(apart, missing, strict=True)) / scale if scale else 0.5
    return min(1.0, max(0.0, best))


def _band(errors: Sequence[_Error]) -> tuple[float, float]:
    """Return by what the middle is multiplied for the ends of the band: quantiles of what came over what was said.

    While few errors are known, usual ones stand in for those that are missing.
    """
    seen = [each.came / each.mid for each in errors if each.mid]
    missing = max(0, SETTLED - len(seen))
    usual = NormalDist(1, USUAL_SPREAD / NormalDist().inv_cdf(HIGH))
    shares = sorted([*seen, *(usual.inv_cdf((place + 0.5) / missing) for place in range(missing))])
    return _quantile(shares, LOW), _quantile(shares, HIGH)


def _sure(coming: Coming, usable: Sequence[PastDay], lead: int) -> tuple[float, float]:
    """Return how many of those who have booked will come at least: as on the worst day in ten, and as usual."""
    shares = sorted(each.came / each.at(lead) for each in usable[-SURE_DAYS:] if each.at(lead))
    if len(shares) < ENOUGH:
        return 0.0, 0.0
    worst, usual = (coming.booked * min(1.0, _quantile(shares, share)) for share in (LOW, 0.5))
    return worst, usual


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of few numbers, a little outwards: of the next one to come it should hold (conformal)."""
    place = share * (len(ordered) + 1) - 1
    below = min(max(0, int(place)), len(ordered) - 2)
    return ordered[below] + (ordered[below + 1] - ordered[below]) * min(max(0.0, place - below), 1.0)


def _error(
    coming: Coming, target: PastDay, usable: Sequence[PastDay], regression: Regression, said: Forecast
) -> _Error:
    by_kind, by_booking = _both(coming, usable, regression, said.lead)
    return _Error(by_kind, by_booking, said.mid, target.came)


def _score(lead: int, made: Sequence[tuple[PastDay, Forecast]], past: Sequence[PastDay]) -> Score:
    came = [float(day.came) for day, _ in made]
    mids, lows, highs = ([getattr(said, name) for _, said in made] for name in ("mid", "low", "high"))
    before = [float(each.came) for each in past]
    losses = [measures.pinball(came, said, share) for said, share in ((lows, LOW), (mids, 0.5), (highs, HIGH))]
    return Score(
        lead, len(made), measures.wape(came, mids), measures.mase(came, mids, before), measures.bias(came, mids),
        sum(losses) / len(losses), measures.coverage(came, lows, highs),
    )  # fmt: skip


def spread_over_slots(total: float, shares: Mapping[int, float], places: Mapping[int, int]) -> dict[int, float]:
    """Spread a day's forecast over slots by their usual shares; what a full slot cannot take goes to the others."""
    spread = dict.fromkeys(places, 0.0)
    left, open_slots = min(total, float(sum(places.values()))), set(places)
    while left > 1e-6 and open_slots:
        weight = sum(shares.get(slot, 0.0) for slot in open_slots)
        parts = {
            slot: left * (shares.get(slot, 0.0) / weight if weight else 1 / len(open_slots)) for slot in open_slots
        }
        for slot, part in parts.items():
            spread[slot] += min(part, places[slot] - spread[slot])
        left = min(total, float(sum(places.values()))) - sum(spread.values())
        open_slots = {slot for slot in open_slots if spread[slot] < places[slot] - 1e-9}
    return spread
