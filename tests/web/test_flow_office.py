"""The pages of visitor flow: limits, counting by hand, a plan tried out and carried out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.staff_stage import signed_in
from ticketing.catalogue import house_limits
from ticketing.catalogue.models import Slot
from ticketing.flow.models import HandCount
from ticketing.staff.models import Role

pytestmark = pytest.mark.one_engine

LIMITS = {"fire_limit": "150", "staff": "20", "reserve": "10", "sales_percent": "100", "risk": "1", "promise": "day"}


@pytest.fixture
def slots(database) -> list[int]:
    with database.transaction() as session:
        make.opening_hours(session)
        starts = [make.NOON + timedelta(days=1, minutes=30 * number) for number in range(5)]
        return [make.priced_slot(session, 60, at).id for at in starts]


def test_a_manager_sets_limits_and_is_told_what_cannot_be(app, services, database, slots):
    manager = signed_in(app, services, Role.MANAGER)
    manager.get("/office/flow")

    wrong = manager.post("/office/flow/limits", LIMITS | {"staff": "150"})
    right = manager.post("/office/flow/limits", LIMITS)

    assert wrong.status_code == 422
    assert 'id="staff" name="staff" inputmode="numeric" maxlength="6" value="150" aria-invalid="true"' in wrong.text
    assert right.status_code == 303
    with database.reading() as session:
        assert house_limits.find_limits(session).visitors == 120


def test_the_front_desk_counts_by_hand_once_and_sets_no_limits(app, services, database, slots):
    desk = signed_in(app, services, Role.FRONT_DESK)
    page = desk.get("/office/flow").text
    form = {"key": re.search(r'name="key" value="([^"]+)"', page)[1], "people": "42", "counted_at": ""}

    assert [desk.post("/office/flow/hand-counts", form).status_code for _ in range(2)] == [303, 303]
    assert desk.post("/office/flow/hand-counts", form | {"people": "many"}).status_code == 422
    assert desk.post("/office/flow/hand-counts", form | {"counted_at": "25:00"}).status_code == 422
    assert desk.post("/office/flow/limits", LIMITS).status_code == 403
    assert "Counted by hand at" in desk.get("/office/flow").text
    with database.reading() as session:
        assert [count.people for count in session.scalars(select(HandCount))] == [42]


def test_a_plan_is_tried_out_and_carried_out(app, services, database, slots):
    manager = signed_in(app, services, Role.MANAGER)
    day = (make.NOON + timedelta(days=1)).date().isoformat()
    tried = manager.get(f"/office/flow/planning?day={day}&limit=100&shape=flat")
    digest = re.search(r'name="digest" value="([^"]+)"', tried.text)[1]
    form = {"day": day, "limit": "100", "shape": "flat"}

    assert manager.post("/office/flow/planning", form | {"digest": "other"}).status_code == 409
    done = manager.post("/office/flow/planning", form | {"digest": digest})

    assert "5 slots have another capacity now." in manager.get(done.location).text
    assert manager.get("/office/flow/planning?day=2026-13-01").status_code == 422
    with database.reading() as session:
        assert max(session.scalars(select(Slot.capacity))) < 60
