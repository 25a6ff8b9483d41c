"""The design system as it is: every component by the very macros and classes that the pages use, in either theme."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from markupsafe import Markup

from ticketing.content import drawings, emblems, mishaps
from ticketing.staff.roles import Permission
from ticketing.tickets import qr
from ticketing.web import access, edge
from ticketing.web.office import palette, specimens
from ticketing.web.pages import gettext, weekday_names
from ticketing.web.site.month import month_grids

THEMES = ("light", "dark")
SPACES = range(1, 8)


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/design", view_func=design)


@access.requires(Permission.SEE_DESIGN)
def design() -> str:
    today, zone = edge.today(), edge.services().zone
    grids = month_grids(specimens.days(today))
    slots = specimens.slots(today, zone)
    symbol = Markup(qr.svg(specimens.CODE, gettext("QR code of the ticket, code %(code)s", code="…")))  # noqa: S704
    return render_template(
        "office/design.html", theme=_theme(), themes=THEMES, colours=palette.colours(), pairs=palette.pairs(),
        spaces=SPACES, form=specimens.form(), grid=grids[0], weekdays=weekday_names(), slots=slots,
        ticket_type=specimens.ticket_type(), offers=[specimens.offer(kind) for kind in emblems.STROKES],
        tickets=[specimens.ticket(slots[0].starts_at_local, state) for state in ("valid", "void")], symbol=symbol,
        drawing_kinds=[kind for kind in drawings.DRAWERS if kind not in mishaps.DRAWERS],
        mishap_kinds=list(mishaps.DRAWERS),
    )  # fmt: skip


def _theme() -> str | None:
    """Return the theme asked for; none follows the reader's own."""
    asked = request.args.get("theme")
    return asked if asked in THEMES else None
