"""What customers may do to their orders by themselves, how long before, and what it costs. Managers set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput
from ticketing.sales.models import ChangeKind, ChangeRules

DAY_MINUTES = 24 * 60
LONGEST_MINUTES = 365 * DAY_MINUTES
HIGHEST_FEE_CENTS = 100_000


class ChangeRulesInvalid(InvalidInput):
    """Rules cannot be like this; `details["field"]` names where."""

    code = "change_rules_invalid"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one experience. Minutes count before the start of the slot that is given up."""

    may_move: bool = True
    may_cancel: bool = True
    move_until_minutes: int = 60
    cancel_until_minutes: int = DAY_MINUTES
    move_fee_cents: int = 0
    cancel_fee_cents: int = 0
    cancel_fee_percent: int = 0

    def allows(self, kind: ChangeKind, starts_at: datetime, now: datetime) -> bool:
        """Tell whether a ticket for a slot that begins then may still be moved or cancelled by its holder."""
        if kind is ChangeKind.MOVE:
            return self.may_move and now <= self.deadline(kind, starts_at)
        if kind is ChangeKind.CANCEL:
            return self.may_cancel and now <= self.deadline(kind, starts_at)
        return True

    def deadline(self, kind: ChangeKind, starts_at: datetime) -> datetime:
        """Return until when (instant, included) a ticket for a slot that begins then may be moved or cancelled."""
        minutes = self.move_until_minutes if kind is ChangeKind.MOVE else self.cancel_until_minutes
        return starts_at - timedelta(minutes=minutes)

    def fee(self, kind: ChangeKind) -> tuple[int, int]:
        """Return the fee of a ticket as (cents, percent of its price); the higher counts."""
        if kind is ChangeKind.MOVE:
            return self.move_fee_cents, 0
        return (self.cancel_fee_cents, self.cancel_fee_percent) if kind is ChangeKind.CANCEL else (0, 0)


# A house that has set nothing moves until an hour before and cancels until the day before, free of charge.
HOUSE_RULES = Rules()


@dataclass(frozen=True)
class CustomerRules:
    """The rules for what customers do: those of an experience, else the house's."""

    house: Rules
    by_experience: Mapping[int, Rules]

    def of(self, experience_id: int) -> Rules:
        """Return the rules of an experience."""
        return self.by_experience.get(experience_id, self.house)


@dataclass(frozen=True)
class StaffRules:
    """Staff act at any time and keep no fee: they answer for it by name in the audit log."""

    def of(self, experience_id: int) -> Rules:
        """Return rules that allow everything."""
        return Rules(move_until_minutes=-LONGEST_MINUTES, cancel_until_minutes=-LONGEST_MINUTES)


@dataclass(frozen=True)
class StaffRulesWithFees:
    """Staff act at any time, and keep the fee that customers would pay."""

    customers: CustomerRules

    def of(self, experience_id: int) -> Rules:
        """Return the customers' fees without their deadlines."""
        return replace(
            self.customers.of(experience_id), may_move=True, may_cancel=True,
            move_until_minutes=-LONGEST_MINUTES, cancel_until_minutes=-LONGEST_MINUTES,
        )  # fmt: skip


@dataclass(frozen=True)
class ClosedHouseRules(StaffRules):
    """We closed: no deadline, no fee, another time costs no more than was paid, and nobody is held to company."""


RuleBook = CustomerRules | StaffRules | StaffRulesWithFees


def customer_rules(session: Session) -> CustomerRules:
    """Load the rules as managers have set them."""
    rows = {row.experience_id: _rules_of(row) for row in session.scalars(select(ChangeRules))}
    house = rows.pop(None, HOUSE_RULES)
    return CustomerRules(house, {key: rules for key, rules in rows.items() if key is not None})


def set_rules(session: Session, experience_id: int | None, rules: Rules, *, actor: Actor, now: datetime) -> None:
    """Set the rules of the house, or of one experience. Raises ChangeRulesInvalid."""
    _check(rules)
    row = session.scalars(
        select(ChangeRules).where(
            ChangeRules.experience_id.is_(None) if experience_id is None else ChangeRules.experience_id == experience_id
        )
    ).one_or_none()
    if row is None:
        row = ChangeRules(experience_id=experience_id)
        session.add(row)
    for name in Rules.__slots__:
        setattr(row, name, getattr(rules, name))
    row.changed_at = now
    said = {name: getattr(rules, name) for name in Rules.__slots__}
    audit.record(session, "change_rules.set", row, actor=actor, now=now, experience_id=experience_id, **said)


def drop_rules(session: Session, experience_id: int, *, actor: Actor, now: datetime) -> None:
    """Let an experience follow the house's rules again."""
    row = session.scalars(select(ChangeRules).where(ChangeRules.experience_id == experience_id)).one_or_none()
    if row is not None:
        audit.record(session, "change_rules.dropped", row, actor=actor, now=now, experience_id=experience_id)
        session.delete(row)


def _check(rules: Rules) -> None:
    for field in ("move_until_minutes", "cancel_until_minutes"):
        if not 0 <= getattr(rules, field) <= LONGEST_MINUTES:
            raise ChangeRulesInvalid("Give a time between nothing and a year before the start.", field=field)
    for field in ("move_fee_cents", "cancel_fee_cents"):
        if not 0 <= getattr(rules, field) <= HIGHEST_FEE_CENTS:
            raise ChangeRulesInvalid("Give a fee between nothing and 1,000 euros.", field=field)
    if not 0 <= rules.cancel_fee_percent <= 100:
        raise ChangeRulesInvalid("Give a percentage between 0 and 100.", field="cancel_fee_percent")


def _rules_of(row: ChangeRules) -> Rules:
    return Rules(**{name: getattr(row, name) for name in Rules.__slots__})
