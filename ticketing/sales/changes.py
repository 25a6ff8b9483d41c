"""A confirmed order changes: tickets move to another slot, end, or more are added. Consequences first, then once.

What costs nothing more is done at once, in one transaction: places freed and taken, old codes void, money on its way
back. What costs more holds its places under its own name until the difference is paid, like a purchase (settlement.py);
until then the old tickets stand. Locks: the order, then tickets in the order of ids, then slots (through capacity).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import capacity, offers
from ticketing.catalogue.models import Slot, TicketType
from ticketing.catalogue.offers import VAT, PricedType
from ticketing.catalogue.slot_locks import lock_slots
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import Conflict, Expired, InvalidInput, NotFound
from ticketing.foundation.identifiers import new_uuid
from ticketing.foundation.states import move
from ticketing.sales import (
    basket,
    bundles,
    change_amounts,
    change_effects,
    closure_cases,
    closure_credits,
    company,
    orders,
    refunds,
    waiting_serving,
)
from ticketing.sales.basket import PricedLine
from ticketing.sales.change_amounts import ChangeAmounts, NewLine, Part
from ticketing.sales.change_rules import ClosedHouseRules, RuleBook
from ticketing.sales.closure_credits import Credit
from ticketing.sales.models import (
    CHANGE_MOVES,
    ChangeKind,
    ChangeState,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
)
from ticketing.tickets.models import Ticket, TicketState

PAY_TIME = timedelta(minutes=15)


class OrderNotChangeable(Conflict):
    """Only a confirmed order can be changed."""

    code = "order_not_changeable"


class TicketsNotChangeable(Conflict):
    """Some of these tickets are used, void, or not of this order; look again."""

    code = "tickets_not_changeable"


class ChangeTooLate(Expired):
    """The deadline the house set for this has passed; a colleague may still help."""

    code = "change_too_late"


class ChangeCostsOther(Conflict):
    """What the change costs, or gives back, is not what was shown."""

    code = "change_costs_other"


class ChangeWaits(Conflict):
    """A change of this order already waits to be paid."""

    code = "change_waits"


class ChangeNotFound(NotFound):
    """There is no such change."""

    code = "change_not_found"


class ChangeInvalid(InvalidInput):
    """This cannot be changed like this; `details["field"]` names where."""

    code = "change_invalid"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of an order: tickets that end (ids), a slot to go to or add to, quantities to add by type."""

    kind: ChangeKind
    ticket_ids: tuple[int, ...] = ()
    slot_uuid: str | None = None
    quantities: Mapping[str, int] | None = None
    reason: str = ""
    credit: Credit | None = None  # what comes back goes onto gift cards


@dataclass(frozen=True)
class Proposal:
    """A change with its consequences, before anything is done."""

    kind: ChangeKind
    tickets: tuple[Ticket, ...]
    slot: Slot | None
    amounts: ChangeAmounts


@dataclass(frozen=True, slots=True)
class Ends:
    """What of an order ends: shares of its lines, and the experiences they were for."""

    parts: tuple[Part, ...]
    experience_ids: frozenset[int]


def propose(session: Session, order: Order, wish: Wish, rules: RuleBook, *, now: datetime) -> Proposal:
    """Return what a change would do and cost; only reads. Raises the refusals of `carry_out` that are known before."""
    _require_confirmed(order)
    tickets = _chosen_tickets(session, order, wish)
    parts = [(part, experience_id) for part, experience_id in _parts(session, tickets, wish, rules, now)]
    slot = offers.get_slot(session, wish.slot_uuid) if wish.slot_uuid else None
    ends = Ends(tuple(part for part, _ in parts), frozenset(experience for _, experience in parts))
    begins = _begins(session, order, wish, slot, ends)
    if isinstance(rules, ClosedHouseRules):
        begins = [change_amounts.no_dearer(line, part) for line, part in zip(begins, ends.parts, strict=False)]
    else:
        company.require_company_after(session, order, ends.parts, begins)
    fee = _fee(wish.kind, parts, rules)
    worth = change_effects.worth_of(session, order)
    amounts = change_amounts.amounts_of(
        ends.parts, begins, fee, standing_cents=worth.lines_cents, given_cents=max(0, -worth.fees_cents)
    )
    return Proposal(wish.kind, tuple(tickets), slot, amounts)


