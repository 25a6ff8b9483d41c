"""Links by which a phone becomes a scanner: shown as a QR symbol by a manager, good once and for ten minutes.

The phone makes its token itself and we keep the digest. So the token is on no screen, and a phone that missed our
answer asks again with the same token and gets the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.door import devices
from ticketing.door.gates import GateView, get_gate
from ticketing.door.models import Device, DeviceInvitation
from ticketing.foundation import actors, audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Expired
from ticketing.foundation.identifiers import digest_of, new_secret

LIFE = timedelta(minutes=10)


class InvitationOver(Expired):
    """This link has enrolled a device already, or its ten minutes are over, or it never was one."""

    code = "invitation_over"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device that has just been enrolled, and the gate it stands at."""

    name: str
    gate: GateView


def invite(session: Session, gate_slug: str, *, actor: Actor, now: datetime) -> tuple[DeviceInvitation, str]:
    """Make a link for one device at a gate; return it and its secret, shown this once. Raises UnknownGate."""
    gate, secret = get_gate(session, gate_slug), new_secret()
    invitation = DeviceInvitation(
        secret_digest=digest_of(secret),
        gate_id=gate.id,
        invited_by=actor.name,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(invitation)
    session.flush()
    audit.record(session, "device.invited", invitation, actor=actor, now=now, gate=gate.slug)
    return invitation, secret


def accept(session: Session, secret: str, name: str, token: str, *, now: datetime) -> Enrolled:
    """Enrol the phone that opened a link, under a name and with the token it made; again is the same answer.

    Raises InvitationOver, DeviceInvalid, DeviceExists.
    """
    wanted = select(DeviceInvitation).where(DeviceInvitation.secret_digest == digest_of(secret))
    locked = wanted.options(joinedload(DeviceInvitation.gate)).with_for_update(of=DeviceInvitation)
    invitation = session.scalars(locked).one_or_none()
    if invitation is None:
        raise InvitationOver("This link enrols no device.")
    gate = GateView(invitation.gate.id, invitation.gate.slug, invitation.gate.name)
    if invitation.device_id is not None:
        return Enrolled(_enrolled_before(session, invitation.device_id, token).name, gate)
    if invitation.expires_at <= now:
        raise InvitationOver("The ten minutes of this link are over.")
    who = actors.system(f"invited by {invitation.invited_by}")
    device = devices.enrol_with_token(session, name, token, gate.id, actor=who, now=now)
    invitation.device_id = device.id
    return Enrolled(device.name, gate)


def _enrolled_before(session: Session, device_id: int, token: str) -> Device:
    device = session.get_one(Device, device_id)
    if device.token_digest != digest_of(token) or device.revoked_at is not None:
        raise InvitationOver("This link has enrolled a device already.")
    return device
