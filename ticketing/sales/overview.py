"""An order as somebody looks at it: lines with their words, tickets, VAT. Loaded whole, rendered anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, VATClass
from ticketing.foundation.languages import Texts
from ticketing.foundation.money import Money, total_of
from ticketing.sales import late_money, orders
from ticketing.sales.late_money import Reason
from ticketing.sales.models import Order, OrderLine, PaymentState, RefundState
from ticketing.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class LineView:
    """One line: what, for whom, when (wall clock of the centre), how many, how much."""

    experience: Experience
    ticket_type_names: Texts
    starts_at_local: datetime
    ends_at_local: datetime
    admits_from_local: datetime
    admits_until_local: datetime
    quantity: int
    unit: Money
    discount: Money
    total: Money


@dataclass(frozen=True, slots=True)
class VATView:
    """What an order contains of one VAT class and rate; no rate means exempt."""

    names: Texts
    rate_bp: int | None
    gross: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket with the line it was bought on."""

    ticket: Ticket
    line: LineView


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order whole."""

    lines: tuple[LineView, ...]
    tickets: tuple[TicketView, ...]
    vat: tuple[VATView, ...]
    total: Money
    discount: Money
    is_waiting_for_bank: bool
    refunded: Money
    late_reason: Reason | None  # why the last payment that bought nothing went back


def overview_of(session: Session, order: Order, *, zone: ZoneInfo) -> OrderView:
    """Put together what there is to see of an order loaded by `orders.get_order`."""
    views = {line.id: _line_view(line, zone) for line in order.lines}
    tickets = tuple(TicketView(ticket, views[ticket.order_line_id]) for ticket in orders.find_tickets(session, order))
    return OrderView(
        lines=tuple(views.values()),
        tickets=tickets,
        vat=_vat_views(session, order.lines),
        total=Money(order.total_cents, order.currency),
        discount=total_of((view.discount for view in views.values()), order.currency),
        is_waiting_for_bank=any(payment.state is PaymentState.PROCESSING for payment in order.payments),
        refunded=_refunded(order),
        late_reason=_late_reason(order),
    )


def _line_view(line: OrderLine, zone: ZoneInfo) -> LineView:
    slot = line.slot
    return LineView(
        experience=slot.experience,
        ticket_type_names=line.ticket_type.names,
        starts_at_local=slot.starts_at.astimezone(zone),
        ends_at_local=slot.ends_at.astimezone(zone),
        admits_from_local=slot.admits_from.astimezone(zone),
        admits_until_local=slot.admits_until.astimezone(zone),
        quantity=line.quantity,
        unit=Money(line.unit_cents, line.currency),
        discount=Money(line.discount_cents, line.currency),
        total=Money(line.total_cents, line.currency),
    )


def _vat_views(session: Session, lines: Sequence[OrderLine]) -> tuple[VATView, ...]:
    names = {row.slug: row.names for row in session.execute(select(VATClass.slug, VATClass.names))}
    views = []
    for vat_class, rate_bp in dict.fromkeys((line.vat_class, line.vat_bp) for line in lines):
        mine = [line for line in lines if (line.vat_class, line.vat_bp) == (vat_class, rate_bp)]
        gross, vat = sum(line.total_cents for line in mine), sum(line.vat_cents for line in mine)
        currency = mine[0].currency
        views.append(VATView(names[vat_class], rate_bp, Money(gross, currency), Money(vat, currency)))
    return tuple(views)


def _refunded(order: Order) -> Money:
    refunds = [refund for payment in order.payments for refund in payment.refunds]
    given = [refund for refund in refunds if refund.state is not RefundState.FAILED]
    return total_of((Money(refund.amount_cents, refund.currency) for refund in given), order.currency)


def _late_reason(order: Order) -> Reason | None:
    reasons = [late_money.reason_for(payment) for payment in reversed(order.payments)]
    return next((reason for reason in reasons if reason is not None), None)
