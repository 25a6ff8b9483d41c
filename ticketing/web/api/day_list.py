"""The list by which devices judge without a network."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

from flask import Blueprint, Response, request

from ticketing.catalogue.opening import ClosedSpan
from ticketing.door import day_list, devices
from ticketing.door.day_list import DayList, SlotRow
from ticketing.web import access, edge, limits
from ticketing.web.api.shapes import DayListBody, ListedClosure, ListedSlot, ListedTicketType
from ticketing.web.compression import compressed
from ticketing.web.together import Together

# A list also depends on the time, a little: which slots of the night before still admit, which closures are over.
KEPT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A list as it is sent."""

    body: bytes
    etag: str


_lists: Together[Told] = Together()


def add_to(blueprint: Blueprint) -> None:
    """Put this at its address."""
    by_token = limits.limiter.limit(limits.SCANS, key_func=access.who_asks)
    blueprint.add_url_rule("/devices/list", view_func=by_token(compressed(show_list)))


def show_list() -> Response:
    """Tell a device of today's tickets, or since a cursor of those that may have changed.

    It is the same for every device and holds no secret: it may be compressed, and devices that ask together share one.
    """
    with edge.reading() as session:
        device = access.device_from_bearer(session, "")
    if devices.is_due_for_touch(device, edge.now()):
        with edge.transaction() as session:
            devices.touch(session, device, now=edge.now())
    since = day_list.rounded_down(request.args.get("since", ""))
    database, moment = edge.services().database, edge.now().timestamp() // KEPT_SECONDS
    key = (database, edge.today(), since, moment)
    listed = _lists.get(key, lambda: _made(since), lambda: (database, moment, database.revision()))
    response = Response(listed.body, content_type="application/json")
    response.set_etag(listed.etag, weak=True)  # compressed it is the same list
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request.environ)
    return response


def _made(since: str) -> Told:
    with edge.reading() as session:
        listed = day_list.compile_list(session, edge.today(), since, now=edge.now())
    body = _body_of(listed).model_dump_json().encode()
    return Told(body, hashlib.sha256(body).hexdigest()[:32])


def _body_of(listed: DayList) -> DayListBody:
    experiences = {slot.experience_id: slot.experience_uuid for slot in listed.slots}
    return DayListBody(
        local_date=listed.local_date,
        cursor=listed.cursor,
        is_whole=listed.is_whole,
        slots=[_slot(slot) for slot in listed.slots],
        ticket_types=[ListedTicketType(uuid=kind.uuid, names=dict(kind.names)) for kind in listed.ticket_types],
        closures=[
            _closure(span, experiences)
            for span in listed.closures
            if span.experience_id is None or span.experience_id in experiences
        ],
        tickets=[astuple(ticket) for ticket in listed.tickets],
    )


def _slot(slot: SlotRow) -> ListedSlot:
    return ListedSlot(
        uuid=slot.uuid,
        experience=slot.experience_uuid,
        names=dict(slot.experience),
        local_date=slot.local_date,
        starts_at=slot.starts_at,
        admits_from=slot.admits_from,
        admits_until=slot.admits_until,
        reentry=slot.reentry,
        reentry_minutes=slot.reentry_minutes,
    )


def _closure(span: ClosedSpan, experiences: dict[int, str]) -> ListedClosure:
    experience = None if span.experience_id is None else experiences[span.experience_id]
    return ListedClosure(
        experience=experience, starts_at=span.starts_at, ends_at=span.ends_at, reasons=dict(span.reasons)
    )
