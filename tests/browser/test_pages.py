"""Every page of the path, judged by axe-core and by the Nu HTML checker, neither of them ours."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journeys

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
INFORMATIONAL = ("", "mission/", "opening-hours/", "tickets/", "tickets/mars/", "orders/lost/", "nowhere/")
OFFICE = (
    "", "closures", "closures/new", "orders", "change-rules", "change-rules?experience=visit", "mails",
    "mails/order_change.move/nl", "audit", "jobs", "devices", "staff",
)  # fmt: skip
# Below a customer's own order, and below the office's page of one; three tickets, none of them used.
OWN_ORDER = (
    "", "details/", "names/", "rebooking/", "rebooking/days/?t=1&t=2", "cancellation/", "cancellation/review/?t=1",
    "addition/", "rebooking/days/?t=99",
)  # fmt: skip
OFFICE_ORDER = ("", "/rebooking", "/cancellation", "/cancellation?t=1&fee=with", "/refund", "/customer")


def faults(page: Page, axe_source: str) -> list[str]:
    """Ask axe about the page as it stands."""
    page.evaluate(axe_source)
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{page.url}: {fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:160]}"
        for fault in found["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["nl", "fr", "en", "de"])
def test_axe_finds_nothing_from_the_home_page_to_the_tickets(open_page, watch, axe_source, language, scheme):
    watch.expected.update({"404 (NOT FOUND)", "422 (UNPROCESSABLE"})
    page = open_page(scheme=scheme)
    found: list[str] = []

    def judge() -> None:
        found.extend(faults(page, axe_source))

    for path in INFORMATIONAL:
        page.goto(f"/{language}/{path}")
        judge()
    page.goto(f"/{language}/")
    page.locator("details.menu > summary").click()
    judge()
    page.goto(f"/{language}/tickets/")
    page.locator("a.day.free").nth(1).click()
    judge()
    page.locator("a.slot").nth(3).click()
    judge()
    page.locator(".sticky-bar button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    judge()
    page.locator("input[name=quantity-adult]").fill("1")
    page.locator(".sticky-bar button").click()
    page.locator("form button.button").first.click()
    expect(page.locator("[role=alert]")).to_be_visible()
    judge()
    page.locator("#email").fill("an.peeters@example.org")
    page.locator("form button.button").first.click()
    judge()
    page.locator("form.card button.button").click()
    judge()
    page.locator("button[value=pay]").click()
    judge()

    assert found == []


@pytest.mark.parametrize(("scheme", "language"), [("light", "nl"), ("dark", "fr")])
def test_axe_finds_nothing_on_a_customers_own_pages(open_page, watch, axe_source, scheme, language):
    watch.expected.add("409 (CONFLICT)")
    page = open_page(scheme=scheme)
    found: list[str] = []
    for address in own_addresses(page, language):
        page.goto(address)
        found += faults(page, axe_source)
    page.locator("form[action$='/mails/'] button").click()
    found += faults(page, axe_source)
    journeys.add_a_child(page)
    page.goto(own_order(page))
    expect(page.locator("#waiting")).to_be_visible()
    found += faults(page, axe_source)

    assert found == []


def own_order(page: Page) -> str:
    return re.match(r".*/orders/[A-Z2-9]{8}/[a-z2-7]{32}/", page.url)[0]


def own_addresses(page: Page, language: str = "nl") -> list[str]:
    """Buy, move and come by every page below the order; return their addresses, the order's own last."""
    journeys.buy(page, language, day=5)
    order = own_order(page)
    found = [f"{order}{path}" for path in OWN_ORDER[1:]]
    page.goto(f"{order}rebooking/")
    page.locator("form.choose-tickets button").click()
    page.locator("a.day.free").nth(1).click()
    found.append(page.url)
    page.locator("a.slot").nth(3).click()
    found.append(page.url)
    page.goto(f"{order}addition/")
    page.locator("input[name=quantity-child]").fill("1")
    page.locator(".sticky-bar button").click()
    found.append(page.url)
    journeys.move(page, order)
    return [*(address for address in found if "rebooking/slots" not in address), order]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_desk_and_in_the_office(open_page, axe_source, scheme):
    page = open_page(width=1280, height=900, scheme=scheme)
    page.goto("/desk/sign-in")
    found = faults(page, axe_source)
    journeys.sign_in(page, "administrator")
    code = journeys.an_order(page)
    for path in (*OFFICE, *(f"orders/{code}{path}" for path in OFFICE_ORDER)):
        page.goto(f"/office/{path}")
        found += faults(page, axe_source)
    page.goto("/desk/")
    found += faults(page, axe_source)
    gates = page.locator("form[action='/desk/gate'] button")
    if gates.count():
        gates.first.click()
    page.goto("/desk/scan")
    found += faults(page, axe_source)
    page.locator("#code").fill("A" * 26)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    found += faults(page, axe_source)

    assert found == []


def test_the_html_of_every_page_is_valid(page, watch, validator, tmp_path: Path):
    watch.expected.add("404 (NOT FOUND)")
    for language in ("nl", "fr", "en", "de"):
        for path in INFORMATIONAL:
            keep(page, f"/{language}/{path}", tmp_path)
    page.goto("/nl/tickets/")
    day = page.locator("a.day.free").nth(1).get_attribute("href")
    keep(page, day, tmp_path)
    page.goto(day)
    keep(page, page.locator("a.slot").nth(3).get_attribute("href"), tmp_path)
    journeys.to_tickets(page)
    journeys.to_review(page)
    keep(page, page.url, tmp_path)
    keep(page, page.url.replace("review", "details"), tmp_path)
    page.locator("form.card button.button").click()
    keep(page, page.url, tmp_path)
    page.locator("button[value=pay]").click()
    expect(page.locator(".ticket-card")).to_have_count(3)
    keep(page, page.url, tmp_path)
    watch.expected.add("409 (CONFLICT)")
    for address in own_addresses(page):
        keep(page, address, tmp_path)
    journeys.sign_in(page, "administrator")
    code = journeys.an_order(page)
    for path in (*OFFICE, *(f"orders/{code}{path}" for path in OFFICE_ORDER)):
        keep(page, f"/office/{path}", tmp_path)
    for path in ("/desk/", "/desk/scan"):
        keep(page, path, tmp_path)

    checked = subprocess.run(
        ["java", "-jar", validator, "--errors-only", "--format", "gnu", *sorted(tmp_path.glob("*.html"))],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert checked.stderr.replace(str(tmp_path), "") == ""


def keep(page: Page, address: str, folder: Path) -> None:
    """Fetch a page as the server sends it, with the cookies of this browser, and keep it to be checked."""
    answer = page.context.request.get(address)
    name = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")[-120:]
    (folder / f"{name}.html").write_text(answer.text())
