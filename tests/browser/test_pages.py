"""Every page of desk and office, judged by axe-core, which is not ours; the site has test_site.py."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journeys

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WORDS = (
    "pages", "pages?work=1", "pages/mission/nl", "pages/mission/fr", "pages/mission/fr?start=original",
    "pages/mission/fr/history", "pages/mission/fr/history/0", "pages/mission/fr/history/0/differences", "pictures",
    "menus/visitor", "menus/foot", "announcements",
)  # fmt: skip
OFFICE = ("", "closures", "closures/new", "orders", "audit", "jobs", "devices", "staff", "design", *WORDS)


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
def test_axe_finds_nothing_at_the_desk_and_in_the_office(open_page, axe_source, scheme):
    page = open_page(width=1280, height=900, scheme=scheme)
    page.goto("/desk/sign-in")
    found = faults(page, axe_source)
    journeys.sign_in(page, "administrator")
    for path in OFFICE:
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
