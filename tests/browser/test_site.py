"""Every public page in every language, theme and state: judged by axe-core, and measured on screens of all widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import mishaps
from tests.browser import journeys, judging
from ticketing.foundation.languages import LANGUAGES

# A house and a browser of their own, beside the stories': both cores have something to do.
pytestmark = [pytest.mark.xdist_group("browser-site"), pytest.mark.usefixtures("axe_source")]

MISHAPS = {"404 (", "409 (", "410 (", "422 (", "429 (", "500 (", "503 ("}
WIDTHS = {"on a small phone, or at 400 %": 320, "on a phone": 390, "on a wide screen": 1440}


def pages_of(language: str) -> list[str]:
    found = [f"/{language}/{path}" for path in (*judging.WORDS, *judging.SHOP)]
    return found + mishaps.addresses(language)


def along_the_purchase(page: Page, language: str):
    """Stop at every page from the calendar to the tickets, and at every mistake on the way."""
    journeys.to_slots(page, language)
    yield "the times of a day"
    page.locator("a.slot").nth(2).click()
    yield "the tickets"
    page.locator(".sticky-bar button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    yield "the tickets, none chosen"
    page.locator("input[name=quantity-adult]").fill("1")
    page.locator(".sticky-bar button").click()
    expect(page.locator("#email")).to_be_visible()
    yield "the details"
    page.locator("form:has(#email) button.button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    yield "the details, not filled in"
    page.locator("#email").fill("an.peeters@example.org")
    page.locator("form:has(#email) button.button").click()
    page.wait_for_url("**/review/")
    yield "the review"
    page.locator("form.card button.button").click()
    expect(page.locator("button[value=pay]")).to_be_visible()
    yield "the payment"
    page.locator("button[value=decline]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    yield "the payment, declined"
    page.locator("button[value=pay]").click()
    expect(page.locator(".ticket-card")).to_have_count(1)
    yield "the order"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_on_any_page_in_either_theme(open_page, watch, language):
    watch.expected.update(MISHAPS)
    page = open_page()
    found = []

    for address in pages_of(language):
        page.goto(address)
        found += judging.faults(page) + measured_everywhere(page)

    assert not found, told(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_on_the_way_to_the_tickets_with_every_mistake_made(open_page, watch, language):
    watch.expected.update(MISHAPS)
    page = open_page()
    found = []

    for step in along_the_purchase(page, language):
        found += judging.faults(page) + measured_everywhere(page, step)

    assert not found, told(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_with_the_menu_open_for_every_audience_and_with_news_of_all_kinds(open_page, house, language):
    page = open_page()
    found = []

    for audience in ("teacher", "host", "visitor"):
        page.goto(f"/{language}/for/{audience}/")
        page.locator("details.menu > summary").click()
        found += judging.faults(page) + judging.misfits(page, f"{audience}, menu open")
    with judging.announced(house), judging.closed(house):
        for path in ("", "tickets/", "opening-hours/", "programme/"):
            page.goto(f"/{language}/{path}")
            found += judging.faults(page) + judging.misfits(page, "closed, something announced")

    assert not found, told(found)


def test_words_of_a_language_that_runs_longer_break_nothing_on_any_screen(open_page, watch):
    watch.expected.update(MISHAPS)
    page = open_page()
    found = []

    for address in pages_of("nl"):
        page.goto(address)
        judging.lengthen(page)
        found += measured_everywhere(page)
    for step in along_the_purchase(page, "nl"):
        judging.lengthen(page)
        found += measured_everywhere(page, step)

    assert not found, told(found)


def test_longer_words_and_all_the_news_leave_the_header_in_order(open_page, house):
    page = open_page()
    found = []

    with judging.announced(house), judging.closed(house):
        for path in ("", "tickets/"):
            page.goto(f"/de/{path}")
            judging.lengthen(page)
            found += measured_everywhere(page)
            page.locator("details.menu > summary").click()
            found += measured_everywhere(page, "menu open")

    assert not found, told(found)


def measured_everywhere(page: Page, step: str = "") -> list[str]:
    """Measure a page on screens of all widths, and with text twice as large; it ends as it began, on a phone."""
    found = []
    for screen, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        found += judging.misfits(page, f"{step} {screen}")
    page.set_viewport_size({"width": 640, "height": 844})
    with judging.doubled_text(page):
        found += judging.misfits(page, f"{step} with text at 200 %")
    page.set_viewport_size({"width": 390, "height": 844})
    return found


def told(found: list[str]) -> str:
    """Everything that was found, one a line; the same on many pages is told once."""
    once = {re.sub(r"^http://[^/]+/(nl|fr|en|de)?/?", "", fault): fault for fault in found}
    return "\n".join(["", *once.values()])
