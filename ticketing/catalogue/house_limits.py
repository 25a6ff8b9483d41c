"""How many may be inside: the fire limit, what it leaves for visitors, how far we sell, and with which risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import HouseLimits
from ticketing.catalogue.promise import Promise
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput

MOST_PEOPLE, MOST_RISK_BP = 100_000, 2000
AMBER, RED = 0.8, 0.95  # of the sales limit


class LimitsInvalid(InvalidInput):
    """Limits that cannot be; `details["field"]` names which, `details["why"]` says why."""

    code = "limits_invalid"


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


def find_limits(session: Session) -> Limits | None:
    """Return the limits that hold; None while nobody has set any."""
    row = session.scalars(select(HouseLimits).order_by(HouseLimits.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Limits(row.fire_limit, row.staff, row.reserve, row.sales_percent, row.risk_bp, row.promise)


def set_limits(session: Session, limits: Limits, *, actor: Actor, now: datetime) -> None:
    """Let these limits hold from now on; the same again changes nothing. Raises LimitsInvalid."""
    _require_possible(limits)
    if limits == find_limits(session):
        return
    row = HouseLimits(
        fire_limit=limits.fire_limit, staff=limits.staff, reserve=limits.reserve, sales_percent=limits.sales_percent,
        risk_bp=limits.risk_bp, promise=limits.promise, set_at=now, set_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, "house_limits.set", row, actor=actor, now=now, fire_limit=limits.fire_limit, staff=limits.staff,
        reserve=limits.reserve, sales_percent=limits.sales_percent, risk_bp=limits.risk_bp, promise=limits.promise,
    )  # fmt: skip


def _require_possible(limits: Limits) -> None:
    if not 1 <= limits.fire_limit <= MOST_PEOPLE:
        raise LimitsInvalid("Write how many people the building may hold.", field="fire_limit", why="out_of_bounds")
    for field, people in (("staff", limits.staff), ("reserve", limits.reserve)):
        if not 0 <= people < limits.fire_limit:
            raise LimitsInvalid("This leaves no room for visitors.", field=field, why="no_room")
    if limits.visitors < 1:
        raise LimitsInvalid("This leaves no room for visitors.", field="reserve", why="no_room")
    if not 1 <= limits.sales_percent <= 100:
        raise LimitsInvalid("Write a percentage from 1 to 100.", field="sales_percent", why="out_of_bounds")
    if not 1 <= limits.risk_bp <= MOST_RISK_BP:
        raise LimitsInvalid("Write a risk from 0.01 to 20 percent.", field="risk", why="out_of_bounds")
