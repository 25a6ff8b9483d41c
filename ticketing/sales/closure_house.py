"""What holds for every closure of the house: time to undo, when a second person confirms, time to choose, the default.

Managers set it; until they do, it is what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ticketing.catalogue.closures import Terms
from ticketing.catalogue.models import ClosureDefault
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput
from ticketing.sales.closure_models import ClosureRules

MOST_UNDO_MINUTES, MOST_ORDERS, MOST_DAYS = 120, 100_000, 90


class ClosureRulesInvalid(InvalidInput):
    """Rules for closures cannot be like this; `details["field"]` names where."""

    code = "closure_rules_invalid"


@dataclass(frozen=True, slots=True)
class HouseRules:
    """The rules: minutes to undo, from how many orders on a second person confirms, days to choose, and then what."""

    undo_minutes: int = 10
    second_from_orders: int = 200
    answer_days: int = 14
    default_outcome: ClosureDefault = ClosureDefault.REFUND

    @property
    def terms(self) -> Terms:
        """The terms of a closure that asks for no others."""
        return Terms(self.undo_minutes, self.answer_days, self.default_outcome)


def rules(session: Session) -> HouseRules:
    """Load the rules as managers have set them."""
    row = session.get(ClosureRules, 1)
    if row is None:
        return HouseRules()
    return HouseRules(row.undo_minutes, row.second_from_orders, row.answer_days, row.default_outcome)


def set_rules(session: Session, wanted: HouseRules, *, actor: Actor, now: datetime) -> None:
    """Set the rules for closures from now on; those that stand keep their terms. Raises ClosureRulesInvalid."""
    _check(wanted)
    row = session.get(ClosureRules, 1)
    if row is None:
        row = ClosureRules(id=1)
        session.add(row)
    for name in HouseRules.__slots__:
        setattr(row, name, getattr(wanted, name))
    row.changed_at = now
    session.flush()
    said = {name: getattr(wanted, name) for name in HouseRules.__slots__}
    audit.record(session, "closure_rules.set", row, actor=actor, now=now, **said)


def _check(wanted: HouseRules) -> None:
    limits = {
        "undo_minutes": (0, MOST_UNDO_MINUTES),
        "second_from_orders": (1, MOST_ORDERS),
        "answer_days": (1, MOST_DAYS),
    }
    for field, (least, most) in limits.items():
        if not least <= getattr(wanted, field) <= most:
            raise ClosureRulesInvalid(f"Give a number from {least} to {most}.", field=field, least=least, most=most)
