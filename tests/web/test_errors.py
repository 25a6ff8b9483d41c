"""What is said when something cannot be had: each with a drawing, a sentence and links; never with our insides."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from jinja2 import DictLoader

from tests import make
from tests.staff_stage import signed_in
from tests.web.test_shop import Visitor
from ticketing.app import create_app
from ticketing.bootstrap import Services
from ticketing.foundation.database import Database, make_engine
from ticketing.foundation.errors import TooMany, Unavailable
from ticketing.foundation.languages import LANGUAGES
from ticketing.staff.models import Role
from ticketing.web.limits import limiter

WAYS = re.compile(r'<a class="button[^"]*" href="([^"]+)">')
INSIDES = ("Traceback", "sqlite", "OperationalError", "sqlalchemy", "nowhere.sqlite3", 'File "')


def ways_of(page: str) -> list[str]:
    """Return where the links of the error lead, without those of the page's frame."""
    return WAYS.findall(page[page.index('<div class="mishap">') :].split('<div class="picture">')[0])


@pytest.fixture
def slot(database, now):
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session, capacity=5)


@pytest.fixture
def homeless(services: Services, room) -> FlaskClient:
    """A browser at a house whose database is not there."""
    database = Database(make_engine(f"sqlite:///{room}/no/such/folder/nowhere.sqlite3"))
    app = create_app(services.settings, replace(services, database=database))
    limiter.reset()
    return app.test_client()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_that_leads_nowhere_shows_the_ray_that_misses_and_leads_on(client, language):
    answer = client.get(f"/{language}/nowhere/")

    assert answer.status_code == 404
    assert "drawing-missed-lens" in answer.text
    assert ways_of(answer.text) == [f"/{language}/", f"/{language}/tickets/", f"/{language}/opening-hours/"]


def test_every_way_on_from_an_error_answers(client, slot):
    for way in ways_of(client.get("/nl/nowhere/").text):
        assert client.get(way).status_code == 200


def test_a_form_asked_for_by_link_shows_the_one_way_and_says_what_the_address_takes(client):
    answer = client.get("/nl/tickets/holds/x/release/")

    assert answer.status_code == 405
    assert "drawing-one-way" in answer.text
    assert "POST" in answer.headers["Allow"]


def test_a_lapsed_basket_shows_the_pendulum_at_rest(client, slot, clock):
    base = Visitor(client).fill_in(slot, adult="1")
    clock.advance(minutes=16)

    answer = client.get(f"{base}details/")

    assert answer.status_code == 410
    assert "drawing-at-rest" in answer.text


@pytest.fixture
def own_app(services):
    """An application for this test alone, which may add to it."""
    return create_app(services.settings, services)


def test_too_many_tries_are_told_for_how_long(own_app):
    def hurried():
        raise TooMany("Slower.", retry_after_seconds=42)

    own_app.add_url_rule("/nl/-/hurried", view_func=hurried)

    answer = own_app.test_client().get("/nl/-/hurried", query_string={"a": "1&2"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "42")
    assert "drawing-traffic" in answer.text
    assert "Over 42 seconden kun je verder." in answer.text
    assert ways_of(answer.text) == ["/nl/-/hurried?a=1%262", "/nl/"]


def test_what_was_sent_is_not_asked_for_again_but_led_back(own_app):
    def hurried():
        raise TooMany("Slower.")

    own_app.add_url_rule("/nl/-/hurried", view_func=hurried, methods=["POST"])
    own_app.config["WTF_CSRF_ENABLED"] = False
    client = own_app.test_client()

    from_us = client.post("/nl/-/hurried", headers={"Referer": "http://localhost/nl/tickets/"})
    from_others = client.post("/nl/-/hurried", headers={"Referer": "http://elsewhere.example/nl/tickets/"})
    sly = client.post("/nl/-/hurried", headers={"Referer": "http://localhost//elsewhere.example"})

    assert ways_of(from_us.text) == ["/nl/tickets/", "/nl/"]
    assert ways_of(from_others.text) == ["/nl/"]
    assert ways_of(sly.text) == ["/nl/"]


def test_not_now_shows_the_long_orbit_without_asking_the_database(services, room):
    database = Database(make_engine(f"sqlite:///{room}/no/such/folder/nowhere.sqlite3"))
    app = create_app(services.settings, replace(services, database=database))

    def away():
        raise Unavailable("Not now.")

    app.add_url_rule("/fr/-/away", view_func=away)

    answer = app.test_client().get("/fr/-/away")

    assert answer.status_code == 503
    assert "drawing-long-orbit" in answer.text
    assert answer.headers["Retry-After"] == "5"
    assert ways_of(answer.text) == ["/fr/-/away", "/fr/"]


@pytest.mark.parametrize("path", ["/nl/", "/nl/tickets/", "/de/tickets/visit/2026-11-24/", "/desk/sign-in"])
def test_without_its_database_the_house_says_so_with_a_code_and_none_of_its_insides(homeless, path):
    answer = homeless.get(path)

    assert answer.status_code == 500
    assert "drawing-slipped-gear" in answer.text
    assert re.search(r'<strong class="order-code">[A-Z2-9]{8}</strong>', answer.text)
    assert not [inside for inside in INSIDES if inside.lower() in answer.text.lower()]
    assert ways_of(answer.text)[0] == path


def test_an_address_that_leads_nowhere_is_told_without_the_database_too(homeless):
    answer = homeless.get("/nl/nowhere/here/")

    assert answer.status_code == 404
    assert "drawing-missed-lens" in answer.text


def test_when_even_the_pages_are_broken_the_sentence_is_still_said(own_app):
    own_app.jinja_env.loader = DictLoader({})

    answer = own_app.test_client().get("/nl/")

    assert answer.status_code == 500
    assert "<h1>Er ging iets stuk bij ons</h1>" in answer.text
    assert "TemplateNotFound" not in answer.text


def test_staff_without_the_role_see_the_mirror_and_whom_to_ask(app, services):
    browser = signed_in(app, services, Role.FRONT_DESK)

    answer = browser.get("/office/audit")

    assert answer.status_code == 403
    assert "drawing-mirror" in answer.text


@pytest.mark.parametrize(("role", "status"), [(Role.FRONT_DESK, 403), (Role.MANAGER, 200), (Role.ADMINISTRATOR, 200)])
def test_the_design_page_is_for_managers(app, services, role, status):
    assert signed_in(app, services, role).get("/office/design").status_code == status


@pytest.mark.parametrize("theme", ["light", "dark", "pink"])
def test_the_design_page_takes_its_theme_from_the_address(app, services, theme):
    page = signed_in(app, services, Role.MANAGER).get(f"/office/design?theme={theme}").text

    assert (f'data-theme="{theme}"' in page) == (theme != "pink")
