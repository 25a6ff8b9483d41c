"""The tables of what a closure means to orders: a case for each order it touches, and the rules of the house."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.catalogue.models import Closure, ClosureDefault
from ticketing.foundation.database import Base, State, UTCDateTime
from ticketing.sales.models import Order


class CaseState(StrEnum):
    """What has become of an order that a closure touches."""

    OPEN = "open"  # waits for its customer, or for the deadline
    REBOOKED = "rebooked"  # tickets for another time
    REFUNDED = "refunded"  # the money goes back
    CREDITED = "credited"  # the money is on a gift card, with a bonus
    KEPT = "kept"  # the tickets stay as they are: somebody agreed to that, or came in on them
    WITHDRAWN = "withdrawn"  # opened again in time: the tickets are good as they are


# A closure that is extended touches again what had been settled, or takes in more of an order.
CASE_MOVES = {
    CaseState.OPEN: {
        CaseState.REBOOKED,
        CaseState.REFUNDED,
        CaseState.CREDITED,
        CaseState.KEPT,
        CaseState.WITHDRAWN,
    },
    CaseState.REBOOKED: {CaseState.OPEN},
    CaseState.REFUNDED: {CaseState.OPEN},
    CaseState.CREDITED: {CaseState.OPEN},
    CaseState.KEPT: {CaseState.OPEN},
    CaseState.WITHDRAWN: {CaseState.OPEN},
}


class ClosureCase(Base):
    """One order that a closure touches, and what of its money is still open, went elsewhere, or stays.

    `value_cents` is what was paid for all tickets the case was ever about; the columns after it share it out.
    """

    __tablename__ = "closure_cases"
    __table_args__ = (
        UniqueConstraint("closure_id", "order_id"),
        Index(None, "order_id"),
        Index(None, "state", "decide_by"),
        CheckConstraint(
            "value_cents = open_cents + rebooked_cents + refunded_cents + credited_cents + kept_cents"
            " + withdrawn_cents",
            name="every_cent_is_somewhere",
        ),
        CheckConstraint(
            "open_cents >= 0 AND rebooked_cents >= 0 AND refunded_cents >= 0 AND credited_cents >= 0"
            " AND kept_cents >= 0 AND withdrawn_cents >= 0 AND bonus_cents >= 0",
            name="amounts_are_not_negative",
        ),
        CheckConstraint("state = 'open' OR open_cents = 0", name="nothing_is_open_when_settled"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_when_not_open"),
        CheckConstraint(
            "state IN ('open', 'rebooked', 'refunded', 'credited', 'kept', 'withdrawn')", name="state_is_known"
        ),
        CheckConstraint("state <> 'credited' OR credited_cents > 0", name="something_was_credited"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    secret: Mapped[str] = mapped_column(String(40), unique=True)  # what the link in the mail carries
    closure_id: Mapped[int] = mapped_column(ForeignKey("closures.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    state: Mapped[CaseState] = mapped_column(State(CaseState), default=CaseState.OPEN)
    openings: Mapped[int] = mapped_column(default=1)  # how often it was opened: each time is told by a mail
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decide_by: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_by: Mapped[str | None] = mapped_column(String(120))  # empty: the customer
    value_cents: Mapped[int]
    open_cents: Mapped[int]
    rebooked_cents: Mapped[int] = mapped_column(default=0)
    refunded_cents: Mapped[int] = mapped_column(default=0)
    credited_cents: Mapped[int] = mapped_column(default=0)
    kept_cents: Mapped[int] = mapped_column(default=0)
    withdrawn_cents: Mapped[int] = mapped_column(default=0)
    bonus_cents: Mapped[int] = mapped_column(default=0)  # what the house put on top of what was credited
    currency: Mapped[str] = mapped_column(String(3))
    problem: Mapped[str | None] = mapped_column(String(40))  # the code of what kept its default from happening

    closure: Mapped[Closure] = relationship(lazy="raise")
    order: Mapped[Order] = relationship(lazy="raise")


class ClosureCaseTicket(Base):
    """A ticket a case is about."""

    __tablename__ = "closure_case_tickets"
    __table_args__ = (Index(None, "ticket_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("closure_cases.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)


class ClosureCredit(Base):
    """That a change of an order put what it gave back onto cards, with a bonus: once for each time a case was opened.

    The lines of the cards' ledgers name it (`gift_card_movements.credit_id`).
    """

    __tablename__ = "closure_credits"
    __table_args__ = (
        UniqueConstraint("case_id", "opening"),
        CheckConstraint("value_cents > 0 AND bonus_cents >= 0", name="puts_something_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("order_changes.id"), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("closure_cases.id"))
    opening: Mapped[int]
    value_cents: Mapped[int]
    bonus_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))


class ClosureRules(Base):
    """What holds for every closure unless it says otherwise; one row, as managers have set it."""

    __tablename__ = "closure_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="there_is_one"),
        CheckConstraint("undo_minutes BETWEEN 0 AND 120", name="undo_minutes_are_sane"),
        CheckConstraint("second_from_orders >= 1", name="second_from_orders_is_positive"),
        CheckConstraint("answer_days BETWEEN 1 AND 90", name="answer_days_are_sane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    undo_minutes: Mapped[int]  # before any mail or refund leaves
    second_from_orders: Mapped[int]  # from so many orders on a second person confirms
    answer_days: Mapped[int]  # customers have to choose
    default_outcome: Mapped[ClosureDefault] = mapped_column(State(ClosureDefault))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