def carry_out(
    session: Session, order_id: int, wish: Wish, rules: RuleBook, request_key: str, *, shown_cents: int | None = None,
    actor: Actor, now: datetime,
) -> OrderChange:  # fmt: skip
    """Change an order, or hold the places until the difference is paid; the same request again is the same change.

    `shown_cents` is the difference somebody saw and agreed to. Raises ChangeCostsOther, OrderNotChangeable,
    TicketsNotChangeable, ChangeTooLate, ChangeWaits, ChangeInvalid, SlotFull, SlotClosed, SlotOver, SlotNotFound,
    CompanionAlone, CompanionLeftAlone, and the refusals of basket.checked_quantities.
    """
    order = orders.lock_order(session, order_id)
    if known := find_by_request(session, request_key, order_id):
        return known
    if find_pending(session, order_id):
        raise ChangeWaits("Another change of this order waits to be paid. Pay it or give it up first.")
    _lock_tickets(session, wish.ticket_ids)
    proposal = propose(session, order, wish, rules, now=now)
    _require_as_shown(proposal.amounts, shown_cents)
    change = _new_change(order, wish, proposal, request_key, now)
    session.add(change)
    session.flush()
    gives, takes = Counter(ticket.slot_id for ticket in proposal.tickets), change_effects.takes(change)
    waiting_serving.serve(session, {*gives, *takes}, now=now)  # whoever waits for these places comes first
    if change.state is ChangeState.PENDING:
        assert change.expires_at is not None
        capacity.take(session, takes, change.uuid, expires_at=change.expires_at, now=now)
        audit.record(session, "change.waiting", change, actor=actor, now=now, difference_cents=change.difference_cents)
        return change
    if wish.credit:
        closure_credits.note(session, change, wish.credit)
    hold_key = change_effects.hold_key(session, order)
    capacity.swap_sold(session, hold_key, gives, takes, now=now)
    _apply(session, order, change, actor=actor, now=now)
    waiting_serving.serve(session, gives, now=now)  # and what this gives back goes to them at once
    if wish.credit:
        closure_credits.carry_out(session, order, change, wish.credit.expires_at, actor=actor, now=now)
    elif change.difference_cents < 0:
        reason = wish.reason or f"{change.kind.value} of tickets"
        refunds.give_back(session, order, -change.difference_cents, reason, actor=actor, now=now)
    return change


def complete(session: Session, change: OrderChange, *, actor: Actor, now: datetime) -> bool:
    """Do a change whose difference has been paid; False when its places or its tickets are gone, and nothing is done.

    The caller holds the order's lock.
    """
    order = session.get_one(Order, change.order_id)
    if order.state is not OrderState.CONFIRMED or not _stand(session, change.ticket_ids):
        return False
    gives = Counter(_slots_of(session, change.ticket_ids))
    lock_slots(session, {*gives, *change_effects.takes(change)})  # all that follows needs, in one order
    if not capacity.sell_paid(session, change.uuid, now=now):
        return False
    hold_key = change_effects.hold_key(session, order)
    capacity.hand_over(session, change.uuid, hold_key)
    capacity.give_back_some(session, hold_key, gives)
    move(session, change, ChangeState.DONE, CHANGE_MOVES, done_at=now)
    _apply(session, order, change, actor=actor, now=now)
    closure_cases.note_paid(session, change_effects.takes(change), now=now)
    waiting_serving.serve(session, gives, now=now)  # what this gives back goes at once to those who wait
    return True


def lapse(session: Session, change: OrderChange, *, actor: Actor, now: datetime) -> bool:
    """Give up a change that was not paid: its places are free, the order is as it was; False when it already is so."""
    if not move(session, change, ChangeState.LAPSED, CHANGE_MOVES):
        return False
    capacity.release(session, change.uuid)
    audit.record(session, "change.lapsed", change, actor=actor, now=now)
    return True


def find_pending(session: Session, order_id: int) -> OrderChange | None:
    """Load the change of an order that waits to be paid, if one does."""
    waiting = select(OrderChange).where(OrderChange.order_id == order_id, OrderChange.state == ChangeState.PENDING)
    return session.scalars(waiting).one_or_none()


def get_pending(session: Session, order_id: int) -> OrderChange:
    """Load the change of an order that waits to be paid. Raises ChangeNotFound."""
    change = find_pending(session, order_id)
    if change is None:
        raise ChangeNotFound("No change of this order waits to be paid.")
    return change


