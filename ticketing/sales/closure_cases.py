"""A case for each order that a closure touches: opened when visitors may be told, settled by whatever ends its tickets.

Cases are opened and withdrawn here, a batch to a transaction, by the worker; whoever dies in between leaves whole
batches, and the next round finds what is missing. A case is settled by the change that ends its tickets, wherever that
was asked for: from the case's own page, from the order's, by staff, or by the deadline. The lock of a case is that of
its order; several are taken in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, true
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import closures
from ticketing.catalogue.models import Closure, ClosureState, Slot
from ticketing.catalogue.opening import span_covering
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import Actor, system
from ticketing.foundation.failpoints import reach
from ticketing.foundation.identifiers import new_secret, new_uuid
from ticketing.foundation.states import move
from ticketing.sales import change_effects, closure_scope
from ticketing.sales.change_amounts import SoldLine, split_off
from ticketing.sales.closure_models import CASE_MOVES, CaseState, ClosureCase, ClosureCaseTicket, ClosureCredit
from ticketing.sales.closure_scope import ClosedTime, SlotTimes, SoldTicket
from ticketing.sales.models import ChangeKind, Order, OrderChange, OrderLine
from ticketing.tickets.models import Ticket, TicketState

BATCH = 50  # orders to a transaction
CLOSER = system("closures")
# The columns of closure_scope.SlotTimes and SoldTicket, in their order.
SLOT_TIMES = (Slot.id, Slot.experience_id, Slot.starts_at, Slot.ends_at, Slot.admits_until)
SOLD_TICKET = (Ticket.id, Ticket.order_id, Ticket.order_line_id, Ticket.slot_id, Ticket.admissions, Ticket.admitted,
           Ticket.issued_at)  # fmt: skip
_STANDS = Ticket.state == TicketState.VALID


def closed_time(closure: Closure) -> ClosedTime:
    """Return a closure, loaded with its experiences, as facts to judge by."""
    return ClosedTime(
        closure.starts_at, closure.ends_at, closure.created_at, frozenset(each.id for each in closure.experiences),
        closure.ended_at if closure.state is ClosureState.LIFTED else None,
        is_withdrawn=closure.state is ClosureState.WITHDRAWN,
    )  # fmt: skip


def shut_slots(session: Session, closed: ClosedTime, which: ColumnElement[bool]) -> dict[int, SlotTimes]:
    """Return those of some slots that a closed time covers, by id."""
    wanted = select(*SLOT_TIMES).where(Slot.ends_at > closed.starts_at, Slot.admits_until > closed.decided_at, which)
    if closed.ends_at is not None:
        wanted = wanted.where(Slot.starts_at < closed.ends_at)
    slots = (SlotTimes(*row) for row in session.execute(wanted))
    return {slot.id: slot for slot in slots if closure_scope.covers(closed, slot)}


def has_case(besides: Closure | None = None) -> ColumnElement[bool]:
    """Say in SQL whether a case speaks for a ticket, or one of another closure does: nobody is asked twice."""
    has_case = select(ClosureCaseTicket.ticket_id).join(ClosureCase, ClosureCase.id == ClosureCaseTicket.case_id)
    mine = has_case.where(
        ClosureCaseTicket.ticket_id == Ticket.id, ClosureCase.state.in_((CaseState.OPEN, CaseState.KEPT))
    )
    return (mine.where(ClosureCase.closure_id != besides.id) if besides else mine).exists()


def open_missing(session: Session, closure: Closure, *, now: datetime) -> int:
    """Open the cases of a handful of orders that a closure touches and that have none; 0 when none is missing."""
    closed = closed_time(closure)
    still_sold = select(Ticket.id).where(Ticket.slot_id == Slot.id, _STANDS, Ticket.admitted == 0)
    shut = sorted(shut_slots(session, closed, still_sold.exists()))
    missing = _orders_without_case(session, closed, shut)
    if not missing:
        return 0
    orders = _lock_orders(session, missing)
    found: dict[int, list[SoldTicket]] = {}
    for ticket in _tickets_without_case(session, missing, closed, shut):  # asked again: under the locks
        found.setdefault(ticket.order_id, []).append(ticket)
    lines = _lines_of(session, found.values())
    known = _cases_of(session, closure, found)
    there = _tickets_of(session, [case.id for case in known.values()])
    rows = []
    for order_id, tickets in sorted(found.items()):
        case = known.get(order_id) or _new_case(session, closure, orders[order_id], now)
        _open(session, case, closure, closure_scope.worth(lines, tickets), now)
        mine = ({"case_id": case.id, "ticket_id": ticket.id} for ticket in tickets)
        rows += [row for row in mine if (row["case_id"], row["ticket_id"]) not in there]
    if rows:
        session.execute(insert(ClosureCaseTicket), rows)
    reach("C16")
    return len(missing)


def withdraw_untouched(session: Session, closure: Closure, *, now: datetime) -> int:
    """Withdraw a handful of open cases whose visits can take place after all, and tell them; return how many."""
    if closure.ended_at is None and closure.amended_at is None:
        return 0
    free = cases_left_untouched(session, closure, closed_time(closure))
    cases = _lock_open(session, free[:BATCH])
    for case in cases:
        _settle(session, case, CaseState.WITHDRAWN, actor=CLOSER, now=now)
        _tell(session, "send_closure_over", f"closure-over:{case.uuid}:{case.openings}", case, now)
    return len(cases)


def cases_left_untouched(session: Session, closure: Closure, closed: ClosedTime) -> list[int]:
    """Return the ids of a closure's open cases that it would not touch if it were this closed time."""
    standing = _standing_by_case(session, ClosureCase.closure_id == closure.id)
    slots = _slots_of(session, {ticket.slot_id for tickets in standing.values() for ticket in tickets})
    return [
        case_id
        for case_id, tickets in standing.items()
        if not any(closure_scope.covers(closed, slots[ticket.slot_id]) for ticket in tickets)
    ]


