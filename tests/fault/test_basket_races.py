"""One basket in two tabs, given back and ordered, with the proof of what the lock is for; and choices made anew."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from tests import make
from ticketing.catalogue import capacity
from ticketing.foundation.actors import VISITOR
from ticketing.foundation.identifiers import new_token
from ticketing.sales import holds, orders
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import Hold, HoldState, Order
from ticketing.sales.orders import Customer

ROUNDS = 20
CUSTOMER = Customer("an.peeters@example.org", None, "nl")


@pytest.fixture
def slot(own_database):
    with own_database.transaction() as session:
        return make.priced_slot(session, capacity=ROUNDS)


def basket(database, slot, now) -> str:
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
        secret, barrier = basket(own_database, slot, now), threading.Barrier(2)
        acts = [
            threading.Thread(target=give_back, args=(own_database, secret, barrier)),
            threading.Thread(target=order, args=(own_database, secret, now, barrier)),
        ]

        for act in acts:
            act.start()
        for act in acts:
            act.join(20)

        assert not is_torn(own_database, secret)


def test_a_choice_made_anew_in_a_full_slot_is_never_lost_to_a_stranger(own_database, slot, now):
    """Ten visitors hold all twenty places and choose again, over and over, while strangers try to come between."""

    def choose(earlier: tuple[str, ...]) -> str:
        with own_database.transaction() as session:
            request = HoldRequest(new_token(), slot.uuid, {"adult": 2}, instead_of=earlier)
            return holds.open_hold(session, request, now=now).secret

    def choose_again_and_again(secret: str) -> str:
        for _ in range(5):
            secret = choose((secret,))
        return secret

    def intrude(_: int) -> bool:
        try:
            choose(())
        except capacity.SlotFull:
            return False
        return True

    first = [choose(()) for _ in range(ROUNDS // 2)]
    with ThreadPoolExecutor(ROUNDS) as pool:
        last = pool.map(choose_again_and_again, first)
        intruders = pool.map(intrude, range(ROUNDS))
        assert len(set(last)) == ROUNDS // 2
        assert not any(intruders)
    with own_database.reading() as session:
        assert capacity.free_places(session, [slot.id], now=now)[slot.id] == 0


def test_without_the_lock_an_order_waits_for_places_that_were_given_back(own_database, slot, now):
    """The same two acts, but the one that gives back has looked for an order before the other has placed it."""
    secret = basket(own_database, slot, now)

    with own_database.reading() as session:
        seen = orders.find_by_hold(session, holds.get_hold(session, secret))
    with own_database.transaction() as session:
        orders.place(session, holds.get_hold(session, secret), CUSTOMER, actor=VISITOR, now=now)
    with own_database.transaction() as session:
        if seen is None:
            holds.release(session, holds.get_hold(session, secret))

    assert is_torn(own_database, secret)
