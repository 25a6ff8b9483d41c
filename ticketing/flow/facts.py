"""The single acts behind the reports: every ticket sold and ended, every ticket of a visit, every refund.

Read in a stream, a handful of rows at a time, so that a year takes no more memory than a day. No names and no addresses
of customers; an order's code leads staff who may see them to its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.flow.report_models import Act, ReportName
from ticketing.flow.report_sales import experience_names, type_names
from ticketing.flow.report_shapes import Cell, Column, Kind, Span, columns
from ticketing.flow.sold import BEGINS, ENDS
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.languages import Texts
from ticketing.sales.models import ChangeKind, Order, OrderChange, OrderLine, Payment, Refund, RefundState
from ticketing.tickets.models import Ticket

A_HANDFUL = 1000  # rows fetched at a time

SALES = columns(
    day=Kind.DAY, order=Kind.WRITTEN, act=Kind.WORD, channel=Kind.WORD, experience=Kind.NAME, ticket_type=Kind.NAME,
    visit=Kind.DAY, tickets=Kind.COUNT, vat_class=Kind.WRITTEN, rate=Kind.RATE, list_price=Kind.CENTS,
    discounts=Kind.CENTS, revenue=Kind.CENTS, vat=Kind.CENTS,
)  # fmt: skip
VISITS = columns(
    visit=Kind.DAY, starts=Kind.MOMENT, experience=Kind.NAME, ticket_type=Kind.NAME, channel=Kind.WORD,
    state=Kind.WORD, admissions=Kind.COUNT, admitted=Kind.COUNT, bought=Kind.DAY,
)  # fmt: skip
REFUNDS = columns(
    day=Kind.DAY, order=Kind.WRITTEN, way=Kind.WORD, reason=Kind.WRITTEN, state=Kind.WORD, amount=Kind.CENTS,
    failed_on=Kind.DAY, failed=Kind.CENTS,
)  # fmt: skip


FEES = {ChangeKind.REFUND: Act.GIVEN_FREELY, ChangeKind.DISPUTE: Act.TAKEN_BY_BANK}


@dataclass(frozen=True)
class Facts:
    """Rows that can be read once, while the session they come from is open."""

    columns: tuple[Column, ...]
    rows: Iterator[tuple[Cell, ...]]


@dataclass
class _Reader:
    """Reads the rows of one span, and knows how things are called."""

    session: Session
    span: Span
    experiences: dict[int, Texts] = field(init=False)
    types: dict[int, Texts] = field(init=False)

    def __post_init__(self) -> None:
        self.experiences, self.types = experience_names(self.session), type_names(self.session)
        self.begin = day_bounds(self.span.first, self.span.zone)[0]
        self.end = day_bounds(self.span.last, self.span.zone)[1]

    def stream(self, question: Select[*tuple[Any, ...]]) -> Iterator[Any]:
        """Ask without taking all answers at once."""
        return iter(self.session.execute(question.execution_options(yield_per=A_HANDFUL)))

    def day(self, instant: datetime | None) -> Cell:
        """Return the local day of an instant."""
        return local_date_of(instant, self.span.zone) if instant else None

    def within(self, instant: Any) -> tuple[Any, Any]:
        """Say in SQL that an instant lies in the span."""
        return instant >= self.begin, instant < self.end

    def sales(self) -> Iterator[tuple[Cell, ...]]:
        """Read what began, what ended, and what is of no ticket."""
        line = (
            Order.code, Order.channel, Slot.experience_id, OrderLine.ticket_type_id, Slot.local_date,
            OrderLine.quantity, OrderLine.vat_class, OrderLine.vat_bp, OrderLine.quantity * OrderLine.unit_cents,
            OrderLine.discount_cents, OrderLine.vat_cents,
        )  # fmt: skip
        ordered = select(Order.confirmed_at, *line).join(OrderLine, OrderLine.order_id == Order.id)
        ordered = ordered.join(Slot, Slot.id == OrderLine.slot_id)
        ordered = ordered.where(*self.within(Order.confirmed_at), OrderLine.change_id.is_(None))
        for at, *rest in self.stream(ordered.order_by(Order.confirmed_at)):
            yield self._line(at, Act.BOUGHT, 1, rest)
        changed = select(OrderChange.done_at, OrderChange.kind, *line).join(Order, Order.id == OrderChange.order_id)
        began = changed.join(OrderLine, OrderLine.change_id == OrderChange.id)
        began = began.join(Slot, Slot.id == OrderLine.slot_id).where(*self.within(OrderChange.done_at))
        for at, kind, *rest in self.stream(began.order_by(OrderChange.done_at)):
            yield self._line(at, BEGINS[kind], 1, rest)
        ended = changed.join(OrderLine, OrderLine.ended_by_id == OrderChange.id)
        ended = ended.join(Slot, Slot.id == OrderLine.slot_id).where(*self.within(OrderLine.ended_at))
        for at, kind, *rest in self.stream(ended.order_by(OrderLine.ended_at)):
            yield self._line(at, ENDS[kind], -1, rest)
        yield from self._fees()

    def visits(self) -> Iterator[tuple[Cell, ...]]:
        """Read every ticket for a day of the span."""
        question = (
            select(
                Slot.local_date, Slot.starts_at, Slot.experience_id, Ticket.ticket_type_id, Order.channel,
                Ticket.state, Ticket.admissions, Ticket.admitted, Order.confirmed_at,
            )
            .select_from(Slot)
            .join(Ticket, Ticket.slot_id == Slot.id)
            .join(Order, Order.id == Ticket.order_id)
            .where(Slot.local_date.between(self.span.first, self.span.last))
            .order_by(Slot.local_date, Slot.experience_id)
        )  # fmt: skip
        for day, starts_at, experience, kind, channel, state, admissions, admitted, bought in self.stream(question):
            yield (
                day, starts_at, self.experiences[experience], self.types[kind], channel, state, admissions, admitted,
                self.day(bought),
            )  # fmt: skip

    def refunds(self) -> Iterator[tuple[Cell, ...]]:
        """Read every refund that was asked for in the span, or failed in it."""
        failed = (
            (Refund.state == RefundState.FAILED) & (Refund.settled_at >= self.begin) & (Refund.settled_at < self.end)
        )
        asked = (Refund.requested_at >= self.begin) & (Refund.requested_at < self.end)
        question = (
            select(Refund.requested_at, Order.code, Refund.way, Refund.reason, Refund.state, Refund.amount_cents,
                   Refund.settled_at)
            .join(Payment, Payment.id == Refund.payment_id)
            .join(Order, Order.id == Payment.order_id)
            .where(or_(asked, failed))
            .order_by(Refund.requested_at)
        )  # fmt: skip
        for at, code, way, reason, state, cents, settled_at in self.stream(question):
            is_failed = state is RefundState.FAILED and self.begin <= settled_at < self.end
            yield (
                self.day(at), code, way, reason, state, cents if self.begin <= at < self.end else None,
                self.day(settled_at) if is_failed else None, -cents if is_failed else None,
            )  # fmt: skip

    def _line(self, at: datetime, act: Act, sign: int, line: list[Any]) -> tuple[Cell, ...]:
        code, channel, experience, kind, visit, tickets, vat_class, vat_bp, list_cents, discount, vat = line
        return (
            self.day(at), code, act, channel, self.experiences[experience], self.types[kind], visit, sign * tickets,
            vat_class, vat_bp, sign * list_cents, -sign * discount, sign * (list_cents - discount), sign * vat,
        )  # fmt: skip

    def _fees(self) -> Iterator[tuple[Cell, ...]]:
        question = (
            select(OrderChange.done_at, OrderChange.kind, Order.code, Order.channel, OrderChange.fee_vat_bp,
                   OrderChange.fee_cents, OrderChange.fee_vat_cents)
            .join(Order, Order.id == OrderChange.order_id)
            .where(*self.within(OrderChange.done_at), OrderChange.fee_cents != 0)
            .order_by(OrderChange.done_at)
        )  # fmt: skip
        for at, kind, code, channel, vat_bp, fee, vat in self.stream(question):
            act = FEES.get(kind, Act.FEE)
            yield (self.day(at), code, act, channel, None, None, None, None, None, vat_bp, None, None, fee, vat)


_OF_REPORTS: Mapping[ReportName, tuple[tuple[Column, ...], Callable[[_Reader], Iterator[tuple[Cell, ...]]]]] = {
    **dict.fromkeys(
        (ReportName.SALES, ReportName.VAT, ReportName.CHANNELS, ReportName.LEAD_TIME), (SALES, _Reader.sales)
    ),
    **dict.fromkeys((ReportName.ATTENDANCE, ReportName.NO_SHOWS, ReportName.CLOSURES), (VISITS, _Reader.visits)),
    ReportName.REFUNDS: (REFUNDS, _Reader.refunds),
}


def facts_of(session: Session, name: ReportName, span: Span) -> Facts:
    """Return the single acts behind a report, to be read while the session is open."""
    of, read = _OF_REPORTS[name]
    return Facts(of, read(_Reader(session, span)))
