"""What the house owes on gift cards, and how that moved in a span of days: a debt, beside revenue and money.

What cards paid, and what went back onto them, stands with the money of every method already (books.py). Here is the
other side: VAT is on none of it until it is spent (gift_cards.py). The bonus is what the house gave, not what anybody
paid: article 73a of Directive 2006/112/EC measures a multi-purpose voucher by the consideration paid for it, so that a
bookkeeper may want to know how much of the bonus was spent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ticketing.foundation.clock import day_bounds
from ticketing.sales.gift_card_models import GiftCardMovement, MovementKind
from ticketing.sales.gift_cards import Parts

MOVING = (MovementKind.ISSUED, MovementKind.SPENT, MovementKind.GIVEN_BACK, MovementKind.EXPIRED)


@dataclass(frozen=True, slots=True)
class Owed:
    """What was on all cards before a span and after it, and how it moved between, by kind."""

    before: Parts
    moved: dict[MovementKind, Parts]
    after: Parts

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self.before.total == self.after.total == 0 and not any(each.total for each in self.moved.values())


def owed_on_cards(session: Session, first: date, last: date, *, zone: ZoneInfo) -> Owed:
    """Add up the ledgers of all cards from one local day to another, both included."""
    begin, end = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    before = _sums(session, GiftCardMovement.moved_at < begin)
    within = _sums(session, GiftCardMovement.moved_at >= begin, GiftCardMovement.moved_at < end)
    moved = {kind: within.get(kind, Parts()) for kind in MOVING}
    opening = _together(before.values())
    return Owed(opening, moved, _together([opening, *moved.values()]))


def _sums(session: Session, *when: ColumnElement[bool]) -> dict[MovementKind, Parts]:
    sums = (func.sum(GiftCardMovement.paid_cents), func.sum(GiftCardMovement.bonus_cents))
    rows = session.execute(select(GiftCardMovement.kind, *sums).where(*when).group_by(GiftCardMovement.kind))
    return {kind: Parts(int(paid), int(bonus)) for kind, paid, bonus in rows}


def _together(parts: Iterable[Parts]) -> Parts:
    listed = list(parts)
    return Parts(sum(each.paid for each in listed), sum(each.bonus for each in listed))
