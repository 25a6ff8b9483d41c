"""The sweeper and reconciliation: what is wrong with one order never keeps the others waiting."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests import make
from tests.till import Till
from ticketing.operations import payments
from ticketing.payments.provider import ProviderRefused, ProviderUnreachable
from ticketing.sales.models import Hold, HoldState, OrderState, PaymentState, RefundState


@pytest.fixture
def till(services) -> Till:
    return Till(services, capacity=20)


def forget_at_the_provider(services, order_id: int) -> None:
    """As after a change of the account: our reference means nothing there."""
    with services.database.transaction() as session:
        session.execute(
            text("UPDATE payments SET provider_ref = 'cs_test_of_another_account' WHERE order_id = :id"),
            {"id": order_id},
        )


def states(till, *orders: int) -> list[OrderState]:
    return [till.order(order).state for order in orders]


def open_hold(till) -> str:
    with till.services.database.transaction() as session:
        return make.hold(session, session.get_one(make.Slot, till.slot_id), till.services.clock.now()).secret


def hold_state(till, secret: str) -> HoldState:
    with till.services.database.reading() as session:
        return session.query(Hold).filter_by(secret=secret).one().state


@pytest.fixture
def breaking(services, monkeypatch):
    """Let the provider's adapter fail for some references in a way of its own; counts how often it was asked."""
    asked: list[str] = []

    def let(error: Exception, *refs: str) -> list[str]:
        for name in ("expire_checkout", "get_checkout", "get_refund"):
            real = getattr(services.payments, name)

            def failing(ref, real=real):
                asked.append(ref)
                if not refs or ref in refs:
                    raise error
                return real(ref)

            monkeypatch.setattr(services.payments, name, failing)
        return asked

    return let


def test_an_attempt_the_provider_does_not_know_ends_its_order_and_nobody_elses_waits(till, clock) -> None:
    first, second = till.place(adult=1), till.place(adult=1)
    for order in (first, second):
        till.start(order)
    alone = open_hold(till)
    forget_at_the_provider(till.services, first)

    clock.advance(hours=1)
    payments.sweep(till.services)

    assert states(till, first, second) == [OrderState.EXPIRED, OrderState.EXPIRED]
    assert [payment.state for payment in till.payments_of(first)] == [PaymentState.CANCELLED]
    assert hold_state(till, alone) is HoldState.EXPIRED
    till.assert_sound()


@pytest.mark.parametrize("error", [ProviderRefused("The key was revoked."), ValueError("a defect")], ids=str)
def test_one_order_that_cannot_be_swept_stays_and_the_others_go(till, clock, breaking, error, caplog) -> None:
    first, second = till.place(adult=1), till.place(adult=1)
    refs = [till.start(order) for order in (first, second)]
    alone = open_hold(till)
    breaking(error, refs[0])

    clock.advance(hours=1)
    payments.sweep(till.services)

    assert states(till, first, second) == [OrderState.PENDING, OrderState.EXPIRED]
    assert hold_state(till, alone) is HoldState.EXPIRED
    assert f"order {first}" in caplog.text


def test_a_provider_that_is_away_keeps_no_hold_and_is_not_asked_a_hundred_times(till, clock, breaking) -> None:
    orders = [till.place(adult=1) for _ in range(6)]
    for order in orders:
        till.start(order)
    alone = open_hold(till)
    asked = breaking(ProviderUnreachable("away"))

    clock.advance(hours=1)
    payments.sweep(till.services)
    payments.reconcile(till.services)

    assert set(states(till, *orders)) == {OrderState.PENDING}
    assert hold_state(till, alone) is HoldState.EXPIRED
    assert len(asked) == 6  # three times each, then the rest waits for the next round


def test_reconciliation_goes_on_behind_a_payment_and_a_refund_that_fail(till, clock, breaking) -> None:
    paid, waiting, given_back = (till.place(adult=1) for _ in range(3))
    for order in (waiting, paid, given_back):
        till.services.sandbox.pay(till.start(order))
    refs = {order: till.payments_of(order)[0].provider_ref for order in (paid, waiting)}
    payments.settle(till.services, till.payments_of(given_back)[0].provider_ref)
    with till.services.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO refunds (payment_id, key, way, covers_cents, covered_cents, provider_ref, state, "
                "amount_cents, currency, reason, requested_at) SELECT id, 'lost', 'provider', 0, 0, "
                "'re_of_another_account', 'submitted', 100, 'EUR', 'planted', "
                "created_at FROM payments WHERE order_id = :id"
            ),
            {"id": given_back},
        )
    breaking(ValueError("a defect"), refs[waiting])

    clock.advance(minutes=3)
    payments.reconcile(till.services)

    assert states(till, paid, waiting) == [OrderState.CONFIRMED, OrderState.PENDING]
    (refund,) = till.refunds()
    assert (refund.state, refund.failure_reason) == (RefundState.FAILED, "the provider does not know this refund")


def test_reconciliation_ends_an_attempt_the_provider_does_not_know(till, clock) -> None:
    order = till.place(adult=1)
    till.start(order)
    forget_at_the_provider(till.services, order)

    clock.advance(minutes=3)
    payments.reconcile(till.services)

    assert [payment.state for payment in till.payments_of(order)] == [PaymentState.CANCELLED]
    assert till.start(order).startswith("cs_")
