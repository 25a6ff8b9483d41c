"""The tables of sales: holds, orders, their changes, payments, refunds. What comes off a price: discount_models.py."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.catalogue.models import Slot, TicketType
from ticketing.foundation.database import Base, JSONDocument, State, UTCDateTime
from ticketing.sales.discount_models import PromotionCode


class HoldState(StrEnum):
    """What has become of a hold."""

    OPEN = "open"  # places are taken until expires_at
    KEPT = "kept"  # became a confirmed order
    RELEASED = "released"  # given back by the customer
    EXPIRED = "expired"  # the deadline passed


HOLD_MOVES = {
    HoldState.OPEN: {HoldState.KEPT, HoldState.RELEASED, HoldState.EXPIRED},
    HoldState.EXPIRED: {HoldState.KEPT},  # paid late, and there was still room
    HoldState.RELEASED: {HoldState.KEPT},  # paid in another tab after giving up here
    HoldState.KEPT: set[HoldState](),
}


class OrderState(StrEnum):
    """Where an order is in its life. Paid, refunded, used are sums, not states."""

    PENDING = "pending"  # placed, places on hold, not yet paid
    CONFIRMED = "confirmed"  # paid, free, or accepted on invoice; tickets exist
    EXPIRED = "expired"  # the hold ran out before payment
    CANCELLED = "cancelled"  # ended after being confirmed


ORDER_MOVES = {
    OrderState.PENDING: {OrderState.CONFIRMED, OrderState.EXPIRED},
    OrderState.EXPIRED: {OrderState.CONFIRMED},
    OrderState.CONFIRMED: {OrderState.CANCELLED},
    OrderState.CANCELLED: set[OrderState](),
}


class PaymentState(StrEnum):
    """What the provider last said of an attempt to pay."""

    CREATED = "created"  # a row, perhaps not yet known to the provider
    PROCESSING = "processing"  # a method that confirms later
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"  # the provider's session expired unpaid


PAYMENT_MOVES = {
    PaymentState.CREATED: {
        PaymentState.PROCESSING,
        PaymentState.SUCCEEDED,
        PaymentState.FAILED,
        PaymentState.CANCELLED,
    },
    PaymentState.PROCESSING: {PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.CANCELLED},
    PaymentState.FAILED: {PaymentState.SUCCEEDED},
    PaymentState.CANCELLED: {PaymentState.SUCCEEDED},
    PaymentState.SUCCEEDED: set[PaymentState](),
}


class RefundState(StrEnum):
    """How far money has come on its way back."""

    REQUESTED = "requested"  # written down, not yet asked of the provider
    SUBMITTED = "submitted"  # the provider has it
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND_MOVES = {
    RefundState.REQUESTED: {RefundState.SUBMITTED, RefundState.SUCCEEDED, RefundState.FAILED},
    RefundState.SUBMITTED: {RefundState.SUCCEEDED, RefundState.FAILED},
    RefundState.SUCCEEDED: {RefundState.FAILED},  # a bank may send a refund back
    RefundState.FAILED: {RefundState.SUCCEEDED},  # to send it again is a new refund that stands in for it
}


class RefundWay(StrEnum):
    """How money goes back."""

    PROVIDER = "provider"  # over the provider it came by
    CASH = "cash"  # at the desk
    GIFT_CARD = "gift_card"  # onto a gift card
    ACCOUNT = "account"  # onto the account of the reseller who sold it
    TRANSFER = "transfer"  # by hand, from our bank, after the provider could not
    DISPUTE = "dispute"  # the customer's bank took it


class ChangeKind(StrEnum):
    """What is done to a confirmed order."""

    MOVE = "move"  # tickets end, others for another slot begin
    CANCEL = "cancel"  # tickets end and money goes back
    ADD = "add"  # more tickets
    REFUND = "refund"  # money goes back though the tickets stand: a negative fee (sales/goodwill.py)
    DISPUTE = "dispute"  # a bank took it back though the tickets stand: a negative fee too


class ChangeState(StrEnum):
    """How far a change has come."""

    PENDING = "pending"  # its places are held until its difference is paid
    DONE = "done"
    LAPSED = "lapsed"  # given up, or not paid in time; the order is as it was


CHANGE_MOVES = {
    ChangeState.PENDING: {ChangeState.DONE, ChangeState.LAPSED},
    ChangeState.LAPSED: {ChangeState.DONE},  # paid late, and there was still room
    ChangeState.DONE: set[ChangeState](),
}


class Channel(StrEnum):
    """Where an order was made."""

    ONLINE = "online"
    DESK = "desk"
    OPERATOR = "operator"  # by command
    RESELLER = "reseller"  # sold in our name over /octo


class Hold(Base):
    """Capacity claimed for a basket, for a limited time."""

    __tablename__ = "holds"
    __table_args__ = (Index(None, "state", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)  # the holder of its allocations
    secret: Mapped[str] = mapped_column(String(40), unique=True)  # what the customer's address carries
    request_key: Mapped[str] = mapped_column(String(64), unique=True)  # the same request again is the same hold
    state: Mapped[HoldState] = mapped_column(State(HoldState), default=HoldState.OPEN)
    channel: Mapped[Channel] = mapped_column(State(Channel), default=Channel.ONLINE)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    extensions: Mapped[int] = mapped_column(default=0)
    promotion_code_id: Mapped[int | None] = mapped_column(ForeignKey("promotion_codes.id"))
    gift_card_id: Mapped[int | None] = mapped_column(ForeignKey("gift_cards.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(120))

    lines: Mapped[list[HoldLine]] = relationship(
        back_populates="hold", lazy="raise", order_by="HoldLine.id", cascade="all, delete-orphan"
    )
    promotion_code: Mapped[PromotionCode | None] = relationship(lazy="raise")


class HoldLine(Base):
    """So many tickets of a type for a slot, at the price shown when they were chosen."""

    __tablename__ = "hold_lines"
    __table_args__ = (
        UniqueConstraint("hold_id", "slot_id", "ticket_type_id"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("unit_cents >= 0", name="unit_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("holds.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    quantity: Mapped[int]
    unit_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")

    hold: Mapped[Hold] = relationship(back_populates="lines", lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")
    ticket_type: Mapped[TicketType] = relationship(lazy="raise")


class Order(Base):
    """What a customer buys, under one order code."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(None, "state", "placed_at"),
        Index(None, "confirmed_at"),
        Index(None, "email"),
        CheckConstraint("total_cents >= 0", name="total_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    secret: Mapped[str] = mapped_column(String(40), unique=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("holds.id"), unique=True)  # placing twice is placing once
    state: Mapped[OrderState] = mapped_column(State(OrderState))
    channel: Mapped[Channel] = mapped_column(State(Channel))
    language: Mapped[str] = mapped_column(String(2))
    email: Mapped[str | None] = mapped_column(String(254))  # None once anonymised
    name: Mapped[str | None] = mapped_column(String(120))
    total_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    placed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    hold: Mapped[Hold] = relationship(lazy="raise")
    lines: Mapped[list[OrderLine]] = relationship(  # that have not ended
        back_populates="order",
        lazy="raise",
        order_by="OrderLine.id",
        primaryjoin="and_(OrderLine.order_id == Order.id, OrderLine.ended_at.is_(None))",
    )
    payments: Mapped[list[Payment]] = relationship(back_populates="order", lazy="raise", order_by="Payment.id")


class OrderNameWord(Base):
    """A word of the name an order is for, without capitals and accents, so that staff find it (sales/name_words.py)."""

    __tablename__ = "order_name_words"
    __table_args__ = (UniqueConstraint("order_id", "word"), Index(None, "word", "order_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    # Compared by code points on both engines: the words that begin alike stand together in the index.
    word: Mapped[str] = mapped_column(String(40).with_variant(String(40, collation="C"), "postgresql"))


class OrderChange(Base):
    """A confirmed order is moved, cancelled in part or whole, or added to: what ends, what begins, what it costs."""

    __tablename__ = "order_changes"
    __table_args__ = (
        # One change at a time waits for its payment; the database says so on both engines.
        Index("uq_order_changes_pending", "order_id", unique=True, sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index(None, "order_id"),
        Index(None, "done_at"),
        CheckConstraint("fee_cents >= 0 OR kind IN ('refund', 'dispute')", name="fee_is_not_negative"),
        CheckConstraint("given_before_cents BETWEEN 0 AND ABS(fee_cents)", name="given_before_is_part_of_the_fee"),
        CheckConstraint("state <> 'pending' OR difference_cents > 0", name="only_what_costs_waits"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)  # holds its places while it waits
    request_key: Mapped[str] = mapped_column(String(64), unique=True)  # the same request again is the same change
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[ChangeKind] = mapped_column(State(ChangeKind))
    state: Mapped[ChangeState] = mapped_column(State(ChangeState))
    ticket_ids: Mapped[list[int]] = mapped_column(JSONDocument)  # tickets that end
    additions: Mapped[list[dict[str, Any]]] = mapped_column(JSONDocument)  # lines that begin, priced
    fee_cents: Mapped[int]  # what the house keeps; below zero what it gives back freely
    given_before_cents: Mapped[int] = mapped_column(default=0)  # of the fee: what had been given back freely before
    fee_vat_bp: Mapped[int | None]
    fee_vat_cents: Mapped[int]
    difference_cents: Mapped[int]  # above zero: to be paid; below: goes back
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    order: Mapped[Order] = relationship(lazy="raise")


class ChangeRules(Base):
    """What customers may do to their orders by themselves; one row for the house, others for single experiences."""

    __tablename__ = "change_rules"
    __table_args__ = (
        CheckConstraint("move_fee_cents >= 0 AND cancel_fee_cents >= 0", name="fees_are_not_negative"),
        CheckConstraint("move_until_minutes >= 0 AND cancel_until_minutes >= 0", name="deadlines_are_not_negative"),
        CheckConstraint("cancel_fee_percent BETWEEN 0 AND 100", name="percent_is_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    experience_id: Mapped[int | None] = mapped_column(ForeignKey("experiences.id"), unique=True)  # None: the house
    may_move: Mapped[bool]
    may_cancel: Mapped[bool]
    move_until_minutes: Mapped[int]  # before the start of the slot
    cancel_until_minutes: Mapped[int]
    move_fee_cents: Mapped[int]  # for each ticket, at most what it cost
    cancel_fee_cents: Mapped[int]
    cancel_fee_percent: Mapped[int]  # of what the ticket cost; the higher of both fees counts
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class OrderLine(Base):
    """So many tickets of a type for a slot, with the price and the VAT they were sold at.

    A line whose tickets end is split: what ends becomes a line of its own with `ended_at`. Nothing is ever removed.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        Index(None, "order_id", "slot_id", "ticket_type_id"),
        Index(None, "slot_id"),
        Index(None, "ended_at"),
        # Of few lines: most belong to the order itself, and nobody looks for those by their change.
        Index("ix_order_lines_change_id", "change_id", sqlite_where=text("change_id IS NOT NULL"),
              postgresql_where=text("change_id IS NOT NULL")),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="an_end_has_its_change"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("total_cents = quantity * unit_cents - discount_cents", name="total_follows"),
        CheckConstraint("discount_cents >= 0 AND total_cents >= 0", name="amounts_are_not_negative"),
        CheckConstraint("bundle_cents BETWEEN 0 AND discount_cents", name="bundle_is_part_of_the_discount"),
        CheckConstraint("bundle_cents = 0 OR bundle_id IS NOT NULL", name="a_bundle_has_its_name"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    quantity: Mapped[int]
    unit_cents: Mapped[int]
    discount_cents: Mapped[int]  # of the whole line
    bundle_cents: Mapped[int] = mapped_column(default=0)  # of the discount: what came off as part of a bundle
    bundle_id: Mapped[int | None] = mapped_column(ForeignKey("bundles.id"))
    total_cents: Mapped[int]
    vat_class: Mapped[str] = mapped_column(String(40))
    vat_bp: Mapped[int | None]  # None: exempt
    vat_cents: Mapped[int]  # this line's share of the VAT of its order, or of its change, at this rate
    currency: Mapped[str] = mapped_column(String(3))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("order_changes.id"))  # that added it; None: the order
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("order_changes.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")
    ticket_type: Mapped[TicketType] = relationship(lazy="raise")


class Payment(Base):
    """One attempt to pay an order."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("order_id", "attempt"),
        Index(None, "state", "created_at"),
        Index(None, "state", "succeeded_at"),
        CheckConstraint("amount_cents > 0", name="amount_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("order_changes.id"))  # pays a change; None: the order
    attempt: Mapped[int]  # a declined card leads to a new attempt, with a new idempotency key
    key: Mapped[str] = mapped_column(String(80), unique=True)  # the provider's idempotency key
    provider: Mapped[str] = mapped_column(String(20))  # stripe, sandbox, cash, gift_card, reseller
    provider_ref: Mapped[str | None] = mapped_column(String(120), unique=True)  # the provider's session
    intent_ref: Mapped[str | None] = mapped_column(String(120), unique=True)  # what can be refunded
    checkout_url: Mapped[str | None] = mapped_column(String(2000))
    method: Mapped[str | None] = mapped_column(String(40))  # the provider's word: card, bancontact, …
    state: Mapped[PaymentState] = mapped_column(State(PaymentState), default=PaymentState.CREATED)
    amount_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # of the provider's session
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    order: Mapped[Order] = relationship(back_populates="payments", lazy="raise")
    refunds: Mapped[list[Refund]] = relationship(back_populates="payment", lazy="raise", order_by="Refund.id")


class Refund(Base):
    """Money on its way back from one payment."""

    __tablename__ = "refunds"
    __table_args__ = (
        Index(None, "payment_id"),
        Index(None, "state", "requested_at"),
        Index(None, "requested_at"),
        Index(None, "settled_at"),
        CheckConstraint("amount_cents > 0", name="amount_is_positive"),
        CheckConstraint("covers_cents BETWEEN 0 AND amount_cents", name="covers_a_part_of_itself"),
        CheckConstraint("covered_cents BETWEEN 0 AND amount_cents", name="is_covered_in_part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    provider_ref: Mapped[str | None] = mapped_column(String(120), unique=True)  # its refund, or its dispute
    way: Mapped[RefundWay] = mapped_column(State(RefundWay), default=RefundWay.PROVIDER)
    state: Mapped[RefundState] = mapped_column(State(RefundState), default=RefundState.REQUESTED)
    amount_cents: Mapped[int]
    covers_cents: Mapped[int] = mapped_column(default=0)  # what of it stands in for refunds that failed
    covered_cents: Mapped[int] = mapped_column(default=0)  # what of it, having failed, others stand in for
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(200))
    failure_reason: Mapped[str | None] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    payment: Mapped[Payment] = relationship(back_populates="refunds", lazy="raise")
