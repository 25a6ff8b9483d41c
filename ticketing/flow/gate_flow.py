"""How busy each gate is: scans a minute, the usual gap, minutes without a pause, what was refused and why. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from ticketing.door.verdict import Reason
from ticketing.flow.day_loading import GateScan

WATCHED = timedelta(minutes=15)
USUAL_SECONDS = 6.0  # a lane takes so long per person while we have not measured it
BUSY_GAPS = 5  # a run of so many short gaps means that people were waiting
SHORT = 1.5  # a gap is short up to so many times the usual service
PAUSE = 30.0  # seconds: a longer gap is no service time, nobody was there
QUICKEST = 1.0  # tickets of one party are scanned together: a gap below a second is one of them


@dataclass(frozen=True)
class GateFlow:
    """What went on at a gate in the last quarter of an hour."""

    gate: str
    scans: int
    median_gap_seconds: float | None
    busy_minutes: int
    refused: Counter[Reason]

    @property
    def per_minute(self) -> float:
        """Attempts a minute."""
        return self.scans / (WATCHED / timedelta(minutes=1))


def gate_flows(scans: Sequence[GateScan]) -> list[GateFlow]:
    """Say how busy each gate was, by name."""
    by_gate: dict[str, list[GateScan]] = defaultdict(list)
    for each in scans:
        by_gate[each.gate].append(each)
    return [_flow(gate, mine) for gate, mine in sorted(by_gate.items())]


def service_seconds(scans: Sequence[GateScan]) -> float:
    """Return how long a lane takes per person: the usual gap when people stood in a row, else what is usual."""
    gaps = [gap for _, mine in _by_gate(scans) for gap in _gaps(mine) if QUICKEST <= gap <= PAUSE]
    return median(gaps) if len(gaps) >= BUSY_GAPS else USUAL_SECONDS


def _by_gate(scans: Sequence[GateScan]) -> list[tuple[str, list[datetime]]]:
    gates: dict[str, list[datetime]] = defaultdict(list)
    for each in scans:
        gates[each.gate].append(each.scanned_at)
    return sorted(gates.items())


def _flow(gate: str, mine: Sequence[GateScan]) -> GateFlow:
    times = [each.scanned_at for each in mine]
    gaps = _gaps(times)
    served = [gap for gap in gaps if gap <= PAUSE]
    refused = Counter(each.reason for each in mine if each.reason is not None)
    return GateFlow(gate, len(mine), median(served) if served else None, _busy_minutes(times, gaps), refused)


def _gaps(times: Sequence[datetime]) -> list[float]:
    return [(later - earlier).total_seconds() for earlier, later in pairwise(times)]


def _busy_minutes(times: Sequence[datetime], gaps: Sequence[float]) -> int:
    """Count the minutes in which scans followed one another without a pause."""
    short = [gap <= SHORT * USUAL_SECONDS for gap in gaps]
    minutes: set[datetime] = set()
    for end in range(BUSY_GAPS, len(short) + 1):
        if all(short[end - BUSY_GAPS : end]):
            minutes.update(at.replace(second=0, microsecond=0) for at in times[end - BUSY_GAPS : end + 1])
    return len(minutes)
