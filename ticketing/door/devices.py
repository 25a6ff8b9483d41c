"""Scanners a manager has enrolled. A device knows its token; we keep only the token's digest.

What a device tells of itself (its clock, scans it could not send yet) is kept beside it for the managers' list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, bindparam, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.door.gates import GateView, UnknownGate, get_gate
from ticketing.door.models import Device, Gate
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, InvalidInput, NotFound
from ticketing.foundation.identifiers import digest_of, new_token

LONGEST_NAME = 80
TOUCH_EVERY = timedelta(minutes=1)
FURTHEST_SECONDS = 10 * 366 * 24 * 3600  # a clock may show any year; it is kept as a whole number of 32 bits
# Between these a clock may be wrong; what shows another time is none, and cannot be counted with.
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
MOST_UNSENT = 100_000  # more than a device holds; what it tells is not believed beyond


class DeviceExists(Conflict):
    """A device of this name is enrolled; names are how people tell them apart."""

    code = "device_exists"


class DeviceInvalid(InvalidInput):
    """A device needs a name."""

    code = "device_invalid"


class DeviceNotFound(NotFound):
    """There is no such device."""

    code = "device_not_found"


@dataclass(frozen=True, slots=True)
class DeviceAtGate:
    """A device that may scan, and the gate it scans at; None when the gate it names does not exist."""

    id: int
    name: str
    last_seen_at: datetime | None
    gate: GateView | None
    clock_ahead: timedelta = timedelta()  # of ours, when it last told


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device as a manager sees it; instants."""

    id: int
    name: str
    gate_name: str | None
    enrolled_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    clock_ahead_seconds: int | None
    unsent_scans: int | None


@dataclass(frozen=True, slots=True)
class Contact:
    """What a device tells of itself: the time by its clock (an instant), and how many scans wait in it."""

    clock: datetime
    unsent_scans: int


_devices, _gates = Device.__table__, Gate.__table__
# One statement for every scan: who asks, and where. The gate the scan names wins over the one the device stands at.
_FIND = (
    select(
        _devices.c.id, _devices.c.name, _devices.c.last_seen_at, _devices.c.clock_ahead_seconds,
        _gates.c.id.label("gate_id"), _gates.c.slug, _gates.c.name.label("gate_name"),
    )
    .select_from(
        _devices.outerjoin(
            _gates,
            or_(
                _gates.c.slug == bindparam("gate", type_=String),
                (bindparam("gate", type_=String) == literal("")) & (_gates.c.id == _devices.c.gate_id),
            ),
        )
    )
    .where(_devices.c.token_digest == bindparam("digest"), _devices.c.revoked_at.is_(None))
)  # fmt: skip


def enrol(session: Session, name: str, gate_slug: str | None, *, actor: Actor, now: datetime) -> tuple[Device, str]:
    """Enrol a scanner; return it and its token, shown this once. Raises DeviceInvalid, DeviceExists, UnknownGate."""
    gate_id = get_gate(session, gate_slug).id if gate_slug else None
    token = new_token()
    return enrol_with_token(session, name, token, gate_id, actor=actor, now=now), token


def enrol_with_token(
    session: Session, name: str, token: str, gate_id: int | None, *, actor: Actor, now: datetime
) -> Device:
    """Enrol a scanner that knows its token already. Raises DeviceInvalid, DeviceExists."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DeviceInvalid("Give the device a name of at most 80 characters.", field="name")
    device = Device(name=name, token_digest=digest_of(token), gate_id=gate_id, enrolled_at=now)
    try:
        with session.begin_nested():
            session.add(device)
    except IntegrityError as error:
        raise DeviceExists("A device of this name is enrolled already.", field="name") from error
    audit.record(session, "device.enrolled", device, actor=actor, now=now, name=name)
    return device


def find_device(session: Session, token: str, gate_slug: str = "") -> DeviceAtGate | None:
    """Load the device of a token, with the gate of this slug or else its own; None for an unknown or revoked one."""
    found = session.connection().execute(_FIND, {"digest": digest_of(token), "gate": gate_slug}).one_or_none()
    if found is None:
        return None
    gate = GateView(found.gate_id, found.slug, found.gate_name) if found.gate_id is not None else None
    ahead = timedelta(seconds=found.clock_ahead_seconds or 0)
    return DeviceAtGate(found.id, found.name, found.last_seen_at, gate, ahead)


def require_gate(device: DeviceAtGate) -> GateView:
    """Return where the device scans; raises UnknownGate when it named none that exists and stands at none."""
    if device.gate is None:
        raise UnknownGate("Name a gate that exists: this device stands at none of its own.", field="gate")
    return device.gate


def is_due_for_touch(device: DeviceAtGate, now: datetime) -> bool:
    """Tell whether it is a minute since this device was last noted as in use."""
    return device.last_seen_at is None or now - device.last_seen_at >= TOUCH_EVERY


def touch(session: Session, device: DeviceAtGate, *, now: datetime) -> None:
    """Note that a device is in use; written at most once a minute, so that scans do not queue for this row."""
    if is_due_for_touch(device, now):
        seen = update(Device).where(Device.id == device.id).values(last_seen_at=now)
        session.execute(seen.execution_options(synchronize_session=False))


def note_contact(session: Session, device: DeviceAtGate, contact: Contact, *, now: datetime) -> int:
    """Keep what a device tells of itself, as seen now; return by how many seconds its clock is ahead of ours."""
    ahead = round((contact.clock - now).total_seconds())
    ahead = max(-FURTHEST_SECONDS, min(ahead, FURTHEST_SECONDS))
    told = {"last_seen_at": now, "clock_ahead_seconds": ahead, "unsent_scans": contact.unsent_scans}
    noted = update(Device).where(Device.id == device.id).values(told)
    session.execute(noted.execution_options(synchronize_session=False))
    return ahead


def set_right(told: datetime, ahead: timedelta, *, now: datetime) -> tuple[datetime, datetime]:
    """Return an instant as the device told it, within reason, and by our clock: never after now."""
    told = min(max(told, EARLIEST), LATEST)
    return told, min(now, told - ahead)


def list_devices(session: Session) -> list[DeviceView]:
    """Load every device, the ones that may scan first, by name."""
    rows = session.execute(
        select(
            Device.id, Device.name, Gate.name, Device.enrolled_at, Device.last_seen_at, Device.revoked_at,
            Device.clock_ahead_seconds, Device.unsent_scans,
        )
        .outerjoin(Gate, Gate.id == Device.gate_id)
        .order_by(Device.revoked_at.is_not(None), func.lower(Device.name))
    )  # fmt: skip
    return [DeviceView(*row) for row in rows]


def get_device(session: Session, device_id: int) -> Device:
    """Load a device; raises DeviceNotFound."""
    device = session.get(Device, device_id)
    if device is None:
        raise DeviceNotFound("This device does not exist.")
    return device


def get_by_name(session: Session, name: str) -> Device:
    """Load a device by its name; raises DeviceNotFound."""
    device = session.scalars(select(Device).where(Device.name == " ".join(name.split()))).one_or_none()
    if device is None:
        raise DeviceNotFound("There is no device of this name.")
    return device


def revoke(session: Session, device: Device, *, actor: Actor, now: datetime) -> None:
    """Shut a device out: its next call is refused. Revoked already is already so."""
    if device.revoked_at is None:
        device.revoked_at = now
        audit.record(session, "device.revoked", device, actor=actor, now=now, name=device.name)