def _apply(session: Session, order: Order, change: OrderChange, *, actor: Actor, now: datetime) -> None:
    change_effects.apply(session, order, change, actor=actor, now=now)
    closure_cases.note_change(session, change, actor=actor, now=now)


def _require_as_shown(amounts: ChangeAmounts, shown_cents: int | None) -> None:
    if shown_cents is not None and shown_cents != amounts.difference_cents:
        raise ChangeCostsOther("This costs another amount than you saw. Look at it again; nothing was changed.")


def _require_confirmed(order: Order) -> None:
    if order.state is not OrderState.CONFIRMED:
        raise OrderNotChangeable("Only an order with tickets can be changed. Look at your order again.")


def find_by_request(session: Session, request_key: str, order_id: int) -> OrderChange | None:
    """Load the change a request of an order has made, if it has. Raises ChangeInvalid for another order's."""
    known = session.scalars(select(OrderChange).where(OrderChange.request_key == request_key)).one_or_none()
    if known is not None and known.order_id != order_id:
        raise ChangeInvalid("This form belongs to another order. Start again.", field="request_key")
    return known


def _chosen_tickets(session: Session, order: Order, wish: Wish) -> list[Ticket]:
    """Load the tickets that are to end; all of them must be whole and unused."""
    if wish.kind is ChangeKind.ADD:
        return []
    if not wish.ticket_ids:
        raise ChangeInvalid("Choose at least one ticket.", field="tickets")
    wanted = sorted(set(wish.ticket_ids))
    own = select(Ticket).where(Ticket.id.in_(wanted), Ticket.order_id == order.id).order_by(Ticket.id)
    tickets = list(session.scalars(own.execution_options(populate_existing=True)))
    if len(tickets) < len(wanted) or any(not _stands(ticket) for ticket in tickets):
        raise TicketsNotChangeable(
            "Some of these tickets are used or have changed meanwhile. Look at your order again."
        )
    return tickets


def _stands(ticket: Ticket) -> bool:
    return ticket.state is TicketState.VALID and ticket.admitted == 0


def _lock_tickets(session: Session, ticket_ids: Sequence[int]) -> list[Ticket]:
    """Load tickets with their rows locked, in the order of ids: nobody is let in on them while they change."""
    locked = select(Ticket).where(Ticket.id.in_(sorted(ticket_ids))).order_by(Ticket.id)
    return list(session.scalars(locked.with_for_update(key_share=True).execution_options(populate_existing=True)))


def _stand(session: Session, ticket_ids: Sequence[int]) -> bool:
    """Tell whether tickets are still whole and unused, with their rows locked."""
    return all(_stands(ticket) for ticket in _lock_tickets(session, ticket_ids))


def _slots_of(session: Session, ticket_ids: Sequence[int]) -> list[int]:
    return list(session.scalars(select(Ticket.slot_id).where(Ticket.id.in_(sorted(ticket_ids)))))


def _parts(
    session: Session, tickets: Sequence[Ticket], wish: Wish, rules: RuleBook, now: datetime
) -> list[tuple[Part, int]]:
    """Return what ends, line by line, with the experience it was for. Raises ChangeTooLate."""
    counts = Counter(ticket.order_line_id for ticket in tickets)
    lines = session.scalars(
        select(OrderLine).where(OrderLine.id.in_(sorted(counts))).options(joinedload(OrderLine.slot))
    )
    parts = []
    for line in sorted(lines, key=lambda each: each.id):
        experience_id = line.slot.experience_id
        if not rules.of(experience_id).allows(wish.kind, line.slot.starts_at, now):
            raise ChangeTooLate("It is too late to change this here. Ask a colleague; perhaps it can still be done.")
        parts.append((change_amounts.split_off(change_effects.sold_line(line), counts[line.id]), experience_id))
    return parts


