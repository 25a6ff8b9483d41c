"""What has become of an order, act by act, from the rows themselves: bought, changed, given up, money back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue.models import Slot
from ticketing.foundation.languages import Texts
from ticketing.foundation.money import Money
from ticketing.sales import gift_cards
from ticketing.sales.models import (
    ChangeState,
    Order,
    OrderChange,
    OrderLine,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    RefundWay,
)

# What a bank took is told by its change; what went onto a reseller's account is the reseller's to tell.
NOT_TO_THEM = (RefundWay.DISPUTE, RefundWay.ACCOUNT)


class Kind(StrEnum):
    """What happened."""

    CONFIRMED = "confirmed"
    MOVE = "move"
    CANCEL = "cancel"
    ADD = "add"
    REFUND = "refund"  # given back freely
    DISPUTE = "dispute"  # taken back by the customer's bank
    LAPSED = "lapsed"  # a change that was given up or not paid in time
    ON_ITS_WAY = "on_its_way"  # money back, asked for
    BACK = "back"  # money back, arrived as far as the provider says
    ON_CARD = "on_card"  # money back on the gift card it came from
    ON_NEW_CARD = "on_new_card"  # money on a gift card that was taken instead
    NOT_BACK = "not_back"  # money that could not be sent back


@dataclass(frozen=True, slots=True)
class Visit:
    """So many tickets for a slot; `starts_at` is an instant."""

    experience: Texts
    starts_at: datetime
    tickets: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: when (instant), what of, what to, what was paid (above zero) or came back (below), what was kept."""

    at: datetime
    kind: Kind
    old: tuple[Visit, ...]
    new: tuple[Visit, ...]
    amount: Money
    fee: Money


def history_of(session: Session, order: Order) -> list[Entry]:
    """Return what became of an order, the oldest first."""
    lines = _all_lines(session, order)
    changes = session.scalars(select(OrderChange).where(OrderChange.order_id == order.id).order_by(OrderChange.id))
    changed = [entry for change in changes if (entry := _of_change(change, lines)) is not None]
    entries = [*_confirmation(session, order, lines), *changed, *_of_refunds(session, order)]
    return sorted(entries, key=lambda entry: entry.at)


def _all_lines(session: Session, order: Order) -> list[OrderLine]:
    own = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)
    return list(session.scalars(own.options(joinedload(OrderLine.slot).joinedload(Slot.experience))))


def _confirmation(session: Session, order: Order, lines: Sequence[OrderLine]) -> list[Entry]:
    if order.confirmed_at is None:
        return []
    paid = select(Payment.amount_cents).where(
        Payment.order_id == order.id, Payment.change_id.is_(None), Payment.state == PaymentState.SUCCEEDED
    )
    first = [line for line in lines if line.change_id is None]
    by_card = Payment.provider == gift_cards.PROVIDER
    first_paid = session.scalars(paid.where(~by_card).order_by(Payment.id)).first() or 0
    cents = first_paid + sum(session.scalars(paid.where(by_card)))
    return [_entry(order.confirmed_at, Kind.CONFIRMED, (), first, Money(cents, order.currency))]


def _of_change(change: OrderChange, lines: Sequence[OrderLine]) -> Entry | None:
    """Tell a change that was done or given up; one that waits has not happened yet."""
    amount = Money(change.difference_cents, change.currency)
    fee = Money(change.fee_cents - change.given_before_cents, change.currency)
    if change.state is ChangeState.LAPSED:
        return Entry(change.expires_at or change.created_at, Kind.LAPSED, (), (), amount, fee)
    if change.state is ChangeState.PENDING or change.done_at is None:
        return None
    old = [line for line in lines if line.ended_by_id == change.id]
    new = [line for line in lines if line.change_id == change.id]
    entry = _entry(change.done_at, Kind(change.kind.value), old, new, amount)
    return Entry(entry.at, entry.kind, entry.old, entry.new, amount, fee)


def _of_refunds(session: Session, order: Order) -> list[Entry]:
    entries = []
    own = select(Refund).join(Payment, Payment.id == Refund.payment_id).where(Payment.order_id == order.id)
    own = own.options(joinedload(Refund.payment))
    for refund in session.scalars(own.where(Refund.way.not_in(NOT_TO_THEM)).order_by(Refund.id)):
        amount = Money(-refund.amount_cents, refund.currency)
        if refund.way is RefundWay.GIFT_CARD:
            kind = Kind.ON_CARD if refund.payment.provider == gift_cards.PROVIDER else Kind.ON_NEW_CARD
            entries.append(_entry(refund.requested_at, kind, (), (), amount))
            continue
        entries.append(_entry(refund.requested_at, Kind.ON_ITS_WAY, (), (), amount))
        ended = {RefundState.SUCCEEDED: Kind.BACK, RefundState.FAILED: Kind.NOT_BACK}.get(refund.state)
        if ended is not None and refund.settled_at is not None:
            entries.append(_entry(refund.settled_at, ended, (), (), amount))
    return entries


def _entry(
    at: datetime, kind: Kind, old: Iterable[OrderLine], new: Iterable[OrderLine], amount: Money
) -> Entry:  # fmt: skip
    return Entry(at, kind, _visits(old), _visits(new), amount, Money(0, amount.currency))


def _visits(lines: Iterable[OrderLine]) -> tuple[Visit, ...]:
    """Add lines up slot by slot: a line that was split is told as the whole it was."""
    by_slot: dict[int, list[OrderLine]] = {}
    for line in lines:
        by_slot.setdefault(line.slot_id, []).append(line)
    return tuple(
        Visit(mine[0].slot.experience.names, mine[0].slot.starts_at, sum(line.quantity for line in mine))
        for mine in by_slot.values()
    )
