"""What the duty manager watches: how fast people pass each gate, why some are refused, who of whom has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.door import devices, findings, gates, inside, presence, queries
from ticketing.door.devices import DeviceView
from ticketing.door.inside import Inside
from ticketing.door.models import Scan
from ticketing.door.queries import SlotToday
from ticketing.door.verdict import Reason, Verdict
from ticketing.foundation.clock import local_date_of

MINUTES_SHOWN, LATELY = 60, 5


@dataclass(frozen=True, slots=True)
class GatePace:
    """The scans of one gate: minute by minute over the last hour, the newest last, and how many of them refused."""

    name: str
    by_minute: tuple[int, ...]
    refused: int

    @property
    def in_hour(self) -> int:
        """How many scans in the hour."""
        return sum(self.by_minute)

    @property
    def a_minute(self) -> float:
        """How many scans a minute, lately."""
        return sum(self.by_minute[-LATELY:]) / LATELY


@dataclass(frozen=True, slots=True)
class Board:
    """The door at an instant."""

    paces: tuple[GatePace, ...]
    refusals: tuple[tuple[Reason, int], ...]
    slots: Sequence[SlotToday]
    devices: Sequence[DeviceView]
    inside: Inside
    open_findings: int

    @property
    def by_minute(self) -> tuple[int, ...]:
        """The scans of all gates, minute by minute."""
        return tuple(map(sum, zip(*(pace.by_minute for pace in self.paces), strict=True)))


def load(session: Session, *, zone: ZoneInfo, now: datetime) -> Board:
    """Load everything the board shows."""
    return Board(
        paces=_paces(session, now),
        refusals=_refusals(session, inside.counting_began(now, zone)),
        slots=queries.slots_on(session, local_date_of(now, zone), now=now),
        devices=[device for device in devices.list_devices(session) if device.revoked_at is None],
        inside=presence.count(session, zone=zone, now=now),
        open_findings=findings.count_open(session),
    )


def _paces(session: Session, now: datetime) -> tuple[GatePace, ...]:
    began = now - timedelta(minutes=MINUTES_SHOWN)
    scans: Counter[tuple[int, int]] = Counter()
    refused: Counter[int] = Counter()
    rows = select(Scan.gate_id, Scan.scanned_at, Scan.verdict).where(Scan.scanned_at > began, Scan.scanned_at <= now)
    for gate_id, scanned_at, verdict in session.execute(rows):
        minutes_ago = (now - scanned_at) // timedelta(minutes=1)
        scans[gate_id, MINUTES_SHOWN - 1 - minutes_ago] += 1
        refused[gate_id] += verdict is Verdict.REFUSE
    return tuple(
        GatePace(gate.name, tuple(scans[gate.id, minute] for minute in range(MINUTES_SHOWN)), refused[gate.id])
        for gate in gates.list_gates(session)
    )


def _refusals(session: Session, began: datetime) -> tuple[tuple[Reason, int], ...]:
    counted = session.execute(
        select(Scan.reason, func.count())
        .where(Scan.scanned_at >= began, Scan.reason.is_not(None))
        .group_by(Scan.reason)
        .order_by(func.count().desc(), Scan.reason)
    )
    return tuple((reason, number) for reason, number in counted if reason is not None)
