"""Fifty people move to the last place of a time at once, from before it and from after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.models import Allocation, AllocationState
from ticketing.foundation.actors import VISITOR
from ticketing.operations import invariants
from ticketing.sales import changes
from ticketing.sales.change_rules import StaffRules
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind, Order
from ticketing.tickets.models import Ticket, TicketState

MOVING, AT_ONCE = 50, 25
A_DAY = timedelta(days=1)


def stage(database, now, moving=MOVING):
    """Sell tickets for the times around one with a single place: whoever moves there locks it first, or last."""
    with database.transaction() as session:
        before = make.priced_slot(session, MOVING, make.NOON)
        wanted = make.priced_slot(session, 1, make.NOON + A_DAY)
        after = make.priced_slot(session, MOVING, make.NOON + 2 * A_DAY)
        orders = [make.confirmed_order(session, (before, after)[place % 2], now, adult=1) for place in range(moving)]
    return wanted, [order.id for order in orders]


def move_all(database, wanted, order_ids, now) -> int:
    """Let all of them move at once; return how many could."""

    def move(order_id: int) -> bool:
        try:
            with database.transaction() as session:
                mine = session.scalars(select(Ticket.id).where(Ticket.order_id == order_id)).all()
                wish = Wish(ChangeKind.MOVE, tuple(mine), wanted.uuid)
                changes.carry_out(session, order_id, wish, StaffRules(), f"m{order_id}", actor=VISITOR, now=now)
        except SlotFull:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(move, order_ids))


def test_of_fifty_who_move_to_the_last_place_one_does_and_the_totals_stay(own_database, now):
    wanted, order_ids = stage(own_database, now)

    moved = move_all(own_database, wanted, order_ids, now)

    assert moved == 1
    with own_database.reading() as session:
        sold = select(func.sum(Allocation.admissions)).where(Allocation.state == AllocationState.SOLD)
        assert (session.scalar(sold), session.scalar(sold.where(Allocation.slot_id == wanted.id))) == (MOVING, 1)
        valid = select(func.count()).select_from(Ticket).where(Ticket.state == TicketState.VALID)
        assert session.scalar(valid) == MOVING
        assert session.scalar(select(func.sum(Order.total_cents))) == MOVING * make.ADULT_CENTS
        assert invariants.violations(session, now=now) == []


def test_without_the_lock_two_move_there(own_database, now):
    wanted, order_ids = stage(own_database, now, moving=2)

    with unguarded(own_database), meeting(own_database, after="sum.*from allocations.*group by"):
        assert move_all(own_database, wanted, order_ids, now) == 2
