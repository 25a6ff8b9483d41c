"""What a customer takes on a gift card when we close: what their tickets cost, and a bonus of the house on top.

The amount leaves the order as any refund does, only onto cards: what a gift card had paid goes back onto that one, the
rest onto a new one, and each gets its share of the bonus. Asked for by changes.py, under the order's lock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict
from ticketing.foundation.money import Money, split
from ticketing.sales import gift_card_rules, gift_cards, refunds
from ticketing.sales.closure_models import ClosureCase, ClosureCredit
from ticketing.sales.gift_card_models import GiftCard, GiftCardMovement, GiftCardUse, MovementKind
from ticketing.sales.gift_cards import Act, Parts
from ticketing.sales.models import Channel, Order, OrderChange, Refund

REASON = "we closed"


class CreditNotOffered(Conflict):
    """This closure offers no gift card, or there is nothing to put on one."""

    code = "credit_not_offered"


@dataclass(frozen=True, slots=True)
class Credit:
    """How what comes back goes onto cards: for which case, with which bonus, and until when a new card is good."""

    case_id: int
    opening: int
    bonus_percent: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A gift card as it is offered: what comes back, and the bonus on top."""

    value: Money
    bonus: Money

    @property
    def total(self) -> Money:
        """Both together."""
        return self.value + self.bonus


@dataclass(frozen=True, slots=True)
class CreditedCard:
    """A card that a case put money onto: its code in groups, what it got, and its last day (local).

    Of a card that had paid before only the end of its code is told: whoever sees this need not know it.
    """

    code: str | None
    ending: str
    amount: Money
    bonus: Money
    last_day: date


def bonus_of(cents: int, percent: int) -> int:
    """Return the bonus on an amount, rounded half up to the cent."""
    return (2 * cents * percent + 100) // 200


