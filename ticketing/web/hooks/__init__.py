"""What payment providers call. They prove themselves by a signature over the raw body, not by a cookie or token."""

from __future__ import annotations

from flask import Blueprint, request

from ticketing.operations import payments
from ticketing.web import access, edge, limits, security

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
security.csrf.exempt(blueprint)


@blueprint.post("/stripe")
@limits.limiter.limit(limits.HOOKS)
@access.open_to_all("asks for the provider's signature")
def receive_stripe() -> tuple[str, int]:
    """Take a report; known ones are answered like new ones. Bodies over 256 kB are refused for every address."""
    payments.receive_event(edge.services(), request.get_data(), request.headers.get("Stripe-Signature"))
    return "", 204
