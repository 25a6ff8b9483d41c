"""Trying out capacities for a day, and carrying out exactly what was shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import make
from tests.integration.flow.test_flow_today import MO, TEN
from ticketing.catalogue import house_limits
from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.flow import planning
from ticketing.flow.planning import PlanInvalid, PlanWish, Shape
from ticketing.foundation.audit import AuditEntry

DAY = (TEN + timedelta(days=1)).date()


@pytest.fixture
def slots(session) -> list:
    make.opening_hours(session)
    return [make.priced_slot(session, 50, TEN + timedelta(days=1, minutes=30 * number)) for number in range(8)]


def test_without_a_limit_there_is_no_plan_until_one_is_tried_out(session, slots, zone) -> None:
    tried = planning.plan_day(session, PlanWish(DAY, limit=120), zone=zone, now=TEN)

    assert planning.plan_day(session, PlanWish(DAY), zone=zone, now=TEN) is None
    assert tried is not None
    assert (tried.places_now, tried.now_risk) == (400, 1)
    assert tried.plan_risk <= 0.01
    assert 100 < tried.places_planned < 200
    assert max(moment.mean for moment in tried.plan_curve) < 120


def test_shorter_stays_make_room_for_more(session, slots, zone) -> None:
    house_limits.set_limits(session, Limits(120), actor=MO, now=TEN)
    long, short = (
        planning.plan_day(session, PlanWish(DAY, Shape.FLAT, stay_minutes=minutes), zone=zone, now=TEN)
        for minutes in (240, 90)
    )

    assert long is not None
    assert short is not None
    assert short.places_planned > 1.3 * long.places_planned


def test_a_plan_is_carried_out_as_it_was_shown_and_not_otherwise(session, slots, zone) -> None:
    house_limits.set_limits(session, Limits(120), actor=MO, now=TEN)
    wish = PlanWish(DAY, most=40)
    shown = planning.plan_day(session, wish, zone=zone, now=TEN)
    assert shown is not None
    with pytest.raises(PreviewOutdated):
        planning.carry_out(session, wish, "something else", zone=zone, actor=MO, now=TEN)
    planning.carry_out(session, wish, shown.preview.digest, zone=zone, actor=MO, now=TEN)
    session.expire_all()

    assert tuple(slot.capacity for slot in slots) == shown.capacities
    planned = select(func.count()).select_from(AuditEntry).where(AuditEntry.code == "slots.planned")
    assert session.scalar(planned) == 1
    again = planning.plan_day(session, wish, zone=zone, now=TEN)
    assert again is not None
    assert again.preview.shown == ()


@pytest.mark.one_engine
@pytest.mark.parametrize(("wish", "field"), [
    (PlanWish(DAY, most=0), "most"), (PlanWish(DAY, risk_bp=0), "risk"), (PlanWish(DAY, limit=0), "limit"),
    (PlanWish(DAY, show_percent=101), "show_percent"), (PlanWish(DAY, stay_minutes=5), "stay_minutes"),
])  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(session, zone, wish, field) -> None:
    with pytest.raises(PlanInvalid) as refused:
        planning.plan_day(session, wish, zone=zone, now=TEN)

    assert refused.value.details["field"] == field
