"""The rules by which people inside are counted. Pure; every screen that says a number of people inside asks here.

Counted are people, not tickets: whoever was let in counts, also beyond what a ticket admits and by a device that was
cut off; whoever was let out counts off; a tap counts one. Nobody stays overnight: each day begins anew at four in the
morning, so that an evening's guests count past midnight. Nothing is guessed: where exits are not counted the number is
too high and never too low. Staff are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from ticketing.catalogue.fullness import Light, Limits
from ticketing.foundation.clock import instant_of, local_date_of

COUNT_BEGINS = time(4)
OLD_AFTER = timedelta(minutes=3)  # a device that is heard of less often may hold people we do not know of


@dataclass(frozen=True, slots=True)
class GateCount:
    """People who came in and went out through one gate."""

    name: str
    came: int
    left: int


@dataclass(frozen=True, slots=True)
class DeviceAge:
    """A device whose counts are in the number: when it was heard of last, and how much still waits in it."""

    name: str
    gate: str | None
    seen_at: datetime | None
    unsent: int | None

    def is_old(self, at: datetime) -> bool:
        """Tell whether people may have passed this device that the number does not know."""
        return bool(self.unsent) or self.seen_at is None or at - self.seen_at > OLD_AFTER


@dataclass(frozen=True, slots=True)
class Inside:
    """Who was inside at an instant."""

    counted_at: datetime
    limits: Limits | None
    gates: tuple[GateCount, ...]
    devices: tuple[DeviceAge, ...]

    @property
    def came(self) -> int:
        """How many came in, through all gates."""
        return sum(gate.came for gate in self.gates)

    @property
    def left(self) -> int:
        """How many went out, through all gates."""
        return sum(gate.left for gate in self.gates)

    @property
    def people(self) -> int:
        """How many are inside."""
        return people_inside(self.came, self.left)

    @property
    def limit(self) -> int | None:
        """How many visitors the house may hold; None while nobody has set a limit."""
        return None if self.limits is None else self.limits.visitors

    @property
    def room(self) -> int | None:
        """How many more may come in; None while nobody has set a limit."""
        return None if self.limit is None else max(0, self.limit - self.people)

    @property
    def light(self) -> Light | None:
        """How that stands against the limit; None while nobody has set one."""
        return None if self.limits is None else self.limits.light(self.people)

    @property
    def old_devices(self) -> tuple[DeviceAge, ...]:
        """The devices that may know of people whom this number does not."""
        return tuple(device for device in self.devices if device.is_old(self.counted_at))


def people_inside(came: int, left: int) -> int:
    """Return how many are inside; never fewer than none, however often an exit was counted."""
    return max(0, came - left)


def counting_began(now: datetime, zone: ZoneInfo) -> datetime:
    """Return since when people are counted who are inside now: the last four o'clock in the morning."""
    today = local_date_of(now, zone)
    began = instant_of(today, COUNT_BEGINS, zone)
    return began if began <= now else instant_of(today - timedelta(days=1), COUNT_BEGINS, zone)
