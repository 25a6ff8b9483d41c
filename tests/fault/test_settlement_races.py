"""Reports in a storm: doubled, shuffled, late, and at the same instant as the return page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.fault.unguarded import meeting, unguarded
from tests.till import Till
from ticketing.foundation.actors import VISITOR
from ticketing.operations import invariants, payments
from ticketing.payments.provider import Checkout
from ticketing.sales import settlement
from ticketing.sales.models import OrderState, Payment, PaymentState
from ticketing.sales.settlement import Outcome

ROUNDS = 6


@pytest.mark.parametrize("seed", range(4))
def test_every_report_one_to_five_times_shuffled_beside_the_return_page_fulfils_once(services, seed, mailbox):
    till = Till(services, capacity=20)
    refs = {order: till.start(order) for order in [till.place(adult=2) for _ in range(4)]}
    for number, ref in enumerate(refs.values()):
        if number == 3:
            services.sandbox.pay_slowly(ref, succeeds=True, settles_at=services.clock.now())
        else:
            services.sandbox.pay(ref)
    till.collect()
    till.collect()

    acts = [lambda report=report: payments.receive_event(services, *report) for report in till.storm(seed)]
    acts += [lambda ref=ref: payments.settle(services, ref) for ref in refs.values()]
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()
    till.work()

    assert {till.order(order).state for order in refs} == {OrderState.CONFIRMED}
    assert [till.tickets(order) for order in refs] == [2, 2, 2, 2]
    assert len(mailbox.messages) == 4
    till.assert_sound()


def test_report_and_return_page_at_the_same_instant_fulfil_once(services, mailbox):
    till = Till(services, capacity=50)
    for _ in range(ROUNDS):
        order = till.place(adult=1)
        ref = till.start(order)
        services.sandbox.pay(ref)
        (report,) = till.collect()
        instant = threading.Barrier(2)

        def at_once(act, *arguments, instant=instant):
            instant.wait(10)
            return act(services, *arguments)

        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(at_once, payments.settle, ref), pool.submit(at_once, payments.receive_event, *report)]
            for each in both:
                each.result()

        assert till.tickets(order) == 1
    assert till.mails() == ROUNDS
    till.assert_sound()


def test_the_sweeper_and_the_customer_who_pays_in_the_last_second(services, clock):
    till = Till(services, capacity=50)
    for _ in range(ROUNDS):
        order = till.place(adult=1)
        ref = till.start(order)
        clock.advance(minutes=30)
        instant = threading.Barrier(2)

        def pay(ref=ref, instant=instant):
            instant.wait(10)
            services.sandbox.pay(ref)

        def sweep(instant=instant):
            instant.wait(10)
            clock.advance(minutes=4)
            payments.sweep(services)

        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(pay), pool.submit(sweep)]:
                each.result()
        till.deliver()
        payments.sweep(services)
        till.deliver()

        state = till.order(order).state
        is_paid = services.payments.get_checkout(ref).is_paid
        assert state is (OrderState.CONFIRMED if is_paid else OrderState.EXPIRED)
    till.assert_sound()


def paid_on_two_pages(services, till: Till) -> tuple[Checkout, Checkout]:
    """An order whose customer paid on two pages; nobody has told us yet."""
    order = till.place(adult=1)
    ref = till.start(order)
    services.sandbox.pay(ref)
    paid = services.payments.get_checkout(ref)
    with services.database.transaction() as session:
        session.add(
            Payment(
                order_id=order, attempt=2, key="second", provider="sandbox", amount_cents=paid.amount.cents,
                currency="EUR", created_at=services.clock.now(), state=PaymentState.CREATED,
            )
        )  # fmt: skip
    return paid, replace(paid, ref="cs_second", reference="second", intent_ref="pi_second")


def settle_at_once(services, checkouts: tuple[Checkout, Checkout]) -> list[Outcome]:
    """Settle both at the same instant; return what each came to."""
    instant = threading.Barrier(2)

    def settle(checkout: Checkout) -> Outcome:
        instant.wait(10)
        with services.database.transaction() as session:
            return settlement.settle_checkout(session, checkout, actor=VISITOR, now=services.clock.now())

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(settle, checkouts))


def test_of_two_payments_of_one_order_at_the_same_instant_one_goes_back(services):
    till = Till(services)

    outcomes = settle_at_once(services, paid_on_two_pages(services, till))

    assert outcomes == [Outcome.CONFIRMED, Outcome.REFUNDED]
    till.assert_sound()


def test_without_the_orders_lock_the_same_code_keeps_both(services):
    both = paid_on_two_pages(services, Till(services))

    with unguarded(services.database), meeting(services.database, after=r"FROM orders\s+WHERE orders\.id"):
        outcomes = settle_at_once(services, both)

    assert outcomes == [Outcome.CONFIRMED, Outcome.CONFIRMED]
    with services.database.reading() as session:
        broken = {each.id for each in invariants.violations(session, now=services.clock.now())}
    assert {"I05", "I06"} <= broken
