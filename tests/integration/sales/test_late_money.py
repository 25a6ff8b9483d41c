"""Money that comes late: nobody is led to pay for a closed slot, and what buys nothing goes back with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import make
from tests.till import Till
from ticketing.catalogue import capacity, closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.foundation.actors import system
from ticketing.operations import payments
from ticketing.sales.models import Order, OrderState, PaymentState

OVER_WORDS = {
    "nl": "na het tijdstip van je bezoek",
    "fr": "après l’heure de votre visite",
    "en": "after the time of your visit",
    "de": "nach der Zeit Ihres Besuchs",
}
TAKEN_WORDS = {"nl": "iemand anders", "fr": "quelqu’un d’autre", "en": "somebody else", "de": "jemand anderem"}


@pytest.fixture
def till(services) -> Till:
    return Till(services)


def close(till: Till) -> None:
    now = till.services.clock.now()
    with till.services.database.transaction() as session:
        request = ClosureRequest(dict.fromkeys(make.LANGUAGES, "storm"), now)
        closures.close(session, request, actor=system("test"), now=now)


def place_in(till: Till, language: str, **quantities: int) -> int:
    order_id = till.place(**quantities)
    with till.services.database.transaction() as session:
        session.get_one(Order, order_id).language = language
    return order_id


def test_nobody_is_led_to_pay_for_a_time_that_has_closed(till):
    order = till.place()
    close(till)

    with pytest.raises(capacity.SlotClosed) as refused:
        payments.start_checkout(till.services, order)

    assert refused.value.details["reasons"]["nl"] == "storm"
    assert till.payments_of(order) == []


def test_a_page_that_is_open_already_is_not_handed_out_again_once_closed(till):
    order = till.place()
    till.start(order)
    close(till)

    with pytest.raises(capacity.SlotClosed):
        payments.start_checkout(till.services, order)

    assert [payment.state for payment in till.payments_of(order)] == [PaymentState.CREATED]


def test_a_free_order_for_a_closed_time_hears_of_the_closure_not_of_lost_places(till):
    order = till.place(companion=1)
    close(till)

    with pytest.raises(capacity.SlotClosed):
        payments.start_checkout(till.services, order)


def test_an_order_that_is_paid_stays_so_when_we_close(till):
    order = till.place()
    till.services.sandbox.pay(till.start(order))
    till.deliver()
    close(till)

    assert payments.start_checkout(till.services, order) is None
    assert till.order(order).state is OrderState.CONFIRMED


@pytest.mark.parametrize("language", OVER_WORDS)
def test_money_after_the_visit_goes_back_and_the_mail_says_that_it_was_too_late(till, mailbox, clock, language):
    order = place_in(till, language)
    ref = till.start(order)
    till.services.sandbox.pay_slowly(ref, succeeds=True, settles_at=clock.now() + timedelta(hours=6))
    till.deliver()
    clock.advance(hours=6)

    till.deliver()
    till.work()

    assert [refund.reason for refund in till.refunds()] == ["the visit was over when the payment came"]
    (message,) = mailbox.messages
    assert OVER_WORDS[language] in message.text
    assert TAKEN_WORDS[language] not in message.text
    till.assert_sound()


@pytest.mark.parametrize("language", TAKEN_WORDS)
def test_money_for_places_somebody_else_has_still_says_so(till, mailbox, clock, language):
    order = place_in(till, language, adult=3)
    ref = till.start(order)
    till.services.sandbox.pay_slowly(ref, succeeds=True, settles_at=clock.now() + timedelta(hours=2))
    clock.advance(minutes=115)  # no report came: the places lapsed
    till.place(adult=4)
    clock.advance(minutes=5)

    till.deliver()
    till.work()

    assert [refund.reason for refund in till.refunds()] == ["the places were gone when the payment came"]
    assert TAKEN_WORDS[language] in mailbox.messages[0].text
    till.assert_sound()
