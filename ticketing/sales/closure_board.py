"""How a closure stands with its orders: what is open, what went where, what failed, who could not be reached."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from ticketing.foundation import jobs
from ticketing.foundation.actors import Actor
from ticketing.foundation.jobs import Job, JobState
from ticketing.payments.provider import PaymentDisputed
from ticketing.sales import refunds, undelivered
from ticketing.sales.closure_answers import CaseNotFound
from ticketing.sales.closure_models import CaseState, ClosureCase, ClosureCaseTicket, ClosureCredit
from ticketing.sales.models import (
    ChangeKind,
    ChangeState,
    Channel,
    Order,
    OrderChange,
    OrderLine,
    Payment,
    Refund,
    RefundState,
)
from ticketing.tickets.models import Ticket

CHUNK = 500  # cases read at a time for a file


@dataclass(frozen=True, slots=True)
class Cost:
    """What a closure has cost so far, in cents: money that went or goes back, what went onto cards, and their bonus."""

    back_cents: int = 0
    on_cards_cents: int = 0
    bonus_cents: int = 0

    @property
    def total_cents(self) -> int:
        """All of it."""
        return self.back_cents + self.on_cards_cents + self.bonus_cents


@dataclass(frozen=True, slots=True)
class Board:
    """A closure in numbers of cases and in cents. `cost` is what it gave back, on cards and as a bonus besides; `stuck`
    are cases whose default could not happen, `unreached` customers without an address or whose mail did not arrive.
    `waiting` are refunds that the provider has not taken so far."""

    cases: int
    open: int
    rebooked: int
    refunded: int
    credited: int
    kept: int
    withdrawn: int
    people: int
    value_cents: int
    open_cents: int
    cost: Cost
    failed: int
    waiting: int
    stuck: int
    unreached: int


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as a table shows it; `lost_status` is the code (RFC 3463) with which the latest mail to them failed."""

    case: ClosureCase
    order: Order
    people: int
    is_unreached: bool
    lost_status: str | None


def board_of(session: Session, closure_id: int) -> Board:
    """Add up the cases of a closure."""
    mine = ClosureCase.closure_id == closure_id
    sums = select(ClosureCase.state, func.count(), func.sum(ClosureCase.value_cents), func.sum(ClosureCase.open_cents))
    rows = session.execute(sums.where(mine).group_by(ClosureCase.state)).all()
    counts = {state: count for state, count, _, _ in rows}
    people = select(func.sum(Ticket.admissions)).join(ClosureCaseTicket, ClosureCaseTicket.ticket_id == Ticket.id)
    stuck = select(func.count()).select_from(ClosureCase).where(mine, ClosureCase.problem.is_not(None))
    return Board(
        cases=sum(counts.values()),
        open=counts.get(CaseState.OPEN, 0),
        rebooked=counts.get(CaseState.REBOOKED, 0),
        refunded=counts.get(CaseState.REFUNDED, 0),
        credited=counts.get(CaseState.CREDITED, 0),
        kept=counts.get(CaseState.KEPT, 0),
        withdrawn=counts.get(CaseState.WITHDRAWN, 0),
        people=session.scalar(people.join(ClosureCase, ClosureCase.id == ClosureCaseTicket.case_id).where(mine)) or 0,
        value_cents=sum(int(value) for _, _, value, _ in rows),
        open_cents=sum(int(left) for _, _, _, left in rows),
        cost=cost_of(session, [closure_id]).get(closure_id, Cost()),
        failed=len(failed_refunds(session, closure_id)),
        waiting=len(waiting_refunds(session, closure_id)),
        stuck=session.scalar(stuck) or 0,
        unreached=session.scalar(select(func.count()).select_from(ClosureCase).where(mine, _unreached())) or 0,
    )


def cost_of(session: Session, closure_ids: Collection[int]) -> dict[int, Cost]:
    """Return what each closure has cost so far by what its settled tickets gave back, failed refunds included."""
    ended = (
        select(ClosureCase.closure_id, OrderChange.id, OrderChange.difference_cents)
        .join(ClosureCaseTicket, ClosureCaseTicket.case_id == ClosureCase.id)
        .join(Ticket, Ticket.id == ClosureCaseTicket.ticket_id)
        .join(OrderLine, OrderLine.id == Ticket.order_line_id)
        .join(OrderChange, OrderChange.id == OrderLine.ended_by_id)
        .where(
            ClosureCase.closure_id.in_(sorted(closure_ids)),
            OrderChange.state == ChangeState.DONE,
            OrderChange.kind.in_((ChangeKind.CANCEL, ChangeKind.MOVE)),
            OrderChange.done_at >= ClosureCase.opened_at,
        )
        .distinct()
        .subquery()
    )
    back, on_cards = func.sum(-ended.c.difference_cents), func.coalesce(func.sum(ClosureCredit.value_cents), 0)
    sums = select(ended.c.closure_id, back, on_cards, func.coalesce(func.sum(ClosureCredit.bonus_cents), 0))
    rows = session.execute(
        sums.outerjoin(ClosureCredit, ClosureCredit.change_id == ended.c.id)
        .where(ended.c.difference_cents < 0)
        .group_by(ended.c.closure_id)
    )
    return {row[0]: Cost(int(row[1]) - int(row[2]), int(row[2]), int(row[3])) for row in rows}


