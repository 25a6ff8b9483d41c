"""How many the house holds, and how near a number inside is to that: one light for every screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ticketing.catalogue.promise import Promise

AMBER, RED = 0.8, 0.95  # of the sales limit


class Light(StrEnum):
    """How near the number inside is to its limit."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    STOP = "stop"  # at the limit for visitors: nobody more goes in


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits as they hold; all in people but the shares."""

    fire_limit: int
    staff: int = 0
    reserve: int = 0
    sales_percent: int = 100
    risk_bp: int = 100
    promise: Promise = Promise.DAY

    @property
    def visitors(self) -> int:
        """How many visitors the fire limit leaves room for."""
        return self.fire_limit - self.staff - self.reserve

    @property
    def sales(self) -> int:
        """Up to how many inside we sell."""
        return self.visitors * self.sales_percent // 100

    @property
    def risk(self) -> float:
        """With which chance the promise may be broken, of 1."""
        return self.risk_bp / 10_000

    def light(self, inside: float) -> Light:
        """Return the light for so many inside."""
        if inside >= self.visitors:
            return Light.STOP
        if inside >= RED * self.sales:
            return Light.RED
        return Light.AMBER if inside >= AMBER * self.sales else Light.GREEN
