"""A reseller's resale as it stands: what follows from its basket, its order, its tickets, and closures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ticketing.catalogue.models import Closure, Slot
from ticketing.foundation.languages import Texts
from ticketing.sales import closure_answers, resale_changes
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.models import (
    ChangeKind,
    ChangeState,
    Hold,
    HoldLine,
    HoldState,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
    Payment,
    PaymentState,
)
from ticketing.sales.resales import ResaleNotFound
from ticketing.sales.reseller_models import Resale, ResaleUnit
from ticketing.tickets.models import Ticket, TicketState

MOST_LISTED = 50


class ResaleState(StrEnum):
    """Where a resale stands."""

    HELD = "held"
    LAPSED = "lapsed"  # not confirmed in time
    CONFIRMED = "confirmed"
    USED = "used"  # everybody has come in
    CANCELLED = "cancelled"


class Returned(StrEnum):
    """How much of what was put on the account went off it again."""

    ALL = "all"
    SOME = "some"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class UnitView:
    """One ticket of a resale: the ticket it stands for, None before it is confirmed; whether it has ended."""

    unit: ResaleUnit
    ticket: Ticket | None
    has_ended: bool
    unit_cents: int
    vat_class: str | None
    vat_bp: int | None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """When a resale ended (instant), why, and what went back."""

    at: datetime
    reason: str | None
    returned: Returned


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure keeps the visitors out: why, and until when (instant) the reseller chooses."""

    reasons: Texts
    decide_by: datetime


@dataclass(frozen=True, slots=True)
class ResaleView:
    """A resale as it stands; cents are what its visitors pay."""

    resale: Resale
    state: ResaleState
    slot: Slot
    units: tuple[UnitView, ...]
    expires_at: datetime | None  # of a hold that lives or lapsed
    order: Order | None
    is_cancellable: bool
    cancellation: Cancellation | None
    closed: Closed | None
    total_cents: int
    currency: str


def get(session: Session, reseller_id: int, uuid: str, *, now: datetime) -> ResaleView:
    """Return a reseller's resale. Raises ResaleNotFound."""
    found = _load(session, reseller_id, Resale.uuid == uuid)
    if not found:
        raise ResaleNotFound("You have no booking with this uuid.")
    return _view(session, found[0], now)


def find(
    session: Session, reseller_id: int, *, reference: str | None = None, supplier_reference: str | None = None,
    days: tuple[date, date] | None = None, now: datetime,
) -> list[ResaleView]:  # fmt: skip
    """Return the latest resales of a reseller by their reference, by ours, or for local days, both included."""
    conditions: list[ColumnElement[bool]] = []
    if reference is not None:
        conditions.append(Resale.reseller_reference == reference)
    if supplier_reference is not None:
        conditions.append(Resale.reference == supplier_reference)
    if days is not None:
        conditions.append(_is_for(*days))
    return [_view(session, resale, now) for resale in _load(session, reseller_id, *conditions)]


def _load(session: Session, reseller_id: int, *conditions: ColumnElement[bool]) -> list[Resale]:
    own = select(Resale).where(Resale.reseller_id == reseller_id, *conditions)
    whole = own.options(selectinload(Resale.units).joinedload(ResaleUnit.ticket_type))
    latest = whole.order_by(Resale.id.desc()).limit(MOST_LISTED)
    return list(session.scalars(latest.execution_options(populate_existing=True)))


def _is_for(first: date, last: date) -> ColumnElement[bool]:
    on_days = Slot.local_date.between(first, last)
    held = select(HoldLine.hold_id).join(Slot, Slot.id == HoldLine.slot_id).where(on_days)
    bought = select(OrderLine.order_id).join(Slot, Slot.id == OrderLine.slot_id).where(on_days)
    standing = bought.where(OrderLine.ended_at.is_(None))
    return or_(Resale.order_id.is_(None) & Resale.hold_id.in_(held), Resale.order_id.in_(standing))


def _view(session: Session, resale: Resale, now: datetime) -> ResaleView:
    hold = session.scalars(
        select(Hold)
        .where(Hold.id == resale.hold_id)
        .options(selectinload(Hold.lines).joinedload(HoldLine.slot).joinedload(Slot.experience))
        .execution_options(populate_existing=True)
    ).one()
    return _held(resale, hold, now) if resale.order_id is None else _ordered(session, resale, hold, now)


