"""The reseller interface: OCTO 1.0, the supplier's side, over the same acts as everywhere. words.py maps our words."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from ticketing.web import access, edge, limits, security
from ticketing.web.octo import bookings, offers, refusals

blueprint = Blueprint("octo", __name__, url_prefix="/octo")
security.csrf.exempt(blueprint)  # no cookie opens anything here; resellers carry a key of their own
by_key = limits.limiter.shared_limit(limits.RESELLERS, scope="octo", key_func=access.who_asks)

offers.add_to(blueprint, by_key)
bookings.add_to(blueprint, by_key)
refusals.set_up(blueprint)


@blueprint.before_request
def know_reseller() -> None:
    """Turn strangers away before anything is read of them, and see what the reseller understands."""
    with edge.reading() as session:
        g.reseller = access.reseller_from_bearer(session)
    asked = {name.strip().lower() for name in request.headers.get("Octo-Capabilities", "").split(",")}
    g.has_pricing = bool(asked & offers.PRICING_NAMES)


@blueprint.after_request
def name_capabilities(response: Response) -> Response:
    """Say which of the capabilities they asked for we answered with."""
    response.headers["Octo-Capabilities"] = offers.PRICING if g.get("has_pricing") else ""
    return response
