"""A device counts people by tap."""

from __future__ import annotations

from flask import Blueprint, Response

from ticketing.door import devices, tallies
from ticketing.door.tallies import Tap
from ticketing.web import access, edge, limits
from ticketing.web.api.bodies import read_body
from ticketing.web.api.shapes import TakenBody, TalliesBody


def add_to(blueprint: Blueprint) -> None:
    """Put this at its address."""
    by_token = limits.limiter.limit(limits.SCANS, key_func=access.who_asks)
    blueprint.add_url_rule("/tallies", view_func=by_token(take_tallies), methods=["POST"])


@access.open_to_all("asks for a device's bearer token")
def take_tallies() -> Response:
    """Write taps down; what is known already is taken again."""
    access.turn_strangers_away()
    body = read_body(TalliesBody)
    taps = [Tap(**dict(tap)) for tap in body.tallies]
    with edge.transaction() as session:
        device = access.device_from_bearer(session, "")
        taken = tallies.take(session, device, taps, now=edge.now())
        devices.touch(session, device, now=edge.now())
    return Response(TakenBody(taken=taken).model_dump_json(), content_type="application/json")
