"""Who is inside, on the screen and on the sheet for an evacuation, with the database and without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import door_stage
from tests.staff_stage import signed_in
from ticketing.catalogue import house_limits
from ticketing.catalogue.fullness import Limits
from ticketing.door import presence, tallies
from ticketing.door.devices import DeviceAtGate
from ticketing.door.tallies import Tap
from ticketing.foundation.actors import system
from ticketing.foundation.database import Database, DatabaseAway, make_engine


@pytest.mark.one_engine
def test_the_sheet_is_there_when_the_database_is_not(app, services, clock, tmp_path):
    browser = signed_in(app, services)
    with services.database.transaction() as session:
        stage = door_stage.build(session, starts_at=clock.now(), admissions=4)
        door_stage.scan(session, stage, now=clock.now(), admissions=3)
        device = DeviceAtGate(stage.device.id, stage.device.name, None, stage.gate)
        tallies.take(session, device, [Tap("a", "", 1, clock.now())], now=clock.now())
        house_limits.set_limits(session, Limits(5), actor=system("test"), now=clock.now())

    live = browser.get("/desk/inside").text
    sheet = browser.get("/desk/evacuation").text
    clock.advance(minutes=9)
    away = Database(make_engine(f"sqlite:///{tmp_path / 'gone' / 'gone.sqlite3'}"))
    app.extensions["foyer"] = replace(services, database=away)
    kept = browser.get("/desk/evacuation")
    stranger = app.test_client().get("/desk/evacuation")
    (services.settings.instance_path / "inside.json").unlink()
    nothing = browser.get("/desk/evacuation")
    app.extensions["foyer"] = services

    assert "<b>4</b>" in live
    assert "Getting full: room for 1" in live
    assert "<b>4</b>" in sheet
    assert (kept.status_code, "<b>4</b>" in kept.text, "9 minuten geleden" in kept.text) == (200, True, True)
    assert (stranger.status_code, nothing.status_code) == (303, 503)  # who is a stranger is asked to sign in


@pytest.mark.one_engine
@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.sqlite3", "postgresql+psycopg://somebody@127.0.0.1:1/none"])
def test_a_database_that_does_not_answer_is_said_to_be_away(url):
    with pytest.raises(DatabaseAway), Database(make_engine(url)).reading() as session:
        session.connection()


def test_yesterdays_people_are_gone_and_an_evenings_are_not(session, clock):
    evening = clock.now().replace(hour=22)  # 23:00 in the centre
    stage = door_stage.build(session, starts_at=evening)
    door_stage.scan(session, stage, now=evening)

    counts = [
        presence.count(session, zone=door_stage.ZONE, now=evening + timedelta(hours=later)).people for later in (4, 6)
    ]

    assert counts == [1, 0]
