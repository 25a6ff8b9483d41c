"""The public pages, the shop, and a customer's own order; every address begins with its language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.languages import LANGUAGES
from ticketing.web import edge
from ticketing.web.site import (
    basket_page,
    card_balance,
    checkout,
    closed_visits,
    day_planning,
    feeds,
    header,
    informational,
    lost_orders,
    order_acts,
    order_additions,
    order_cancellations,
    order_details,
    order_moves,
    orders,
    pictured,
    sharing,
    shop,
    waiting,
    waiting_links,
)

blueprint = Blueprint("site", __name__)
localised = Blueprint("localised", __name__, url_prefix=f"/<any({', '.join(LANGUAGES)}):language>")


@blueprint.get("/")
def front_door() -> Response:
    """Lead to the home page in the language the browser asks for."""
    response = redirect(url_for("site.localised.home", language=edge.language()), 302)
    response.headers["Vary"] = "Accept-Language"
    return response


@localised.url_value_preprocessor
def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the language off the address, so that views need not carry it."""
    g.language = (values or {}).pop("language")


@localised.url_defaults
def put_language(endpoint: str, values: dict[str, Any]) -> None:
    """Put the language of this answer on every address we make."""
    if "language" not in values and request:
        values["language"] = edge.language()


shop.add_to(localised)
for step in (day_planning, basket_page, checkout, waiting, waiting_links):
    step.add_to(localised)
for part in (lost_orders, orders, order_acts, order_details, order_moves, order_cancellations, order_additions,
             closed_visits, card_balance):  # fmt: skip
    part.add_to(localised)
feeds.add_to(localised)
pictured.add_to(localised)
informational.add_to(localised)
sharing.add_to_root(blueprint)
blueprint.add_url_rule("/images/<key>-<int:width>.<kind>", "picture_file", informational.picture_file)
blueprint.register_blueprint(localised)
blueprint.app_context_processor(header.facts)
