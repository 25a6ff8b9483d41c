"""Many orders for the last use of a code at once, with the proof of what the lock is for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.foundation.actors import VISITOR, system
from ticketing.operations import invariants
from ticketing.sales import holds, orders, promotion_editing, promotions
from ticketing.sales.discounts import Percent, Places
from ticketing.sales.orders import Customer
from ticketing.sales.promotion_editing import PromotionTerms

BUYERS = 8
COUNTED = r"SELECT sum\(promotion_redemptions"


@pytest.fixture
def baskets(own_database, now):
    """Baskets of two adults of one customer, each with a code of one promotion, of terms as told."""

    def fill(terms: PromotionTerms, codes: list[str], people: int = BUYERS) -> list[str]:
        with own_database.transaction() as session:
            promotion_editing.make_promotion(session, terms, codes, "key", actor=system("test"), now=now)
            slot = make.priced_slot(session, capacity=2 * people)
            made = [make.hold(session, slot, now) for _ in range(people)]
            for number, hold in enumerate(made):
                holds.apply_promotion(session, hold, codes[number % len(codes)], now=now)
        return [hold.secret for hold in made]

    return fill


def place(database, secret: str, now) -> bool:
    try:
        with database.transaction() as session:
            hold = holds.lock_hold(session, secret)
            customer = Customer("an.peeters@example.org", None, "nl")
            orders.place(session, hold, customer, actor=VISITOR, now=now)
    except promotions.REFUSALS:
        return False
    return True


def place_all(database, secrets: list[str], now) -> int:
    with ThreadPoolExecutor(len(secrets)) as pool:
        return sum(pool.map(lambda secret: place(database, secret, now), secrets))


def broken(database, now) -> set[str]:
    with database.reading() as session:
        return {violation.id for violation in invariants.violations(session, now=now)}


@pytest.mark.parametrize(
    ("terms", "codes", "placed"),
    [
        (PromotionTerms("uses", Percent(25), max_uses=3), ["ONE"], 3),
        (PromotionTerms("places", Places(2), max_uses=5), ["ONE"], 3),  # two, two and the last one
        (PromotionTerms("customer", Percent(25), max_uses_per_customer=2), ["ONE", "TWO"], 2),
    ],
    ids=["of a code", "of places", "of a customer over two codes"],
)
def test_no_use_is_taken_twice(own_database, baskets, now, terms, codes, placed):
    secrets = baskets(terms, codes)

    assert place_all(own_database, secrets, now) == placed
    assert broken(own_database, now) == set()


def test_without_the_lock_the_last_use_goes_to_two(own_database, baskets, now):
    secrets = baskets(PromotionTerms("uses", Percent(25), max_uses=1), ["ONE"], people=2)

    with unguarded(own_database), meeting(own_database, after=COUNTED):
        assert place_all(own_database, secrets, now) == 2

    assert broken(own_database, now) == {"I29"}
