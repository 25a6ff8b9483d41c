"""What judges a page as it stands: axe-core, and our own measures of what is pressed, cut off or sticking out.

Pages that axe is to judge are opened with `open_judged` (conftest.py): it is in them from the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from ticketing.content.page_list import AUDIENCE_HOMES, PLANNED

HERE = Path(__file__).resolve().parent
MEASURES = (HERE / "measures.js").read_text(encoding="utf-8")
LENGTHEN = (HERE / "lengthen.js").read_text(encoding="utf-8")

# Every page of words and every page of the shop that can be had by its address alone.
WORDS = ("", *(f"{slug}/" for slug in PLANNED if slug not in AUDIENCE_HOMES.values()))
SHOP = (
    "tickets/", "tickets/lightning/", "tickets/mars/", "orders/lost/",
    "tickets/day-plan/?asked=1&day=2026-11-25&experience=visit&experience=beetle&experience=cold&quantity-adult=2",
)  # fmt: skip
# Days in other states, and an address that leads nowhere; judged in Dutch.
MORE_STATES = (
    "/nl/tickets/?month=2026-12", "/nl/tickets/sound/", "/nl/tickets/visit/2026-11-25/",
    "/nl/tickets/visit/2026-12-15/", "/nl/nowhere/",
)  # fmt: skip

# All rules but those that axe calls obsolete, and one of level AAA (7:1) that we promise only for the scanner.
MORE_RULES = (
    "target-size", "identical-links-same-purpose", "meta-refresh-no-exceptions", "css-orientation-lock",
    "focus-order-semantics", "p-as-heading", "table-fake-caption", "td-has-header",
)  # fmt: skip
RULES_OF_COLOUR = ("color-contrast", "link-in-text-block")
ASK = """([more, only, but]) => axe.run(document, {
    ...(only ? {runOnly: {type: 'rule', values: only}}
             : {rules: Object.fromEntries([...more.map((id) => [id, {enabled: true}]),
                                           ...but.map((id) => [id, {enabled: false}])])}),
    resultTypes: ['violations'], preload: false,
}).then((found) => found.violations.map(
    (fault) => `${fault.id} (${fault.impact}): `
        + fault.nodes.map((node) => node.html.slice(0, 140)).slice(0, 3).join(' ')
))"""

# How far the page has shifted since it was asked for, as a share of the screen (Cumulative Layout Shift).
JUMPS = """new Promise((tell) => {
    let sum = 0;
    const add = (list) => list.getEntries().forEach((each) => { sum += each.hadRecentInput ? 0 : each.value; });
    new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
    setTimeout(() => tell(sum), 50);
})"""


def faults(page: Page) -> list[str]:
    """Ask axe everything about the page in the light theme, and about its colours in the dark one."""
    found = page.evaluate(ASK, [MORE_RULES, None, ()])
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in page.evaluate(ASK, [MORE_RULES, RULES_OF_COLOUR, ()])]
    page.emulate_media(color_scheme="light")
    return [f"{page.url}: {fault}" for fault in found]


def faults_of_words(page: Page) -> list[str]:
    """Ask axe everything but colours: those are the same in every language, and judging them takes the longest."""
    return [f"{page.url}: {fault}" for fault in page.evaluate(ASK, [MORE_RULES, None, RULES_OF_COLOUR])]


def misfits(page: Page, what: str = "") -> list[str]:
    """Measure the page: what is too small to press, sticks out, is cut off or lies over something else."""
    return [f"{page.url} {what}: {found}" for found in page.evaluate(MEASURES)]


def lengthen(page: Page) -> None:
    """Write every text on the page 40 % longer and in letters of many languages."""
    page.evaluate(LENGTHEN)


@contextmanager
def doubled_text(page: Page) -> Iterator[None]:
    """While the block runs, text is twice as large, as a reader may set it."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    yield
    page.evaluate("document.documentElement.style.fontSize = ''")
