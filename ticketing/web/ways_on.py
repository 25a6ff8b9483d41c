"""Where to go from a page that could not be had: for every status a drawing, and links that do what is said."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request, url_for

from ticketing.web import edge
from ticketing.web.pages import gettext as _

STAFF_FACES = ("/office", "/desk")
PICTURES = {
    403: "mirror",
    404: "missed-lens",
    405: "one-way",
    409: "out-of-step",
    410: "at-rest",
    429: "traffic",
    500: "slipped-gear",
    503: "long-orbit",
}
OTHER_PICTURE = "out-of-step"


@dataclass(frozen=True)
class WayOn:
    """A link to go on by."""

    label: str
    href: str


def picture_of(status: int) -> str:
    """Return the kind of drawing that goes with a status."""
    return PICTURES.get(status, OTHER_PICTURE)


def is_for_staff() -> bool:
    """Tell whether the address asked for is one of the staff's."""
    return request.path.startswith(STAFF_FACES)


def ways_on(status: int, code: str = "") -> list[WayOn]:
    """Return the links for a status, the best one first; none of them needs the database to be made.

    Whoever comes with a wrong link to an order (`code` says so) is led to where links are mailed again.
    """
    if is_for_staff():
        start = WayOn(_("To my start page"), "/office/" if request.path.startswith("/office") else "/desk/")
        return [*_once_more(status), start]
    language = edge.language()
    tickets = WayOn(_("To the tickets"), url_for("site.localised.shop_days", language=language))
    hours = WayOn(_("Opening hours"), url_for("site.localised.page", slug="opening-hours", language=language))
    home = WayOn(_("To the home page"), url_for("site.localised.home", language=language))
    elsewhere = {404: [home, tickets, hours], 409: [tickets, hours], 410: [tickets, home]}
    lost = [WayOn(_("Mail me the link"), url_for("site.localised.lost_link", language=language))]
    return [*(lost if code == "order_not_found" else _once_more(status)), *elsewhere.get(status, [home])]


def _once_more(status: int) -> list[WayOn]:
    """What was asked for once more, where that may help; what was sent cannot be asked for, so there it leads back."""
    if request.method in ("GET", "HEAD"):
        return [WayOn(_("Try again"), request.full_path.rstrip("?"))] if status in (429, 500, 502, 503) else []
    came_from = urlsplit(request.referrer or "")
    is_ours = came_from.netloc == request.host and came_from.path.startswith("/") and came_from.path[1:2] != "/"
    return [WayOn(_("Back to the page before"), came_from.path)] if is_ours else []
