"""A closure as people live through it: made on a phone, told to whoever has a page open, answered in three taps."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests import make, news
from tests.browser import journeys
from tests.browser.house import House, running_house
from tests.browser.judging import faults, faults_of_words
from ticketing.catalogue.models import Experience, Slot
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import closing
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.models import Order


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, demonstration: Path) -> Iterator[House]:
    """A house of its own: its clock goes on."""
    instance = tmp_path_factory.mktemp("closing")
    shutil.copytree(demonstration, instance, dirs_exist_ok=True)
    with running_house(instance) as running:
        yield running


def buy_for_tomorrow(house: House, language: str) -> str:
    """Buy a ticket in a language; return the order's code."""
    now = house.services.clock.now()
    tomorrow = (now + timedelta(days=1)).date()
    with house.services.database.transaction() as session:
        visits = select(Slot).join(Slot.experience).where(Experience.slug == "visit", Slot.local_date == tomorrow)
        slot = session.scalars(visits.order_by(Slot.starts_at.desc())).first()
        order = make.confirmed_order(session, slot, now, adult=1)
        order.email, order.language = f"{language}@example.org", language
        return order.code


def case_of(house: House, code: str) -> ClosureCase:
    with house.services.database.reading() as session:
        return session.scalars(select(ClosureCase).join(Order).where(Order.code == code)).one()


def link_in_mail(house: House, language: str) -> str:
    """Return the one link that a mail about the closure has for somebody who bought in a language."""
    for path in house.mail_folder.glob("*.eml"):
        mail = path.read_bytes().replace(b"=\n", b"").decode(errors="replace")
        if f"To: {language}@example.org" in mail and (link := re.search(r"http\S+/closed/[a-z0-9]+/", mail)):
            return link[0]
    raise LookupError(f"Nobody wrote to {language}@example.org about the closure.")


def test_a_manager_closes_tomorrow_on_a_phone_and_each_visitor_chooses_again_in_three_taps(
    open_page, open_judged, house
):
    found: list[str] = []
    orders = {language: buy_for_tomorrow(house, language) for language in LANGUAGES}
    manager = open_page()
    journeys.sign_in(manager, "manager")
    manager.goto("/office/closures")
    manager.get_by_label("morgen, de hele dag").check()
    journeys.follow(manager.locator("#close form button[type=submit]"))
    journeys.follow(manager.locator("button.danger"))

    house.services.clock.advance(minutes=11)  # nobody thought better of it
    closing.tend(house.services)
    house.work()

    for language, code in orders.items():
        visitor = open_judged()
        visitor.goto(link_in_mail(house, language))
        found += faults(visitor) if language == "nl" else faults_of_words(visitor)
        journeys.follow(visitor.locator("a.slot").first)
        journeys.follow(visitor.locator("main form button.button").first)
        expect(visitor.locator(".notice.done")).to_be_visible()
        assert case_of(house, code).state is CaseState.REBOOKED
        found += faults_of_words(visitor)

    assert found == []


def test_whoever_has_a_page_open_is_told_within_a_minute_that_we_close_and_open_again(page, house):
    page.clock.install()
    page.goto("/nl/")
    told = page.get_by_role("status").first
    expect(told).to_contain_text("Nu open")
    with news.closed(house.services):
        page.clock.fast_forward(61_000)
        expect(told).to_contain_text("Gesloten")
    page.clock.fast_forward(61_000)
    expect(told).to_contain_text("Nu open")
