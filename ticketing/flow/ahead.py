"""How many will be inside for the rest of a day, and what may still be sold of it. Pure; hours of the local day.

Those inside leave as people do; those who booked and were not scanned yet may still come, ever less likely the longer
their slot has begun; those of later slots come as punctual as people are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.flow import plans
from ticketing.flow.arrivals import share_inside
from ticketing.flow.chances import Estimate
from ticketing.flow.habits import Habits
from ticketing.flow.occupancy import DayCounts, Inside, Source, cohorts, staying
from ticketing.flow.outlook import STEP_HOURS, Outlook, Start, Visitors, profile_of
from ticketing.flow.plans import Asked, House

NOBODY_INSIDE = Inside(Estimate(0.0, 0.0), Source.NOTHING, None, None, None, None)


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A slot of the day: when it starts, how wide it is, until when it admits; admissions booked, used, still free."""

    slot_id: int
    hours: float
    width: float
    admits_until: float
    booked: int
    shown: int
    free: int


def rest_of_day(inside: Inside, counts: DayCounts, bookings: Sequence[DueSlot], habits: Habits, at: float) -> Outlook:
    """Expect the rest of the day from now on, every five minutes until closing."""
    steps = max(1, round((counts.closes - at) / STEP_HOURS))
    hours = tuple(at + step * STEP_HOURS for step in range(steps))
    outlook = Outlook(hours, [0.0] * steps, [0.0] * steps, [0.0] * steps)
    _add_those_inside(outlook, inside, counts, habits, at)
    booked_means = [0.0] * steps
    for booking in bookings:
        if booking.admits_until > at:
            _add_those_to_come(outlook, booked_means, booking, habits, at)
    doubt = habits.show.variance / habits.show.share**2
    for step, mean in enumerate(booked_means):  # the day may be one on which all come, or fewer
        outlook.variances[step] += mean**2 * doubt
    return outlook


def whole_day(bookings: Sequence[DueSlot], habits: Habits, opens: float, closes: float) -> Outlook:
    """Expect a day that has not begun, of what is booked."""
    return rest_of_day(NOBODY_INSIDE, DayCounts((), (), closes), bookings, habits, opens)


def places_left(outlook: Outlook, bookings: Sequence[DueSlot], house: House, habits: Habits, at: float) -> list[int]:
    """Return how many places of each slot may still be sold, all together, with the promise kept."""
    asked = [Asked(start_of(booking, habits), booking.free if booking.admits_until > at else 0) for booking in bookings]
    return list(plans.released(asked, house, outlook).capacities)


def start_of(booking: DueSlot, habits: Habits) -> Start:
    """Return a slot with the people one expects in it."""
    who = Visitors(habits.stay, habits.punctuality, habits.show.share, habits.dispersion)
    return Start(booking.hours, booking.width, who)


def _add_those_inside(outlook: Outlook, inside: Inside, counts: DayCounts, habits: Habits, at: float) -> None:
    """Let those inside leave; as many as the best estimate says are inside, not as the model alone."""
    people = [(cohort, cohort.people * staying(cohort, habits, at)) for cohort in cohorts(counts, habits, at)]
    modelled = sum(number for _, number in people)
    if not modelled:
        return
    scale, before = inside.estimate.mean / modelled, inside.estimate.mean
    for step, hours in enumerate(outlook.hours):
        mean = variance = 0.0
        for cohort, number in people:
            beyond = habits.stay.beyond(at - cohort.hours)
            chance = habits.stay.beyond(hours - cohort.hours) / beyond if beyond else 0.0
            mean += number * chance
            variance += number * chance * (1 - chance)
        share = mean / modelled
        outlook.means[step] += mean * scale
        outlook.variances[step] += variance * scale * habits.dispersion + share**2 * inside.estimate.variance
        outlook.passing[step] += max(0.0, before - mean * scale) * habits.dispersion
        before = mean * scale


def _add_those_to_come(
    outlook: Outlook, booked_means: list[float], booking: DueSlot, habits: Habits, at: float
) -> None:
    """Add those who have not been scanned yet, given that they have not come until now."""
    waiting = booking.booked - booking.shown
    arrived = habits.punctuality.arrived(at - booking.hours, booking.width)
    if waiting <= 0:
        return
    if arrived <= 0:
        profile = profile_of(start_of(booking, habits), outlook.hours)
        outlook.add(profile, waiting)
        for step, chance in enumerate(profile.inside):
            booked_means[step] += waiting * chance
        return
    show = habits.show.share
    still = show * (1 - arrived) / (1 - show * arrived)  # comes at all, given that nobody came yet
    before = 0.0
    for step, hours in enumerate(outlook.hours):
        later = _share_of_later(booking, habits, at, hours) / (1 - arrived) if arrived < 1 else 0.0
        mean = waiting * still * later
        outlook.means[step] += mean
        outlook.variances[step] += mean * (1 - still * later) * habits.dispersion
        outlook.passing[step] += abs(mean - before) * habits.dispersion
        booked_means[step] += mean
        before = mean


def _share_of_later(booking: DueSlot, habits: Habits, at: float, hours: float) -> float:
    """Return the share inside of those who come after now, of all who come."""
    return share_inside(
        habits.stay, habits.punctuality, booking.width, round(hours - booking.hours, 6),
        since=round(at - booking.hours, 6),
    )  # fmt: skip
