"""A device scans a ticket, or tells of scans it had to judge by itself."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response

from ticketing.catalogue import opening
from ticketing.door import admission, devices, late
from ticketing.door.admission import FirstAdmission, ScanAnswer, ScanRequest, TicketView
from ticketing.door.devices import DeviceAtGate
from ticketing.door.late import LateScan
from ticketing.door.verdict import Reason
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.failpoints import reach
from ticketing.web import access, edge, limits
from ticketing.web.api.bodies import read_body
from ticketing.web.api.shapes import (
    AlreadyBody,
    ClosureBody,
    LateScansBody,
    ScanBody,
    TakenBody,
    TicketBody,
    VerdictBody,
)
from ticketing.web.api.status import told_closure
from ticketing.web.site import header


def add_to(blueprint: Blueprint) -> None:
    """Put this at its address."""
    by_token = limits.limiter.limit(limits.SCANS, key_func=access.who_asks)
    blueprint.add_url_rule("/scans", view_func=by_token(create_scan), methods=["POST"])
    blueprint.add_url_rule("/scans/late", view_func=by_token(take_late_scans), methods=["POST"])


@access.open_to_all("asks for a device's bearer token")
def create_scan() -> Response:
    """Judge a scan and count the admission; the same scan id again gets the first answer.

    Strangers are turned away first: they learn nothing of what a scan is, and take no turn at writing.
    """
    access.turn_strangers_away()
    body = read_body(ScanBody)
    now = edge.now()
    with edge.transaction() as session:
        device = access.device_from_bearer(session, body.gate)
        wanted = ScanRequest(
            scan_id=body.scan_id,
            code=body.code,
            gate=devices.require_gate(device),
            direction=body.direction,
            scanned_at=_by_our_clock(body.scanned_at, device, now),
            admissions=body.admissions,
            has_stamp=body.stamp,
        )
        answer = admission.scan(session, wanted, edge.actor(), zone=edge.services().zone, now=now)
        if answer.reason is Reason.UNKNOWN and not answer.is_repeat:
            limits.count_wrong_code(edge.actor())
        devices.touch(session, device, now=now)
    reach("C9")
    return Response(_body_of(answer).model_dump_json(), content_type="application/json")


def _by_our_clock(told: datetime | None, device: DeviceAtGate, now: datetime) -> datetime:
    """Set right what a device says whose clock is known to be wrong; what another says is judged as it is."""
    if told is None or abs(device.clock_ahead) <= admission.CLOCK_TOLERANCE:
        return told or now
    return devices.set_right(told, device.clock_ahead, now=now)[1]


@access.open_to_all("asks for a device's bearer token")
def take_late_scans() -> Response:
    """Write down what a device judged while it was cut off; what is known already is taken again.

    Of codes that nobody knows no more are taken than a scan may show. The others stay in the device, which sends them
    again: nothing of an honest one is lost. 429 says that nothing could be taken now.
    """
    access.turn_strangers_away()
    body = read_body(LateScansBody)
    told = [LateScan(**dict(scan)) for scan in body.scans]
    with edge.transaction() as session:
        device = access.device_from_bearer(session, "")
        left = limits.wrong_codes_left(edge.actor())
        taken = late.take(session, device, told, wrong_codes_left=left, zone=edge.services().zone, now=edge.now())
        devices.touch(session, device, now=edge.now())
    limits.count_wrong_codes(edge.actor(), taken.wrong_codes)
    reach("C9")
    if told and not taken.scan_ids:
        limits.refuse_wrong_codes(edge.actor())
    return Response(TakenBody(taken=taken.scan_ids).model_dump_json(), content_type="application/json")


def _body_of(answer: ScanAnswer) -> VerdictBody:
    return VerdictBody(
        verdict=answer.verdict,
        reason=answer.reason,
        ticket=_ticket(answer.ticket) if answer.ticket else None,
        already=_already(answer.already) if answer.already else None,
        closure=_closure() if answer.reason is Reason.CLOSED else None,
    )


def _closure() -> ClosureBody | None:
    """Say why we are closed just now; what begins later is on the device's list."""
    closure = opening.status_at(header.calendar(), edge.now()).closure
    return told_closure(closure) if closure else None


def _ticket(ticket: TicketView) -> TicketBody:
    return TicketBody(
        experience=dict(ticket.experience),
        ticket_type=dict(ticket.ticket_type),
        starts_at=ticket.starts_at,
        local_date=local_date_of(ticket.starts_at, edge.services().zone),
        admits_from=ticket.admits_from,
        admits_until=ticket.admits_until,
        admissions=ticket.admissions,
        admitted=ticket.admitted,
        order_code=ticket.order_code,
        reentry=ticket.reentry,
    )


def _already(first: FirstAdmission) -> AlreadyBody:
    return AlreadyBody(at=first.at, gate=first.gate)
