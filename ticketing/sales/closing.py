"""Closing with all it means: what it touches is shown first, and what is carried out is what was shown.

A closure that begins now is not held up because somebody bought a ticket while its preview was read: selling stops, and
the time to undo it is there to look again. One that is planned has to be exactly what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from ticketing.catalogue import availability, closure_amending, closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import Closure, Experience, Slot
from ticketing.catalogue.room import HAS_PLACES
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.foundation.actors import Actor
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.database import in_parts
from ticketing.foundation.languages import Texts
from ticketing.sales import closure_cases, closure_credits, closure_house, closure_scope
from ticketing.sales.change_amounts import SoldLine
from ticketing.sales.change_effects import sold_line
from ticketing.sales.closure_scope import ClosedTime, SlotTimes, SoldTicket
from ticketing.sales.models import Channel, Order, OrderLine, OrderState
from ticketing.sales.waiting_models import AwaitedSlot, EntryState, WaitingEntry
from ticketing.tickets.models import Ticket, TicketState

GROUP_FROM = 15  # people on one order
DAYS_OFFERED = 28


@dataclass(frozen=True, slots=True)
class Offered:
    """What the visitors of one experience will be offered: so many places in so many days, the soonest start first."""

    experience: Texts
    people: int
    places: int
    soonest_starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a closure touches, in numbers; `unpaid` are orders being paid, `unreached` have no address to write to.

    `resellers` are orders that resellers sold: they learn it over their interface, and tell their customers. Orders
    `asked_before` are left out of everything else: a case of another closure speaks for their tickets. `withdrawn` are
    slots of this time that were taken off the timetable before.
    """

    slots: int
    withdrawn: int
    orders: int
    people: int
    cents: int
    groups: int
    unpaid: int
    unreached: int
    resellers: int
    asked_before: int
    waiting: int
    offered: tuple[Offered, ...]
    bonus_cents: int | None  # of gift cards, if everybody took one; None: none is offered
    is_large: bool
    digest: str

    @property
    def mails(self) -> int:
        """How many mails will leave, each with a way to choose."""
        return self.orders - self.unreached - self.resellers


@dataclass(frozen=True, slots=True)
class AmendmentPreview:
    """What another end makes of a closure: orders it touches besides, and cases that are not needed any more."""

    closes: int  # slots
    opens: int  # slots
    orders: int
    people: int
    cents: int
    withdrawn: int  # cases
    is_large: bool
    digest: str


@dataclass(frozen=True, slots=True)
class _Found:
    """The slots a closed time covers, and the tickets in them that cannot be used and that no other case is about."""

    slots: dict[int, SlotTimes]
    by_order: dict[int, list[SoldTicket]]
    asked_before: frozenset[int]  # ids of orders of which other cases are about all that is touched
    worth: tuple[int, ...]  # cents of each order, in the order of `by_order`

    @property
    def people(self) -> int:
        return sum(ticket.admissions for tickets in self.by_order.values() for ticket in tickets)

    @property
    def cents(self) -> int:
        return sum(self.worth)

    def bonus_cents(self, percent: int | None, *, besides: Collection[int]) -> int | None:
        if percent is None:
            return None
        worth = zip(self.by_order, self.worth, strict=True)
        return sum(closure_credits.bonus_of(cents, percent) for order_id, cents in worth if order_id not in besides)


