"""The tables of gift cards: the card with its balance, every movement of it, what an order takes of it, its rules."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.foundation.database import Base, State, UTCDateTime


class MovementKind(StrEnum):
    """What happened to a card."""

    ISSUED = "issued"  # made with this on it; or put onto it, because we closed
    SPENT = "spent"  # taken by an order
    GIVEN_BACK = "given_back"  # by an order that came to nothing, or of which money goes back
    EXPIRED = "expired"  # what was on it when its time was over
    BLOCKED = "blocked"  # moves nothing: the money is still owed
    UNBLOCKED = "unblocked"
    EXTENDED = "extended"  # good for longer


class UseState(StrEnum):
    """What has become of the amount an order takes of a card."""

    HELD = "held"  # off the card; the order is not paid yet
    SPENT = "spent"  # a payment of the order
    RETURNED = "returned"  # the order expired


USE_MOVES = {
    UseState.HELD: {UseState.SPENT, UseState.RETURNED},
    UseState.RETURNED: {UseState.HELD},  # paid late, and there was still enough on the card
    UseState.SPENT: set[UseState](),
}


class GiftCard(Base):
    """Money the house owes whoever has the code; no word of who that is.

    `paid_cents` is what is left of what was paid for, `bonus_cents` of what the house put on top.
    """

    __tablename__ = "gift_cards"
    __table_args__ = (
        Index(None, "expires_at"),
        CheckConstraint("paid_cents >= 0 AND bonus_cents >= 0", name="never_below_nothing"),
        CheckConstraint("expires_at > issued_at", name="expires_after_it_is_issued"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)  # kept like a ticket's, so that it can be shown again
    currency: Mapped[str] = mapped_column(String(3))
    paid_cents: Mapped[int]
    bonus_cents: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class GiftCardMovement(Base):
    """One line of a card's ledger: rows are only added, and they add up to what is on it."""

    __tablename__ = "gift_card_movements"
    __table_args__ = (
        Index(None, "card_id"),
        Index(None, "order_id"),
        Index(None, "credit_id"),
        Index(None, "moved_at"),
        CheckConstraint(
            "CASE WHEN kind IN ('issued', 'given_back') THEN paid_cents >= 0 AND bonus_cents >= 0"
            " AND paid_cents + bonus_cents > 0"
            " WHEN kind IN ('spent', 'expired') THEN paid_cents <= 0 AND bonus_cents <= 0"
            " AND paid_cents + bonus_cents < 0"
            " ELSE paid_cents = 0 AND bonus_cents = 0 END",
            name="moves_the_way_of_its_kind",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # the same act again is the same movement
    card_id: Mapped[int] = mapped_column(ForeignKey("gift_cards.id"))
    kind: Mapped[MovementKind] = mapped_column(State(MovementKind))
    paid_cents: Mapped[int]
    bonus_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"), unique=True)  # that gave it back
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("closure_credits.id"))  # because we closed
    reason: Mapped[str] = mapped_column(String(200), default="")
    moved_by: Mapped[str] = mapped_column(String(120), default="")  # a member of staff; empty: nobody by hand
    moved_at: Mapped[datetime] = mapped_column(UTCDateTime)


class GiftCardUse(Base):
    """What one order takes of a card."""

    __tablename__ = "gift_card_uses"
    __table_args__ = (
        Index(None, "card_id"),
        CheckConstraint(
            "paid_cents >= 0 AND bonus_cents >= 0 AND paid_cents + bonus_cents > 0", name="takes_something"
        ),
        CheckConstraint("(state = 'spent') = (payment_id IS NOT NULL)", name="spent_is_a_payment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("gift_cards.id"))
    state: Mapped[UseState] = mapped_column(State(UseState), default=UseState.HELD)
    paid_cents: Mapped[int]
    bonus_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    takings: Mapped[int] = mapped_column(default=1)  # how often it was taken off the card
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)


class GiftCardRules(Base):
    """How long cards are good for, as managers have set it; one row."""

    __tablename__ = "gift_card_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="there_is_one"),
        CheckConstraint("valid_years BETWEEN 1 AND 10", name="valid_years_are_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_years: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
