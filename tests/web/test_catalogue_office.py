"""The catalogue's pages: mistakes keep what was typed, two who edit hear of each other, previews come before acts."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from tests import make
from tests.staff_stage import Browser, add_account, email_of, signed_in
from ticketing.catalogue.models import Companionship, Experience, Slot
from ticketing.foundation.languages import LANGUAGES
from ticketing.staff.models import Role

TOMORROW = date(2026, 11, 25)
MARK = re.compile(r'name="mark" value="([^"]*)"')
DIGEST = re.compile(r'name="digest" value="([^"]*)"')
EVERY_DAY = {f"weekday_{weekday}": "1" for weekday in range(7)}


@pytest.fixture
def slots(database, clock) -> list[Slot]:
    with database.transaction() as session:
        make.opening_hours(session)
        some = [make.priced_slot(session, 9, make.NOON + timedelta(days=1, hours=hour)) for hour in (0, 1)]
        make.confirmed_order(session, some[0], clock.now(), adult=3)
    return some


@pytest.fixture
def office(app, services, slots):
    return signed_in(app, services, Role.MANAGER)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def sheet(**changes: str) -> dict[str, str]:
    words = {f"{field}_{code}": f"{field} {code}" for field in ("names", "summaries") for code in LANGUAGES}
    numbers = {"duration_minutes": "60", "admits_before_minutes": "15", "admits_after_minutes": "30", "position": "1"}
    numbers |= {"reentry": "none", "reentry_minutes": "0"}
    chosen = {"slug": "visit", "kind": "admission", "audience": "visitor", "drawing": "gears", "vat_class": "1"}
    return words | numbers | chosen | {"is_listed": "1"} | changes


def test_a_mistake_is_told_at_its_field_and_everything_typed_stays(office):
    answer = office.post("/office/catalogue/experiences", sheet(slug="new", names_fr="", summaries_de="Ganz viel"))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(r'id="names_fr"[^>]*aria-invalid="true" aria-describedby="names_fr-error"', page)
    assert 'id="names_fr-error">Visitors of every language see this.' in page
    assert "Ganz viel" in page


def test_the_second_of_two_managers_sees_who_saved_what_and_can_save_on_top(app, services, office, database):
    add_account(services, Role.ADMINISTRATOR)
    other = Browser(app)
    other.sign_in(Role.ADMINISTRATOR, email=email_of(Role.ADMINISTRATOR))
    address = "/office/catalogue/experiences/visit"
    opened = MARK.search(office.get(address).get_data(as_text=True))[1]
    assert other.post(address, sheet(mark=opened, names_en="Their name")).status_code == 303

    refused = office.post(address, sheet(mark=opened, names_en="My name"))
    fresh = MARK.search(refused.get_data(as_text=True))[1]
    saved = office.post(address, sheet(mark=fresh, names_en="My name"))

    assert (refused.status_code, saved.status_code) == (409, 303)
    assert "Test administrator saved this on" in text_of(refused)
    assert "names_en : Their name" in text_of(refused)
    assert 'value="My name"' in refused.get_data(as_text=True)
    with database.reading() as session:
        assert session.scalars(select(Experience.names)).one()["en"] == "My name"


def test_many_slots_change_only_as_they_were_shown(office, database, slots, clock):
    wish = {"experience": "visit", "act": "set", "amount": "2", "first": TOMORROW, "last": TOMORROW, "times": ""}
    wish |= EVERY_DAY
    shown = office.get("/office/catalogue/bulk", query_string=wish)
    digest = DIGEST.search(shown.get_data(as_text=True))[1]
    with database.transaction() as session:
        make.confirmed_order(session, session.get_one(Slot, slots[0].id), clock.now(), adult=1)

    refused = office.post("/office/catalogue/bulk", {**wish, "digest": digest})
    fresh = DIGEST.search(refused.get_data(as_text=True))[1]
    done = office.post("/office/catalogue/bulk", {**wish, "digest": fresh})

    assert "1 slot will have more sold than it has room for." in text_of(shown)
    assert (refused.status_code, done.status_code) == (409, 303)
    assert "Nothing was done. This is what would happen now" in text_of(refused)
    assert "4 taken, room for 2" in text_of(office.get("/office/catalogue/"))
    assert "Many slots changed at once" in text_of(office.get("/office/audit?kind=slots"))


def test_hours_are_previewed_with_the_people_they_touch_and_nothing_sold_is_lost(office, database):
    wish = {"what": "exception", "open": "no", "first": TOMORROW} | {f"reason_{code}": "Works" for code in LANGUAGES}
    shown = office.get("/office/catalogue/opening-hours/preview", query_string=wish)

    done = office.post(
        "/office/catalogue/opening-hours", {**wish, "digest": DIGEST.search(shown.get_data(as_text=True))[1]}
    )

    assert "1 order is touched, 3 people are still to come." in text_of(shown)
    assert done.status_code == 303
    with database.reading() as session:
        kept = session.execute(select(Slot.capacity, Slot.withdrawn_at.is_(None)).order_by(Slot.starts_at)).all()
    assert kept == [(0, True), (9, False)]
    bare = office.get("/office/catalogue/opening-hours/preview", query_string={**wish, "reason_de": ""})
    assert (bare.status_code, "Works" in text_of(bare)) == (422, True)


def test_a_slot_says_who_comes_and_the_desk_may_look_but_not_change(app, services, office, slots):
    desk = signed_in(app, services, Role.FRONT_DESK)
    address = f"/office/catalogue/slots/{slots[0].uuid}"

    page, printed = desk.get(address), desk.get(f"{address}/list")
    changed = desk.post(address, {"capacity": "1"})

    assert "An Peeters" in text_of(page)
    assert "3 × adult" in text_of(printed)
    assert 'name="capacity"' not in page.get_data(as_text=True)
    assert changed.status_code == 403
    assert 'name="capacity"' in office.get(address).get_data(as_text=True)


def test_pages_of_slots_and_orders_ask_as_much_however_many_there_are(office, database, slots, clock):
    def questions(address: str) -> int:
        office.get(address)  # what every page remembers until something is written is not counted
        asked: list[str] = []
        listen = lambda *facts: asked.append(facts[2])  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", listen)
        assert office.get(address).status_code == 200
        event.remove(database.engine, "before_cursor_execute", listen)
        return len(asked)

    pages = (f"/office/catalogue/days/{TOMORROW}", f"/office/catalogue/slots/{slots[0].uuid}", "/office/orders")
    before = [questions(address) for address in pages]
    with database.transaction() as session:
        for hour in (2, 3):
            slot = make.priced_slot(session, 9, make.NOON + timedelta(days=1, hours=hour))
            make.confirmed_order(session, slot, clock.now(), adult=1)
        make.confirmed_order(session, session.get_one(Slot, slots[0].id), clock.now(), adult=1, child=2)

    assert [questions(address) for address in pages] == before


def test_a_manager_says_who_a_companion_comes_along_with(office, database, slots):
    address = "/office/catalogue/ticket-types/companion"
    mark = MARK.search(office.get(address).text)[1]
    typed = {"slug": "companion", "audience": "visitor", "max_per_order": "20", "position": "0", "mark": mark}
    typed |= {f"names_{language}": "Companion" for language in LANGUAGES}

    refused = office.post(address, typed | {"comes_with-companion": "1"})
    saved = office.post(address, typed | {"comes_with-adult": "1"})

    assert (refused.status_code, saved.status_code) == (422, 303)
    assert 'id="comes_with-error"' in refused.text
    assert re.search(r'name="comes_with-adult" value="1" checked', office.get(address).text)
    with database.reading() as session:
        assert len(session.scalars(select(Companionship)).all()) == 1