def preview(session: Session, request: ClosureRequest, *, zone: ZoneInfo, now: datetime) -> Preview:
    """Count what a closure would touch; nothing is closed yet."""
    closed = ClosedTime(request.starts_at, request.ends_at, now, frozenset(request.experience_ids))
    found = _find(session, closed)
    resold = _orders_that(session, found.by_order, Order.channel == Channel.RESELLER)
    unreached = _orders_that(session, found.by_order, and_(Order.email.is_(None), Order.channel != Channel.RESELLER))
    is_large = len(found.by_order) >= closure_house.rules(session).second_from_orders
    return Preview(
        slots=len(found.slots),
        withdrawn=len(closure_cases.shut_slots(session, closed, Slot.withdrawn_at.is_not(None))),
        orders=len(found.by_order),
        people=found.people,
        cents=found.cents,
        groups=sum(sum(each.admissions for each in tickets) >= GROUP_FROM for tickets in found.by_order.values()),
        unpaid=_count_unpaid(session, found.slots),
        unreached=len(unreached),
        resellers=len(resold),
        asked_before=len(found.asked_before),
        waiting=_count_waiting(session, found.slots),
        offered=_offered(session, closed, found, zone, now),
        bonus_cents=found.bonus_cents(request.terms.bonus_percent, besides=resold),
        is_large=is_large,
        digest=_digest(request, found),
    )


def close(
    session: Session, request: ClosureRequest, digest: str | None = None, *, actor: Actor, now: datetime
) -> Closure:
    """Close as was shown; a large one waits for a second person before anybody is told.

    Without a digest nothing was shown: a command closes by its words. Raises PreviewOutdated for a planned closure that
    is no longer what was shown, and the refusals of closures.close.
    """
    closures.lock_touched(session, request, now=now)
    found = _find(session, ClosedTime(request.starts_at, request.ends_at, now, frozenset(request.experience_ids)))
    if digest is not None and request.starts_at > now and digest != _digest(request, found):
        raise PreviewOutdated("Something has changed since this was shown. Look at it anew.")
    is_large = digest is not None and len(found.by_order) >= closure_house.rules(session).second_from_orders
    terms = replace(request.terms, is_large=is_large)
    return closures.close(session, replace(request, terms=terms), actor=actor, now=now)


def preview_amendment(
    session: Session, closure: Closure, ends_at: datetime | None, *, now: datetime
) -> AmendmentPreview:
    """Count what another end would mean to orders. Raises ClosureOver, ClosureTooShort."""
    closure_amending.require_standing(closure, now)
    closures.require_end(closure.starts_at, ends_at, now=now)
    closed = closure_cases.closed_time(closure)
    before = _find(session, closed, closure)
    after = _find(session, replace(closed, ends_at=ends_at), closure)
    added = {order_id: tickets for order_id, tickets in after.by_order.items() if order_id not in before.by_order}
    opened = closure_cases.cases_left_untouched(session, closure, replace(closed, ends_at=ends_at))
    is_large = len(added) >= closure_house.rules(session).second_from_orders
    said = [closure.id, str(ends_at), sorted(after.slots), sorted(added), sorted(opened)]
    return AmendmentPreview(
        closes=len(after.slots.keys() - before.slots.keys()),
        opens=len(before.slots.keys() - after.slots.keys()),
        orders=len(added),
        people=sum(each.admissions for tickets in added.values() for each in tickets),
        cents=max(0, after.cents - before.cents),
        withdrawn=len(opened),
        is_large=is_large,
        digest=hashlib.sha256(json.dumps(said).encode()).hexdigest()[:24],
    )


def amend(
    session: Session, closure_id: int, ends_at: datetime | None, digest: str, *, actor: Actor, now: datetime
) -> Closure:
    """Let a closure end at another instant, as was shown.

    Raises PreviewOutdated, ClosureNotFound, ClosureOver, ClosureTooShort.
    """
    closure = closure_amending.lock_to_amend(session, closure_id, ends_at, now=now)
    shown = preview_amendment(session, closure, ends_at, now=now)
    if shown.digest != digest:
        raise PreviewOutdated("Something has changed since this was shown. Look at it anew.")
    return closure_amending.amend(
        session, closure_id, ends_at, asks_second=shown.is_large, actor=actor, now=now
    )  # fmt: skip


