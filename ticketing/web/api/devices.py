"""A phone becomes a scanner, and tells how it is."""

from __future__ import annotations

from flask import Blueprint, Response

from ticketing.door import devices, invitations
from ticketing.door.devices import Contact
from ticketing.web import access, edge, limits
from ticketing.web.api.bodies import read_body
from ticketing.web.api.shapes import ContactBody, ContactedBody, EnrolledBody, EnrolmentBody, GateBody


def add_to(blueprint: Blueprint) -> None:
    """Put these at their addresses."""
    seldom = limits.limiter.limit(limits.ENROLMENTS)
    by_token = limits.limiter.limit(limits.SCANS, key_func=access.who_asks)
    blueprint.add_url_rule("/devices", view_func=seldom(enrol_device), methods=["POST"])
    blueprint.add_url_rule("/devices/contacts", view_func=by_token(note_contact), methods=["POST"])


@access.open_to_all("the secret of the invitation opens it, once")
def enrol_device() -> Response:
    """Enrol the phone that opened an invitation, with the token it made."""
    body = read_body(EnrolmentBody)
    with edge.transaction() as session:
        enrolled = invitations.accept(session, body.secret, body.name, body.token, now=edge.now())
    told = EnrolledBody(name=enrolled.name, gate=GateBody(slug=enrolled.gate.slug, name=enrolled.gate.name))
    return Response(told.model_dump_json(), 201, content_type="application/json")


@access.open_to_all("asks for a device's bearer token")
def note_contact() -> Response:
    """Keep what a device tells of itself; a revoked one learns by 401 that it has to forget what it holds."""
    access.turn_strangers_away()
    body = read_body(ContactBody)
    with edge.transaction() as session:
        device = access.device_from_bearer(session, "")
        contact = Contact(body.clock, body.unsent_scans)
        ahead = devices.note_contact(session, device, contact, now=edge.now())
    gate = GateBody(slug=device.gate.slug, name=device.gate.name) if device.gate else None
    told = ContactedBody(name=device.name, gate=gate, now=edge.now(), clock_ahead_seconds=ahead)
    return Response(told.model_dump_json(), content_type="application/json")
