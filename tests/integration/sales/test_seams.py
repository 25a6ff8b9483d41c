"""Where one capability of an order meets another: what each of them allows by itself, both together must too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from ticketing.catalogue.models import Companionship, Experience, Price, TicketType
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token
from ticketing.operations import invariants
from ticketing.sales import change_rules, changes, company, holds, orders, waiting_list
from ticketing.sales.basket import UnknownTicketType
from ticketing.sales.changes import ChangeCostsOther, Wish
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import ChangeKind
from ticketing.sales.waiting_list import Span, WaitingRequest
from ticketing.sales.waiting_models import AwaitedSlot

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
