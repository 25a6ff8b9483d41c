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
from ticketing.flow import forecasting, influences
from ticketing.flow.forecast import Forecast
from ticketing.flow.forecast_models import InfluenceKind
from ticketing.flow.forecasting import Made
from ticketing.flow.influences import InfluenceWish
from ticketing.flow.models import HandCount
from ticketing.flow.slot_forecast import SlotExpected
from ticketing.foundation.actors import system
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


def test_a_manager_fills_the_calendar_and_is_told_what_cannot_be(app, services, database, slots):
    manager = signed_in(app, services, Role.MANAGER)
    form = {"kind": "event", "name": "=Night", "first": "2026-11-28", "last": "", "effect": "+40 %"}

    assert manager.post("/office/flow/calendar/influences", form).status_code == 303
    wrong = manager.post("/office/flow/calendar/influences", form | {"effect": "many"})
    page = manager.post("/office/flow/calendar/weather", {"sky-2026-11-25": "wet"}, follow_redirects=True).text

    assert wrong.status_code == 422
    assert 'id="effect" name="effect" maxlength="6" value="many" aria-invalid="true"' in wrong.text
    assert "=Night (+40 %)" in page
    assert '<option value="wet" selected>' in page
    assert manager.get("/office/flow/staffing?wait=5").status_code == 422
    assert "There is no forecast yet." in manager.get("/office/flow/forecast").text
    assert signed_in(app, services, Role.FRONT_DESK).get("/office/flow/forecast").status_code == 403


def test_the_forecast_is_a_file_in_which_no_cell_is_a_formula(app, services, database, slots):
    day = (make.NOON + timedelta(days=1)).date()
    with database.transaction() as session:
        wish = InfluenceWish(InfluenceKind.EVENT, "=Night", day, day, effect_percent=40)
        influences.write_down(session, wish, actor=system("test"), now=make.NOON)
        made = Forecast(day, 1, 80.0, 60.0, 99.5, 0, 300, is_open=True)
        forecasting.keep(session, Made((made,), {day: [SlotExpected(slots[0], 80, 50, 99)]}, (), {}), now=make.NOON)
    manager = signed_in(app, services, Role.MANAGER)

    days, of_slots = (manager.get(f"/office/flow/forecast/{name}.csv") for name in ("days", "slots"))

    assert days.text.splitlines()[1].startswith(f"{day};1;0;80;60;100;300;;;;'=Night;;")
    assert ";visit;80;50;99;60;" in of_slots.text
    assert manager.get("/office/flow/forecast/days.pdf").status_code == 404
    assert "80" in manager.get(f"/office/flow/staffing?day={day}").text


def test_a_screen_is_opened_by_a_link_that_opens_nothing_else(app, services, database, slots):
    manager = signed_in(app, services, Role.MANAGER)
    manager.get("/office/flow/displays")
    refused = manager.post("/office/flow/displays", {"screen": " "})
    made = manager.post("/office/flow/displays", {"screen": "Hall", "theme": "dark"}).text
    address = re.search(r"(/office/flow/wall/[a-z2-7]{32}\?language=en&amp;theme=dark)", made)[1].replace("&amp;", "&")
    screen = app.test_client()

    shown = screen.get(address)

    assert refused.status_code == 422
    assert 'id="screen-error"' in refused.text
    assert shown.status_code == 200
    assert 'data-theme="dark"' in shown.text
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in shown.text
    assert "Test manager" not in shown.text
    assert screen.get("/office/flow").status_code == 303
    assert screen.get("/office/flow/wall").status_code == 303
    assert manager.post("/office/flow/displays/1/revocation").status_code == 303
    assert screen.get(address).status_code == 404


def test_how_full_weeks_were_is_a_map_and_a_table(app, services, database):
    with database.transaction() as session:
        make.opening_hours(session)
        week_ago = make.priced_slot(session, 10, make.NOON - timedelta(days=7))
        make.confirmed_order(session, week_ago, make.NOON - timedelta(days=8), adult=4)
    page = signed_in(app, services, Role.MANAGER).get("/office/flow/planning?weeks=8&heat=sold").text

    assert '<g class="heat-2">' in page
    assert re.search(r'<td class="number">40 % <span class="soft small">n = 1</span></td>', page)
    assert "n = 1 slots" in page
