"""Where one capability of an order meets another: what each of them allows by itself, both together must too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.till import Till
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import Companionship, Experience, Price, Slot, TicketType
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token
from ticketing.operations import closing, invariants, payments
from ticketing.sales import (
    bundles,
    change_rules,
    changes,
    company,
    holds,
    orders,
    settlement,
    waiting_list,
    waiting_offers,
)
from ticketing.sales.basket import UnknownTicketType
from ticketing.sales.bundles import BundleTerms
from ticketing.sales.changes import ChangeCostsOther, Wish
from ticketing.sales.closure_models import ClosureCase
from ticketing.sales.discount_models import PromotionRedemption
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import ChangeKind, Order, OrderChange, Refund
from ticketing.sales.waiting_list import Span, WaitingRequest
from ticketing.sales.waiting_models import AwaitedSlot, OfferState, WaitingOffer
from ticketing.tickets.models import Ticket

STAFF = system("staff")


@pytest.fixture(autouse=True)
def _sound(session, now):
    yield
    session.flush()
    assert invariants.violations(session, now=now) == []


@pytest.fixture
def slot(session):
    return make.priced_slot(session, 10, make.NOON + timedelta(days=2))


def type_of(session, slug: str) -> TicketType:
    return session.scalars(select(TicketType).where(TicketType.slug == slug)).one()


def ask(session, where, zone, now, **quantities: int) -> None:
    request = WaitingRequest("visit", where, quantities, "an@example.org", "nl")
    waiting_list.ask(session, request, zone=zone, actor=VISITOR, now=now)


def test_no_companion_waits_alone_for_places_no_basket_would_take(session, slot, zone, now):
    for visitor in ("adult", "child"):
        session.add(
            Companionship(companion_id=type_of(session, "companion").id, accompanied_id=type_of(session, visitor).id)
        )

    with pytest.raises(company.CompanionAlone):
        ask(session, slot.uuid, zone, now, companion=1)

    ask(session, slot.uuid, zone, now, adult=1, companion=1)


def test_nobody_waits_for_a_day_on_which_their_ticket_is_not_sold(session, slot, zone, now):
    make.slot(session, 10, slot.starts_at + timedelta(days=1), session.get_one(Experience, slot.experience_id))
    price = session.scalars(select(Price).where(Price.ticket_type_id == type_of(session, "child").id)).one()
    price.valid_until = slot.local_date
    session.flush()

    next_day = slot.local_date + timedelta(days=1)

    ask(session, Span(slot.local_date, next_day), zone, now, child=1)
    with pytest.raises(UnknownTicketType):
        ask(session, Span(next_day, next_day), zone, now, child=1)

    waiting_list.widen(session, zone=zone, now=now)
    assert session.scalars(select(AwaitedSlot.slot_id)).all() == [slot.id]


def test_a_change_costs_what_was_shown_or_is_not_made(session, slot, now):
    order = make.confirmed_order(session, slot, now, adult=1)
    later = make.slot(session, 10, slot.starts_at + timedelta(days=1), session.get_one(Experience, slot.experience_id))
    ticket_ids = tuple(ticket.id for ticket in orders.find_tickets(session, order))
    wish = Wish(ChangeKind.MOVE, ticket_ids, later.uuid)
    rules, key = change_rules.StaffRules(), new_token()
    shown = changes.propose(session, order, wish, rules, now=now).amounts.difference_cents
    session.add(
        Price(
            experience_id=slot.experience_id, ticket_type_id=type_of(session, "adult").id, price_cents=1000,
            valid_from=later.local_date,
        )
    )  # fmt: skip
    session.flush()

    with pytest.raises(ChangeCostsOther):
        changes.carry_out(session, order.id, wish, rules, key, shown_cents=shown, actor=STAFF, now=now)

    change = changes.carry_out(session, order.id, wish, rules, key, shown_cents=-950, actor=STAFF, now=now)
    again = changes.carry_out(session, order.id, wish, rules, key, shown_cents=shown, actor=STAFF, now=now)
    assert (change.difference_cents, again) == (-950, change)


def test_a_form_sent_again_with_a_code_is_another_basket(session, slot, now):
    make.promotion(session, "SCIENCE25", now)
    form = HoldRequest("one form", slot.uuid, {"adult": 1})

    without = holds.open_hold(session, form, now=now)
    with_code = holds.open_hold(
        session, HoldRequest("one form", slot.uuid, {"adult": 1}, promotion_code="science25"), now=now
    )

    assert (without.promotion_code, with_code.promotion_code.code) == (None, "SCIENCE25")


def test_a_basket_of_offered_places_takes_a_code_and_is_bought_at_its_price(session, slot, zone, now):
    make.promotion(session, "SCIENCE25", now)
    sold_out = make.confirmed_order(session, slot, now, adult=10)
    ask(session, slot.uuid, zone, now, adult=2)
    ticket_ids = tuple(ticket.id for ticket in orders.find_tickets(session, sold_out))[:2]
    carry_out(session, sold_out, Wish(ChangeKind.CANCEL, ticket_ids), now)
    offer = session.scalars(select(WaitingOffer)).one()

    hold = waiting_offers.take(session, offer.secret, actor=VISITOR, now=now)
    holds.apply_promotion(session, hold, "science25", now=now)
    again = waiting_offers.take(session, offer.secret, actor=VISITOR, now=now)
    hold = holds.get_hold(session, hold.secret)
    order = orders.place(session, hold, orders.Customer(hold.email, None, "nl"), actor=VISITOR, now=now)
    settlement.pay_cash(session, order, actor=VISITOR, now=now)

    assert again.id == hold.id
    assert order.total_cents == 2 * make.ADULT_CENTS * 3 // 4
    assert session.scalars(select(PromotionRedemption.uses)).all() == [1]
    assert session.get_one(WaitingOffer, offer.id, populate_existing=True).state is OfferState.BOUGHT


def test_a_part_of_a_bundle_with_a_code_moves_and_the_whole_goes_back_to_the_cent(session, slot, now):
    make.promotion(session, "SCIENCE25", now)
    adult, child = type_of(session, "adult").id, type_of(session, "child").id
    terms = BundleTerms(
        dict.fromkeys(make.LANGUAGES, "Family"), slot.experience_id, ((adult, 2, 2), (child, 1, 3)), 4700, None,
        now.date(), None,
    )  # fmt: skip
    bundles.make_bundle(session, terms, "family", actor=STAFF, now=now)
    later = make.slot(session, 10, slot.starts_at + timedelta(days=1), session.get_one(Experience, slot.experience_id))
    hold = make.hold(session, slot, now, adult=2, child=1)
    holds.apply_promotion(session, hold, "SCIENCE25", now=now)
    hold = holds.get_hold(session, hold.secret)
    order = orders.place(session, hold, orders.Customer("a@example.org", None, "nl"), actor=VISITOR, now=now)
    settlement.pay_cash(session, order, actor=VISITOR, now=now)
    paid = order.total_cents
    one_adult = next(each for each in orders.find_tickets(session, order) if each.ticket_type_id == adult)

    moved = carry_out(session, order, Wish(ChangeKind.MOVE, (one_adult.id,), later.uuid), now)
    assert (paid, moved.difference_cents) == (3525, 0)  # who moves alone keeps what they paid
    for left in (2, 1):  # first the one that moved and its neighbour, then the last
        tickets = orders.find_tickets(session, order)[-left:] if left == 2 else orders.find_tickets(session, order)
        carry_out(session, order, Wish(ChangeKind.CANCEL, tuple(each.id for each in tickets)), now)
        session.flush()
        assert invariants.violations(session, now=now) == []

    assert order.total_cents == 0
    assert sum(session.scalars(select(Refund.amount_cents))) == paid


def test_who_pays_a_change_in_the_minute_of_a_closure_gets_a_case_for_it(services, clock):
    till = Till(services, capacity=10)
    now = clock.now()
    with services.database.transaction() as session:
        slot = session.get_one(Slot, till.slot_id)
        order_id = make.confirmed_order(session, slot, now, adult=2).id
        experience = session.get_one(Experience, slot.experience_id)
        later = make.slot(session, 10, slot.starts_at + timedelta(days=1), experience)
        session.add(Price(experience_id=experience.id, ticket_type_id=type_of(session, "adult").id, price_cents=2950,
                          valid_from=later.local_date))  # fmt: skip
        order = session.get_one(Order, order_id)
        tickets = tuple(each.id for each in orders.find_tickets(session, order))
        carry_out(session, order, Wish(ChangeKind.MOVE, tickets, later.uuid), now)
    page = payments.start_change_checkout(services, order_id).rpartition("/")[2]
    with services.database.transaction() as session:
        reasons = dict.fromkeys(make.LANGUAGES, "storm")
        request = ClosureRequest(reasons, later.starts_at, later.ends_at)
        closures.close(session, request, actor=STAFF, now=now + timedelta(minutes=1))
    clock.advance(minutes=2)  # it may still be undone

    services.sandbox.pay(page, "bancontact")
    till.deliver()

    clock.advance(minutes=15)
    closing.tend(services)
    till.work()
    assert till.refunds() == []
    assert till.count(Ticket, order_id=order_id, state="valid") == 2
    assert till.count(OrderChange, state="done") == 1
    assert till.count(ClosureCase, order_id=order_id, state="open", open_cents=5900) == 1
    till.assert_sound()


def carry_out(session, order, wish: Wish, now):
    return changes.carry_out(session, order.id, wish, change_rules.StaffRules(), new_token(), actor=STAFF, now=now)
