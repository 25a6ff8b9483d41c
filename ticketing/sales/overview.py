"""An order as somebody looks at it: lines with their words, tickets, VAT. Loaded whole, rendered anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import closures
from ticketing.catalogue.models import Experience, Slot, VATClass
from ticketing.catalogue.opening import ClosedSpan, span_covering
from ticketing.foundation.languages import Texts
from ticketing.foundation.money import Money, total_of
from ticketing.sales import gift_cards, late_money, shown_discounts
from ticketing.sales.late_money import Reason
from ticketing.sales.models import ChangeState, Order, OrderChange, OrderLine, PaymentState, RefundState
from ticketing.sales.shown_discounts import DiscountView
from ticketing.tickets.models import Ticket, TicketState


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
    vat_bp: int | None = None  # None: exempt
    closed_reasons: Texts = field(default_factory=dict)  # why the visit cannot take place; empty when it can


@dataclass(frozen=True, slots=True)
class VATView:
    """What an order contains of one VAT class and rate; no rate means exempt."""

    names: Texts
    rate_bp: int | None
    gross: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket with the line it was bought on, and its number: the how manieth of its order it is, for good."""

    ticket: Ticket
    line: LineView
    number: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order whole. Lines and tickets are those that hold; `ended` are the tickets that opened something once."""

    lines: tuple[LineView, ...]
    tickets: tuple[TicketView, ...]
    ended: tuple[TicketView, ...]
    fees: Money  # kept for changes; below zero when more was given back freely
    vat: tuple[VATView, ...]
    total: Money
    discounts: tuple[DiscountView, ...]  # of the lines that hold
    is_waiting_for_bank: bool
    refunded: Money
    late_reason: Reason | None  # why the last payment that bought nothing went back
    by_card: Money | None = None  # of what stands, paid with a gift card


def overview_of(session: Session, order: Order, *, zone: ZoneInfo) -> OrderView:
    """Put together what there is to see of an order loaded by `orders.get_order`."""
    ended_lines, changes = _ended_lines(session, order), _changes_done(session, order)
    spans = _closures_of(session, order)
    views = {line.id: _line_view(line, zone, spans) for line in (*order.lines, *ended_lines)}
    tickets = _ticket_views(session, order, views)
    in_time = sorted(order.lines, key=lambda line: (line.slot.starts_at, line.id))
    standing = tuple(views[line.id] for line in in_time)
    return OrderView(
        lines=standing,
        tickets=tuple(each for each in tickets if each.ticket.state is TicketState.VALID),
        ended=tuple(each for each in tickets if each.ticket.state is TicketState.VOID),
        fees=Money(sum(change.fee_cents for change in changes), order.currency),
        vat=_vat_views(session, order, ended_lines, changes),
        total=Money(order.total_cents, order.currency),
        discounts=shown_discounts.of_order(session, order),
        is_waiting_for_bank=any(payment.state is PaymentState.PROCESSING for payment in order.payments),
        refunded=_refunded(order),
        late_reason=_late_reason(order),
        by_card=_by_card(order),
    )


def _closures_of(session: Session, order: Order) -> tuple[ClosedSpan, ...]:
    """Load the closures that an order's visits may fall into; those that were over before are of no matter."""
    starts = [line.slot.starts_at for line in order.lines]
    return closures.spans(session, now=min(starts)) if starts else ()


def _line_view(line: OrderLine, zone: ZoneInfo, spans: Sequence[ClosedSpan]) -> LineView:
    slot = line.slot
    span = span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at)
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
        vat_bp=line.vat_bp,
        closed_reasons=span.reasons if span else {},
    )


def _ended_lines(session: Session, order: Order) -> list[OrderLine]:
    ended = select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.ended_at.is_not(None))
    words = (joinedload(OrderLine.slot).joinedload(Slot.experience), joinedload(OrderLine.ticket_type))
    return list(session.scalars(ended.order_by(OrderLine.id).options(*words)))


def _changes_done(session: Session, order: Order) -> list[OrderChange]:
    done = select(OrderChange).where(OrderChange.order_id == order.id, OrderChange.state == ChangeState.DONE)
    return list(session.scalars(done.order_by(OrderChange.id)))


def _ticket_views(session: Session, order: Order, views: Mapping[int, LineView]) -> list[TicketView]:
    """Number an order's tickets as they were issued, and put them in order of time."""
    own = list(session.scalars(select(Ticket).where(Ticket.order_id == order.id).order_by(Ticket.id)))
    numbered = [TicketView(ticket, views[ticket.order_line_id], number) for number, ticket in enumerate(own, 1)]
    return sorted(numbered, key=lambda each: (each.line.starts_at_local, each.ticket.order_line_id, each.ticket.place))


def _vat_views(
    session: Session, order: Order, ended: Sequence[OrderLine], changes: Sequence[OrderChange]
) -> tuple[VATView, ...]:
    """Add up what stands and what was kept, by VAT class and rate; a fee is of the class it was kept from."""
    names = {row.slug: row.names for row in session.execute(select(VATClass.slug, VATClass.names))}
    classes = {line.vat_bp: line.vat_class for line in (*ended, *order.lines)}
    parts = [(line.vat_class, line.vat_bp, line.total_cents, line.vat_cents) for line in order.lines]
    parts += [
        (classes[change.fee_vat_bp], change.fee_vat_bp, change.fee_cents, change.fee_vat_cents)
        for change in changes
        if change.fee_cents and change.fee_vat_bp in classes
    ]
    views = []
    for kind in dict.fromkeys(part[:2] for part in parts):
        gross = sum(part[2] for part in parts if part[:2] == kind)
        vat = sum(part[3] for part in parts if part[:2] == kind)
        views.append(VATView(names[kind[0]], kind[1], Money(gross, order.currency), Money(vat, order.currency)))
    return tuple(views)


def _refunded(order: Order) -> Money:
    refunds = [refund for payment in order.payments for refund in payment.refunds]
    given = [refund for refund in refunds if refund.state is not RefundState.FAILED]
    return total_of((Money(refund.amount_cents, refund.currency) for refund in given), order.currency)


def _by_card(order: Order) -> Money:
    """Add up what gift cards paid and did not get back."""
    mine = [payment for payment in order.payments if payment.provider == gift_cards.PROVIDER]
    back = sum(refund.amount_cents for payment in mine for refund in payment.refunds)
    return Money(sum(payment.amount_cents for payment in mine) - back, order.currency)


def _late_reason(order: Order) -> Reason | None:
    reasons = [late_money.reason_for(payment) for payment in reversed(order.payments)]
    return next((reason for reason in reasons if reason is not None), None)
