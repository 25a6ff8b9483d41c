"""Two matchers at once, and the public against the list, with the proof of what the lock is for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.catalogue import capacity
from ticketing.catalogue.capacity import SlotFull
from ticketing.foundation.actors import VISITOR
from ticketing.operations import invariants
from ticketing.sales import holds, waiting_list, waiting_offers, waiting_serving
from ticketing.sales.waiting_list import WaitingRequest
from ticketing.sales.waiting_models import WaitingOffer

WAITING = ("an", "bo", "cy")
HAVE_COUNTED = r"SELECT slots\.id, .* AS free\b"  # how many places are free


@pytest.fixture
def slot(own_database, now, zone):
    """A slot of five free places, for which three parties of two wait."""
    with own_database.transaction() as session:
        made = make.priced_slot(session, capacity=5)
        for name in WAITING:
            request = WaitingRequest("visit", made.uuid, {"adult": 2}, f"{name}@example.org", "nl")
            waiting_list.ask(session, request, zone=zone, actor=VISITOR, now=now)
    return made


def serve(database, slot, now) -> object:
    try:
        with database.transaction() as session:
            return waiting_serving.serve(session, [slot.id], now=now)
    except IntegrityError as refused:
        return refused


def grab(database, slot, now) -> bool:
    """Try to have two places as anybody does."""
    try:
        with database.transaction() as session:
            make.hold(session, slot, now, adult=2)
    except SlotFull:
        return False
    return True


def offers_made(database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(WaitingOffer.id)))


def test_matchers_and_the_public_at_once_offer_each_party_once_and_nobody_comes_first(own_database, slot, now):
    with ThreadPoolExecutor(8) as pool:
        matchers = [pool.submit(serve, own_database, slot, now) for _ in range(4)]
        others = [pool.submit(grab, own_database, slot, now) for _ in range(4)]
        results = [matcher.result(30) for matcher in matchers]
        assert not any(other.result(30) for other in others)

    # Whoever came first served the list: a matcher, or somebody of the public whose refusal undid it again.
    assert sum(results) == 2
    assert offers_made(own_database) == 2
    with own_database.reading() as session:
        assert capacity.free_places(session, [slot.id], now=now) == {slot.id: 1}
        assert invariants.violations(session, now=now) == []


def test_without_the_lock_the_second_matcher_makes_the_same_offers_and_the_database_refuses_it(own_database, slot, now):
    with unguarded(own_database), meeting(own_database, HAVE_COUNTED), ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: serve(own_database, slot, now), range(2)))

    assert any(isinstance(result, IntegrityError) for result in results)


def test_two_clicks_on_an_offers_link_make_one_basket(own_database, slot, now):
    serve(own_database, slot, now)
    with own_database.reading() as session:
        secret = session.scalars(select(WaitingOffer.secret).order_by(WaitingOffer.id)).first()

    def take(_: int) -> str:
        with own_database.transaction() as session:
            return waiting_offers.take(session, secret, actor=VISITOR, now=now).secret

    with ThreadPoolExecutor(4) as pool:
        baskets = set(pool.map(take, range(4)))

    assert len(baskets) == 1
    with own_database.reading() as session:
        assert holds.get_hold(session, baskets.pop()).email == "an@example.org"
        assert invariants.violations(session, now=now) == []