def bonus_on_all(session: Session, closure_id: int, percent: int) -> int:
    """Return what the bonus would cost if every open case of a closure that may take a card took one."""
    each = func.sum((2 * ClosureCase.open_cents * percent + 100) // 200)
    mine = (ClosureCase.closure_id == closure_id, ClosureCase.settled_at.is_(None), Order.channel != Channel.RESELLER)
    of_orders = select(each).join(Order, Order.id == ClosureCase.order_id)
    return int(session.scalar(of_orders.where(*mine)) or 0)


def offer(case: ClosureCase, back: Money) -> Offer | None:
    """Return what is offered for what comes back in a case, loaded with its order; None when it is no card.

    Whom a reseller sold to gets none: the reseller has their money, and gets it back onto the account.
    """
    percent = case.closure.bonus_percent
    if percent is None or back.cents <= 0 or case.order.channel is Channel.RESELLER:
        return None
    return Offer(back, Money(bonus_of(back.cents, percent), back.currency))


def note(session: Session, change: OrderChange, credit: Credit) -> None:
    """Write down that what a change gives back goes onto cards. Raises CreditNotOffered when it gives nothing back."""
    value = -change.difference_cents
    if value <= 0:
        raise CreditNotOffered("There is nothing to put on a gift card. Look at it again.")
    session.add(ClosureCredit(
        change_id=change.id, case_id=credit.case_id, opening=credit.opening, value_cents=value,
        bonus_cents=bonus_of(value, credit.bonus_percent), currency=change.currency,
    ))  # fmt: skip
    session.flush()


def carry_out(
    session: Session, order: Order, change: OrderChange, expires_at: datetime, *, actor: Actor, now: datetime
) -> None:
    """Put what a change gives back onto cards, with the bonus. Raises NothingToRefund, PaymentDisputed."""
    credit = session.scalars(select(ClosureCredit).where(ClosureCredit.change_id == change.id)).one()
    made = refunds.give_back_onto_cards(session, order, credit.value_cents, REASON, actor=actor, now=now)
    old = [refund for payment, refund in made if payment.provider == gift_cards.PROVIDER]
    own = [refund for payment, refund in made if payment.provider != gift_cards.PROVIDER]
    shares = split(credit.bonus_cents, [_cents(old), _cents(own)])
    if old:
        (card_id,) = _note_returned(session, credit, old)
        _put_bonus(session, credit, gift_cards.lock(session, card_id), shares[0], actor=actor, now=now)
    if own:
        card = _issue(session, credit, order, own, expires_at, actor=actor, now=now)
        _put_bonus(session, credit, card, shares[1], actor=actor, now=now)


def cards_of_change(session: Session, change_id: int, zone: ZoneInfo) -> list[CreditedCard]:
    """Return the cards onto which a change put money; none when it gave none back that way."""
    return _cards(session, ClosureCredit.change_id == change_id, zone)


def cards_of_case(session: Session, case: ClosureCase, zone: ZoneInfo) -> list[CreditedCard]:
    """Return the cards that a case put money onto, those it made first."""
    return _cards(session, ClosureCredit.case_id == case.id, zone)


def cards_of_order(session: Session, order_id: int, zone: ZoneInfo) -> list[CreditedCard]:
    """Return the cards onto which money of an order went because we closed."""
    return _cards(session, ClosureCase.order_id == order_id, zone)


def find_orders_on_cards(session: Session, order_ids: Collection[int]) -> set[int]:
    """Return which of some orders have put money onto cards because we closed."""
    mine = select(ClosureCase.order_id).join(ClosureCredit, ClosureCredit.case_id == ClosureCase.id)
    return set(session.scalars(mine.where(ClosureCase.order_id.in_(sorted(order_ids)))))


def _issue(
    session: Session, credit: ClosureCredit, order: Order, own: Sequence[Refund], expires_at: datetime, *,
    actor: Actor, now: datetime,
) -> GiftCard:  # fmt: skip
    """Make the card of a credit with what was not paid by card: a movement for each payment it comes from."""
    acts = [
        Act(refund.key, MovementKind.ISSUED, Parts(paid=refund.amount_cents), REASON, order.id, refund.id, credit.id)
        for refund in own
    ]
    card = gift_cards.issue(session, acts[0], credit.currency, expires_at, actor=actor, now=now)
    for act in acts[1:]:
        gift_cards.note(session, card, act, actor=actor, now=now)
    return card


def _put_bonus(
    session: Session, credit: ClosureCredit, card: GiftCard, cents: int, *, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """Put the bonus on as a line of its own: it is what the house gave, and nobody's money."""
    if cents:
        key = f"closure bonus:{credit.id}:{card.uuid}"
        act = Act(key, MovementKind.ISSUED, Parts(bonus=cents), REASON, credit_id=credit.id)
        gift_cards.note(session, card, act, actor=actor, now=now)


def _note_returned(session: Session, credit: ClosureCredit, old: Sequence[Refund]) -> set[int]:
    """Name the credit on the movements that brought money back onto the card that had paid; return that card's id."""
    mine = select(GiftCardMovement).where(GiftCardMovement.refund_id.in_(sorted(refund.id for refund in old)))
    movements = session.scalars(mine).all()
    for movement in movements:
        movement.credit_id = credit.id
    session.flush()
    return {movement.card_id for movement in movements}


def _cents(some: Sequence[Refund]) -> int:
    return sum(refund.amount_cents for refund in some)


def _cards(session: Session, which: ColumnElement[bool], zone: ZoneInfo) -> list[CreditedCard]:
    had_paid = (
        select(GiftCardUse.id)
        .where(GiftCardUse.card_id == GiftCard.id, GiftCardUse.order_id == ClosureCase.order_id)
        .exists()
    )
    got = func.sum(GiftCardMovement.paid_cents + GiftCardMovement.bonus_cents)
    bonus = func.sum(GiftCardMovement.bonus_cents).filter(GiftCardMovement.refund_id.is_(None))
    rows = session.execute(
        select(GiftCard, had_paid, got, bonus)
        .join(GiftCardMovement, GiftCardMovement.card_id == GiftCard.id)
        .join(ClosureCredit, ClosureCredit.id == GiftCardMovement.credit_id)
        .join(ClosureCase, ClosureCase.id == ClosureCredit.case_id)
        .where(which)
        .group_by(GiftCard.id, ClosureCase.order_id)
        .order_by(GiftCard.id.desc())
    )
    return [
        CreditedCard(
            None if is_old else gift_cards.grouped(card.code), card.code[-gift_cards.GROUP :],
            Money(int(cents), card.currency), Money(int(put or 0), card.currency),
            gift_card_rules.last_day_before(card.expires_at, zone),
        )
        for card, is_old, cents, put in rows
    ]  # fmt: skip
