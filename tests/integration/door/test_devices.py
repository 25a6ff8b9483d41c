from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ticketing.door import devices, gates
from ticketing.door.models import Device
from ticketing.foundation.actors import system
from ticketing.foundation.audit import AuditEntry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOMEBODY = system("test")


def enrol(session, name="Scanner 1", gate=None):
    return devices.enrol(session, name, gate, actor=SOMEBODY, now=NOW)


def add_gate(session, name="Main entrance"):
    return gates.add_gate(session, name, actor=SOMEBODY, now=NOW)


def test_an_enrolled_device_is_found_by_its_token_which_is_not_kept(session):
    gate = add_gate(session)
    device, token = enrol(session, gate=gate.slug)

    found = devices.find_device(session, token)

    assert (found.id, found.name, found.gate) == (device.id, "Scanner 1", gate)
    assert len(token) >= 43
    assert token not in repr(session.scalars(select(Device.token_digest)).all())


def test_the_gate_a_scan_names_wins_over_the_device_own(session):
    main, side = add_gate(session), add_gate(session, "Side entrance")
    _, token = enrol(session, gate=main.slug)

    assert devices.find_device(session, token, side.slug).gate == side


def test_a_device_that_names_no_gate_and_stands_at_none_is_told_to_name_one(session):
    add_gate(session)
    _, token = enrol(session)

    with pytest.raises(gates.UnknownGate):
        devices.require_gate(devices.find_device(session, token))
    with pytest.raises(gates.UnknownGate):
        devices.require_gate(devices.find_device(session, token, "nowhere"))


def test_a_revoked_device_opens_nothing_and_both_acts_are_on_record(session):
    device, token = enrol(session)

    devices.revoke(session, device, actor=SOMEBODY, now=NOW)
    devices.revoke(session, device, actor=SOMEBODY, now=NOW)
    session.flush()

    assert devices.find_device(session, token) is None
    codes = session.scalars(select(AuditEntry.code).order_by(AuditEntry.id)).all()
    assert codes == ["device.enrolled", "device.revoked"]


def test_an_unknown_token_finds_nothing(session):
    enrol(session)

    assert devices.find_device(session, "x" * 43) is None


def test_two_devices_or_gates_of_one_name_are_refused(session):
    enrol(session)
    add_gate(session)

    with pytest.raises(devices.DeviceExists):
        enrol(session, " Scanner  1 ")
    with pytest.raises(gates.GateExists):
        add_gate(session, "main ENTRANCE")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\0b"])
def test_a_name_nobody_can_read_is_refused(session, name):
    with pytest.raises(devices.DeviceInvalid):
        enrol(session, name)
    with pytest.raises(gates.GateInvalid):
        add_gate(session, name)


def test_last_seen_is_written_once_a_minute(session):
    _, token = enrol(session)

    for seconds in (0, 30, 61):
        devices.touch(session, devices.find_device(session, token), now=NOW + timedelta(seconds=seconds))
        session.flush()

    assert devices.find_device(session, token).last_seen_at == NOW + timedelta(seconds=61)
    devices.touch(session, devices.find_device(session, token), now=NOW + timedelta(seconds=90))
    assert devices.find_device(session, token).last_seen_at == NOW + timedelta(seconds=61)
