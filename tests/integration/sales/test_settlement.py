"""Money in, through the one function that fulfils; and what became of other people's failures (named after them)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.till import Till
from ticketing.foundation import actors
from ticketing.foundation.money import Money
from ticketing.operations import payments
from ticketing.payments.provider import MINIMUM_CHECKOUT_MINUTES, InvalidSignature, ProviderUnreachable
from ticketing.sales import settlement
from ticketing.sales.models import OrderState, PaymentState, RefundState
from ticketing.sales.settlement import Outcome


@pytest.fixture
def till(services) -> Till:
    return Till(services)


@pytest.fixture
def sandbox(services):
    return services.sandbox


def test_a_paid_order_is_confirmed_by_the_return_page(till, sandbox):
    order = till.place(adult=2)
    ref = till.start(order)
    sandbox.pay(ref)

    assert payments.settle(till.services, ref) is Outcome.CONFIRMED

    assert till.order(order).state is OrderState.CONFIRMED
    assert till.tickets(order) == 2
    till.assert_sound()


def test_a_paid_order_is_confirmed_by_the_report_alone(till, sandbox):
    order = till.place()
    sandbox.pay(till.start(order))

    till.deliver()

    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_with_every_report_lost_reconciliation_settles_all(till, sandbox, clock):
    order = till.place()
    sandbox.pay(till.start(order))

    clock.advance(minutes=3)
    payments.reconcile(till.services)

    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_opening_the_return_page_without_paying_gives_nothing(till):
    order = till.place()
    ref = till.start(order)

    assert payments.settle(till.services, ref) is Outcome.WAITING
    assert payments.settle(till.services, "cs_test_made_up") is Outcome.UNKNOWN

    assert till.order(order).state is OrderState.PENDING
    assert till.tickets(order) == 0


def test_a_slow_bank_that_says_yes_confirms_when_it_does(till, sandbox, clock):
    order = till.place()
    ref = till.start(order)
    sandbox.pay_slowly(ref, succeeds=True, settles_at=clock.now() + timedelta(hours=2))
    till.deliver()
    assert till.payments_of(order)[0].state is PaymentState.PROCESSING

    clock.advance(hours=1)
    payments.sweep(till.services)
    assert till.order(order).state is OrderState.PENDING

    clock.advance(hours=1)
    till.deliver()
    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_a_slow_bank_that_says_no_lets_the_customer_try_again(till, sandbox, clock):
    order = till.place()
    ref = till.start(order)
    sandbox.pay_slowly(ref, succeeds=False, settles_at=clock.now() + timedelta(minutes=1))
    till.deliver()
    clock.advance(minutes=1)
    till.deliver()
    assert till.payments_of(order)[0].state is PaymentState.FAILED

    again = till.start(order)
    sandbox.pay(again)
    till.deliver()

    assert again != ref
    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_pressing_pay_twice_is_one_page(till):
    order = till.place()

    assert till.start(order) == till.start(order)
    assert len(till.payments_of(order)) == 1


def test_places_are_kept_until_the_providers_page_has_closed_for_certain(till, clock):
    order = till.place()
    till.start(order)

    clock.advance(minutes=MINIMUM_CHECKOUT_MINUTES + 1)
    payments.sweep(till.services)
    assert till.order(order).state is OrderState.PENDING

    clock.advance(minutes=2)
    payments.sweep(till.services)
    assert till.order(order).state is OrderState.EXPIRED
    till.assert_sound()


def test_whoever_paid_in_the_last_second_is_served_when_the_sweeper_comes(till, sandbox, clock):
    order = till.place()
    ref = till.start(order)
    clock.advance(minutes=30)
    sandbox.pay(ref)

    clock.advance(minutes=10)
    payments.sweep(till.services)

    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def late_money(till, clock, others: int) -> tuple[int, settlement.Checkout]:
    """Let an order expire, let others take places, and have its money come in after all."""
    order = till.place(adult=3)
    ref = till.start(order)
    checkout = till.services.payments.get_checkout(ref)
    clock.advance(hours=1)
    payments.sweep(till.services)
    till.place(adult=others)
    return order, replace(checkout, is_paid=True, state=settlement.CheckoutState.COMPLETE, intent_ref="pi_late")


def settle(till, checkout):
    with till.services.database.transaction() as session:
        return settlement.settle_checkout(session, checkout, actor=actors.system("test"), now=till.services.clock.now())


def test_pretix_74_money_after_the_places_are_gone_goes_back_and_says_so(till, clock, mailbox):
    order, checkout = late_money(till, clock, others=4)
    came_at = clock.now()

    assert settle(till, checkout) is Outcome.REFUNDED

    assert till.order(order).state is OrderState.EXPIRED
    assert [refund.amount_cents for refund in till.refunds()] == [5850]
    assert till.mails("send_late_payment_mail") == 1
    till.assert_sound()
    clock.advance(minutes=5)
    till.work()
    assert [message.written_at for message in mailbox.messages] == [came_at]


def test_late_money_wins_places_again_while_there_are_any(till, clock):
    order, checkout = late_money(till, clock, others=2)

    assert settle(till, checkout) is Outcome.CONFIRMED

    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_pretix_343_a_second_payment_goes_back_and_the_order_lives(till, sandbox):
    order = till.place()
    ref = till.start(order)
    sandbox.pay(ref)
    till.deliver()
    first = till.payments_of(order)[0]
    with till.services.database.transaction() as session:
        session.add(
            settlement.Payment(
                order_id=order,
                attempt=2,
                key="second",
                provider="sandbox",
                provider_ref="cs_second",
                amount_cents=first.amount_cents,
                currency="EUR",
                created_at=till.services.clock.now(),
                state=PaymentState.CREATED,
            )
        )
    paid = till.services.payments.get_checkout(ref)

    assert settle(till, replace(paid, ref="cs_second", intent_ref="pi_second")) is Outcome.REFUNDED

    assert till.order(order).state is OrderState.CONFIRMED
    assert [refund.amount_cents for refund in till.refunds()] == [first.amount_cents]


def test_a_payment_of_another_amount_buys_nothing_and_goes_back(till, sandbox):
    order = till.place()
    ref = till.start(order)
    sandbox.pay(ref)
    checkout = till.services.payments.get_checkout(ref)

    assert settle(till, replace(checkout, amount=Money(checkout.amount.cents - 1))) is Outcome.REFUNDED

    assert till.order(order).state is OrderState.PENDING
    assert till.tickets(order) == 0


def test_alfio_1254_a_new_attempt_after_a_closed_page_has_a_key_of_its_own(till, sandbox):
    order = till.place()
    sandbox.let_expire(till.start(order))
    till.deliver()

    till.start(order)

    assert len({payment.key for payment in till.payments_of(order)}) == 2


def test_alfio_1421_a_report_about_something_settled_is_simply_taken(till, sandbox):
    order = till.place()
    sandbox.pay(till.start(order))
    reports = till.collect()

    till.deliver(reports * 3)

    assert till.mails() == 1
    till.assert_sound()


def test_pretix_1166_report_and_return_page_send_one_mail(till, sandbox, mailbox):
    order = till.place()
    ref = till.start(order)
    sandbox.pay(ref)

    payments.settle(till.services, ref)
    till.deliver()
    till.work()

    assert len(mailbox.messages) == 1


def test_medusa_453_places_are_taken_before_the_provider_is_asked(till):
    till.place(adult=5)

    with pytest.raises(settlement.capacity.SlotFull):
        till.place(adult=1)


def test_event_tickets_3095_a_refund_after_success_is_not_overlooked(till, sandbox):
    order = till.place()
    ref = till.start(order)
    sandbox.pay(ref)
    till.deliver()
    intent = till.payments_of(order)[0].intent_ref
    till.services.payments.refund(settlement_refund(intent, 500))

    till.deliver()

    assert [(refund.state, refund.amount_cents) for refund in till.refunds()] == [(RefundState.SUCCEEDED, 500)]


def settlement_refund(intent: str, cents: int):
    return payments.RefundRequest("made in the dashboard", intent, Money(cents))


def test_a_refund_is_sent_once_however_often_its_job_runs(till, sandbox, clock):
    real = till.place(adult=1)
    ref = till.start(real)
    sandbox.pay(ref)
    till.deliver()
    with till.services.database.transaction() as session:
        payment = session.get_one(settlement.Payment, till.payments_of(real)[0].id)
        refund = settlement.refunds.request_refund(
            session, payment, Money(300), "test", actor=actors.system("test"), now=clock.now()
        )
        job = payments.ClaimedJob(1, "send_refund", refund.key, {"refund_id": refund.id}, 1)

    for _ in range(3):
        payments.send_refund(till.services, job)

    assert [(each.state, each.amount_cents) for each in till.refunds()] == [(RefundState.SUCCEEDED, 300)]
    assert len(till.services.payments.find_refunds(payment.intent_ref)) == 1


def test_more_than_came_in_never_goes_back(till, sandbox):
    order = till.place(adult=1)
    sandbox.pay(till.start(order))
    till.deliver()

    with till.services.database.transaction() as session:
        payment = session.get_one(settlement.Payment, till.payments_of(order)[0].id)
        give = lambda cents: settlement.refunds.request_refund(  # noqa: E731
            session, payment, Money(cents), "test", actor=actors.system("test"), now=till.services.clock.now()
        )
        give(1000)
        give(950)
        with pytest.raises(settlement.refunds.NothingToRefund):
            give(1)


def test_a_report_nobody_signed_is_refused(till, sandbox):
    sandbox.pay(till.start(till.place()))
    ((body, signature),) = till.collect()

    for forged in (None, "", "v0=1", signature.replace("v1=", "v1=0")):
        with pytest.raises(InvalidSignature):
            payments.receive_event(till.services, body, forged)
    with pytest.raises(InvalidSignature):
        payments.receive_event(till.services, body.replace(b"cs_test", b"cs_tost"), signature)


class Unplugged:
    """A provider that acted and whose answer was lost."""

    def __init__(self, provider, times: int) -> None:
        self.provider, self.times = provider, times

    def __getattr__(self, name):
        act = getattr(self.provider, name)
        if name not in ("start_checkout", "refund"):
            return act

        def cut(request):
            answer = act(request)
            if self.times:
                self.times -= 1
                raise ProviderUnreachable("cut off")
            return answer

        return cut


def test_a_cut_after_the_provider_acted_makes_no_second_page(till, sandbox):
    order = till.place()
    cut = replace(till.services, payments=Unplugged(till.services.payments, times=1))

    with pytest.raises(ProviderUnreachable):
        payments.start_checkout(cut, order)
    first = till.start(order)

    assert len(till.payments_of(order)) == 1
    sandbox.pay(first)
    till.deliver()
    assert till.order(order).state is OrderState.CONFIRMED
    till.assert_sound()


def test_pretix_2629_an_abandoned_attempt_the_provider_never_answered_is_swept_by_our_own_clock(till, clock):
    order = till.place()
    cut = replace(till.services, payments=Unplugged(till.services.payments, times=1))
    with pytest.raises(ProviderUnreachable):
        payments.start_checkout(cut, order)

    clock.advance(hours=1)
    payments.sweep(till.services)

    assert till.order(order).state is OrderState.EXPIRED
    till.assert_sound()


def test_an_order_of_nothing_but_free_tickets_never_meets_the_provider(till):
    order = till.place(companion=2)

    assert payments.start_checkout(till.services, order) is None

    assert till.order(order).state is OrderState.CONFIRMED
    assert till.payments_of(order) == []
    till.assert_sound()


def test_an_expired_order_cannot_be_paid_any_more(till, clock):
    order = till.place()
    clock.advance(hours=1)
    payments.sweep(till.services)

    with pytest.raises(settlement.OrderExpired):
        payments.start_checkout(till.services, order)