def _find(session: Session, closed: ClosedTime, closure: Closure | None = None) -> _Found:
    """Find what a closed time touches; the cases of its own closure, if it has one, do not count."""
    shut = closure_cases.shut_slots(session, closed, Slot.withdrawn_at.is_(None))
    has_other = closure_cases.has_case(besides=closure)
    by_order = closure_scope.touched(closed, shut, _tickets(session, shut, ~has_other))
    others = closure_scope.touched(closed, shut, _tickets(session, shut, has_other))
    lines = _lines(session, by_order)
    worth = tuple(closure_scope.worth(lines, tickets) for tickets in by_order.values())
    return _Found(shut, by_order, frozenset(others.keys() - by_order.keys()), worth)


def _tickets(session: Session, slot_ids: Collection[int], which: ColumnElement[bool]) -> Iterable[SoldTicket]:
    for some in in_parts(slot_ids):
        stands = (Ticket.slot_id.in_(some), Ticket.state == TicketState.VALID, which)
        yield from (SoldTicket(*row) for row in session.execute(select(*closure_cases.SOLD_TICKET).where(*stands)))


def _lines(session: Session, by_order: Mapping[int, list[SoldTicket]]) -> dict[int, SoldLine]:
    ids = {ticket.line_id for tickets in by_order.values() for ticket in tickets}
    found: dict[int, SoldLine] = {}
    for some in in_parts(ids):
        found |= {line.id: sold_line(line) for line in session.scalars(select(OrderLine).where(OrderLine.id.in_(some)))}
    return found


def _orders_that(session: Session, order_ids: Collection[int], condition: ColumnElement[bool]) -> set[int]:
    found: set[int] = set()
    for some in in_parts(order_ids):
        found.update(session.scalars(select(Order.id).where(Order.id.in_(some), condition)))
    return found


def _count_unpaid(session: Session, slot_ids: Collection[int]) -> int:
    mine = select(func.count(func.distinct(Order.id))).join(OrderLine, OrderLine.order_id == Order.id)
    pending = mine.where(Order.state == OrderState.PENDING)
    return sum(session.scalar(pending.where(OrderLine.slot_id.in_(some))) or 0 for some in in_parts(slot_ids))


def _count_waiting(session: Session, slot_ids: Collection[int]) -> int:
    waiting = and_(WaitingEntry.state == EntryState.WAITING, AwaitedSlot.declined_at.is_(None))
    mine = select(AwaitedSlot.entry_id).join(WaitingEntry, WaitingEntry.id == AwaitedSlot.entry_id).where(waiting)
    found: set[int] = set()
    for some in in_parts(slot_ids):
        found.update(session.scalars(mine.where(AwaitedSlot.slot_id.in_(some))))
    return len(found)


def _offered(
    session: Session, closed: ClosedTime, found: _Found, zone: ZoneInfo, now: datetime
) -> tuple[Offered, ...]:  # fmt: skip
    """Look up what is left of each experience that visitors had tickets for, in the weeks to come."""
    people: dict[int, int] = {}
    for ticket in (each for tickets in found.by_order.values() for each in tickets):
        experience_id = found.slots[ticket.slot_id].experience_id
        people[experience_id] = people.get(experience_id, 0) + ticket.admissions
    first = local_date_of(now, zone)
    last = first + timedelta(days=DAYS_OFFERED)
    offered = []
    for experience in session.scalars(
        select(Experience).where(Experience.id.in_(people)).order_by(Experience.position)
    ):
        slots = availability.slots_between(session, experience.id, first, last, zone=zone, now=now)
        free = [slot for slot in slots if slot.mark in HAS_PLACES and slot.id not in found.slots]
        soonest = min((slot.starts_at for slot in free), default=None)
        offered.append(Offered(experience.names, people[experience.id], sum(slot.free for slot in free), soonest))
    return tuple(offered)


def _digest(request: ClosureRequest, found: _Found) -> str:
    """A mark of what was shown: the words, the time, the slots, and whose tickets they take."""
    said = [
        str(request.starts_at), str(request.ends_at), sorted(request.experience_ids),
        sorted(found.slots), sorted(ticket.id for tickets in found.by_order.values() for ticket in tickets),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:24]
