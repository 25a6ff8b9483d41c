"""Two orders that want the whole of one card at once, with the proof of what the lock is for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.foundation.actors import VISITOR, system
from ticketing.operations import invariants
from ticketing.sales import gift_card_rules, gift_card_spending, holds, orders
from ticketing.sales.gift_card_models import GiftCard
from ticketing.sales.gift_card_rules import Goodwill
from ticketing.sales.gift_cards import GiftCardShort
from ticketing.sales.orders import Customer

WORTH = 2 * make.ADULT_CENTS
# The balance is written over the one that was seen: a second guard beside the lock.
AS_SEEN = {"gift_cards.paid_cents = ": "0 <= ", "gift_cards.bonus_cents = ": "0 <= "}


def baskets(database, zone, now, people: int) -> tuple[int, list[str]]:
    """Baskets that one card pays, which has enough for one of them."""
    with database.transaction() as session:
        wanted = Goodwill(WORTH, "test", now.date())
        card = gift_card_rules.issue_by_hand(session, wanted, "key", zone=zone, actor=system("test"), now=now)
        slot = make.priced_slot(session, capacity=2 * people)
        made = [make.hold(session, slot, now) for _ in range(people)]
        for hold in made:
            holds.apply_gift_card(session, hold, card.code, now=now)
    return card.id, [hold.secret for hold in made]


def place_all(database, secrets: list[str], now) -> int:
    def place(secret: str) -> bool:
        try:
            with database.transaction() as session:
                hold = holds.lock_hold(session, secret)
                customer = Customer("an.peeters@example.org", None, "nl")
                orders.place(session, hold, customer, shown_card_cents=WORTH, actor=VISITOR, now=now)
        except (*gift_card_spending.REFUSALS, GiftCardShort):
            return False
        return True

    with ThreadPoolExecutor(len(secrets)) as pool:
        return sum(pool.map(place, secrets))


def broken(database, now) -> set[str]:
    with database.reading() as session:
        return {violation.id for violation in invariants.violations(session, now=now)}


def test_a_card_is_spent_once_however_many_want_it(own_database, zone, now):
    card_id, secrets = baskets(own_database, zone, now, people=8)

    assert place_all(own_database, secrets, now) == 1
    with own_database.reading() as session:
        assert session.get_one(GiftCard, card_id).bonus_cents == 0
    assert broken(own_database, now) == set()


def test_without_the_lock_it_is_spent_twice(own_database, zone, now):
    _, secrets = baskets(own_database, zone, now, people=2)

    with unguarded(own_database, AS_SEEN), meeting(own_database, after="SELECT gift_cards.*FROM gift_cards"):
        assert place_all(own_database, secrets, now) == 2

    assert broken(own_database, now) == {"I74"}
