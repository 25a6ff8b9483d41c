"""Scanners and the gates they stand at: invited by a QR symbol, seen, revoked."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from ticketing.door import devices, gates, invitations
from ticketing.foundation.errors import TicketingError
from ticketing.staff.roles import Permission
from ticketing.tickets import qr
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.pages import gettext

# A clock further off than this is worth a look; less is the way of the network.
CLOCK_WORTH_A_WORD = timedelta(seconds=30)

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/devices", view_func=device_list)
    blueprint.add_url_rule("/devices", view_func=enrol_device, methods=["POST"])
    blueprint.add_url_rule("/devices/invitations", view_func=invite_device, methods=["POST"])
    blueprint.add_url_rule("/devices/<int:device_id>/revocation", view_func=revoke_device, methods=["POST"])
    blueprint.add_url_rule("/gates", view_func=add_gate, methods=["POST"])


@access.requires(Permission.MANAGE_DEVICES)
def device_list() -> str:
    return _page()


@access.requires(Permission.MANAGE_DEVICES)
def enrol_device() -> Answer:
    """Enrol a scanner and show its token, this once."""
    name, gate = request.form.get("name", ""), request.form.get("gate", "")
    try:
        with edge.transaction() as writing:
            device, token = devices.enrol(writing, name, gate or None, actor=edge.actor(), now=edge.now())
    except (devices.DeviceInvalid, devices.DeviceExists, gates.UnknownGate) as mistake:
        return _page(mistake=mistake), mistake.status
    return _page(token=token, token_of=device.name)


@access.requires(Permission.MANAGE_DEVICES)
def invite_device() -> Answer:
    """Show the QR symbol that makes one phone a scanner, this once. What follows # reaches no server and no log."""
    try:
        with edge.transaction() as writing:
            made = invitations.invite(writing, request.form.get("gate", ""), actor=edge.actor(), now=edge.now())
    except gates.UnknownGate as mistake:
        return _page(mistake=mistake), mistake.status
    invitation, secret = made
    link = f"{edge.services().settings.public_url}{url_for('desk.device_page')}#{secret}"
    symbol = Markup(qr.link_svg(link, gettext("QR symbol of the link")))  # noqa: S704 - drawn here, its title escaped
    return render_template("office/device_invitation.html", link=link, symbol=symbol, expires_at=invitation.expires_at)


@access.requires(Permission.MANAGE_DEVICES)
def revoke_device(device_id: int) -> Answer:
    with edge.transaction() as writing:
        devices.revoke(writing, devices.get_device(writing, device_id), actor=edge.actor(), now=edge.now())
    return redirect(url_for(".device_list"), 303)


@access.requires(Permission.MANAGE_DEVICES)
def add_gate() -> Answer:
    try:
        with edge.transaction() as writing:
            gates.add_gate(writing, request.form.get("gate_name", ""), actor=edge.actor(), now=edge.now())
    except (gates.GateInvalid, gates.GateExists) as mistake:
        return _page(mistake=mistake), mistake.status
    return redirect(url_for(".device_list"), 303)


def _page(mistake: TicketingError | None = None, token: str = "", token_of: str = "") -> str:
    with edge.reading() as reading:
        all_devices, all_gates = devices.list_devices(reading), gates.list_gates(reading)
    return render_template(
        "office/devices.html", devices=all_devices, gates=all_gates, token=token, token_of=token_of,
        clock_worth_a_word=CLOCK_WORTH_A_WORD.seconds,
        mistake=words_for_code(mistake) if mistake else None, values=request.form if mistake else {},
    )  # fmt: skip
