"""Every page of desk and office, judged by axe-core, which is not ours; the site has test_site.py."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journeys
from tests.browser.judging import faults, faults_of_words
from ticketing.operations.mail_samples import SAMPLES

WORDS = (
    "pages", "pages?work=1", "pages/mission/nl", "pages/mission/fr", "pages/mission/fr?start=original",
    "pages/mission/fr/history", "pages/mission/fr/history/0", "pages/mission/fr/history/0/differences", "pictures",
    "menus/visitor", "menus/foot", "announcements",
)  # fmt: skip
CATALOGUE = (
    "catalogue/", "catalogue/experiences", "catalogue/experiences/new", "catalogue/experiences/visit",
    "catalogue/ticket-types", "catalogue/ticket-types/adult", "catalogue/prices", "catalogue/prices/visit",
    "catalogue/vat", "catalogue/opening-hours", "catalogue/timetable", "catalogue/timetable/visit/1",
    "catalogue/timetable/visit/preview?pattern=1&take_away=1", "catalogue/days/2030-01-01", "catalogue/bulk",
    "catalogue/opening-hours/preview?what=no_closing_day&month=12&day=25",
    "catalogue/opening-hours?what=closing_day&month=12&day=25#closing-day",
)  # fmt: skip
OFFICE = (
    "", "flow", "flow/planning?weeks=8", "flow/planning?day=2026-11-28&limit=500",
    "flow/forecast", "flow/staffing?day=2026-11-28", "flow/calendar", "flow/wall",
    "flow/displays", "closures", "closures/new", "closures/1", "closures/1/amendment?until=notice",
    "closures/1/card?bonus_percent=10",
    "closures/rules", "orders", "orders/not-reached", "waiting", "waiting/1", "change-rules",
    "change-rules?experience=visit",
    "promotions", "promotions/1?try-adult=2&try-child=3", "promotions/new", "promotions/1/terms", "bundles", "mails",
    "accounts", "gift-cards", "resellers", "disputes", "findings", "door", "door/findings", "reports", "reports/sales",
    "reports/attendance", "reports/no-shows",
    "mails/order_change.move/nl", "audit", "jobs", "devices", "staff", "design", *WORDS, *CATALOGUE,
)  # fmt: skip
# Below the office's page of an order, and below a customer's own; three tickets, moved once, none of them used.
OFFICE_ORDER = (
    "",
    "/rebooking",
    "/addition?quantity-adult=1",
    "/cancellation",
    "/cancellation?t=4&fee=with",
    "/refund",
    "/customer",
    "/not-reached",
)
OWN_ORDER = (
    "details/", "names/", "rebooking/", "rebooking/days/?t=4&t=5", "rebooking/days/?t=1", "cancellation/",
    "cancellation/review/?t=4", "addition/", "",
)  # fmt: skip


def test_axe_finds_nothing_at_the_desk_and_in_the_office(open_judged):
    page = open_judged(width=1280, height=900)
    page.goto("/desk/sign-in")
    found = faults(page)
    code = journeys.buy(page)
    journeys.move(page, own_order(page))
    journeys.sign_in(page, "administrator")
    for path in (*OFFICE, *(f"orders/{code}{path}" for path in OFFICE_ORDER)):
        page.goto(f"/office/{path}")
        found += faults(page)
    for path in ("device", "find", f"orders/{code}", "inside", "evacuation", ""):
        page.goto(f"/desk/{path}")
        found += faults(page)
    gates = page.locator("form[action='/desk/gate'] button")
    if gates.count():
        gates.first.click()
        page.wait_for_url("**/desk/scan")
    found += mails_too_wide(page)
    page.goto("/desk/scan")
    found += faults(page)
    page.locator("#code").fill("A" * 26)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    found += faults(page)

    assert found == []


@pytest.mark.parametrize("language", ["nl", "fr"])
def test_axe_finds_nothing_on_a_customers_own_pages(open_judged, watch, language):
    watch.expected.add("409 (CONFLICT)")
    page = open_judged()
    judged = faults if language == "nl" else faults_of_words  # in another language what its words can change
    found: list[str] = []
    journeys.buy(page, language, day=5)
    order = own_order(page)
    journeys.move(page, order)

    for path in OWN_ORDER:
        page.goto(f"{order}{path}")
        found += judged(page)
    page.goto(f"{order}rebooking/days/?t=4")
    journeys.follow(page.locator("a.day.free").nth(1))
    found += judged(page)
    journeys.follow(page.locator("a.slot").nth(3))
    found += judged(page)
    page.goto(order)
    journeys.follow(page.locator("form[action$='/mails/'] button"))
    found += judged(page)
    journeys.add_a_child(page)
    page.goto(order)
    expect(page.locator("#waiting")).to_be_visible()
    found += judged(page)

    assert found == []


def mails_too_wide(page: Page) -> list[str]:
    """Return the mails a small phone shows only in part; German words are the longest."""
    screen = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    found = []
    for name in SAMPLES:
        page.goto(f"/office/mails/{name}/de/html")
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 320:
            found.append(f"the mail {name} is {width} pixels wide")
    page.set_viewport_size(screen)
    return found


def own_order(page: Page) -> str:
    """Return the address of the order whose page is open, or whose pages it belongs to."""
    return re.match(r".*/orders/[A-Z2-9]{8}/[a-z2-7]{32}/", page.url)[0]
