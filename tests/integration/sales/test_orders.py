"""Orders are placed once, confirmed once, and never lose their tickets."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import make
from ticketing.catalogue import capacity, closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.jobs import Job
from ticketing.sales import holds, orders, promotions, settlement
from ticketing.sales.models import HoldState, OrderLine, OrderState
from ticketing.sales.orders import Customer
from ticketing.tickets.models import TicketState

AN = Customer("an.peeters@example.org", "An\tPeeters\u202e", "nl")


def place(session, hold, now):
    return orders.place(session, hold, AN, actor=VISITOR, now=now)


def test_placing_twice_is_placing_once(session, now):
    hold = make.hold(session, make.priced_slot(session), now)

    assert place(session, hold, now).id == place(session, hold, now).id


def test_an_order_freezes_prices_and_vat(session, now):
    order = make.order(session, make.priced_slot(session), now, adult=2, child=1)

    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    assert order.total_cents == 5350
    assert sum(line.vat_cents for line in lines) == 303  # 53.50 × 6 / 106
    assert {line.vat_bp for line in lines} == {600}


def test_names_lose_what_could_turn_a_line_around(session, now):
    hold = make.hold(session, make.priced_slot(session), now)

    assert place(session, hold, now).name == "An Peeters"


def test_a_lapsed_hold_cannot_be_ordered(session, now):
    hold = make.hold(session, make.priced_slot(session), now)

    with pytest.raises(holds.HoldExpired):
        place(session, hold, now + holds.HOLD_TIME)


def test_a_closure_is_told_before_paying(session, now):
    slot = make.priced_slot(session)
    hold = make.hold(session, slot, now)
    reasons = dict.fromkeys(make.LANGUAGES, "storm")
    closures.close(session, ClosureRequest(reasons, now, None), actor=system("test"), now=now)

    with pytest.raises(capacity.SlotClosed) as refused:
        place(session, hold, now)

    assert refused.value.details["reasons"]["nl"] == "storm"


def test_the_last_use_of_a_code_is_used_once(session, now):
    make.promotion(session, "ONE", now, max_uses=1)
    slot = make.priced_slot(session, capacity=10)
    first, second = make.hold(session, slot, now), make.hold(session, slot, now)
    for hold in (first, second):
        holds.apply_promotion(session, hold, "one", now=now)

    place(session, holds.get_hold(session, first.secret), now)

    with pytest.raises(promotions.PromotionUsedUp):
        place(session, holds.get_hold(session, second.secret), now)


def test_a_confirmed_order_has_its_tickets_its_mail_and_its_places(session, now):
    slot = make.priced_slot(session, capacity=3)

    order = make.confirmed_order(session, slot, now, adult=2, child=1)

    tickets = orders.find_tickets(session, order)
    assert [ticket.state for ticket in tickets] == [TicketState.VALID] * 3
    assert len({ticket.code for ticket in tickets}) == 3
    assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "send_confirmation")) == 1
    assert capacity.free_places(session, [slot.id], now=now + timedelta(days=1))[slot.id] == 0


def test_confirming_twice_is_confirming_once(session, now):
    order = make.confirmed_order(session, make.priced_slot(session), now)

    assert orders.confirm(session, order, actor=VISITOR, now=now) is False
    assert len(orders.find_tickets(session, order)) == 2


def test_an_order_nobody_paid_gives_its_places_back(session, now):
    slot = make.priced_slot(session, capacity=2)
    order = make.order(session, slot, now)
    later = now + holds.HOLD_TIME

    assert settlement.expire_if_lapsed(session, order.id, actor=VISITOR, now=later)

    assert order.state is OrderState.EXPIRED
    assert session.get_one(type(make.hold(session, slot, later)), order.hold_id).state is HoldState.EXPIRED


def test_an_order_is_found_by_code_and_secret_together_only(session, now):
    order = make.order(session, make.priced_slot(session), now)

    assert orders.get_order(session, order.code.lower(), order.secret).id == order.id
    for code, secret in ((order.code, "wrong"), ("AAAAAAAA", order.secret), (order.code, "")):
        with pytest.raises(orders.OrderNotFound):
            orders.get_order(session, code, secret)


def test_a_free_order_needs_no_payment_and_a_priced_one_does(session, now):
    slot = make.priced_slot(session)
    free = make.order(session, slot, now, companion=1)
    priced = make.order(session, slot, now, adult=1)

    settlement.confirm_without_payment(session, free, actor=VISITOR, now=now)

    assert free.state is OrderState.CONFIRMED
    with pytest.raises(settlement.NotPayable):
        settlement.confirm_without_payment(session, priced, actor=VISITOR, now=now)


def test_giving_the_same_hold_away_twice_is_giving_it_once(session, now) -> None:
    hold = make.hold(session, make.priced_slot(session), now)
    customer = orders.Customer("an@example.org", None, "nl")

    first = orders.place_free_of_charge(session, hold, customer, actor=VISITOR, now=now)
    again = orders.place_free_of_charge(session, hold, customer, actor=VISITOR, now=now)

    assert (first.id, first.total_cents) == (again.id, 0)
