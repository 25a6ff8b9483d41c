"""An address put right while the order waits to be paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.integration.sales.test_settlement import Unplugged
from tests.till import Till
from ticketing.foundation.actors import VISITOR
from ticketing.operations import payments
from ticketing.payments.provider import ProviderUnreachable
from ticketing.sales import corrections, customers
from ticketing.sales.models import OrderState, PaymentState


@pytest.fixture
def till(services) -> Till:
    return Till(services)


def correct(till: Till, order_id: int, email: str = "right@example.org", name: str | None = None) -> bool:
    with till.services.database.transaction() as session:
        return corrections.correct_customer(
            session, order_id, email, name, actor=VISITOR, now=till.services.clock.now()
        )  # fmt: skip


def test_an_unpaid_order_takes_another_address_and_name(till):
    order = till.place()

    assert correct(till, order, "right@example.org", " Ann  Peeters ") is True

    assert (till.order(order).email, till.order(order).name) == ("right@example.org", "Ann Peeters")


def test_a_paid_order_keeps_its_address(till):
    order = till.place()
    till.services.sandbox.pay(till.start(order))
    till.deliver()

    assert correct(till, order) is False
    assert till.order(order).email == "an.peeters@example.org"


def test_an_address_no_mail_can_reach_changes_nothing(till):
    order = till.place()

    with pytest.raises(customers.EmailInvalid):
        correct(till, order, "right@")

    assert till.order(order).email == "an.peeters@example.org"


def test_a_page_made_for_the_old_address_but_never_heard_of_is_given_up(till):
    order = till.place()
    cut = replace(till.services, payments=Unplugged(till.services.payments, times=1))
    with pytest.raises(ProviderUnreachable):
        payments.start_checkout(cut, order)

    correct(till, order)

    till.services.sandbox.pay(till.start(order))  # asked for under a new key: the old one is bound to the old address
    till.deliver()
    assert [payment.state for payment in till.payments_of(order)] == [PaymentState.CANCELLED, PaymentState.SUCCEEDED]
    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_a_page_that_is_open_stays_open(till):
    order = till.place()
    ref = till.start(order)

    correct(till, order)

    assert till.start(order) == ref
