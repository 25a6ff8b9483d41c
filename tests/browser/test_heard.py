"""What a screen reader hears on the way to the tickets, in Dutch: held word for word, figures and codes left open.

After a change that is meant: `scripts/test tests/browser/test_heard.py --write-snapshots`, and read what changed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import journeys

SNAPSHOTS = Path(__file__).resolve().parent / "snapshots"
DAY = "2026-11-28"  # a Saturday that no other story touches
OPEN = (
    (r"/nl/tickets/holds/[^/\s]+/", "/nl/tickets/holds/…/"),
    (r"/nl/orders/[^/\s]+/[^/\s]+/", "/nl/orders/…/"),
    (r"[0-9a-f]{8}-[0-9a-f-]{27}", "…"),
    (r"\b[A-HJ-NP-Z2-9]{8}\b", "CODE"),
    (r"\b[A-Z2-7]{4,6}( [A-Z2-7]{2,6}){3,}\b", "TICKET"),
    (r"(?<!level=)\d+", "#"),
)


@pytest.fixture
def hears(request: pytest.FixtureRequest):
    """Compare what is heard in a part of the page with what is held; with --write-snapshots, hold it."""

    def compare(name: str, part: Locator, until: str = "\0") -> None:
        heard = part.aria_snapshot().partition(until)[0].rstrip()
        for shape, left_open in OPEN:
            heard = re.sub(shape, left_open, heard)
        held = SNAPSHOTS / f"{name}.yml"
        if request.config.getoption("--write-snapshots"):
            held.parent.mkdir(exist_ok=True)
            held.write_text(f"{heard}\n", encoding="utf-8")
        assert f"{heard}\n" == held.read_text(encoding="utf-8"), f"Read the difference; is it meant? ({__doc__})"

    return compare


def press(page: Page, target: str, leads_to: str) -> None:
    page.locator(target).first.click()
    page.wait_for_url(re.compile(leads_to))


def test_the_purchase_is_heard_in_words_that_make_sense(open_page, watch, hears):
    watch.expected.add("422 (")
    page = open_page(width=1440, height=900)
    main = page.locator("main")

    page.goto("/nl/tickets/")
    hears("1-days", main)
    press(page, f"a.day[href$='{DAY}/']", DAY)
    hears("2-times", main, until='- region "november')  # the same calendar again
    press(page, "a.slot", "/slots/")
    hears("3-tickets", main)
    page.locator(".sticky-bar button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    hears("3-tickets-none-chosen", page.locator("[role=alert]"))
    page.locator("input[name=quantity-adult]").fill("2")
    press(page, ".sticky-bar button", "/details/")
    hears("4-details", main)
    page.locator("form:has(#email) button.button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    hears("4-details-not-filled-in", page.locator("form:has(#email)"))
    page.locator("#email").fill("an.peeters@example.org")
    press(page, "form:has(#email) button.button", "/review/")
    hears("5-review", main)
    journeys.pay(page)
    expect(page.locator(".ticket-card")).to_have_count(2)
    hears("6-order", main)


def test_the_header_and_its_menu_are_heard_in_order(page, hears):
    page.goto("/nl/")

    hears("header", page.locator("header").first)
    page.locator("details.menu > summary").click()
    hears("header-menu-open", page.locator("header").first)


def test_the_pages_of_facts_are_heard_with_their_figures(page, hears):
    for name, address in (("home", "/nl/"), ("opening-hours", "/nl/opening-hours/"), ("prices", "/nl/prices/")):
        page.goto(address)
        hears(f"page-{name}", page.locator("main"))