def keep_used(session: Session, *, now: datetime) -> int:
    """Settle open cases whose people came in all the same: nothing is left to decide; return how many."""
    standing = _STANDS & (Ticket.admitted == 0) & (ClosureCaseTicket.case_id == ClosureCase.id)
    left = select(Ticket.id).join(ClosureCaseTicket, ClosureCaseTicket.ticket_id == Ticket.id).where(standing)
    used = select(ClosureCase.id).where(ClosureCase.state == CaseState.OPEN, ~left.exists()).limit(BATCH)
    ids = list(session.scalars(used.order_by(ClosureCase.id)))
    cases = _lock_open(session, ids)
    for case in cases:
        _settle(session, case, CaseState.KEPT, actor=CLOSER, now=now)
    return len(cases)


def keep(session: Session, case_id: int, *, actor: Actor, now: datetime) -> None:
    """Settle a case by leaving its tickets as they are; one that is settled already stays so."""
    case = lock_case(session, case_id)
    if case.state is CaseState.OPEN:
        _settle(session, case, CaseState.KEPT, actor=actor, now=now)


def try_again(session: Session, case_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a case that was stuck try its default once more; one that is not stuck goes on as it was."""
    case = lock_case(session, case_id)
    if case.state is CaseState.OPEN and case.problem is not None:
        case.problem = None
        audit.record(session, "closure_case.tried_again", case, actor=actor, now=now, order_id=case.order_id)


def note_change(session: Session, change: OrderChange, *, actor: Actor, now: datetime) -> None:
    """Note in the open cases of an order what a change has just done to their tickets. The caller holds its lock."""
    mine = (ClosureCase.order_id == change.order_id, ClosureCase.state == CaseState.OPEN)
    for case in session.scalars(select(ClosureCase).where(*mine).order_by(ClosureCase.id)).all():
        _note_ended(session, case, change, actor=actor, now=now)


def note_paid(session: Session, slot_ids: Collection[int], *, now: datetime) -> None:
    """See that tickets just sold for closed slots, because their money was in, get their case."""
    spans = closures.spans(session, now=now)
    slots = _slots_of(session, slot_ids).values() if spans else ()
    found = (span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at) for slot in slots)
    if late := {span.closure_id for span in found if span}:
        closures.note_late_order(session, late)


def standing_tickets(session: Session, case_id: int) -> list[SoldTicket]:
    """Return the tickets of a case that are still to be decided about."""
    return _standing_by_case(session, ClosureCase.id == case_id).get(case_id, [])


def cases_of_order(session: Session, order_id: int) -> list[ClosureCase]:
    """Load every case of an order, the oldest first."""
    return list(session.scalars(select(ClosureCase).where(ClosureCase.order_id == order_id).order_by(ClosureCase.id)))


def mail_keys(case: ClosureCase) -> list[str]:
    """Return the keys of all mails a case may have written."""
    times = range(1, case.openings + 1)
    return [f"{name}:{case.uuid}:{number}" for name in ("closure-case", "closure-over") for number in times]


def find_due(session: Session, *, now: datetime, limit: int = BATCH) -> list[int]:
    """Return the ids of open cases whose time to choose is over, the oldest first; not of those that are stuck."""
    is_due = (ClosureCase.state == CaseState.OPEN) & ClosureCase.problem.is_(None) & (ClosureCase.decide_by <= now)
    due = select(ClosureCase.id).where(is_due)
    return list(session.scalars(due.order_by(ClosureCase.decide_by, ClosureCase.id).limit(limit)))


def lock_case(session: Session, case_id: int) -> ClosureCase:
    """Load a case with its closure, its order's row locked: whatever settles a case holds that lock."""
    (case,) = _lock_cases(session, [case_id])
    return case


def _lock_open(session: Session, case_ids: Collection[int]) -> list[ClosureCase]:
    """Load those of some cases that are still open, locked."""
    return [case for case in _lock_cases(session, case_ids) if case.state is CaseState.OPEN]


def _lock_cases(session: Session, case_ids: Collection[int]) -> list[ClosureCase]:
    wanted = ClosureCase.id.in_(sorted(case_ids))
    _lock_orders(session, session.scalars(select(ClosureCase.order_id).where(wanted)).all())
    fresh = select(ClosureCase).where(wanted).options(joinedload(ClosureCase.closure)).order_by(ClosureCase.id)
    return list(session.scalars(fresh.execution_options(populate_existing=True)))


def _note_ended(session: Session, case: ClosureCase, change: OrderChange, *, actor: Actor, now: datetime) -> None:
    """Write what a change ended of a case into it, and settle it when nothing is left to decide."""
    own = select(ClosureCaseTicket.ticket_id).where(ClosureCaseTicket.case_id == case.id)
    ended = session.scalars(own.where(ClosureCaseTicket.ticket_id.in_(sorted(change.ticket_ids)))).all()
    if not ended:
        return
    to, column = _where_it_goes(session, case, change)
    cents = min(case.open_cents, _worth_of_ended(session, ended))
    left = standing_tickets(session, case.id)
    _share_out(case, column, cents if left else case.open_cents)
    case.problem = None
    session.flush()
    if not left:
        _settle(session, case, to, actor=actor, now=now)


def _where_it_goes(session: Session, case: ClosureCase, change: OrderChange) -> tuple[CaseState, str]:
    """Return what a case is once a change has ended the last of its tickets, and which of its amounts grows by it."""
    if change.kind is ChangeKind.MOVE:
        return CaseState.REBOOKED, "rebooked_cents"
    bonus = session.scalar(select(ClosureCredit.bonus_cents).where(ClosureCredit.change_id == change.id))
    if bonus is not None:
        case.bonus_cents += bonus
        return CaseState.CREDITED, "credited_cents"
    return CaseState.REBOOKED if case.rebooked_cents else CaseState.REFUNDED, "refunded_cents"


def _worth_of_ended(session: Session, ticket_ids: Collection[int]) -> int:
    """Return what had been paid for tickets that have just ended: their lines are those that ended with them."""
    line_ids = session.scalars(select(Ticket.order_line_id).where(Ticket.id.in_(sorted(ticket_ids)))).all()
    lines = session.scalars(select(OrderLine).where(OrderLine.id.in_(set(line_ids))))
    return sum(split_off(change_effects.sold_line(line), line_ids.count(line.id)).total_cents for line in lines)


def _settle(session: Session, case: ClosureCase, to: CaseState, *, actor: Actor, now: datetime) -> None:
    """Move an open case where it ends; what is still open of it goes along."""
    rest = {CaseState.KEPT: "kept_cents", CaseState.WITHDRAWN: "withdrawn_cents"}.get(to)
    amounts = {"open_cents": 0, rest: getattr(case, rest) + case.open_cents} if rest else {}
    who = actor.name[:120] or None
    if move(session, case, to, CASE_MOVES, settled_at=now, settled_by=who, problem=None, **amounts):
        code = f"closure_case.{to.value}"
        audit.record(session, code, case, actor=actor, now=now, order_id=case.order_id)


def _share_out(case: ClosureCase, to: str, cents: int) -> None:
    case.open_cents -= cents
    setattr(case, to, getattr(case, to) + cents)


def _new_case(session: Session, closure: Closure, order: Order, now: datetime) -> ClosureCase:
    case = ClosureCase(
        uuid=new_uuid(), secret=new_secret(), closure_id=closure.id, order_id=order.id, state=CaseState.OPEN,
        openings=0, opened_at=now, decide_by=now, value_cents=0, open_cents=0, currency=order.currency,
    )  # fmt: skip
    session.add(case)
    return case


def _open(session: Session, case: ClosureCase, closure: Closure, cents: int, now: datetime) -> None:
    """Open a case, or open it again for more tickets, and tell its customer."""
    session.flush()
    if case.state is not CaseState.OPEN:
        move(session, case, CaseState.OPEN, CASE_MOVES, settled_at=None, settled_by=None)
    case.openings += 1
    case.opened_at, case.decide_by = now, now + timedelta(days=closure.answer_days)
    case.value_cents += cents
    case.open_cents += cents
    session.flush()
    audit.record(session, "closure_case.opened", case, actor=CLOSER, now=now, order_id=case.order_id, cents=cents)
    _tell(session, "send_closure_case", f"closure-case:{case.uuid}:{case.openings}", case, now)


def _tell(session: Session, kind: str, key: str, case: ClosureCase, now: datetime) -> None:
    jobs.enqueue(session, kind, key, now=now, case_id=case.id, asked_at=now.isoformat())


def _without_case(closed: ClosedTime, shut: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Say in SQL which tickets of closed slots no case speaks for; those sold once a closure was over need none."""
    in_time = Ticket.issued_at < closed.ends_at if closed.ends_at is not None else true()
    return Ticket.slot_id.in_(shut), _STANDS, Ticket.admitted == 0, in_time, ~has_case()


def _orders_without_case(session: Session, closed: ClosedTime, shut: Sequence[int]) -> list[int]:
    missing = select(Ticket.order_id).where(*_without_case(closed, shut)).distinct()
    return list(session.scalars(missing.order_by(Ticket.order_id).limit(BATCH))) if shut else []


def _tickets_without_case(
    session: Session, order_ids: Collection[int], closed: ClosedTime, shut: Sequence[int]
) -> list[SoldTicket]:  # fmt: skip
    mine = select(*SOLD_TICKET).where(Ticket.order_id.in_(sorted(order_ids)), *_without_case(closed, shut))
    return [SoldTicket(*row) for row in session.execute(mine.order_by(Ticket.id))]


def _lock_orders(session: Session, order_ids: Collection[int]) -> dict[int, Order]:
    locked = select(Order).where(Order.id.in_(sorted(order_ids))).order_by(Order.id).with_for_update(key_share=True)
    return {order.id: order for order in session.scalars(locked.execution_options(populate_existing=True))}


def _lines_of(session: Session, parties: Iterable[Sequence[SoldTicket]]) -> dict[int, SoldLine]:
    ids = sorted({ticket.line_id for tickets in parties for ticket in tickets})
    fresh = select(OrderLine).where(OrderLine.id.in_(ids)).execution_options(populate_existing=True)
    return {line.id: change_effects.sold_line(line) for line in session.scalars(fresh)}


def _cases_of(session: Session, closure: Closure, order_ids: Collection[int]) -> dict[int, ClosureCase]:
    mine = select(ClosureCase).where(ClosureCase.closure_id == closure.id, ClosureCase.order_id.in_(sorted(order_ids)))
    return {case.order_id: case for case in session.scalars(mine.execution_options(populate_existing=True))}


def _tickets_of(session: Session, case_ids: Collection[int]) -> set[tuple[int, int]]:
    mine = select(ClosureCaseTicket.case_id, ClosureCaseTicket.ticket_id)
    rows = session.execute(mine.where(ClosureCaseTicket.case_id.in_(sorted(case_ids)))).all()
    return {(row.case_id, row.ticket_id) for row in rows}


def _standing_by_case(session: Session, which: ColumnElement[bool]) -> dict[int, list[SoldTicket]]:
    """Return what is still to be decided about of each open case of some, case by case."""
    rows = session.execute(
        select(ClosureCase.id, *SOLD_TICKET)
        .join(ClosureCaseTicket, ClosureCaseTicket.case_id == ClosureCase.id)
        .join(Ticket, Ticket.id == ClosureCaseTicket.ticket_id)
        .where(which, ClosureCase.state == CaseState.OPEN, _STANDS, Ticket.admitted == 0)
        .order_by(ClosureCase.id, Ticket.id)
    )
    standing: dict[int, list[SoldTicket]] = {}
    for row in rows:
        standing.setdefault(row[0], []).append(SoldTicket(*row[1:]))
    return standing


def _slots_of(session: Session, slot_ids: Collection[int]) -> Mapping[int, SlotTimes]:
    rows = session.execute(select(*SLOT_TIMES).where(Slot.id.in_(sorted(slot_ids))))
    return {row.id: SlotTimes(*row) for row in rows}
