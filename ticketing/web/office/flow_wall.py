"""The display on a wall: who is inside, in letters that are read from five metres; and the links that open it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import house_limits
from ticketing.flow import advice, display_links, today
from ticketing.flow.display_links import DisplayLinkInvalid
from ticketing.foundation.errors import InvalidInput
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, limits
from ticketing.web.office import flow_charts, flow_words, mistakes

Answer = str | Response | tuple[str, int]

THEMES = ("light", "dark")
MOST_SLOTS, MOST_GATES = 5, 3  # that fit beneath one another in such letters


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/flow/wall", view_func=flow_wall)
    blueprint.add_url_rule("/flow/wall/<secret>", view_func=flow_display)
    blueprint.add_url_rule("/flow/displays", view_func=flow_displays)
    blueprint.add_url_rule("/flow/displays", view_func=flow_add_display, methods=["POST"])
    blueprint.add_url_rule("/flow/displays/<int:link_id>/revocation", view_func=flow_revoke_display, methods=["POST"])


@access.requires(Permission.SEE_TODAY)
def flow_wall() -> str:
    return _display()


@limits.limiter.limit(limits.DISPLAYS)
@access.open_to_all("the secret of the link opens it; it shows nothing personal")
def flow_display(secret: str) -> str:
    """Show the display to whoever has its link. Raises DisplayLinkNotFound."""
    edge.speak(request.args.get("language", ""))  # the screen's, whoever may be signed in at it
    with edge.reading() as reading:
        display_links.require_open(reading, secret)
    return _display()


@access.requires(Permission.PLAN_FLOW)
def flow_displays() -> str:
    return _links()


@access.requires(Permission.PLAN_FLOW)
def flow_add_display() -> Answer:
    """Make a link for a screen, and show its address this once."""
    try:
        with edge.transaction() as session:
            link, secret = display_links.make(
                session, request.form.get("screen", ""), actor=edge.actor(), now=edge.now()
            )
    except DisplayLinkInvalid as mistake:
        return _links(mistake=mistake), mistake.status
    shown = {"language": edge.language()} | ({"theme": asked} if (asked := _theme(request.form.get("theme"))) else {})
    path = url_for(".flow_display", secret=secret, **shown)  # type: ignore[arg-type]
    return _links(made=link.name, address=f"{edge.services().settings.public_url}{path}")


@access.requires(Permission.PLAN_FLOW)
def flow_revoke_display(link_id: int) -> Response:
    with edge.transaction() as session:
        display_links.revoke(session, link_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".flow_displays"), 303)


def _display() -> str:
    with edge.reading() as reading:
        shown = today.flow_today(reading, zone=edge.services().zone, now=edge.now())
    return render_template(
        "office/flow_wall.html", flow=shown, theme=_theme(request.args.get("theme")), words=flow_words,
        advice=advice.advice_for(shown), gauge=flow_charts.gauge(shown) if shown.limits else None,
        slots=shown.slots_ahead[:MOST_SLOTS], are_named=len({each.slot.experience_id for each in shown.slots}) > 1,
        gates=shown.gates[:MOST_GATES],
        more_gates=max(0, len(shown.gates) - MOST_GATES),
    )  # fmt: skip


def _links(mistake: InvalidInput | None = None, made: str = "", address: str = "") -> str:
    with edge.reading() as reading:
        links, has_limits = display_links.list_links(reading), house_limits.find_limits(reading) is not None
    return render_template(
        "office/flow_displays.html", links=links, made=made, address=address, has_limits=has_limits,
        mistake=mistakes.told(mistake) if mistake else None, values=request.form if mistake else {},
    )  # fmt: skip


def _theme(asked: str | None) -> str | None:
    """Return the theme asked for; none follows the screen's own."""
    return asked if asked in THEMES else None
