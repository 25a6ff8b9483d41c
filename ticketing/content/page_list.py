"""The informational pages every installation has, each with the drawing that is its own. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

SLUG_SHAPE = re.compile(r"[a-z](?:[a-z0-9-]{0,58}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """A page that is always there; `drawing` and `seed` choose its picture (content/drawings.py)."""

    slug: str
    drawing: str
    seed: int


HOME = "home"
AUDIENCE_HOMES = {"visitor": HOME, "teacher": "home-teacher", "host": "home-host"}
TICKETS = "tickets"  # not a page of words, but menus and texts lead there by this name

PLANNED = {
    page.slug: page
    for page in (
        PlannedPage(HOME, "interference", 7),
        PlannedPage("home-teacher", "orbits", 5),
        PlannedPage("home-host", "lissajous", 4),
        PlannedPage("mission", "field", 3),
        PlannedPage("visitors", "refraction", 11),
        PlannedPage("society", "interference", 19),
        PlannedPage("partners", "gears", 8),
        PlannedPage("employees", "pendulum", 6),
        PlannedPage("opening-hours", "orbits", 12),
        PlannedPage("prices", "spectrum", 2),
        PlannedPage("plan-your-visit", "waves", 9),
        PlannedPage("getting-here", "field", 14),
        PlannedPage("accessibility", "refraction", 4),
        PlannedPage("programme", "lissajous", 10),
        PlannedPage("schools", "pendulum", 2),
        PlannedPage("host-an-event", "spectrum", 15),
        PlannedPage("faq", "waves", 21),
        PlannedPage("contact", "interference", 23),
        PlannedPage("terms", "gears", 17),
        PlannedPage("privacy", "field", 22),
        PlannedPage("accessibility-statement", "refraction", 25),
        PlannedPage("legal", "orbits", 28),
    )
}
# Addresses of the site that are no pages of words: a page of a manager's may not take their names.
RESERVED = {
    TICKETS, "orders", "closed", "for", "calendar", "images", "share", "badge", "status", "gift-card", "sitemap",
    "programme-sheet",
}  # fmt: skip


def drawing_of(slug: str) -> tuple[str, int]:
    """Return the kind and the seed of a page's drawing; pages that managers add share a quiet one."""
    page = PLANNED.get(slug)
    return (page.drawing, page.seed) if page else ("waves", 1)
