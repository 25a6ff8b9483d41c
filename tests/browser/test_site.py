"""Every public page in every language, theme and state: judged by axe-core, and measured on screens of all widths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, expect

from tests import mishaps, news
from tests.browser import journeys, judging
from ticketing.foundation.languages import LANGUAGES

# A house and a browser of their own, beside the stories': both cores have something to do.
pytestmark = pytest.mark.xdist_group("browser-site")

MISHAPS = {"404 (", "409 (", "410 (", "422 (", "429 (", "500 (", "503 ("}
MOST_SHIFT = 0.05  # of the screen: one line that breaks elsewhere; what people see as a jump begins at 0.1
WIDTHS = {"on a small phone, or at 400 %": 320, "on a phone": 390, "on a wide screen": 1440}


def pages_of(language: str) -> list[str]:
    found = [f"/{language}/{path}" for path in (*judging.WORDS, *judging.SHOP)]
    return found + mishaps.addresses(language) + (list(judging.MORE_STATES) if language == "nl" else [])


def judged(page: Page, language: str, step: str = "") -> list[str]:
    """Judge a page whole in Dutch; in the other languages what their words can change."""
    if language == "nl":
        return judging.faults(page) + measured(page, WIDTHS, step)
    return judging.faults_of_words(page) + measured(page, {"on a small phone": 320}, step)


def along_the_purchase(page: Page, language: str) -> Iterator[str]:
    """Stop at every page from the calendar to the tickets, and at every mistake on the way."""

    def press(target: str, leads_to: str) -> None:
        page.locator(target).click()
        page.wait_for_url(re.compile(leads_to))  # nobody can judge a page that is being left

    def mistake(target: str) -> None:
        page.locator(target).click()
        expect(page.locator("[role=alert]")).to_be_visible()

    journeys.to_slots(page, language)
    page.wait_for_url(re.compile(r"/visit/\d"))
    yield "the times of a day"
    page.locator("a.slot").nth(2).click()
    page.wait_for_url(re.compile("/slots/"))
    yield "the tickets"
    mistake(".sticky-bar button")
    yield "the tickets, none chosen"
    page.locator("input[name=quantity-adult]").fill("1")
    press(".sticky-bar button", "/details/")
    yield "the details"
    press(".change-basket a", "/holds/[^/]+/$")
    yield "the basket"
    press(".also-list li:first-child form:first-child button", "/holds/[^/]+/$")
    expect(page.locator(".basket-visit")).to_have_count(2)
    yield "the basket with a show"
    press(".basket-visit:first-child .more-acts a", "/slots/")
    yield "the tickets, in the basket already"
    page.go_back()
    press(".sticky-bar a", "/details/")
    mistake("form:has(#email) button.button")
    yield "the details, not filled in"
    page.locator("#email").fill("an.peeters@example.org")
    press("form:has(#email) button.button", "/review/")
    yield "the review"
    press("form.card button.button", "/sandbox/")
    yield "the payment"
    mistake("button[value=decline]")
    yield "the payment, declined"
    press("button[value=pay]", r"/orders/[A-Z2-9]{8}/[^/]+/$")
    yield "the order"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_on_any_page_in_either_theme(open_judged, watch, language):
    watch.expected.update(MISHAPS)
    page = open_judged()
    found = []

    for address in pages_of(language):
        page.goto(address)
        found += judged(page, language)

    assert not found, told(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_on_the_way_to_the_tickets_with_every_mistake_made(open_judged, watch, language):
    watch.expected.update(MISHAPS)
    page = open_judged()
    found = []

    for step in along_the_purchase(page, language):
        found += judged(page, language, step)

    assert not found, told(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_with_the_menu_open_for_every_audience_and_with_news_of_all_kinds(open_judged, house, language):
    page = open_judged()
    found = []
    asked = judging.faults if language == "nl" else judging.faults_of_words

    for audience in ("teacher", "host", "visitor"):
        page.goto(f"/{language}/for/{audience}/")
        page.locator("details.menu > summary").click()
        found += asked(page) + judging.misfits(page, f"{audience}, menu open")
    with news.announced(house.services), news.closed(house.services):
        for path in ("", "tickets/", "opening-hours/", "programme/"):
            page.goto(f"/{language}/{path}")
            found += asked(page) + judging.misfits(page, "closed, something announced")

    assert not found, told(found)


def test_words_of_a_language_that_runs_longer_break_nothing_on_any_screen(open_page, watch):
    watch.expected.update(MISHAPS)
    page = open_page()
    found = []
    widths = {"on a small phone": 320, "on a wide screen": 1440}  # the most that breaks, and the other arrangement

    for address in pages_of("nl"):
        page.goto(address)
        judging.lengthen(page)
        found += measured(page, widths)
    for step in along_the_purchase(page, "nl"):
        judging.lengthen(page)
        found += measured(page, widths, step)

    assert not found, told(found)


def test_longer_words_and_all_the_news_leave_the_header_in_order(open_page, house):
    page = open_page()
    found = []

    with news.announced(house.services), news.closed(house.services):
        for path in ("", "tickets/"):
            page.goto(f"/de/{path}")
            judging.lengthen(page)
            found += measured(page, WIDTHS)
            page.locator("details.menu > summary").click()
            found += measured(page, WIDTHS, "menu open")

    assert not found, told(found)


def test_nothing_jumps_while_a_page_loads_even_when_its_letters_come_late(page):
    page.goto("/nl/tickets/")
    day = page.locator("a.day.free").nth(2).get_attribute("href")
    page.goto(day)
    slot = page.locator("a.slot").first.get_attribute("href")
    page.route("**/*.woff2", lambda route: (page.wait_for_timeout(150), route.continue_()))
    jumped = {}

    for address in ("/nl/", "/nl/tickets/", day, slot, "/nl/opening-hours/", "/nl/prices/", "/nl/programme/"):
        page.goto(address)
        page.evaluate("document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 100)))")
        jumped[address] = round(page.evaluate(judging.JUMPS), 3)

    assert [f"{address} jumps by {by}" for address, by in jumped.items() if by > MOST_SHIFT] == []


def test_the_judges_see_a_planted_fault(open_judged):
    page = open_judged()
    page.goto("/nl/prices/")
    page.evaluate(
        """() => {
            const plant = (where, html) => document.querySelector(where).insertAdjacentHTML('beforeend', html);
            plant('main', '<p class="notice"><button class="tiny">x</button></p>');
            plant('main', '<p class="wide">Een regel die nooit breekt en dus uit de bladzijde loopt</p>');
            plant('main', '<p class="pale">Bleke letters</p>');
            plant('.masthead', '<a class="over" href="/nl/">Over de naam heen</a>');
            plant('main', '<p class="held">Afgesneden</p>');
            const style = (name, rules) => Object.assign(document.querySelector(name).style, rules);
            style('.tiny', {width: '12px', height: '12px', padding: 0});
            style('.wide', {width: '900px'});
            style('.pale', {color: '#bbb'});
            style('.over', {position: 'absolute', left: '20px', top: '20px'});
            style('.held', {overflow: 'hidden', width: '30px', whiteSpace: 'nowrap'});
        }"""
    )

    found = told(judging.faults(page) + judging.misfits(page))

    for words in (
        "color-contrast",
        "too small to press, 12 by 12",
        "wide on 390",
        "cut off: p.held",
        "lies over a.over",
    ):
        assert words in found, words


def measured(page: Page, widths: Mapping[str, int], step: str = "") -> list[str]:
    """Measure a page on screens of these widths, and with text twice as large; it ends as it began, on a phone."""
    found = []
    for screen, width in widths.items():
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
