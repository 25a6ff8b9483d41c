"""An open basket takes more, less and something else; what cannot be leaves it as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import make
from ticketing.catalogue import capacity, closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import Allocation, ExperienceKind, TicketType
from ticketing.foundation.actors import VISITOR, system
from ticketing.operations import invariants
from ticketing.sales import basket, hold_changes, holds, orders, settlement
from ticketing.sales.holds import BasketRequest
from ticketing.sales.models import HoldState
from ticketing.sales.orders import Customer


@pytest.fixture
def visit(session):
    return make.priced_slot(session, capacity=5)


@pytest.fixture
def show(session, visit):
    return make.priced_slot(
        session, capacity=3, starts_at=make.NOON + timedelta(hours=1), slug="lightning", kind=ExperienceKind.SHOW
    )


@pytest.fixture
def hold(session, visit, now):
    return make.hold(session, visit, now, adult=2, child=1)


def contents(hold) -> dict[tuple[str, str], int]:
    return {(line.slot.experience.slug, line.ticket_type.slug): line.quantity for line in hold.lines}


def free(session, slot, now) -> int:
    return capacity.free_places(session, [slot.id], now=now)[slot.id]


def test_another_slot_joins_numbers_change_and_a_slot_goes_out(session, hold, visit, show, now):
    hold_changes.choose(session, hold, {show.uuid: {"adult": 2}}, now=now)
    hold_changes.choose(session, hold, {visit.uuid: {"adult": 1, "companion": 1}}, now=now)

    hold = holds.get_hold(session, hold.secret)
    assert contents(hold) == {("visit", "adult"): 1, ("visit", "companion"): 1, ("lightning", "adult"): 2}
    assert (free(session, visit, now), free(session, show, now)) == (3, 1)

    hold_changes.choose(session, hold, {visit.uuid: {}}, now=now)

    assert contents(holds.get_hold(session, hold.secret)) == {("lightning", "adult"): 2}
    assert (free(session, visit, now), free(session, show, now)) == (5, 1)
    assert invariants.violations(session, now=now) == []


def test_one_slot_goes_for_another_in_one_step(session, hold, visit, now):
    later = make.priced_slot(session, starts_at=make.NOON + timedelta(hours=2))

    hold_changes.choose(session, hold, {visit.uuid: {}, later.uuid: {"adult": 3}}, now=now)

    assert [line.slot_id for line in holds.get_hold(session, hold.secret).lines] == [later.id]
    assert (free(session, visit, now), free(session, later, now)) == (5, 2)


def test_when_one_of_several_has_no_room_everything_stays_as_it_was(database, now):
    with database.transaction() as session:
        visit, show = make.priced_slot(session, 5), make.priced_slot(session, 1, make.NOON, "lightning")
        secret = make.hold(session, visit, now, adult=2).secret

    def wish_too_much() -> None:
        with database.transaction() as session:
            hold = holds.lock_hold(session, secret)
            hold_changes.choose(session, hold, {visit.uuid: {"adult": 4}, show.uuid: {"adult": 2}}, now=now)

    with pytest.raises(capacity.SlotFull):
        wish_too_much()

    with database.reading() as session:
        assert contents(holds.get_hold(session, secret)) == {("visit", "adult"): 2}
        assert (free(session, visit, now), free(session, show, now)) == (3, 1)
        assert invariants.violations(session, now=now) == []


def test_their_own_places_count_for_themselves_and_capacity_lowered_under_them_lets_them_have_fewer(
    session, hold, visit, now
):
    hold_changes.choose(session, hold, {visit.uuid: {"adult": 5}}, now=now)
    visit.capacity = 2
    session.flush()

    hold_changes.choose(session, hold, {visit.uuid: {"adult": 4}}, now=now)

    assert free(session, visit, now) == -2
    with pytest.raises(capacity.SlotFull):
        hold_changes.choose(session, hold, {visit.uuid: {"adult": 5}}, now=now)


def test_taking_more_renews_the_time_for_an_hour_and_taking_less_does_not(session, hold, show, now):
    began, expires_at = now, hold.expires_at

    hold_changes.choose(session, hold, {show.uuid: {"adult": 1}}, now=now + timedelta(minutes=10))
    assert hold.expires_at == expires_at + timedelta(minutes=10)
    hold_changes.choose(session, hold, {show.uuid: {}}, now=now + timedelta(minutes=20))
    assert hold.expires_at == expires_at + timedelta(minutes=10)

    for minutes in range(20, 60, 5):
        wanted = {show.uuid: {"adult": 1 + minutes // 5 % 2}}
        hold_changes.choose(session, hold, wanted, now=began + timedelta(minutes=minutes))
    assert hold.expires_at == began + hold_changes.RENEWED_FOR
    until = session.scalars(select(Allocation.expires_at).where(Allocation.holder == hold.key)).all()
    assert set(until) == {hold.expires_at}


def test_the_last_slot_taken_out_gives_the_basket_back(session, hold, visit, now):
    hold_changes.choose(session, hold, {visit.uuid: {"adult": 0}}, now=now)

    assert hold.state is HoldState.RELEASED
    assert free(session, visit, now) == 5


def test_a_lapsed_basket_takes_nothing_more(session, hold, show, now):
    with pytest.raises(holds.HoldExpired):
        hold_changes.choose(session, hold, {show.uuid: {"adult": 1}}, now=now + holds.HOLD_TIME)


def test_what_is_closed_cannot_be_chosen_but_taken_out(session, hold, visit, show, now):
    reasons = dict.fromkeys(make.LANGUAGES, "storm")
    closures.close(session, ClosureRequest(reasons, now, None), actor=system("test"), now=now)

    for slot in (visit, show):
        with pytest.raises(capacity.SlotClosed):
            hold_changes.choose(session, hold, {slot.uuid: {"adult": 1}}, now=now)
    hold_changes.choose(session, hold, {visit.uuid: {}}, now=now)
    assert hold.state is HoldState.RELEASED


@pytest.mark.parametrize("wanted", [{"adult": 0}, {}, {"pirate": 1}, {"adult": -1}])
def test_a_slot_needs_somebody_who_comes(session, hold, show, now, wanted):
    with pytest.raises((basket.NothingChosen, basket.UnknownTicketType, basket.InvalidInput)):
        hold_changes.choose(session, hold, {show.uuid: wanted}, now=now)


def test_limits_are_of_the_whole_order_whatever_slots_it_is_for(session, now):
    early, late = (make.priced_slot(session, 100, make.NOON + timedelta(hours=hour)) for hour in (0, 1))
    hold = make.hold(session, early, now, adult=15)

    with pytest.raises(basket.QuantityTooHigh) as refusal:
        hold_changes.choose(session, hold, {late.uuid: {"adult": 6}}, now=now)
    assert refusal.value.details == {"field": "quantity-adult", "most": 20}
    request = BasketRequest("a key", {early.uuid: {"adult": 15}, late.uuid: {"adult": 6}})
    with pytest.raises(basket.QuantityTooHigh):
        holds.open_basket(session, request, now=now)

    for kind in session.scalars(select(TicketType)):
        kind.max_per_order = 100
    session.flush()
    with pytest.raises(basket.QuantityTooHigh) as refusal:
        hold_changes.choose(session, holds.get_hold(session, hold.secret), {late.uuid: {"child": 46}}, now=now)
    assert refusal.value.details == {"field": "quantity", "most": basket.MOST_TICKETS}


def test_several_slots_are_opened_once_however_often_they_are_asked_for(session, visit, show, now):
    request = BasketRequest("a key", {show.uuid: {"adult": 2}, visit.uuid: {"adult": 2, "child": 0}})

    first, second = (holds.open_basket(session, request, now=now) for _ in range(2))

    assert first.id == second.id
    assert [line.slot_id for line in first.lines] == [visit.id, show.id]


def test_late_money_wins_back_what_the_basket_had_in_the_end_and_nothing_it_gave_up(session, hold, visit, show, now):
    hold_changes.choose(session, hold, {visit.uuid: {"adult": 1}, show.uuid: {"adult": 2}}, now=now)
    hold_changes.choose(session, hold, {show.uuid: {}}, now=now)
    hold = holds.get_hold(session, hold.secret)
    order = orders.place(session, hold, Customer("an@example.org", None, "nl"), actor=VISITOR, now=now)
    late = hold.expires_at + timedelta(minutes=1)
    orders.expire(session, order, actor=VISITOR, now=late)

    assert capacity.sell(session, hold.key, now=late)

    sold = select(Allocation.slot_id, func.sum(Allocation.admissions)).where(Allocation.holder == hold.key)
    assert session.execute(sold.group_by(Allocation.slot_id)).all() == [(visit.id, 1)]


def test_an_order_over_several_slots_is_paid_whole_and_sound(session, hold, show, now):
    hold_changes.choose(session, hold, {show.uuid: {"adult": 2, "child": 1}}, now=now)
    hold = holds.get_hold(session, hold.secret)
    order = orders.place(session, hold, Customer("an@example.org", None, "nl"), actor=VISITOR, now=now)
    settlement.pay_cash(session, order, actor=VISITOR, now=now)

    assert order.total_cents == 2 * (2 * make.ADULT_CENTS + make.CHILD_CENTS)
    assert len(orders.find_tickets(session, order)) == 6
    assert invariants.violations(session, now=now) == []
