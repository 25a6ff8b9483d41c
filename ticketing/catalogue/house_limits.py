"""How many may be inside: the fire limit, what it leaves for visitors, how far we sell, and with which risk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.models import HouseLimits
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput

MOST_PEOPLE, MOST_RISK_BP = 100_000, 2000


class LimitsInvalid(InvalidInput):
    """Limits that cannot be; `details["field"]` names which, `details["why"]` says why."""

    code = "limits_invalid"


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
