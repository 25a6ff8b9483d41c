"""The ticket: one credential for one admission, or for a group of n."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.foundation.database import Base, State, UTCDateTime


class TicketState(StrEnum):
    """Whether a ticket can be used. "Used" is not a state: admitted < admissions."""

    VALID = "valid"
    VOID = "void"  # moved, cancelled or refunded; its code opens nothing any more


TICKET_MOVES = {TicketState.VALID: {TicketState.VOID}, TicketState.VOID: set[TicketState]()}


class Ticket(Base):
    """One credential. The code is kept so that the ticket can be printed again; the door looks it up by its digest."""

    __tablename__ = "tickets"
    __table_args__ = (
        # A line gives each of its tickets a place, so issuing twice is refused by the database.
        UniqueConstraint("order_line_id", "place"),
        Index(None, "slot_id"),
        Index(None, "order_id"),
        Index(None, "voided_at"),
        CheckConstraint("admitted >= 0 AND admitted <= admissions", name="admitted_within_admissions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    place: Mapped[int]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    ticket_type_id: Mapped[int] = mapped_column(ForeignKey("ticket_types.id"))
    code: Mapped[str] = mapped_column(String(26), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[TicketState] = mapped_column(State(TicketState), default=TicketState.VALID)
    admissions: Mapped[int] = mapped_column(default=1)
    admitted: Mapped[int] = mapped_column(default=0)
    holder_name: Mapped[str | None] = mapped_column(String(120))  # if the customer likes to say who comes
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
