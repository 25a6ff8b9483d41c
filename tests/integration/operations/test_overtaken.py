"""What was to follow an act comes when another act has been quicker. Each was found by tests/lives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.till import Till
from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import VISITOR
from ticketing.foundation.jobs import Job, JobState
from ticketing.foundation.money import Money
from ticketing.operations import payments
from ticketing.payments.provider import RefundRequest
from ticketing.sales import changes, orders, settlement
from ticketing.sales.change_rules import StaffRules
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind, ChangeState, Order, OrderChange, OrderState, RefundState


@pytest.fixture
def till(services) -> Till:
    return Till(services)


def bought(till: Till, **quantities) -> int:
    """An order that has been paid, with nothing of what follows done yet."""
    order_id = till.place(**quantities)
    till.services.sandbox.pay(till.start(order_id))
    till.deliver()
    return order_id


def change(till: Till, order_id: int, kind: ChangeKind, key: str = "once", **wish):
    """Change an order at the desk; all of its tickets unless it is told which."""
    services = till.services
    with services.database.transaction() as session:
        if kind is not ChangeKind.ADD:
            tickets = orders.find_tickets(session, session.get_one(Order, order_id))
            wish.setdefault("ticket_ids", tuple(ticket.id for ticket in tickets))
        asked = Wish(kind, **wish)
        return changes.carry_out(session, order_id, asked, StaffRules(), key, actor=VISITOR, now=services.clock.now())


def test_an_order_cancelled_before_its_confirmation_was_mailed_is_not_confirmed_by_mail(till, mailbox):
    order_id = bought(till, adult=2)
    change(till, order_id, ChangeKind.CANCEL)

    till.work()

    assert [message.attachments for message in mailbox.messages] == [()]  # that of the cancellation
    assert till.count(Job, state=JobState.DONE) == till.count(Job)


def slot_uuid(till: Till, *, days: int = 0) -> str:
    """The till's slot, or another of the same experience so many days later."""
    with till.services.database.transaction() as session:
        slot = session.get_one(Slot, till.slot_id)
        return make.priced_slot(session, starts_at=slot.starts_at + timedelta(days=days)).uuid if days else slot.uuid


def ask_a_slow_bank(till: Till, order_id: int, *, hours: int) -> None:
    """Pay an order, or its waiting change, with a bank that says no after so many hours."""
    is_paid = till.order(order_id).state is OrderState.CONFIRMED
    start = payments.start_change_checkout if is_paid else payments.start_checkout
    page = start(till.services, order_id).rpartition("/")[2]
    clock = till.services.clock
    till.services.sandbox.pay_slowly(page, succeeds=False, settles_at=clock.now() + timedelta(hours=hours))
    till.deliver()
    clock.advance(hours=hours)
    till.deliver()


def test_a_change_that_a_slow_bank_refused_keeps_its_places_no_longer_than_an_order_would(till, clock):
    order_id = bought(till, adult=1)
    change(till, order_id, ChangeKind.ADD, slot_uuid=slot_uuid(till), quantities={"adult": 1})
    ask_a_slow_bank(till, order_id, hours=1)

    clock.advance(minutes=16)
    payments.sweep(till.services)

    assert till.count(OrderChange, state=ChangeState.LAPSED) == 1


def test_a_change_is_not_kept_for_ever_however_many_slow_banks_are_asked(till, services):
    order_id = bought(till, adult=1)
    change(till, order_id, ChangeKind.ADD, slot_uuid=slot_uuid(till, days=3), quantities={"adult": 1})

    ask_a_slow_bank(till, order_id, hours=20)
    page = payments.start_change_checkout(services, order_id).rpartition("/")[2]
    services.sandbox.pay_slowly(page, succeeds=False, settles_at=services.clock.now() + timedelta(days=2))
    till.deliver()

    with services.database.reading() as session:
        waiting = session.scalars(select(OrderChange)).one()
        assert waiting.expires_at - waiting.created_at == settlement.LONGEST_UNPAID


@pytest.mark.parametrize("is_change", [False, True], ids=["order", "change"])
def test_what_a_bank_refuses_after_its_time_was_over_ends_with_the_refusal(till, clock, is_change):
    order_id = bought(till, adult=1) if is_change else till.place(adult=1)
    if is_change:
        change(till, order_id, ChangeKind.ADD, slot_uuid=slot_uuid(till, days=3), quantities={"adult": 1})

    ask_a_slow_bank(till, order_id, hours=31)

    assert till.count(OrderChange, state=ChangeState.LAPSED) == is_change
    assert till.order(order_id).state is (OrderState.CONFIRMED if is_change else OrderState.EXPIRED)
    till.assert_sound()


def test_a_second_payment_whose_refund_the_dashboard_overtook_is_owed_and_not_kept(till, services, clock):
    order_id = till.place(adult=1)
    services.sandbox.pay(till.start(order_id))
    with services.database.transaction() as session:
        settlement.pay_cash(session, session.get_one(Order, order_id), actor=VISITOR, now=clock.now())
    till.deliver()
    (second,) = [each for each in till.payments_of(order_id) if each.intent_ref]
    services.payments.refund(RefundRequest("by hand", second.intent_ref, Money(1)))

    till.deliver()

    till.assert_sound()
    assert [(each.amount_cents, each.state) for each in till.refunds()] == [
        (make.ADULT_CENTS, RefundState.FAILED), (1, RefundState.SUCCEEDED),
    ]  # fmt: skip