def _held(resale: Resale, hold: Hold, now: datetime) -> ResaleView:
    """Show a resale that is not confirmed."""
    is_over = hold.state is not HoldState.OPEN or hold.expires_at <= now
    state = ResaleState.LAPSED if is_over else ResaleState.HELD
    cancellation = Cancellation(hold.expires_at, None, Returned.NOTHING) if is_over else None
    if resale.cancelled_at is not None:
        state = ResaleState.CANCELLED
        cancellation = Cancellation(resale.cancelled_at, resale.cancel_reason, Returned.NOTHING)
    prices = {line.ticket_type_id: line.unit_cents for line in hold.lines}
    units = tuple(UnitView(unit, None, is_over, prices[unit.ticket_type_id], None, None) for unit in resale.units)
    return ResaleView(
        resale, state, hold.lines[0].slot, units,
        expires_at=None if state is ResaleState.CANCELLED else hold.expires_at, order=None,
        is_cancellable=state is ResaleState.HELD, cancellation=cancellation, closed=None,
        total_cents=sum(unit.unit_cents for unit in units), currency=hold.lines[0].currency,
    )  # fmt: skip


def _ordered(session: Session, resale: Resale, hold: Hold, now: datetime) -> ResaleView:
    """Show a resale that became an order; others may have changed that since."""
    order = session.get_one(Order, resale.order_id, populate_existing=True)
    tickets = list(session.scalars(select(Ticket).where(Ticket.order_id == order.id).order_by(Ticket.id)))
    lines = {line.id: line for line in session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))}
    standing = [ticket for ticket in tickets if ticket.state is TicketState.VALID]
    slot_id = standing[0].slot_id if standing else tickets[-1].slot_id
    slot = session.get_one(Slot, slot_id, options=[joinedload(Slot.experience)])
    case = closure_answers.find_open_case(session, order)
    return ResaleView(
        resale, _state_of(order, standing), slot, _units(resale.units, tickets, lines), expires_at=None, order=order,
        is_cancellable=_may_cancel(session, order, standing, slot, now),
        cancellation=_cancellation(session, resale, order), closed=_closed(session, case),
        total_cents=order.total_cents, currency=order.currency,
    )  # fmt: skip


def _state_of(order: Order, standing: Sequence[Ticket]) -> ResaleState:
    if order.state is OrderState.CANCELLED:
        return ResaleState.CANCELLED
    return ResaleState.USED if all(ticket.admitted for ticket in standing) else ResaleState.CONFIRMED


def _units(
    units: Sequence[ResaleUnit], tickets: Sequence[Ticket], lines: Mapping[int, OrderLine]
) -> tuple[UnitView, ...]:
    """Give each unit a ticket of its type: those that stand first, then the latest of those that ended."""
    by_type: dict[int, list[Ticket]] = defaultdict(list)
    for ticket in sorted(tickets, key=lambda each: (each.state is not TicketState.VALID, each.id)):
        by_type[ticket.ticket_type_id].append(ticket)
    place: Counter[int] = Counter()
    views = []
    for unit in units:
        ticket = by_type[unit.ticket_type_id][place[unit.ticket_type_id]]
        place[unit.ticket_type_id] += 1
        line = lines[ticket.order_line_id]
        has_ended = ticket.state is TicketState.VOID
        views.append(UnitView(unit, ticket, has_ended, line.unit_cents, line.vat_class, line.vat_bp))
    return tuple(views)


def _may_cancel(session: Session, order: Order, standing: Sequence[Ticket], slot: Slot, now: datetime) -> bool:
    if not standing or any(ticket.admitted for ticket in standing):
        return False
    rules = resale_changes.rules_of(session, order).of(slot.experience_id)
    return rules.allows(ChangeKind.CANCEL, slot.starts_at, now)


def _cancellation(session: Session, resale: Resale, order: Order) -> Cancellation | None:
    """Tell how an order ended: by the reseller, or by the last of its changes."""
    if order.state is not OrderState.CANCELLED:
        return None
    done = select(OrderChange).where(OrderChange.order_id == order.id, OrderChange.state == ChangeState.DONE)
    last = session.scalars(done.order_by(OrderChange.id.desc()).limit(1)).one()
    paid = select(func.sum(Payment.amount_cents)).where(
        Payment.order_id == order.id, Payment.state == PaymentState.SUCCEEDED
    )
    charged = int(session.scalar(paid) or 0)
    returned = Returned.SOME if order.total_cents < charged else Returned.NOTHING
    if order.total_cents <= 0:
        returned = Returned.ALL
    reason = resale.cancel_reason if resale.cancelled_at is not None else last.reason or None
    return Cancellation(resale.cancelled_at or last.done_at or last.created_at, reason, returned)


def _closed(session: Session, case: ClosureCase | None) -> Closed | None:
    if case is None:
        return None
    return Closed(session.get_one(Closure, case.closure_id).reasons, case.decide_by)
