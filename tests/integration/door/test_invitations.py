"""A phone becomes a scanner by a link that works once and soon."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.door_stage import NOON
from ticketing.door import devices, gates, invitations
from ticketing.door.devices import Contact
from ticketing.door.invitations import Enrolled, InvitationOver
from ticketing.door.models import Device, DeviceInvitation
from ticketing.foundation.actors import system
from ticketing.foundation.identifiers import new_token

SOMEBODY = system("test")


@pytest.fixture
def gate(session):
    return gates.add_gate(session, "Main gate", actor=SOMEBODY, now=NOON)


@pytest.fixture
def secret(session, gate):
    return invitations.invite(session, gate.slug, actor=SOMEBODY, now=NOON)[1]


def test_whoever_opens_it_stands_at_its_gate_and_a_repetition_gets_the_same_answer(session, gate, secret):
    token = new_token()

    first = invitations.accept(session, secret, "Phone 1", token, now=NOON)
    again = invitations.accept(session, secret, "Phone 1", token, now=NOON + timedelta(hours=1))

    assert first == again == Enrolled("Phone 1", gate)
    assert devices.find_device(session, token).gate == gate
    assert session.scalar(select(func.count()).select_from(Device)) == 1
    kept = session.scalars(select(DeviceInvitation)).one()
    assert secret not in repr(vars(kept))


def test_it_enrols_nobody_twice_late_or_by_guessing(session, gate, secret):
    late = invitations.invite(session, gate.slug, actor=SOMEBODY, now=NOON)[1]
    token = new_token()
    invitations.accept(session, secret, "Phone 1", token, now=NOON)

    for opened, used, at in (
        (secret, new_token(), NOON),
        (late, new_token(), NOON + timedelta(minutes=10)),
        ("guessed", new_token(), NOON),
    ):
        with pytest.raises(InvitationOver):
            invitations.accept(session, opened, "Phone 2", used, now=at)
    devices.revoke(session, devices.get_by_name(session, "Phone 1"), actor=SOMEBODY, now=NOON)
    with pytest.raises(InvitationOver):
        invitations.accept(session, secret, "Phone 1", token, now=NOON)


def test_a_name_that_is_taken_leaves_the_link_good_for_another(session, gate, secret):
    devices.enrol(session, "Phone 1", None, actor=SOMEBODY, now=NOON)
    with pytest.raises(devices.DeviceExists):
        invitations.accept(session, secret, "Phone 1", new_token(), now=NOON)

    assert invitations.accept(session, secret, "Phone 2", new_token(), now=NOON).name == "Phone 2"


@pytest.mark.parametrize(("minutes", "ahead"), [(7, 420), (-7, -420), (0, 0), (60 * 24 * 365 * 900, 316224000)])
def test_a_device_tells_of_its_clock_and_of_what_waits_in_it(session, gate, minutes, ahead):
    _, token = devices.enrol(session, "Phone", gate.slug, actor=SOMEBODY, now=NOON)

    contact = Contact(NOON + timedelta(minutes=minutes), 3)
    told = devices.note_contact(session, devices.find_device(session, token), contact, now=NOON)

    seen = devices.list_devices(session)[0]
    assert told == seen.clock_ahead_seconds == ahead
    assert (seen.unsent_scans, seen.last_seen_at) == (3, NOON)
