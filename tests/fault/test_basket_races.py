"""One basket in two tabs, given back and ordered, with the proof of what the lock is for; and choices made anew."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.catalogue import capacity
from ticketing.foundation.actors import VISITOR
from ticketing.operations import invariants
from ticketing.sales import basket, hold_changes, holds, orders
from ticketing.sales.models import Hold, HoldState, Order
from ticketing.sales.orders import Customer

ROUNDS = 20
CUSTOMER = Customer("an.peeters@example.org", None, "nl")


@pytest.fixture
def slot(own_database):
    with own_database.transaction() as session:
        return make.priced_slot(session, capacity=ROUNDS)


def basket_of_one(database, slot, now) -> str:
    with database.transaction() as session:
        return make.hold(session, slot, now, adult=1).secret


def give_back(database, secret: str, barrier: threading.Barrier) -> None:
    barrier.wait(10)
    with database.transaction() as session:
        hold = holds.lock_hold(session, secret)
        if orders.find_by_hold(session, hold) is None:
            holds.release(session, hold)


def order(database, secret: str, now, barrier: threading.Barrier) -> None:
    barrier.wait(10)
    with database.transaction() as session:
        hold = holds.lock_hold(session, secret)
        if hold.state is HoldState.OPEN:
            orders.place(session, hold, CUSTOMER, actor=VISITOR, now=now)


def is_torn(database, secret: str) -> bool:
    """Tell whether an order waits to be paid whose places were given back."""
    with database.reading() as session:
        hold = session.scalars(select(Hold).where(Hold.secret == secret)).one()
        has_order = session.scalars(select(Order).where(Order.hold_id == hold.id)).one_or_none() is not None
    return has_order is (hold.state is HoldState.RELEASED)


def test_either_the_places_are_given_back_or_the_order_waits_never_both(own_database, slot, now):
    for _ in range(ROUNDS):
        secret, barrier = basket_of_one(own_database, slot, now), threading.Barrier(2)
        acts = [
            threading.Thread(target=give_back, args=(own_database, secret, barrier)),
            threading.Thread(target=order, args=(own_database, secret, now, barrier)),
        ]

        for act in acts:
            act.start()
        for act in acts:
            act.join(20)

        assert not is_torn(own_database, secret)


def change(database, secret: str, wants: dict[str, dict[str, int]], now) -> bool:
    """Set the numbers of a basket; tell whether there was room."""
    try:
        with database.transaction() as session:
            hold_changes.choose(session, holds.lock_hold(session, secret), wants, now=now)
    except capacity.SlotFull:
        return False
    return True


def test_baskets_that_change_overlapping_slots_in_opposite_orders_neither_wait_crosswise_nor_oversell(
    own_database, now
):
    """Twelve baskets move between three full slots, half of them naming the slots the other way round."""
    with own_database.transaction() as session:
        slots = [make.priced_slot(session, 8, make.NOON + timedelta(hours=hour)) for hour in range(3)]
        secrets = [make.hold(session, slots[each % 3], now, adult=2).secret for each in range(12)]

    def wander(each: int) -> int:
        dice, moved = random.Random(each), 0
        for _ in range(8):
            wants = {slot.uuid: {"adult": dice.randint(0, 2)} for slot in slots} | {slots[each % 3].uuid: {"adult": 1}}
            order = sorted(wants) if each % 2 else sorted(wants, reverse=True)
            wants = {uuid: wants[uuid] for uuid in order if wants[uuid]["adult"] or uuid == order[0]}
            with suppress(basket.NothingChosen):
                moved += change(own_database, secrets[each], wants, now)
        return moved

    with ThreadPoolExecutor(12) as pool:
        moves = list(pool.map(wander, range(12)))

    assert sum(moves) > 0
    with own_database.reading() as session:
        assert min(capacity.free_places(session, [slot.id for slot in slots], now=now).values()) >= 0
        assert invariants.violations(session, now=now) == []


def test_without_the_lock_two_baskets_that_change_take_the_same_last_place(own_database, now):
    with own_database.transaction() as session:
        first, last = make.priced_slot(session, 5), make.priced_slot(session, 1, make.NOON + timedelta(hours=1))
        secrets = [make.hold(session, first, now, adult=1).secret for _ in range(2)]

    with (
        unguarded(own_database),
        meeting(own_database, after="sum.*from allocations.*group by"),
        ThreadPoolExecutor(2) as pool,
    ):
        took = list(pool.map(lambda secret: change(own_database, secret, {last.uuid: {"adult": 1}}, now), secrets))

    assert took == [True, True]
    with own_database.reading() as session:
        assert capacity.free_places(session, [last.id], now=now)[last.id] == -1


def test_a_choice_made_anew_in_a_full_slot_is_never_lost_to_a_stranger(own_database, slot, now):
    """Ten visitors hold all twenty places and choose again, over and over, while strangers try to come between."""
    with own_database.transaction() as session:
        first = [make.hold(session, slot, now, adult=2).secret for _ in range(ROUNDS // 2)]

    def choose_again_and_again(secret: str) -> bool:
        again = ({"adult": 1, "child": 1}, {"adult": 2}, {"child": 2}, {"adult": 2})
        return all(change(own_database, secret, {slot.uuid: numbers}, now) for numbers in again)

    def intrude(_: int) -> bool:
        try:
            basket_of_one(own_database, slot, now)
        except capacity.SlotFull:
            return False
        return True

    with ThreadPoolExecutor(ROUNDS) as pool:
        last = pool.map(choose_again_and_again, first)
        intruders = pool.map(intrude, range(ROUNDS))
        assert all(last)
        assert not any(intruders)
    with own_database.reading() as session:
        assert capacity.free_places(session, [slot.id], now=now)[slot.id] == 0


def test_without_the_lock_an_order_waits_for_places_that_were_given_back(own_database, slot, now):
    """The same two acts, but the one that gives back has looked for an order before the other has placed it."""
    secret = basket_of_one(own_database, slot, now)

    with own_database.reading() as session:
        seen = orders.find_by_hold(session, holds.get_hold(session, secret))
    with own_database.transaction() as session:
        orders.place(session, holds.get_hold(session, secret), CUSTOMER, actor=VISITOR, now=now)
    with own_database.transaction() as session:
        if seen is None:
            holds.release(session, holds.get_hold(session, secret))

    assert is_torn(own_database, secret)
