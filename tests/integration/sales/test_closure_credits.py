"""A visit that a closure took becomes a gift card: once, to the cent, with the bonus apart from what was paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.till import Till
from ticketing.catalogue import closure_amending, closures
from ticketing.catalogue.capacity import Allocation, AllocationState
from ticketing.catalogue.closures import BonusInvalid, ClosureRequest, Terms
from ticketing.catalogue.models import TicketType
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.money import Money
from ticketing.operations import closing as carrying_out
from ticketing.operations import payments
from ticketing.payments import sandbox_money
from ticketing.sales import (
    books,
    closing,
    closure_answers,
    closure_board,
    closure_credits,
    closure_file,
    findings,
    gift_card_books,
    gift_cards,
    holds,
    orders,
    resales,
    resellers,
)
from ticketing.sales.changes import ChangeCostsOther
from ticketing.sales.closure_answers import CaseSettled
from ticketing.sales.closure_board import Cost
from ticketing.sales.closure_credits import CreditNotOffered
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.gift_card_models import GiftCard, MovementKind
from ticketing.sales.gift_cards import Act, Parts
from ticketing.sales.models import OrderState
from ticketing.sales.orders import Customer
from ticketing.sales.provider_models import FindingKind
from ticketing.sales.resales import ResaleRequest, Update, WantedUnit

MANAGER = system("test")
TWO = 2 * make.ADULT_CENTS


class ClosedTill(Till):
    """A till that closes the afternoon, and whose customers then choose."""

    @property
    def now(self):
        return self.services.clock.now()

    def buy(self, card: GiftCard | None = None) -> int:
        with self.services.database.transaction() as session:
            hold = make.hold(session, session.get_one(make.Slot, self.slot_id), self.now, adult=2)
            if card:
                holds.apply_gift_card(session, hold, card.code, now=self.now)
            customer = Customer("an.peeters@example.org", None, "nl")
            order_id = orders.place(session, hold, customer, actor=VISITOR, now=self.now).id
        self.services.sandbox.pay(ref := self.start(order_id))
        payments.settle(self.services, ref)
        return order_id

    def issue(self, parts: Parts) -> GiftCard:
        act = Act("test", MovementKind.ISSUED, parts)
        with self.services.database.transaction() as session:
            return gift_cards.issue(session, act, "EUR", self.now + timedelta(days=400), actor=MANAGER, now=self.now)

    def close(self, bonus_percent: int | None) -> int:
        terms = Terms(undo_minutes=0, bonus_percent=bonus_percent)
        with self.services.database.transaction() as session:
            wanted = ClosureRequest(dict.fromkeys(make.LANGUAGES, "storm"), self.now, terms=terms)
            self.shown = closing.preview(session, wanted, zone=make.ZONE, now=self.now)
            closure_id = closures.close(session, wanted, actor=MANAGER, now=self.now).id
        carrying_out.tend(self.services)
        return closure_id

    def case(self) -> ClosureCase:
        with self.services.database.reading() as session:
            return session.query(ClosureCase).one()

    def take(self, key: str = "take", shown: int | None = None) -> None:
        with self.services.database.transaction() as session:
            closure_answers.take_card(
                session, self.case().secret, shown, key, zone=make.ZONE, actor=VISITOR, now=self.now
            )


@pytest.fixture
def till(services) -> ClosedTill:
    return ClosedTill(services)


def test_what_a_card_paid_goes_back_to_it_the_rest_onto_a_new_one_and_each_gets_its_bonus(till):
    old = till.issue(Parts(paid=1000, bonus=500))
    order_id = till.buy(old)
    closure_id = till.close(10)
    assert (till.shown.cents, till.shown.bonus_cents) == (TWO, 390)

    till.take(shown=TWO + 390)
    till.take()  # the button was pressed twice
    with pytest.raises(CaseSettled):
        till.take("another tab")
    with pytest.raises(CaseSettled), till.services.database.transaction() as session:
        closure_answers.answer(session, till.case().secret, None, "money", actor=VISITOR, now=till.now)

    case = till.case()
    assert (case.state, case.credited_cents, case.bonus_cents) == (CaseState.CREDITED, TWO, 390)
    assert (till.order(order_id).state, till.order(order_id).total_cents) == (OrderState.CANCELLED, 0)
    with till.services.database.reading() as session:
        new, again = closure_credits.cards_of_case(session, case, make.ZONE)
        assert (new.amount, new.bonus, again.code) == (Money(TWO - 1500 + 240), Money(240), None)
        assert gift_cards.balance(gift_cards.find(session, new.code)) == Parts(TWO - 1500, 240)
        assert gift_cards.balance(session.get_one(GiftCard, old.id)) == Parts(1000, 500 + 150)
        board = closure_board.board_of(session, closure_id)
        assert (board.credited, board.cost) == (1, Cost(0, TWO, 390))
        assert "credited;2;" in closure_file.write(closure_board.every_case(session, closure_id), make.ZONE)
        day = till.now.astimezone(make.ZONE).date()
        told = books.accounts_of(session, day, day, zone=make.ZONE)
        owed = gift_card_books.owed_on_cards(session, day, day, zone=make.ZONE)
    assert sum(row.net for row in told.revenue) == 0
    assert owed.after == Parts(TWO - 500, 500 + 390)
    assert till.count(Allocation, state=AllocationState.SOLD) == 0
    till.work()
    assert [refund.way for refund in till.refunds()] == ["gift_card", "gift_card"]
    till.assert_sound()


@pytest.mark.one_engine
def test_a_card_is_taken_as_it_was_shown_and_only_where_it_is_offered(till):
    till.buy()
    closure_id = till.close(None)
    with pytest.raises(CreditNotOffered):
        till.take()
    with till.services.database.transaction() as session:
        with pytest.raises(BonusInvalid):
            closure_amending.offer_card(session, closure_id, 101, actor=MANAGER, now=till.now)
        closure_amending.offer_card(session, closure_id, 15, actor=MANAGER, now=till.now)
        assert closure_credits.bonus_on_all(session, closure_id, 15) == 585
    with pytest.raises(ChangeCostsOther):
        till.take(shown=TWO)  # read before the bonus was raised
    assert till.case().state is CaseState.OPEN

    till.take(shown=TWO + 585)

    assert till.case().bonus_cents == 585
    till.assert_sound()


@pytest.mark.one_engine
def test_money_on_a_card_that_leaves_in_the_dashboard_too_is_a_finding_of_an_order_known_to_be_on_a_card(till):
    order_id = till.buy()
    till.close(10)
    till.take()
    (payment,) = till.payments_of(order_id)
    till.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(payment.intent_ref))
    till.deliver()

    with till.services.database.reading() as session:
        found = findings.list_open(session, limit=9)
        assert FindingKind.BEYOND_THE_ORDER in {each.kind for each in found}
        assert closure_credits.find_orders_on_cards(session, {each.order_id for each in found}) == {order_id}
    till.assert_sound()


@pytest.mark.one_engine
def test_whom_a_reseller_sold_to_is_offered_no_card_for_the_reseller_has_their_money(till):
    with till.services.database.transaction() as session:
        terms = resellers.Terms("Tours", "An", "an@example.org", 1000)
        reseller = resellers.make(session, terms, actor=MANAGER, now=till.now)
        adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
        slot_uuid = session.get_one(make.Slot, till.slot_id).uuid
        wanted = ResaleRequest("00000000-0000-4000-8000-000000000000", slot_uuid, (WantedUnit(adult),))
        resales.start(session, reseller, wanted, actor=MANAGER, now=till.now)
        resales.confirm(session, reseller.id, wanted.uuid, Update(), actor=MANAGER, now=till.now)
    closure_id = till.close(10)

    assert (till.shown.orders, till.shown.bonus_cents) == (1, 0)
    with till.services.database.reading() as session:
        assert closure_credits.bonus_on_all(session, closure_id, 10) == 0
    with pytest.raises(CreditNotOffered):
        till.take()
    till.assert_sound()
