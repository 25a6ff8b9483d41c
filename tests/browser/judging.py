"""What judges a page as it stands: axe-core, and our own measures of what is pressed, cut off or sticking out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.house import House
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.content import announcements
from ticketing.content.announcements import Wording
from ticketing.content.page_list import AUDIENCE_HOMES, PLANNED
from ticketing.foundation.actors import system

HERE = Path(__file__).resolve().parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
MEASURES = (HERE / "measures.js").read_text(encoding="utf-8")
LENGTHEN = (HERE / "lengthen.js").read_text(encoding="utf-8")

# Every page of words and every page of the shop that can be had by its address alone.
WORDS = ("", *(f"{slug}/" for slug in PLANNED if slug not in AUDIENCE_HOMES.values()))
SHOP = ("tickets/", "tickets/lightning/", "tickets/mars/")
TEST = system("test")

# All rules but those that axe calls obsolete, and one of level AAA (7:1) that we promise only for the scanner.
MORE_RULES = (
    "target-size", "identical-links-same-purpose", "meta-refresh-no-exceptions", "css-orientation-lock",
    "focus-order-semantics", "p-as-heading", "table-fake-caption", "td-has-header",
)  # fmt: skip
RULES_OF_COLOUR = ("color-contrast", "link-in-text-block")
ASK = """([more, only]) => axe.run(document, {
    ...(only ? {runOnly: {type: 'rule', values: only}}
             : {rules: Object.fromEntries(more.map((id) => [id, {enabled: true}]))}),
    resultTypes: ['violations'], preload: false,
}).then((found) => found.violations.map(
    (fault) => `${fault.id} (${fault.impact}): `
        + fault.nodes.map((node) => node.html.slice(0, 140)).slice(0, 3).join(' ')
))"""


def faults(page: Page) -> list[str]:
    """Ask axe everything about the page in the light theme, and about its colours in the dark one."""
    page.evaluate(AXE_SOURCE)
    found = page.evaluate(ASK, [MORE_RULES, None])
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in page.evaluate(ASK, [MORE_RULES, RULES_OF_COLOUR])]
    page.emulate_media(color_scheme="light")
    return [f"{page.url}: {fault}" for fault in found]


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


@contextmanager
def announced(house: House) -> Iterator[None]:
    """While the block runs, something is announced on every page."""
    now = house.services.clock.now()
    texts = {
        "nl": "Op zaterdag 28 november zijn we open tot 22 uur: kom kijken hoe licht danst in het donker.",
        "fr": "Le samedi 28 novembre, nous sommes ouverts jusqu’à 22 heures\u202f: venez voir danser la lumière.",
        "en": "On Saturday 28 November we are open until 10 in the evening: come and see light dance in the dark.",
        "de": "Am Samstag, den 28. November, haben wir bis 22 Uhr geöffnet: Sehen Sie Licht im Dunkeln tanzen.",
    }
    wording = Wording(texts, "programme", now - timedelta(minutes=1), now + timedelta(days=3))
    with house.services.database.transaction() as session:
        announcement = announcements.announce(session, wording, actor=TEST, now=now)
    yield
    with house.services.database.transaction() as session:
        announcements.withdraw(session, announcement.id, actor=TEST, now=now)


@contextmanager
def closed(house: House) -> Iterator[None]:
    """While the block runs, the centre is closed until the end of the day, for a reason that is told."""
    now = house.services.clock.now()
    reasons = {
        "nl": "Gesloten wegens storm: we wachten tot de daken weer veilig zijn.",
        "fr": "Fermé pour cause de tempête\u202f: nous attendons que les toits soient à nouveau sûrs.",
        "en": "Closed because of the storm: we wait until the roofs are safe again.",
        "de": "Wegen des Sturms geschlossen: Wir warten, bis die Dächer wieder sicher sind.",
    }
    with house.services.database.transaction() as session:
        request = ClosureRequest(reasons, now, now + timedelta(hours=8))
        closure = closures.close(session, request, actor=TEST, now=now)
    yield
    with house.services.database.transaction() as session:
        closures.lift(session, closures.get_closure(session, closure.id), actor=TEST, now=now + timedelta(seconds=1))


AXE_SOURCE = AXE.read_text(encoding="utf-8") if AXE.exists() else ""
