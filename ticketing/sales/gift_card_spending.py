"""What an order takes of a gift card: off the card when it is placed, a payment when it is confirmed, back when not.

Called by what places, confirms and expires orders (orders.py) and sends money back (refunds.py), under their locks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, TicketingError
from ticketing.foundation.states import move
from ticketing.sales import gift_cards
from ticketing.sales.gift_card_models import USE_MOVES, GiftCard, GiftCardMovement, GiftCardUse, MovementKind, UseState
from ticketing.sales.gift_cards import PROVIDER, Act, GiftCardEmpty, GiftCardExpired, GiftCardUnknown, Parts
from ticketing.sales.models import Hold, Order, Payment, PaymentState, Refund

ATTEMPT = 0  # the number of the payment a card makes: the provider's count from one
LONGER = timedelta(days=90)  # a card onto which money goes back is good for at least


class GiftCardChanged(Conflict):
    """The card pays another amount than the customer was shown."""

    code = "gift_card_changed"


REFUSALS = (GiftCardUnknown, GiftCardExpired, GiftCardEmpty, GiftCardChanged)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a card does for a basket: pays so many cents of it, or is refused, and then says why."""

    card: GiftCard | None = None
    cents: int = 0
    refusal: TicketingError | None = None


def standing_of(session: Session, hold: Hold, total_cents: int, *, now: datetime) -> Standing:
    """Tell what the card that was chosen for a basket pays of its total."""
    if hold.gift_card_id is None:
        return Standing()
    card = session.get_one(GiftCard, hold.gift_card_id, populate_existing=True)
    try:
        gift_cards.require_usable(card, now)
    except TicketingError as refusal:
        return Standing(card, 0, refusal)
    return Standing(card, gift_cards.part_of(card, total_cents).total)


def take(
    session: Session, hold: Hold, order: Order, *, shown_cents: int | None = None, actor: Actor, now: datetime
) -> None:
    """Take what the card of a basket pays off it, for the order just placed; `shown_cents` is what its customer saw.

    Raises GiftCardChanged, and what gift_cards.require_usable does.
    """
    if hold.gift_card_id is None or order.total_cents == 0:
        return
    card = gift_cards.lock(session, hold.gift_card_id)
    gift_cards.require_usable(card, now)
    parts = gift_cards.part_of(card, order.total_cents)
    if shown_cents is not None and parts.total != shown_cents:
        raise GiftCardChanged("The gift card pays another amount than you saw. Look at it again.")
    use = GiftCardUse(order_id=order.id, card_id=card.id, state=UseState.HELD, paid_cents=parts.paid,
                      bonus_cents=parts.bonus, currency=card.currency, takings=1)  # fmt: skip
    session.add(use)
    session.flush()
    _take_off(session, card, use, order, actor=actor, now=now)


def settle(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Make what an order took of a card a payment of it, in the act that confirms it."""
    use = find_use(session, order.id)
    if use is None or use.state is not UseState.HELD:
        return
    payment = Payment(
        order_id=order.id, attempt=ATTEMPT, key=f"{PROVIDER}:{order.uuid}", provider=PROVIDER,
        state=PaymentState.SUCCEEDED, amount_cents=_parts(use).total, currency=use.currency, created_at=now,
        succeeded_at=now,
    )  # fmt: skip
    session.add(payment)
    session.flush()
    move(session, use, UseState.SPENT, USE_MOVES, payment_id=payment.id)
    audit.record(session, "payment.succeeded", payment, actor=actor, now=now, amount_cents=payment.amount_cents)


def give_back(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Put back what an order took of a card that expired unpaid."""
    use = find_use(session, order.id)
    if use is None or use.state is not UseState.HELD:
        return
    move(session, use, UseState.RETURNED, USE_MOVES)
    key = f"unspent:{order.uuid}:{use.takings}"
    _put_on(session, use.card_id, Act(key, MovementKind.GIVEN_BACK, _parts(use), order_id=order.id), actor, now)


def take_again(session: Session, order: Order, *, actor: Actor, now: datetime) -> None:
    """Take of its card again what an order that is paid late had taken, so that it can be confirmed.

    Raises GiftCardShort when there is less on it by now, or it cannot be spent any more.
    """
    use = find_use(session, order.id)
    if use is None or use.state is not UseState.RETURNED:
        return
    card = gift_cards.lock(session, use.card_id)
    try:
        gift_cards.require_usable(card, now)
    except REFUSALS as refusal:
        raise gift_cards.GiftCardShort("This gift card cannot be spent any more.") from refusal
    parts = gift_cards.part_of(card, _parts(use).total)
    if parts.total < _parts(use).total:
        raise gift_cards.GiftCardShort("There is less on this gift card than that.")
    taken = {"paid_cents": parts.paid, "bonus_cents": parts.bonus, "takings": use.takings + 1}
    move(session, use, UseState.HELD, USE_MOVES, **taken)
    _take_off(session, card, use, order, actor=actor, now=now)


def refund_to_card(session: Session, payment: Payment, refund: Refund, *, actor: Actor, now: datetime) -> None:
    """Put a refund of what a card paid back onto it: its bonus first, so that none of it ever becomes paid value."""
    use = session.scalars(select(GiftCardUse).where(GiftCardUse.payment_id == payment.id)).one()
    came_back = select(func.coalesce(func.sum(GiftCardMovement.bonus_cents), 0)).join(
        Refund, Refund.id == GiftCardMovement.refund_id
    )
    bonus_left = use.bonus_cents - int(session.scalar(came_back.where(Refund.payment_id == payment.id)) or 0)
    bonus = min(bonus_left, refund.amount_cents)
    act = Act(
        refund.key, MovementKind.GIVEN_BACK, Parts(refund.amount_cents - bonus, bonus), refund.reason,
        payment.order_id, refund.id,
    )  # fmt: skip
    _put_on(session, use.card_id, act, actor, now)


def find_use(session: Session, order_id: int) -> GiftCardUse | None:
    """Load what an order takes, or took, of a card."""
    own = select(GiftCardUse).where(GiftCardUse.order_id == order_id)
    return session.scalars(own.execution_options(populate_existing=True)).one_or_none()


def held_cents(session: Session, order: Order) -> int:
    """Return what a card pays of an order that waits to be paid."""
    use = find_use(session, order.id)
    return _parts(use).total if use is not None and use.state is UseState.HELD else 0


def _parts(use: GiftCardUse) -> Parts:
    return Parts(use.paid_cents, use.bonus_cents)


def _take_off(session: Session, card: GiftCard, use: GiftCardUse, order: Order, *, actor: Actor, now: datetime) -> None:
    key = f"spent:{order.uuid}:{use.takings}"
    gift_cards.note(session, card, Act(key, MovementKind.SPENT, -_parts(use), order_id=order.id), actor=actor, now=now)


def _put_on(session: Session, card_id: int, act: Act, actor: Actor, now: datetime) -> None:
    """Put money back onto a card; one that has expired, or soon will, is good for longer by that."""
    card = gift_cards.lock(session, card_id)
    if card.expires_at < now + LONGER:
        card.expires_at = now + LONGER
        session.flush()
    gift_cards.note(session, card, act, actor=actor, now=now)
