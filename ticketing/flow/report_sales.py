"""Reports of what was sold, on the day of the sale: by ticket type, by VAT rate, by channel, by days ahead.

All add up what sold.py loads, so all agree with each other, and with the books (sales/books.py), to the cent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, TicketType
from ticketing.flow import sold
from ticketing.flow.report_models import Act, ReportName
from ticketing.flow.report_shapes import Beside, Cell, Counted, Kind, Report, Span, columns, share, total_row
from ticketing.flow.sold import LEADS, Sold
from ticketing.foundation.languages import Texts
from ticketing.sales import books
from ticketing.sales.accounts import Revenue
from ticketing.sales.models import Channel

SALES = columns(
    experience=Kind.NAME, ticket_type=Kind.NAME, bought=Kind.COUNT, moved_here=Kind.COUNT, ended=Kind.COUNT,
    list_price=Kind.CENTS, discounts=Kind.CENTS, ended_value=Kind.CENTS, revenue=Kind.CENTS,
)  # fmt: skip
VAT = columns(
    month=Kind.MONTH, vat_class=Kind.NAME, rate=Kind.RATE, list_price=Kind.CENTS, discounts=Kind.CENTS,
    ended_value=Kind.CENTS, fees=Kind.CENTS, goodwill=Kind.CENTS, disputes=Kind.CENTS, revenue=Kind.CENTS,
    vat=Kind.CENTS, net=Kind.CENTS,
)  # fmt: skip
CHANNELS = columns(
    channel=Kind.WORD, orders=Kind.COUNT, tickets=Kind.COUNT, share=Kind.SHARE, average_order=Kind.CENTS,
    revenue=Kind.CENTS,
)  # fmt: skip
LEAD_TIME = columns(days_ahead=Kind.STRETCH, tickets=Kind.COUNT, share=Kind.SHARE, paid=Kind.CENTS)


@dataclass
class _Tally:
    """What tickets of one type of one experience came to."""

    bought: int = 0
    moved_here: int = 0
    ended: int = 0
    list_cents: int = 0
    discount_cents: int = 0
    ended_cents: int = 0

    @property
    def revenue_cents(self) -> int:
        return self.list_cents - self.discount_cents - self.ended_cents

    def cells(self) -> tuple[Cell, ...]:
        return (
            self.bought, self.moved_here, self.ended, self.list_cents, -self.discount_cents, -self.ended_cents,
            self.revenue_cents,
        )  # fmt: skip


def sales(session: Session, span: Span) -> Report:
    """Report tickets and money by experience and ticket type; what is of no ticket stands below."""
    of_span = _sold(session, span)
    by_type: dict[tuple[int, int], _Tally] = {}
    for lines in of_span.lines:
        tally = by_type.setdefault((lines.experience_id, lines.ticket_type_id), _Tally())
        if lines.has_ended:
            tally.ended += lines.tickets
            tally.ended_cents += lines.cents
        else:
            tally.bought += lines.tickets * lines.is_purchase
            tally.moved_here += lines.tickets * (not lines.is_purchase)
            tally.list_cents += lines.list_cents
            tally.discount_cents += lines.discount_cents
    experiences, types = experience_names(session), type_names(session)
    rows: list[tuple[Cell, ...]] = [
        (experiences[each], types[kind], *by_type[each, kind].cells())
        for each in experiences for kind in types if (each, kind) in by_type
    ]  # fmt: skip
    rows += _of_no_ticket(of_span.fees)
    bought = sum(tally.bought for tally in by_type.values())
    return Report(ReportName.SALES, span, SALES, tuple(rows), total_row(rows, SALES, 2), bought, Counted.TICKETS)


def vat(session: Session, span: Span) -> Report:
    """Report revenue by month, VAT class and rate, as the books of the same days have it."""
    names, of_span = books.class_names(session), _sold(session, span, span.months())
    rows: list[tuple[Cell, ...]] = [
        (each.day, names.get(each.vat_class, each.vat_class), each.vat_bp, each.sold, -each.discounts, -each.ended,
         each.fees, -each.goodwill, -each.disputes, each.gross, each.vat, each.net)
        for each in _by_rate(revenue_of(of_span))
    ]  # fmt: skip
    orders = sum(lines.orders for lines in of_span.lines)
    return Report(ReportName.VAT, span, VAT, tuple(rows), total_row(rows, VAT, 3), orders, Counted.ORDERS)


def channels(session: Session, span: Span) -> Report:
    """Report orders, tickets and revenue by where they were sold."""
    of_span = _sold(session, span)
    orders, tickets, paid, revenue = Counter[Channel](), Counter[Channel](), Counter[Channel](), Counter[Channel]()
    for lines in of_span.lines:
        orders[lines.channel] += lines.orders
        tickets[lines.channel] += lines.tickets * lines.is_purchase
        paid[lines.channel] += lines.cents * (lines.act is Act.BOUGHT)
    for earned in revenue_of(of_span):
        revenue[earned.channel] += earned.gross
    whole = tickets.total()
    rows = [
        (channel, orders[channel], tickets[channel], share(tickets[channel], whole),
         _average(paid[channel], orders[channel]), revenue[channel])
        for channel in Channel if orders[channel] or revenue[channel]
    ]  # fmt: skip
    totals = (
        None, orders.total(), whole, share(whole, whole), _average(paid.total(), orders.total()), revenue.total()
    )  # fmt: skip
    return Report(ReportName.CHANNELS, span, CHANNELS, tuple(rows), totals, orders.total(), Counted.ORDERS)


def lead_time(session: Session, span: Span) -> Report:
    """Report how many days ahead tickets were bought, with the order or later; one that is moved counts once."""
    tickets, paid = Counter[int](), Counter[int]()
    for lines in _sold(session, span).lines:
        if lines.lead is not None:
            tickets[lines.lead] += lines.tickets
            paid[lines.lead] += lines.cents
    whole = tickets.total()
    rows = tuple((lead, tickets[lead], share(tickets[lead], whole), paid[lead]) for lead in LEADS)
    totals = (None, whole, share(whole, whole), paid.total())
    return Report(ReportName.LEAD_TIME, span, LEAD_TIME, rows, totals, whole, Counted.TICKETS)


def revenue_of(of_span: Sold) -> Iterator[Revenue]:
    """Say what was sold as the books say it, each part of the span as its first day."""
    for lines in of_span.lines:
        key = (lines.part, lines.vat_class, lines.vat_bp, lines.channel)
        if lines.has_ended:
            yield Revenue(*key, ended=lines.cents, vat=-lines.vat_cents)
        else:
            yield Revenue(*key, sold=lines.list_cents, discounts=lines.discount_cents, vat=lines.vat_cents)
    yield from of_span.fees


def experience_names(session: Session) -> dict[int, Texts]:
    """Return what experiences are called, by id, in their order."""
    question = select(Experience.id, Experience.names).order_by(Experience.position, Experience.id)
    return {row.id: row.names for row in session.execute(question)}


def type_names(session: Session) -> dict[int, Texts]:
    """Return what ticket types are called, by id, in their order."""
    question = select(TicketType.id, TicketType.names).order_by(TicketType.position, TicketType.id)
    return {row.id: row.names for row in session.execute(question)}


def _sold(session: Session, span: Span, parts: Sequence[tuple[date, date]] = ()) -> Sold:
    return sold.sold_between(session, parts or [(span.first, span.last)], zone=span.zone, now=span.now)


def _of_no_ticket(fees: Iterable[Revenue]) -> list[tuple[Cell, ...]]:
    sums = Counter[Beside]()
    for fee in fees:
        sums[Beside.FEES] += fee.fees
        sums[Beside.GOODWILL] -= fee.goodwill
        sums[Beside.DISPUTES] -= fee.disputes
    return [(what, None, None, None, None, None, None, None, cents) for what, cents in sums.items() if cents]


def _by_rate(revenue: Iterable[Revenue]) -> list[Revenue]:
    """Add revenue up by part of the span, class and rate, whatever the channel; in this order."""
    sums: dict[tuple[date, str, int | None], list[int]] = {}
    for each in revenue:
        mine = sums.setdefault((each.day, each.vat_class, each.vat_bp), [0] * 7)
        amounts = (each.sold, each.discounts, each.ended, each.fees, each.goodwill, each.disputes, each.vat)
        for place, cents in enumerate(amounts):
            mine[place] += cents
    in_order = sorted(sums.items(), key=lambda each: (each[0][0], each[0][1], each[0][2] or -1))
    return [Revenue(*key, Channel.ONLINE, *amounts) for key, amounts in in_order]


def _average(cents: int, number: int) -> int | None:
    return (2 * cents + number) // (2 * number) if number else None
