"""Our JSON interface for devices and for whoever asks whether we are open."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ticketing.web import security
from ticketing.web.api import day_list, description, devices, scans, status, tallies

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
security.csrf.exempt(blueprint)  # no cookie opens anything here; devices carry a token of their own

scans.add_to(blueprint)
tallies.add_to(blueprint)
devices.add_to(blueprint)
day_list.add_to(blueprint)
status.add_to(blueprint)


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    document: dict[str, Any] = description.document()
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
