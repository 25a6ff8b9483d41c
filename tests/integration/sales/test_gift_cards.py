"""Gift cards as money: what an order takes of one, gets back, and how the books tell it."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from tests import make
from tests.till import Till
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.money import Money
from ticketing.operations import payments
from ticketing.sales import (
    books,
    changes,
    gift_card_books,
    gift_card_rules,
    gift_card_spending,
    gift_cards,
    goodwill,
    holds,
    orders,
    settlement,
)
from ticketing.sales.change_rules import StaffRules
from ticketing.sales.changes import Wish
from ticketing.sales.gift_card_models import GiftCard, MovementKind
from ticketing.sales.gift_cards import Act, GiftCardEmpty, GiftCardExpired, GiftCardUnknown, Parts
from ticketing.sales.models import ChangeKind, Order, OrderState, RefundState, RefundWay
from ticketing.sales.orders import Customer

MANAGER = system("test")
TWO_ADULTS = 2 * make.ADULT_CENTS


class CardTill(Till):
    """A till whose customers have one card."""

    def issue(self, paid: int, bonus: int = 0) -> GiftCard:
        now = self.services.clock.now()
        act = Act(f"test:{paid}", MovementKind.ISSUED, Parts(paid, bonus))
        with self.services.database.transaction() as session:
            return gift_cards.issue(session, act, "EUR", now + timedelta(days=400), actor=MANAGER, now=now)

    def place_with(self, card: GiftCard, shown: int | None = None, **quantities: int) -> int:
        now = self.services.clock.now()
        with self.services.database.transaction() as session:
            hold = make.hold(session, session.get_one(make.Slot, self.slot_id), now, **quantities)
            holds.apply_gift_card(session, hold, gift_cards.grouped(card.code).lower(), now=now)
            customer = Customer("an.peeters@example.org", None, "nl")
            return orders.place(session, hold, customer, shown_card_cents=shown, actor=VISITOR, now=now).id

    def left(self, card: GiftCard) -> Parts:
        with self.services.database.reading() as session:
            return gift_cards.balance(session.get_one(GiftCard, card.id))

    def today(self):
        day = self.services.clock.now().astimezone(make.ZONE).date()
        with self.services.database.reading() as session:
            told = books.accounts_of(session, day, day, zone=make.ZONE)
            return told, gift_card_books.owed_on_cards(session, day, day, zone=make.ZONE)


@pytest.fixture
def till(services) -> CardTill:
    return CardTill(services, capacity=9)


def test_a_card_that_pays_all_needs_no_provider(till):
    card = till.issue(paid=5000)
    order = till.place_with(card, shown=TWO_ADULTS)
    assert till.left(card) == Parts(5000 - TWO_ADULTS)

    assert payments.start_checkout(till.services, order) is None
    assert payments.start_checkout(till.services, order) is None  # pressed twice

    (payment,) = till.payments_of(order)
    assert (payment.provider, payment.amount_cents) == ("gift_card", TWO_ADULTS)
    assert till.order(order).state is OrderState.CONFIRMED
    told, owed = till.today()
    assert told.has_balance
    assert told.total.gross == told.total.money == TWO_ADULTS
    assert (told.total.vat, [row.vat_bp for row in told.by_rate]) == (221, [600])  # of the whole price, and only now
    assert (owed.before.total, owed.moved[MovementKind.SPENT].paid, owed.after.total) == (0, -TWO_ADULTS, 1100)
    till.assert_sound()


def test_of_an_order_a_card_pays_whole_no_cash_is_taken(till):
    order = till.place_with(till.issue(paid=5000), adult=2)

    with till.services.database.transaction() as session:
        settlement.pay_cash(session, session.get_one(Order, order), actor=MANAGER, now=till.services.clock.now())

    assert till.order(order).state is OrderState.CONFIRMED
    assert [each.provider for each in till.payments_of(order)] == [gift_cards.PROVIDER]
    till.assert_sound()


def test_what_a_card_leaves_is_paid_at_the_provider_and_money_goes_back_to_the_card_first(till):
    card = till.issue(paid=1000, bonus=500)
    order = till.place_with(card)
    ref = till.start(order)
    assert till.left(card) == Parts()
    till.services.sandbox.pay(ref)
    till.deliver()
    amounts = {each.provider: each.amount_cents for each in till.payments_of(order)}
    assert amounts == {"gift_card": 1500, till.services.payments.name: TWO_ADULTS - 1500}

    now = till.services.clock.now()
    with till.services.database.transaction() as session:  # the bonus comes back first, and stays a bonus
        goodwill.give_back(session, order, Money(700), "queue", "g1", actor=MANAGER, now=now)
    assert till.left(card) == Parts(200, 500)
    with till.services.database.transaction() as session:
        tickets = [each.id for each in orders.find_tickets(session, session.get_one(orders.Order, order))]
        wish = Wish(ChangeKind.CANCEL, tuple(tickets))
        changes.carry_out(session, order, wish, StaffRules(), "c1", actor=MANAGER, now=now)
    till.work()

    assert till.left(card) == Parts(1000, 500)
    ways = {refund.way for refund in till.refunds()}
    assert ways == {RefundWay.GIFT_CARD, RefundWay.PROVIDER}
    assert all(refund.state in (RefundState.SUCCEEDED, RefundState.SUBMITTED) for refund in till.refunds())
    told, owed = till.today()
    assert told.has_balance
    assert told.total.gross == told.total.money == 0
    assert owed.after == Parts(1000, 500)
    assert {row.method: (row.came, row.refunded) for row in told.by_method}["gift_card"] == (1500, 1500)
    till.assert_sound()


def test_an_order_nobody_paid_gives_the_card_its_money_back(till, clock):
    card = till.issue(paid=1000)
    order = till.place_with(card)
    till.start(order)
    clock.advance(hours=2)
    payments.sweep(till.services)
    assert till.order(order).state is OrderState.EXPIRED
    assert till.left(card) == Parts(1000)

    till.assert_sound()


def test_late_money_whose_card_was_spent_meanwhile_goes_back(till, clock):
    card = till.issue(paid=1000)
    order = till.place_with(card)
    ref = till.start(order)
    with till.services.database.transaction() as session:  # as if it had expired here before the report came
        orders.expire(session, orders.lock_order(session, order), actor=MANAGER, now=clock.now())
    other = till.place_with(card)
    till.services.sandbox.pay(ref)

    till.deliver()

    assert till.order(order).state is OrderState.EXPIRED
    assert [refund.reason for refund in till.refunds()] == ["the gift card had been spent when the payment came"]
    with till.services.database.transaction() as session:
        orders.expire(session, orders.lock_order(session, other), actor=MANAGER, now=clock.now())
    assert till.left(card) == Parts(1000)
    till.work()
    till.assert_sound()


def test_late_money_takes_the_card_again(till, clock):
    card = till.issue(paid=1000)
    order = till.place_with(card)
    ref = till.start(order)
    with till.services.database.transaction() as session:
        orders.expire(session, orders.lock_order(session, order), actor=MANAGER, now=clock.now())
    till.services.sandbox.pay(ref)

    till.deliver()

    assert till.order(order).state is OrderState.CONFIRMED
    assert till.left(card) == Parts()
    till.assert_sound()


def test_a_card_has_to_pay_what_was_shown(till):
    card = till.issue(paid=1000)
    with pytest.raises(gift_card_spending.GiftCardChanged):
        till.place_with(card, shown=1500)


def test_blocked_expired_and_empty_cards_are_refused_and_their_ledger_tells_why(till, clock, zone):
    card, now = till.issue(paid=1000), clock.now()
    database = till.services.database
    with database.transaction() as session:
        gift_card_rules.block(session, card.id, "lost", actor=MANAGER, now=now)
    with pytest.raises(GiftCardUnknown):
        till.place_with(card)
    with database.transaction() as session:
        gift_card_rules.unblock(session, card.id, "found", actor=MANAGER, now=now)
        last_day = gift_card_rules.last_day_before(card.expires_at, zone) + timedelta(days=30)
        gift_card_rules.extend(session, card.id, last_day, zone=zone, actor=MANAGER, now=now)
    clock.advance(days=440)
    with database.transaction() as session:
        assert gift_cards.expire_due(session, actor=MANAGER, now=clock.now()) == 1
        assert gift_cards.expire_due(session, actor=MANAGER, now=clock.now()) == 0
    with database.reading() as session, pytest.raises(GiftCardExpired):
        gift_cards.get_usable(session, card.code, now=clock.now())
    with database.reading() as session, pytest.raises(GiftCardEmpty):
        gift_cards.get_usable(session, card.code, now=now)
    with database.reading() as session:
        kinds = [each.kind.value for each in gift_cards.ledger_of(session, card.id)]
    assert kinds == ["issued", "blocked", "unblocked", "extended", "expired"]
    till.assert_sound()


def test_a_card_by_hand_is_bonus_and_the_same_request_gives_one(till, clock, zone):
    now = clock.now()
    with till.services.database.transaction() as session:
        last_day = gift_card_rules.expiry(session, zone=zone, now=now).astimezone(zone).date() - timedelta(days=1)
        wanted = gift_card_rules.Goodwill(2500, "  a long  queue ", last_day)
        made = {
            gift_card_rules.issue_by_hand(session, wanted, "key", zone=zone, actor=MANAGER, now=now).id
            for _ in range(2)
        }
        (card,) = (session.get_one(GiftCard, each) for each in made)
        assert gift_cards.balance(card) == Parts(0, 2500)
        assert gift_card_rules.last_day_before(card.expires_at, zone).year == now.year + 3
        assert len(card.code) == 16
        assert len(gift_cards.grouped(card.code)) == 19
    till.assert_sound()


def test_the_database_refuses_a_balance_below_nothing(till):
    card = till.issue(paid=1000)
    with pytest.raises(IntegrityError), till.services.database.transaction() as session:
        session.execute(update(GiftCard).where(GiftCard.id == card.id).values(paid_cents=-1))
