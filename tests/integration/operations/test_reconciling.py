"""A day of the provider's account beside ours: no report is ever delivered, and everything comes right."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from tests.till import Till
from ticketing.foundation.actors import system
from ticketing.operations import reconciling
from ticketing.payments import sandbox_money
from ticketing.sales import books, changes, findings, refunds
from ticketing.sales.change_rules import CustomerRules, Rules, StaffRules
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind, Order, OrderState, Payment, RefundState, RefundWay
from ticketing.sales.provider_models import Dispute, DisputeState, FindingKind, ReconciliationFinding
from ticketing.tables import metadata
from ticketing.tickets.models import Ticket, TicketState

TODAY = date(2026, 11, 24)
MANAGER = system("test")


@pytest.fixture
def till(services) -> Till:
    return Till(services, capacity=20)


def paid_silently(till, method="card", **quantities) -> int:
    order_id = till.place(**quantities)
    till.services.sandbox.pay(till.start(order_id), method)
    return order_id


def intent_of(till, order_id: int) -> str:
    return till.services.payments.get_checkout(till.payments_of(order_id)[0].provider_ref).intent_ref


def reconcile(till):
    return reconciling.reconcile_day(till.services, TODAY)


def kinds(till) -> list[tuple[FindingKind, int]]:
    with till.services.database.reading() as session:
        return [(row.kind, row.amount_cents) for row in findings.list_open(session, limit=99)]


def everything(till) -> dict[str, list[tuple]]:
    """Every row of every table, but for when days were compared."""
    with till.services.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name != "reconciled_days"
        }


def accounts(till):
    with till.services.database.reading() as session:
        told = books.accounts_of(session, TODAY, TODAY, zone=till.services.zone)
        return told, books.compare(session, TODAY, TODAY, "sandbox", zone=till.services.zone)


def test_without_a_single_report_everything_is_settled_and_adds_up(till, clock) -> None:
    sandbox = till.services.sandbox
    plain, by_hand, disputed = (paid_silently(till, "bancontact", adult=2) for _ in range(3))
    slow, unpaid = till.place(adult=1), till.place(child=1)
    sandbox.pay_slowly(till.start(slow), succeeds=True, settles_at=clock.now())
    sandbox.let_expire(till.start(unpaid))
    late = paid_silently(till, adult=1)
    with till.services.database.transaction() as session:  # its places lapse, and others take them
        session.execute(text("UPDATE allocations SET state = 'released' WHERE holder IN (SELECT h.key FROM holds h"
                             " JOIN orders o ON o.hold_id = h.id WHERE o.id = :id)"), {"id": late})  # fmt: skip
        session.execute(text("UPDATE slots SET capacity = 8"))
    sandbox.in_dashboard(sandbox_money.refund_by_hand(intent_of(till, by_hand), 900))
    lost = sandbox.in_dashboard(sandbox_money.dispute(intent_of(till, disputed)))
    sandbox.in_dashboard(sandbox_money.decide_dispute(lost["id"], "lost"))
    sandbox.deliver_due(lambda *_: 503, clock.now())  # the bank has decided; nobody hears it

    told = reconcile(till)
    till.work()
    again = reconcile(till)

    states = [till.order(each).state for each in (plain, by_hand, disputed, slow, late)]
    assert states == [OrderState.CONFIRMED] * 4 + [OrderState.EXPIRED]
    assert [till.order(each).total_cents for each in (plain, by_hand, disputed)] == [3900, 3000, 0]
    assert [payment.method for payment in till.payments_of(plain)] == ["bancontact"]
    assert told.settled >= 6
    assert kinds(till) == [(FindingKind.REFUND_ELSEWHERE, 900)]
    assert (again.sums.charged, again.sums.charged_here) == (15600, 15600)
    assert (again.sums.refunded, again.sums.refunded_here) == (900 + 1950, 900 + 1950)
    books_, compared = accounts(till)
    assert books_.has_balance
    assert (books_.total.money, books_.total.owed) == (15600 - 900 - 1950 - 3900, 0)
    assert (compared.difference, compared.other_days, compared.disputed) == (0, 0, 3900)
    till.assert_sound()


def test_twice_is_once(till) -> None:
    by_hand = paid_silently(till, adult=1)
    till.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(intent_of(till, by_hand)))
    till.services.sandbox.in_dashboard(sandbox_money.dispute(intent_of(till, paid_silently(till, adult=1))))
    till.services.sandbox.in_dashboard(sandbox_money.charge_by_hand(500))
    first = reconcile(till)
    before = everything(till)

    second = reconcile(till)

    assert everything(till) == before
    assert second.sums == first.sums
    assert second.settled == 0


def test_what_cannot_be_matched_is_written_down_until_a_manager_settles_it(till, clock) -> None:
    sandbox = till.services.sandbox
    strange = sandbox.in_dashboard(sandbox_money.charge_by_hand(1234))
    sandbox.in_dashboard(sandbox_money.refund_by_hand(strange["payment_intent"], 1000))
    sandbox.in_dashboard(
        sandbox_money.dispute(sandbox.in_dashboard(sandbox_money.charge_by_hand(50))["payment_intent"])
    )
    differs, unknown = paid_silently(till, adult=1), paid_silently(till, child=1)
    reconcile(till)
    with till.services.database.transaction() as session:
        for order_id, change in ((differs, "amount_cents = amount_cents - 1"), (unknown, "intent_ref = 'pi_1',"
                                 " key = 'made up', provider_ref = 'cs_1'")):  # fmt: skip
            session.execute(text(f"UPDATE payments SET {change} WHERE order_id = :id"), {"id": order_id})

    told = reconcile(till)

    assert sorted(kinds(till)) == [
        (FindingKind.AMOUNT_DIFFERS, 1950), (FindingKind.DISPUTE_UNKNOWN, 50),
        (FindingKind.MONEY_NOBODY_ORDERED, 50), (FindingKind.MONEY_NOBODY_ORDERED, 1234),
        (FindingKind.MONEY_NOBODY_ORDERED, 1450), (FindingKind.NOT_AT_PROVIDER, 0), (FindingKind.REFUND_UNKNOWN, 1000),
    ]  # fmt: skip
    assert len(reconciling.open_findings(till.services, told)) == 7
    with till.services.database.transaction() as session:
        for row in findings.list_open(session, limit=99):
            with pytest.raises(findings.NoteMissing):
                findings.resolve(session, row.id, "  ", actor=MANAGER, now=clock.now())
            findings.resolve(session, row.id, "a parking ticket", actor=MANAGER, now=clock.now())
    assert reconciling.open_findings(till.services, reconcile(till)) == []
    with till.services.database.reading() as session:
        assert {row.note for row in session.scalars(select(ReconciliationFinding))} == {"a parking ticket"}


def cancel_all(till, order_id: int, rules=None):
    with till.services.database.transaction() as session:
        own = select(Ticket.id).where(Ticket.order_id == order_id, Ticket.state == TicketState.VALID)
        wish = Wish(ChangeKind.CANCEL, tuple(session.scalars(own)))
        return changes.carry_out(
            session, order_id, wish, rules or StaffRules(), f"c{order_id}", actor=MANAGER, now=till.services.clock.now()
        )


@pytest.mark.parametrize(("by_hand", "comes_back"), [(None, 0), (900, 3000)])
def test_an_order_refunded_in_the_dashboard_can_be_cancelled_and_gets_only_the_rest(till, by_hand, comes_back) -> None:
    order_id = paid_silently(till, adult=2)
    till.deliver()
    till.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(intent_of(till, order_id), by_hand))
    till.deliver()

    change = cancel_all(till, order_id)
    till.work()

    assert -change.difference_cents == comes_back
    assert (till.order(order_id).state, till.order(order_id).total_cents) == (OrderState.CANCELLED, 0)
    assert sum(each.amount_cents for each in till.refunds()) == 3900
    till.assert_sound()


def test_a_refund_the_dashboard_forestalled_is_not_owed_again(till) -> None:
    """The manager cancelled, and a colleague refunded by hand before the worker sent it."""
    order_id = paid_silently(till, adult=2)
    till.deliver()
    cancel_all(till, order_id)
    till.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(intent_of(till, order_id)))

    till.work()  # refused: everything has gone back already
    reconcile(till)

    ours, theirs = till.refunds()
    assert (ours.state, ours.covered_cents, theirs.state) == (RefundState.FAILED, 3900, RefundState.SUCCEEDED)
    assert ours.failure_reason == "the provider has given everything back already"
    assert accounts(till)[0].total.owed == 0
    till.assert_sound()


def test_of_a_refund_the_dashboard_forestalled_in_part_the_rest_is_owed_at_once(till, clock) -> None:
    order_id = paid_silently(till, adult=2)
    till.deliver()
    cancel_all(till, order_id)
    till.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(intent_of(till, order_id), 900))

    till.work()  # refused: there is less left, and to ask again changes nothing

    ours, theirs = till.refunds()
    assert (ours.state, refunds.owed_cents(ours), theirs.amount_cents) == (RefundState.FAILED, 3000, 900)
    assert ours.failure_reason == "the provider has less left than that"
    with till.services.database.transaction() as session:
        refunds.retry(session, till.order(order_id), ours.id, actor=MANAGER, now=clock.now())
    till.work()
    assert [each.amount_cents for each in till.refunds() if each.state is RefundState.SUCCEEDED] == [900, 3000]
    assert accounts(till)[0].total.owed == 0
    till.assert_sound()


def test_a_refund_a_bank_sends_back_is_owed_until_it_is_sent_again_or_paid_otherwise(till, clock) -> None:
    first, second = paid_silently(till, adult=1), paid_silently(till, child=1)
    till.deliver()
    for order_id in (first, second):
        cancel_all(till, order_id)
    till.work()
    for refund in till.refunds():
        till.services.sandbox.in_dashboard(sandbox_money.send_back_refund(refund.provider_ref))
    reconcile(till)  # seen in the balance: no report was delivered
    owed = accounts(till)[0].total.owed

    with till.services.database.transaction() as session:
        failed = refunds.find_failed(session, limit=9)
        for _ in range(2):  # a button is pressed twice
            refunds.retry(session, session.get_one(Order, first), failed[0].id, actor=MANAGER, now=clock.now())
            refunds.note_transfer(
                session, session.get_one(Order, second), failed[1].id, "to BE00 …", actor=MANAGER, now=clock.now()
            )
    till.work()

    assert owed == 1950 + 1450
    assert [(each.state, each.way) for each in till.refunds()] == [
        (RefundState.FAILED, RefundWay.PROVIDER), (RefundState.FAILED, RefundWay.PROVIDER),
        (RefundState.SUCCEEDED, RefundWay.PROVIDER), (RefundState.SUCCEEDED, RefundWay.TRANSFER),
    ]  # fmt: skip
    assert len({each.key for each in till.refunds()}) == 4
    assert accounts(till)[0].total.owed == 0
    assert accounts(till)[0].has_balance
    till.assert_sound()


def test_what_the_dashboard_gave_beyond_the_order_stands_in_for_a_refund_that_fails_later(till, clock) -> None:
    """A bank sends a refund back, a colleague gives a part by hand, and news of that part comes first."""
    order_id = paid_silently(till, adult=3)
    till.deliver()
    cancel_all(till, order_id, CustomerRules(Rules(cancel_until_minutes=0, cancel_fee_percent=10), {}))
    till.work()
    till.services.sandbox.in_dashboard(sandbox_money.send_back_refund(till.refunds()[0].provider_ref))
    sent_back = till.collect()
    till.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(intent_of(till, order_id), 1950))
    till.deliver()  # 585 of it came off the order, the rest nobody can explain
    till.deliver(sent_back)

    with till.services.database.transaction() as session:
        failed = refunds.find_failed(session, limit=9)[0]
        refunds.retry(session, session.get_one(Order, order_id), failed.id, actor=MANAGER, now=clock.now())
    till.work()

    ours, by_hand, again = till.refunds()
    assert (ours.state, ours.covered_cents) == (RefundState.FAILED, 5265)
    assert (by_hand.state, by_hand.amount_cents, by_hand.covers_cents) == (RefundState.SUCCEEDED, 1950, 1365)
    assert (again.state, again.amount_cents) == (RefundState.SUCCEEDED, 3900)
    assert accounts(till)[0].total.owed == 0
    assert accounts(till)[0].has_balance
    till.assert_sound()


def test_a_disputed_payment_cannot_be_refunded_until_the_bank_has_decided(till) -> None:
    order_id = paid_silently(till, adult=2)
    till.deliver()
    dispute = till.services.sandbox.in_dashboard(sandbox_money.dispute(intent_of(till, order_id)))
    till.deliver()

    with pytest.raises(refunds.PaymentDisputed):
        cancel_all(till, order_id)

    till.services.sandbox.in_dashboard(sandbox_money.decide_dispute(dispute["id"], "won"))
    till.deliver()
    assert cancel_all(till, order_id).difference_cents == -3900
    with till.services.database.reading() as session:
        assert [row.state for row in session.scalars(select(Dispute))] == [DisputeState.WON]
    till.assert_sound()


def test_a_refund_asked_for_before_the_dispute_fails_in_words_and_is_owed(till) -> None:
    order_id = paid_silently(till, adult=2)
    till.deliver()
    cancel_all(till, order_id)
    dispute = till.services.sandbox.in_dashboard(sandbox_money.dispute(intent_of(till, order_id)))

    till.work()
    assert [(each.state, each.failure_reason) for each in till.refunds()] == [
        (RefundState.FAILED, "the customer's bank disputes this payment")
    ]
    with till.services.database.reading() as session:  # the refusal said so before any report did
        assert [row.state for row in session.scalars(select(Dispute))] == [DisputeState.NEEDS_ANSWER]
    till.services.sandbox.in_dashboard(sandbox_money.decide_dispute(dispute["id"], "lost"))
    till.deliver()

    assert [(each.state, each.way) for each in till.refunds()] == [
        (RefundState.FAILED, RefundWay.PROVIDER), (RefundState.SUCCEEDED, RefundWay.DISPUTE),
    ]  # fmt: skip
    assert accounts(till)[0].total.owed == 0
    till.assert_sound()


def test_pretix_1230_what_the_provider_gave_up_can_be_paid_anew(till) -> None:
    order_id = till.place(adult=1)
    first = till.start(order_id)
    till.services.sandbox.let_expire(first)

    reconcile(till)
    again = till.start(order_id)
    till.services.sandbox.pay(again)
    reconcile(till)

    assert again != first
    assert till.order(order_id).state is OrderState.CONFIRMED
    till.assert_sound()


def test_what_was_paid_with_is_learned_later_too(till) -> None:
    order_id = paid_silently(till, "ideal", adult=1)
    till.deliver()
    with till.services.database.transaction() as session:
        session.execute(text("UPDATE payments SET method = NULL"))

    reconcile(till)

    with till.services.database.reading() as session:
        assert session.scalars(select(Payment.method).where(Payment.order_id == order_id)).all() == ["ideal"]
