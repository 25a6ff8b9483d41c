"""Counting by tap, for doors without a scanner: one more in, one more out, each tap once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ticketing.door import devices, gates
from ticketing.door.devices import DeviceAtGate
from ticketing.door.models import Tally
from ticketing.foundation.database import insert_into


@dataclass(frozen=True, slots=True)
class Tap:
    """One person in (+1) or out (-1); `gate` is a slug, `counted_at` an instant by the device's clock."""

    tally_id: str
    gate: str
    delta: int
    counted_at: datetime


def take(session: Session, device: DeviceAtGate, taps: Sequence[Tap], *, now: datetime) -> list[str]:
    """Write down the taps that are not known yet; return the ids of all, for the device to forget them.

    Raises UnknownGate.
    """
    gate_ids = gates.ids_by_slug(session)
    rows = {}
    for tap in taps:
        told_at, counted_at = devices.set_right(tap.counted_at, device.clock_ahead, now=now)
        rows[tap.tally_id] = {
            "tally_id": f"device:{device.id}:{tap.tally_id}",
            "gate_id": gate_ids.get(tap.gate) or devices.require_gate(device).id,
            "device_id": device.id,
            "delta": tap.delta,
            "counted_at": counted_at,
            "told_at": told_at,
            "received_at": now,
        }
    if rows:
        once = insert_into(session, Tally).on_conflict_do_nothing(index_elements=["tally_id"])
        session.execute(once, [rows[tally_id] for tally_id in sorted(rows)])
    return [tap.tally_id for tap in taps]
