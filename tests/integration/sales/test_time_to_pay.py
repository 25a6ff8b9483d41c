"""How long an unpaid order keeps its places: long enough to pay, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.till import Till
from ticketing.catalogue import capacity
from ticketing.operations import payments
from ticketing.sales import settlement
from ticketing.sales.models import Hold, OrderState, PaymentState


@pytest.fixture
def till(services) -> Till:
    return Till(services)


def kept_until(till: Till, order_id: int):
    with till.services.database.reading() as session:
        return session.get_one(Hold, till.order(order_id).hold_id).expires_at


def free(till: Till) -> int:
    with till.services.database.reading() as session:
        return capacity.free_places(session, [till.slot_id], now=till.services.clock.now())[till.slot_id]


def ask_a_slow_bank(till: Till, order_id: int, takes: timedelta) -> None:
    """Go through a page whose bank says no after a while, its reports delivered."""
    clock = till.services.clock
    till.services.sandbox.pay_slowly(till.start(order_id), succeeds=False, settles_at=clock.now() + takes)
    till.deliver()
    clock.instant += takes
    till.deliver()


def test_after_a_slow_banks_no_the_places_are_kept_for_a_quarter_of_an_hour_more(till, clock):
    order = till.place(adult=2)

    ask_a_slow_bank(till, order, timedelta(minutes=1))

    assert kept_until(till, order) == clock.now() + timedelta(minutes=15)
    clock.advance(minutes=14)
    assert free(till) == 3
    clock.advance(minutes=1)
    assert free(till) == 5
    payments.sweep(till.services)
    assert till.order(order).state is OrderState.EXPIRED
    till.assert_sound()


def test_a_slow_banks_no_takes_no_time_from_another_page_that_is_open(till, clock):
    order = till.place(adult=2)
    first = till.start(order)
    clock.advance(minutes=30)
    till.services.sandbox.pay_slowly(first, succeeds=False, settles_at=clock.now() + timedelta(minutes=2))
    clock.advance(minutes=2)  # no report has come yet; our clock alone says that the first page is over
    second = till.start(order)
    till.deliver()

    assert [payment.state for payment in till.payments_of(order)] == [PaymentState.FAILED, PaymentState.CREATED]
    assert kept_until(till, order) == till.payments_of(order)[1].expires_at + settlement.GRACE
    till.services.sandbox.pay(second)
    till.deliver()
    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_whoever_never_pays_cannot_keep_places_by_starting_over(till, clock):
    order = till.place(adult=2)
    placed_at = clock.now()

    for _ in range(settlement.MOST_ATTEMPTS):
        till.services.sandbox.let_expire(till.start(order))
        till.deliver()
        clock.advance(minutes=32)

    with pytest.raises(settlement.TriedTooOften):
        payments.start_checkout(till.services, order)
    clock.advance(minutes=2)
    assert free(till) == 5
    assert clock.now() - placed_at < timedelta(hours=3)


def test_pressing_pay_again_on_an_open_page_is_no_new_try(till):
    order = till.place()
    for _ in range(settlement.MOST_ATTEMPTS - 1):
        till.services.sandbox.let_expire(till.start(order))
        till.deliver()

    last = till.start(order)

    assert [till.start(order) for _ in range(3)] == [last] * 3
    assert len(till.payments_of(order)) == settlement.MOST_ATTEMPTS


def test_slow_banks_one_after_another_cannot_keep_places_for_days(till, clock):
    order = till.place(adult=2)
    latest = clock.now() + settlement.LONGEST_UNPAID

    ask_a_slow_bank(till, order, timedelta(hours=23))
    ref = till.start(order)
    till.services.sandbox.pay_slowly(ref, succeeds=False, settles_at=clock.now() + timedelta(hours=23))
    till.deliver()

    assert kept_until(till, order) == latest
