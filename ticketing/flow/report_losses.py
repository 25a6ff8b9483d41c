"""Reports of what did not stay: money that went back, and what closures cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from ticketing.catalogue.models import Closure, ClosureState, Slot
from ticketing.flow.report_models import ReportName
from ticketing.flow.report_shapes import Beside, Cell, Counted, Kind, Report, Span, columns, total_row
from ticketing.foundation.clock import day_bounds
from ticketing.foundation.languages import LANGUAGES, pick
from ticketing.sales.models import ChangeKind, OrderChange, OrderLine, Refund, RefundState
from ticketing.tickets.models import Ticket, TicketState

MOST_REASONS = 100  # people write their own; the rest is told as one
REFUNDS = columns(
    way=Kind.WORD, reason=Kind.WRITTEN, refunds=Kind.COUNT, amount=Kind.CENTS, failed=Kind.CENTS, gone=Kind.CENTS
)
CLOSURES = columns(
    begins=Kind.MOMENT, ends=Kind.MOMENT, experience=Kind.NAME, reason=Kind.NAME, slots=Kind.COUNT,
    capacity=Kind.COUNT, cancelled=Kind.COUNT, cancelled_value=Kind.CENTS, moved=Kind.COUNT, moved_value=Kind.CENTS,
    still_valid=Kind.COUNT,
)  # fmt: skip


def refunds(session: Session, span: Span) -> Report:
    """Report what went back, by the way it went and why; what failed came back on the day it failed."""
    begin, end = _bounds(span)
    key = (Refund.way, Refund.reason)
    asked = select(*key, func.count(), func.sum(Refund.amount_cents)).group_by(*key)
    numbers, went, failed = Counter[Any](), Counter[Any](), Counter[Any]()
    for way, reason, number, cents in session.execute(
        asked.where(Refund.requested_at >= begin, Refund.requested_at < end)
    ):
        numbers[way, reason], went[way, reason] = number, int(cents)
    for way, reason, _, cents in session.execute(
        asked.where(Refund.state == RefundState.FAILED, Refund.settled_at >= begin, Refund.settled_at < end)
    ):
        failed[way, reason] = int(cents)
    listed = sorted({*went, *failed}, key=lambda each: (-went[each], each))
    rows = [
        (way, reason, numbers[way, reason], went[way, reason], -failed[way, reason],
         went[way, reason] - failed[way, reason])
        for way, reason in listed[:MOST_REASONS]
    ]  # fmt: skip
    if rest := listed[MOST_REASONS:]:
        sums = [sum(of[each] for each in rest) for of in (numbers, went, failed)]
        rows.append((None, Beside.OTHER_REASONS, sums[0], sums[1], -sums[2], sums[1] - sums[2]))
    whole: list[tuple[Cell, ...]] = list(rows)
    return Report(
        ReportName.REFUNDS, span, REFUNDS, tuple(whole), total_row(whole, REFUNDS, 2), numbers.total(), Counted.REFUNDS
    )


@dataclass
class _Cost:
    """What one closure has cost so far, in the slots of the span that no earlier one covers."""

    slots: dict[int, int] = field(default_factory=dict)  # capacity by id
    tickets: Counter[ChangeKind] = field(default_factory=Counter)
    cents: Counter[ChangeKind] = field(default_factory=Counter)
    still_valid: int = 0

    def cells(self) -> tuple[Cell, ...]:
        of_kinds = [
            count[kind] for kind in (ChangeKind.CANCEL, ChangeKind.MOVE) for count in (self.tickets, self.cents)
        ]
        return (len(self.slots), sum(self.slots.values()), *of_kinds, self.still_valid)


def closures(session: Session, span: Span) -> Report:
    """Report, closure by closure, the slots it took, and what was cancelled and moved since it was decided."""
    found = _closures(session, span)
    costs = {closure.id: _Cost() for closure in found}
    by_slot: dict[int, Closure] = {}
    for slot in _slots(session, span) if found else ():
        first = next((closure for closure in found if _covers(closure, slot)), None)
        if first is not None:
            by_slot[slot.id] = first
            costs[first.id].slots[slot.id] = slot.capacity
    if found:
        decided = min(closure.created_at for closure in found)
        for slot_id, kind, ended_at, tickets, cents in _ended(session, span, decided):
            closure = by_slot.get(slot_id)
            if closure is not None and ended_at >= closure.created_at:
                costs[closure.id].tickets[kind] += tickets
                costs[closure.id].cents[kind] += cents
        for slot_id, left in _left(session, list(by_slot)):
            costs[by_slot[slot_id].id].still_valid += left
    rows: list[tuple[Cell, ...]] = [
        (closure.starts_at, _end(closure), _what(closure),
         closure.reasons, *costs[closure.id].cells())
        for closure in found
    ]  # fmt: skip
    return Report(
        ReportName.CLOSURES, span, CLOSURES, tuple(rows), total_row(rows, CLOSURES, 4), len(found), Counted.CLOSURES
    )


def _closures(session: Session, span: Span) -> list[Closure]:
    """Load the closures that came into force and lie in the span, in the order they were decided."""
    begin, end = _bounds(span)
    lies_in = and_(Closure.starts_at < end, or_(Closure.ends_at.is_(None), Closure.ends_at > begin))
    question = select(Closure).where(lies_in, Closure.state != ClosureState.WITHDRAWN)
    question = question.options(selectinload(Closure.experiences))
    loaded = session.scalars(question.order_by(Closure.created_at, Closure.id))
    return [closure for closure in loaded if (until := _end(closure)) is None or until > begin]


def _slots(session: Session, span: Span) -> Iterable[Row[Any]]:
    question = select(Slot.id, Slot.experience_id, Slot.starts_at, Slot.ends_at, Slot.capacity)
    return session.execute(question.where(_in_span(span)))


def _what(closure: Closure) -> Cell:
    if not closure.experiences:
        return Beside.WHOLE_CENTRE
    return {each: ", ".join(pick(closed.names, each) for closed in closure.experiences) for each in LANGUAGES}


def _end(closure: Closure) -> datetime | None:
    """Return when a closure ended or is to end; one that was lifted ended early."""
    ends = [each for each in (closure.ends_at, closure.ended_at) if each is not None]
    return min(ends) if ends else None


def _covers(closure: Closure, slot: Row[Any]) -> bool:
    end = _end(closure)
    is_in_time = slot.ends_at > closure.starts_at and (end is None or slot.starts_at < end)
    touched = {experience.id for experience in closure.experiences}
    return is_in_time and (not touched or slot.experience_id in touched)


def _ended(session: Session, span: Span, decided: datetime) -> Iterator[tuple[int, ChangeKind, datetime, int, int]]:
    question = (
        select(OrderLine.slot_id, OrderChange.kind, OrderLine.ended_at, OrderLine.quantity, OrderLine.total_cents)
        .join(OrderChange, OrderChange.id == OrderLine.ended_by_id)
        .join(Slot, Slot.id == OrderLine.slot_id)
        .where(OrderLine.ended_at >= decided, _in_span(span))
    )
    for slot_id, kind, ended_at, tickets, cents in session.execute(question):
        assert ended_at is not None, "asked for by its end"
        yield slot_id, kind, ended_at, tickets, cents


def _left(session: Session, slot_ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Count the admissions that are still valid and unused, slot by slot."""
    question = (
        select(Ticket.slot_id, func.sum(Ticket.admissions - Ticket.admitted))
        .where(Ticket.slot_id.in_(slot_ids), Ticket.state == TicketState.VALID, Ticket.admitted < Ticket.admissions)
        .group_by(Ticket.slot_id)
    )
    yield from ((slot_id, int(left)) for slot_id, left in session.execute(question))


def _in_span(span: Span) -> ColumnElement[bool]:
    return Slot.local_date.between(span.first, span.last)


def _bounds(span: Span) -> tuple[datetime, datetime]:
    return day_bounds(span.first, span.zone)[0], day_bounds(span.last, span.zone)[1]