def case_counts(session: Session, closure_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return how many cases each closure has, and how many of them are open."""
    is_open = ClosureCase.state == CaseState.OPEN
    counts = select(ClosureCase.closure_id, func.count(), func.count().filter(is_open))
    mine = counts.where(ClosureCase.closure_id.in_(sorted(closure_ids))).group_by(ClosureCase.closure_id)
    return {row[0]: (row[1], row[2]) for row in session.execute(mine)}


def failed_refunds(session: Session, closure_id: int) -> list[Refund]:
    """Load the refunds to customers of a closure of which something is owed, the oldest first, with their orders."""
    owed = (Refund.state == RefundState.FAILED, Refund.covered_cents < Refund.amount_cents)
    return _refunds_of(session, closure_id, and_(*owed))


def waiting_refunds(session: Session, closure_id: int) -> list[Refund]:
    """Load the refunds of a closure that the provider has not taken so far, with why; the worker asks again."""
    not_taken = (Refund.state == RefundState.REQUESTED, Refund.failure_reason.is_not(None))
    return _refunds_of(session, closure_id, and_(*not_taken))


def retry_failed(session: Session, closure_id: int, *, actor: Actor, now: datetime) -> int:
    """Send every refund of a closure that failed once more, and those the worker gave up on; return how many.

    What a bank disputes stays as it is. Again finds nothing left to send.
    """
    failed, sent = failed_refunds(session, closure_id), 0
    for refund in sorted(failed, key=lambda each: (each.payment.order_id, each.id)):  # orders are locked in one order
        with suppress(PaymentDisputed):
            sent += refunds.retry(session, refund.payment.order, refund.id, actor=actor, now=now) is not None
    keys = [refund.key for refund in waiting_refunds(session, closure_id)]
    given_up = select(Job.id).where(Job.key.in_(keys), Job.state == JobState.FAILED).order_by(Job.id)
    for job_id in session.scalars(given_up).all():
        jobs.revive(session, job_id, now=now)
        sent += 1
    return sent


def _refunds_of(session: Session, closure_id: int, which: ColumnElement[bool]) -> list[Refund]:
    case = select(ClosureCase.id).where(
        ClosureCase.closure_id == closure_id, ClosureCase.order_id == Payment.order_id,
        Refund.requested_at >= ClosureCase.opened_at,
    )  # fmt: skip
    mine = select(Refund).join(Payment, Payment.id == Refund.payment_id).where(which, case.exists())
    whole = mine.options(joinedload(Refund.payment).joinedload(Payment.order))
    return list(session.scalars(whole.order_by(Refund.id).execution_options(populate_existing=True)))


def cases_of(
    session: Session, closure_id: int, *, states: Sequence[CaseState] = (), after: int = 0, limit: int
) -> list[CaseLine]:
    """Load the cases of a closure with their orders, those with an id above `after`, in some states or in any."""
    wanted = [ClosureCase.closure_id == closure_id, ClosureCase.id > after]
    if states:
        wanted.append(ClosureCase.state.in_(states))
    return _lines(session, wanted, limit)


def cases_not_reached(session: Session, closure_id: int, *, after: int = 0, limit: int) -> list[CaseLine]:
    """Load the cases of a closure whose customers were not reached, those with an id above `after`."""
    return _lines(session, [ClosureCase.closure_id == closure_id, ClosureCase.id > after, _unreached()], limit)


def _lines(session: Session, wanted: Sequence[ColumnElement[bool]], limit: int) -> list[CaseLine]:
    told = (_unreached().label("is_unreached"), undelivered.status_of(ClosureCase.order_id).label("lost_status"))
    statement = select(ClosureCase, *told).where(*wanted).order_by(ClosureCase.id)
    rows = session.execute(statement.limit(limit).options(joinedload(ClosureCase.order))).all()
    people = _people(session, [row.ClosureCase.id for row in rows])
    return [
        CaseLine(
            row.ClosureCase, row.ClosureCase.order, people.get(row.ClosureCase.id, 0), bool(row.is_unreached),
            row.lost_status,
        )
        for row in rows
    ]  # fmt: skip


def every_case(session: Session, closure_id: int) -> Iterator[CaseLine]:
    """Load all cases of a closure for a file, a handful at a time."""
    after = 0
    while lines := cases_of(session, closure_id, after=after, limit=CHUNK):
        yield from lines
        after = lines[-1].case.id


def require_case(session: Session, closure_id: int, case_id: int) -> None:
    """Make sure that a closure has a case. Raises CaseNotFound."""
    mine = select(ClosureCase.id).where(ClosureCase.id == case_id, ClosureCase.closure_id == closure_id)
    if session.scalar(mine) is None:
        raise CaseNotFound("This closure has no such case.")


def _people(session: Session, case_ids: Collection[int]) -> Mapping[int, int]:
    counted = select(ClosureCaseTicket.case_id, func.sum(Ticket.admissions))
    counted = counted.join(Ticket, Ticket.id == ClosureCaseTicket.ticket_id)
    mine = counted.where(ClosureCaseTicket.case_id.in_(sorted(case_ids))).group_by(ClosureCaseTicket.case_id)
    return {case_id: int(people) for case_id, people in session.execute(mine)}


def _unreached() -> ColumnElement[bool]:
    """Say in SQL whose mail about a case has nowhere to go, could not be sent, or did not arrive.

    Resellers tell their customers themselves.
    """
    is_ours = Order.channel != Channel.RESELLER
    nowhere = select(Order.id).where(Order.id == ClosureCase.order_id, Order.email.is_(None), is_ours)
    unsent = and_(Job.kind == "send_closure_case", Job.state == JobState.FAILED)
    mine = select(Job.id).where(unsent, Job.key.like(literal("closure-case:") + ClosureCase.uuid + ":%"))
    return or_(nowhere.exists(), mine.exists(), undelivered.is_lost(ClosureCase.order_id))
