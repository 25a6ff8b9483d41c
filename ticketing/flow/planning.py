"""Capacities of a day by what they make of the number inside: what is, what might be, and doing it as it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ticketing.catalogue import house_limits, slot_changes
from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.promise import Promise
from ticketing.catalogue.slot_changes import PresentSlot, Preview
from ticketing.flow import ahead, learning, outlook, plans
from ticketing.flow.day_loading import ENTERING, LoadedDay, load_day
from ticketing.flow.habits import Habits
from ticketing.flow.outlook import Outlook, empty_outlook, profile_of
from ticketing.flow.plans import Asked, House, Plan
from ticketing.flow.showing import ShowRate
from ticketing.flow.stays import Lognormal
from ticketing.flow.today import Moment, moments
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput

MOST_PER_SLOT, MOST_PEOPLE = 2000, 100_000
LEAST_RISK_BP, MOST_RISK_BP = 1, 2000
SHORTEST_STAY, LONGEST_STAY = 15, 12 * 60  # minutes
USUAL_MOST = 200


class PlanInvalid(InvalidInput):
    """A plan that cannot be; `details["field"]` names what is wrong with it."""

    code = "plan_invalid"


class Shape(StrEnum):
    """How a plan spreads capacities over the day."""

    FLAT = "flat"  # the same for every slot
    FULLEST = "fullest"  # many early, then as many as leave: the most places
    SHORTENED = "shortened"  # those of now, all made smaller alike


@dataclass(frozen=True, slots=True)
class PlanWish:
    """What a manager tries out; None is what holds or was learnt."""

    local_date: date
    shape: Shape = Shape.FULLEST
    most: int = USUAL_MOST  # of one slot: what its gate lets through
    limit: int | None = None
    risk_bp: int | None = None
    promise: Promise | None = None
    show_percent: int | None = None
    stay_minutes: int | None = None


@dataclass(frozen=True)
class Terms:
    """What a plan reckons with."""

    house: House
    habits: Habits


@dataclass(frozen=True)
class DayPlan:
    """A day as it is and as it is planned: slots with both capacities, both risks, curves if everything is sold."""

    wish: PlanWish
    terms: Terms
    slots: tuple[PresentSlot, ...]
    capacities: tuple[int, ...]
    now_curve: tuple[Moment, ...]
    plan_curve: tuple[Moment, ...]
    booked_curve: tuple[Moment, ...]
    now_risk: float
    plan_risk: float
    opens_at: datetime
    closes_at: datetime
    preview: Preview

    @property
    def places_now(self) -> int:
        """How many places there are."""
        return sum(slot.capacity for slot in self.slots)

    @property
    def places_planned(self) -> int:
        """How many places there would be."""
        return sum(self.capacities)


def plan_day(session: Session, wish: PlanWish, *, zone: ZoneInfo, now: datetime) -> DayPlan | None:
    """Plan the slots of a date that still admit; None while no limit is known. Raises PlanInvalid."""
    _require_possible(wish)
    terms = _terms(wish, house_limits.find_limits(session), learning.find_habits(session))
    if terms is None:
        return None
    day = load_day(session, wish.local_date, zone=zone, now=now)
    slots = slot_changes.present_slots(session, _concerned(session, wish.local_date), now=now)
    nobody = empty_outlook(day.closes, opens=day.opens)
    asked = [_asked(slot, day, terms.habits, wish.most) for slot in slots]
    plan = _planned(wish.shape, asked, slots, terms.house, nobody)
    as_it_is = _loaded(nobody, asked, [max(slot.capacity, slot.claimed) for slot in slots])
    booked = _loaded(nobody, asked, [slot.claimed for slot in slots])
    outcomes = (
        slot_changes.with_capacity(slot, capacity) for slot, capacity in zip(slots, plan.capacities, strict=True)
    )
    return DayPlan(
        wish, terms, tuple(slots), plan.capacities, moments(day, as_it_is), moments(day, plan.outlook),
        moments(day, booked), outlook.risk_of(as_it_is, terms.house.limit, terms.house.promise), plan.risk,
        day.instant(day.opens), day.instant(day.closes), Preview(slot_changes.sorted_outcomes(outcomes)),
    )  # fmt: skip


def carry_out(session: Session, wish: PlanWish, digest: str, *, zone: ZoneInfo, actor: Actor, now: datetime) -> Preview:
    """Give the slots their planned capacities, if that still is what was shown. Raises PreviewOutdated, PlanInvalid."""
    slot_changes.lock(session, _concerned(session, wish.local_date))
    planned = plan_day(session, wish, zone=zone, now=now)
    if planned is None:
        raise PlanInvalid("Set a limit of the house first.", field="limit", why="missing")
    slot_changes.require_shown(planned.preview, digest)
    slot_changes.carry_out(session, planned.preview, actor=actor, now=now)
    if planned.slots:
        audit.record(
            session, "slots.planned", session.get_one(Experience, planned.slots[0].experience_id), actor=actor,
            now=now, local_date=wish.local_date.isoformat(), shape=wish.shape, limit=planned.terms.house.limit,
            risk_bp=round(planned.terms.house.risk * 10_000), promise=planned.terms.house.promise,
            places=planned.places_planned,
        )  # fmt: skip
    return planned.preview


def _require_possible(wish: PlanWish) -> None:
    bounds = (
        ("most", wish.most, 1, MOST_PER_SLOT), ("limit", wish.limit, 1, MOST_PEOPLE),
        ("risk", wish.risk_bp, LEAST_RISK_BP, MOST_RISK_BP), ("show_percent", wish.show_percent, 1, 100),
        ("stay_minutes", wish.stay_minutes, SHORTEST_STAY, LONGEST_STAY),
    )  # fmt: skip
    for field, value, least, most in bounds:
        if value is not None and not least <= value <= most:
            raise PlanInvalid("This is out of bounds.", field=field, why="between", least=least, most=most)


def _terms(wish: PlanWish, held: Limits | None, learnt: Habits) -> Terms | None:
    limit = wish.limit if wish.limit is not None else held.sales if held else None
    if limit is None:
        return None
    risk = (wish.risk_bp if wish.risk_bp is not None else held.risk_bp if held else 100) / 10_000
    promise = wish.promise or (held.promise if held else Promise.DAY)
    habits = learnt
    if wish.stay_minutes is not None:
        habits = replace(habits, stay=Lognormal(wish.stay_minutes / 60, habits.stay.cv))
    if wish.show_percent is not None:
        # As if so many had come of very many: what a manager tries out is not uncertain.
        habits = replace(habits, show=ShowRate(wish.show_percent * 1000, 100_000))
    return Terms(House(limit, risk, promise), habits)


def _asked(slot: PresentSlot, day: LoadedDay, habits: Habits, most: int) -> Asked:
    hours = day.hours(slot.starts_at)
    booking = ahead.DueSlot(slot.id, hours, day.hours(slot.admits_until) - hours, 0.0, 0, 0, 0)
    return Asked(ahead.start_of(booking, habits), max(most, slot.claimed), slot.claimed)


def _planned(shape: Shape, asked: Sequence[Asked], slots: Sequence[PresentSlot], house: House, nobody: Outlook) -> Plan:
    if shape is Shape.FLAT:
        return plans.flat(asked, house, nobody)
    if shape is Shape.FULLEST:
        return plans.fullest(asked, house, nobody)
    as_now = [replace(each, most=max(slot.capacity, slot.claimed)) for each, slot in zip(asked, slots, strict=True)]
    return plans.shortened(as_now, house, nobody)


def _loaded(nobody: Outlook, asked: Sequence[Asked], tickets: Sequence[int]) -> Outlook:
    day = nobody.copied()
    for each, number in zip(asked, tickets, strict=True):
        day.add(profile_of(each.start, day.hours), number)
    return day


def _concerned(session: Session, local_date: date) -> ColumnElement[bool]:
    entering = session.scalars(select(Experience.id).where(Experience.kind.in_(ENTERING))).all()
    return and_(Slot.local_date == local_date, Slot.experience_id.in_(entering), Slot.withdrawn_at.is_(None))
