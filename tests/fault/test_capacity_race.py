"""Two hundred buyers at once on a slot of fifty; and the proof that without the lock this very test oversells."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.catalogue import capacity
from ticketing.catalogue.models import Allocation, Slot
from ticketing.foundation.errors import Conflict, Unavailable
from ticketing.foundation.identifiers import new_uuid

BUYERS, PLACES, AT_ONCE = 200, 50, 16


def rush(act: Callable[[], bool], times: int) -> int:
    """Do an act so many times, sixteen at once; return how many succeeded."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda _: act(), range(times)))


def claimed(database, slot_id: int) -> int:
    with database.reading() as session:
        return session.scalar(select(func.sum(Allocation.admissions)).where(Allocation.slot_id == slot_id)) or 0


def buyer(database, slot_id: int, now) -> Callable[[], bool]:
    """Somebody who wants one place; tells whether they got it."""

    def buy() -> bool:
        try:
            with database.transaction() as session:
                expires_at = now + timedelta(minutes=15)
                capacity.take(session, {slot_id: 1}, new_uuid(), expires_at=expires_at, now=now)
        except capacity.SlotFull:
            return False
        return True

    return buy


def test_two_hundred_buyers_get_exactly_the_fifty_places_there_are(own_database, now):
    with own_database.transaction() as session:
        slot_id = make.slot(session, PLACES).id

    assert rush(buyer(own_database, slot_id, now), BUYERS) == PLACES
    assert claimed(own_database, slot_id) == PLACES


def test_without_the_lock_the_same_buyers_oversell(own_database, now):
    """The very same code, but nobody waits: both buyers have counted before either writes."""
    with own_database.transaction() as session:
        slot_id = make.slot(session, 1).id

    with unguarded(own_database), meeting(own_database, after=r"sum\(.*FROM allocations"):
        assert rush(buyer(own_database, slot_id, now), 2) == 2

    assert claimed(own_database, slot_id) == 2


def test_two_baskets_over_the_same_slots_in_opposite_order_do_not_deadlock(own_database, now):
    with own_database.transaction() as session:
        first, second = make.slot(session, 500).id, make.slot(session, 500).id
    orders = [{first: 1, second: 1}, {second: 1, first: 1}]

    def buy_both() -> bool:
        with own_database.transaction() as session:
            wants = orders.pop() if orders else {second: 1, first: 1}
            capacity.take(session, wants, new_uuid(), expires_at=now + timedelta(minutes=15), now=now)
        return True

    assert rush(buy_both, 100) == 100
    assert claimed(own_database, first) == claimed(own_database, second) == 100


def test_a_writer_that_hangs_makes_others_wait_and_then_say_so(own_database, now, engine_kind):
    if engine_kind == "sqlite":
        pytest.skip("SQLite's own patience is ten seconds; the lock time-out is PostgreSQL's")
    with own_database.transaction() as session:
        slot_id = make.slot(session, 5).id
    with own_database.transaction() as hanging:
        hanging.execute(select(Slot).where(Slot.id == slot_id).with_for_update())

        def take() -> None:
            with own_database.transaction() as session:
                session.execute(text("SET LOCAL lock_timeout = '100ms'"))
                capacity.take(session, {slot_id: 1}, new_uuid(), expires_at=now + timedelta(minutes=15), now=now)

        with pytest.raises(Unavailable) as refused:
            take()

    assert refused.value.code == "busy"
    assert not isinstance(refused.value, Conflict)
