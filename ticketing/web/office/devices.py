"""Scanners and the gates they stand at."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.door import devices, gates
from ticketing.foundation.errors import TicketingError
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/devices", view_func=device_list)
    blueprint.add_url_rule("/devices", view_func=enrol_device, methods=["POST"])
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
        mistake=words_for_code(mistake) if mistake else None, values=request.form if mistake else {},
    )  # fmt: skip
