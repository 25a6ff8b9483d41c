"""Whether the centre is open, for machines."""

from __future__ import annotations

from flask import Blueprint, Response

from ticketing.catalogue import opening
from ticketing.catalogue.opening import ClosedSpan
from ticketing.web import edge
from ticketing.web.api.shapes import ClosureBody, StatusBody
from ticketing.web.site import header


def add_to(blueprint: Blueprint) -> None:
    """Put this at its address."""
    blueprint.add_url_rule("/status", view_func=show_status)


def _told(closure: ClosedSpan) -> ClosureBody:
    return ClosureBody(reason=dict(closure.reasons), advice=dict(closure.advice))


def show_status() -> Response:
    """Tell whether the centre is open, and if a closure is in force its reason in every language."""
    status = opening.status_at(header.calendar(), edge.now())
    body = StatusBody(
        open=status.is_open,
        until=status.until,
        next_opening=status.next_opening,
        closure=_told(status.closure) if status.closure else None,
    )
    response = Response(body.model_dump_json(), content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"  # the same for everybody, and nobody's secret
    return response