def _begins(session: Session, order: Order, wish: Wish, slot: Slot | None, ends: Ends) -> list[NewLine]:
    """Price what begins: the same tickets for another slot, or more tickets."""
    if wish.kind is ChangeKind.CANCEL:
        return []
    if slot is None:
        raise ChangeInvalid("Choose a time.", field="slot")
    vat = offers.vat_on(session, slot.experience.vat_class_id, slot.local_date)
    prices = {each.ticket_type.id: each for each in offers.prices_on(session, slot.experience_id, slot.local_date)}
    if wish.kind is ChangeKind.ADD:
        by_slug = {each.ticket_type.slug: each for each in prices.values()}
        most = {slug: each.ticket_type.max_per_order for slug, each in by_slug.items()}
        chosen = basket.checked_quantities(wish.quantities or {}, most)
        _require_within_limits(session, order, {by_slug[slug].ticket_type: count for slug, count in chosen.items()})
        return _added_lines(session, slot, vat, {by_slug[slug]: count for slug, count in chosen.items()})
    if ends.experience_ids != {slot.experience_id}:
        raise ChangeInvalid("Choose a time of the same experience.", field="slot")
    if any(part.line.slot_id == slot.id for part in ends.parts):
        raise ChangeInvalid("Some of these tickets are for this time already.", field="slot")
    if any(part.line.ticket_type_id not in prices for part in ends.parts):
        raise ChangeInvalid("One of these tickets is not sold on that day. Choose another day.", field="slot")
    return [
        change_amounts.moved_line(part, slot.id, prices[part.line.ticket_type_id].price.cents, vat.slug, vat.rate_bp)
        for part in ends.parts
    ]


def _added_lines(session: Session, slot: Slot, vat: VAT, wanted: Mapping[PricedType, int]) -> list[NewLine]:
    """Price more tickets as one more purchase: bundles of them come off, the code of the order does not."""
    lines = [
        PricedLine(slot.id, priced.ticket_type.id, count, priced.price, vat.slug, vat.rate_bp)
        for priced, count in wanted.items()
    ]
    quote = basket.quote(lines, bundles.bundles_for(session, [(slot.id, slot.experience_id, slot.local_date)]))
    return [
        NewLine(
            slot.id, quoted.line.ticket_type_id, quoted.line.quantity, quoted.line.unit.cents, quoted.discount.cents,
            vat.slug, vat.rate_bp, quoted.bundle.cents, quoted.bundle_id,
        )
        for quoted in quote.lines
    ]  # fmt: skip


def _require_within_limits(session: Session, order: Order, more: Mapping[TicketType, int]) -> None:
    """Count what an order has already against what one order may have. Raises QuantityTooHigh."""
    standing = select(OrderLine.ticket_type_id, func.sum(OrderLine.quantity)).where(
        OrderLine.order_id == order.id, OrderLine.ended_at.is_(None)
    )
    has = {type_id: int(count) for type_id, count in session.execute(standing.group_by(OrderLine.ticket_type_id))}
    for ticket_type, count in more.items():
        if has.get(ticket_type.id, 0) + count > ticket_type.max_per_order:
            basket.refuse_quantity(f"quantity-{ticket_type.slug}", ticket_type.max_per_order)
    if sum(has.values()) + sum(more.values()) > basket.MOST_TICKETS:
        basket.refuse_quantity("quantity", basket.MOST_TICKETS)


def _fee(kind: ChangeKind, parts: Sequence[tuple[Part, int]], rules: RuleBook) -> change_amounts.Fee:
    """Add up what each experience's rules keep."""
    fees = []
    for experience_id in dict.fromkeys(experience for _, experience in parts):
        mine = [part for part, experience in parts if experience == experience_id]
        fees.append(change_amounts.fee_of(mine, *rules.of(experience_id).fee(kind)))
    return change_amounts.sum_of(fees)


def _new_change(order: Order, wish: Wish, proposal: Proposal, request_key: str, now: datetime) -> OrderChange:
    amounts = proposal.amounts
    waits = amounts.difference_cents > 0
    return OrderChange(
        uuid=new_uuid(),
        request_key=request_key,
        order_id=order.id,
        kind=wish.kind,
        state=ChangeState.PENDING if waits else ChangeState.DONE,
        ticket_ids=[ticket.id for ticket in proposal.tickets],
        additions=[{**asdict(line), "vat_cents": vat} for line, vat in amounts.begins],
        fee_cents=amounts.fee.cents,
        given_before_cents=amounts.given_before_cents,
        fee_vat_bp=amounts.fee.vat_bp,
        fee_vat_cents=amounts.fee.vat_cents,
        difference_cents=amounts.difference_cents,
        currency=order.currency,
        reason=" ".join(wish.reason.split())[:200],
        created_at=now,
        expires_at=now + PAY_TIME if waits else None,
        done_at=None if waits else now,
    )
