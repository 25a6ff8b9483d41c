"""What reconciliation asks of the provider: lists page by page, objects Stripe wrote, a wire that fails half way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.integration.payments.test_stripe_adapter import NOW, OBJECTS, over, paid, silence
from ticketing.foundation.money import Money
from ticketing.payments import sandbox_money
from ticketing.payments.factory import sandbox_provider
from ticketing.payments.provider import (
    AlreadyRefunded,
    DisputeReportState,
    EntryKind,
    PaymentDisputed,
    RefundReportState,
    RefundRequest,
    RefundTooLarge,
    Span,
)

DAY = Span(NOW - timedelta(hours=9), NOW + timedelta(hours=15))
# Stripe's sample of it is not among our fixtures; its fields are held against the SDK's below.
BALANCE_TRANSACTION = {
    "id": "txn_1", "object": "balance_transaction", "amount": 5350, "available_on": 1795000000, "created": 1795000000,
    "currency": "eur", "fee": 105, "net": 5245, "reporting_category": "charge", "source": OBJECTS["charge"],
    "status": "available", "type": "payment",
}  # fmt: skip
INTENT = {**OBJECTS["payment_intent"], "latest_charge": OBJECTS["charge"]}


@pytest.fixture
def sandbox(tmp_path: Path):
    return sandbox_provider(tmp_path / "sandbox.sqlite3", "http://127.0.0.1:8000", lambda: NOW)


def page(*objects: dict[str, Any], has_more: bool = False) -> tuple[int, dict[str, Any]]:
    return 200, {"object": "list", "data": list(objects), "has_more": has_more, "url": "/v1/any"}


def charge_of_stripes(**changes: Any) -> dict[str, Any]:
    taken = {"captured": True, "amount_captured": 100, "payment_intent": "pi_1", "metadata": {"payment": "k"}}
    return {**OBJECTS["charge"], **taken, **changes}


def test_objects_that_stripe_wrote_are_read_from_lists() -> None:
    provider, _ = over(
        page({**OBJECTS["checkout.session"], "status": "complete", "payment_status": "paid", "amount_total": 100,
              "currency": "usd", "expires_at": 1795000000, "payment_intent": INTENT}),
        page(charge_of_stripes(), charge_of_stripes(id="ch_2", captured=False), charge_of_stripes(status="failed")),
        page({**OBJECTS["refund"], "payment_intent": "pi_1", "status": "failed", "failure_reason": "declined"}),
        page({**OBJECTS["dispute"], "payment_intent": "pi_1"}),
        page(BALANCE_TRANSACTION),
    )  # fmt: skip

    (checkout,), (charge,) = provider.list_checkouts(DAY), provider.list_charges(DAY)
    (refund,), (dispute,) = provider.list_refunds(DAY), provider.list_disputes(DAY)
    (entry,) = provider.list_balance_entries(DAY)

    assert (checkout.is_paid, checkout.method) == (True, "card")
    assert (charge.key, charge.amount, charge.method, charge.intent_ref) == ("k", Money(100, "USD"), "card", "pi_1")
    assert (refund.state, refund.failure_reason) == (RefundReportState.FAILED, "declined")
    assert (dispute.state, dispute.is_refundable, dispute.reason) == (DisputeReportState.NEEDS_ANSWER, True, "general")
    assert dispute.evidence_due_at == datetime.fromtimestamp(1723679999, UTC)
    assert (entry.kind, entry.source_ref, entry.fee) == (EntryKind.CHARGE, OBJECTS["charge"]["id"], Money(105))
    assert set(BALANCE_TRANSACTION) <= set(stripe.BalanceTransaction.__annotations__)


def test_a_list_that_stumbles_goes_on_where_it_was() -> None:
    provider, wire = over(
        page(charge_of_stripes(id="ch_1"), has_more=True), silence(), (500, {"error": {"message": "x"}}),
        page(charge_of_stripes(id="ch_2")),
    )  # fmt: skip

    assert [each.ref for each in provider.list_charges(DAY)] == ["ch_1", "ch_2"]
    assert ["starting_after=ch_1" in url for _, url, _, _ in wire.sent] == [False, True, True, True]
    assert {method for method, *_ in wire.sent} == {"get"}


def test_the_sandbox_gives_long_lists_in_pages_and_only_of_the_span(sandbox) -> None:
    far_end, provider = sandbox
    for cents in range(1, 103):
        far_end.in_dashboard(sandbox_money.charge_by_hand(cents))

    listed = [each.amount.cents for each in provider.list_charges(DAY)]

    assert sorted(listed) == list(range(1, 103))
    assert list(provider.list_charges(Span(DAY.until, DAY.until + timedelta(days=1)))) == []


def test_every_list_is_accepted_by_stripes_own_types_and_adds_up(sandbox) -> None:
    far_end, provider = sandbox
    intent = paid(far_end, provider)
    provider.refund(RefundRequest("refund:1", intent, Money(350), reason="a queue"))
    far_end.in_dashboard(sandbox_money.dispute(intent))

    entries = {each.kind: each.amount.cents for each in provider.list_balance_entries(DAY)}

    assert entries == {EntryKind.CHARGE: 5350, EntryKind.REFUND: -350, EntryKind.DISPUTE: -5000}
    assert [each.amount.cents for each in provider.list_disputes(DAY)] == [5000]
    assert [(each.key, each.amount.cents) for each in provider.list_refunds(DAY)] == [("refund:1", 350)]
    assert [each.method for each in provider.list_checkouts(DAY)] == ["card"]
    with pytest.raises(PaymentDisputed):
        provider.refund(RefundRequest("refund:2", intent, Money(1)))


@pytest.mark.parametrize("wrong", [{"created": {"since": 1}}, {"limit": "many"}, {"starting_at": "x"}])
def test_the_sandbox_judges_lists_by_stripes_own_types(sandbox, wrong: dict[str, Any]) -> None:
    client = stripe.StripeClient("sk_test_x", http_client=sandbox[0])

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.charges.list(wrong)  # type: ignore[arg-type]


def test_the_sandbox_judges_questions_about_one_thing_by_stripes_own_types(sandbox) -> None:
    client = stripe.StripeClient("sk_test_x", http_client=sandbox[0])
    wrong: Any = {"expanded": ["charge"]}

    for ask in (client.v1.refunds.retrieve, client.v1.disputes.retrieve, client.v1.checkout.sessions.retrieve,
                client.v1.checkout.sessions.expire):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError, match="invalid parameter: expanded"):
            ask("x_1", wrong)


def test_why_a_refund_was_refused_is_told_apart_and_its_reason_is_sent() -> None:
    no = {"message": "No.", "type": "invalid_request_error"}
    provider, wire = over(
        page(), (400, {"error": {**no, "code": "charge_already_refunded"}}),
        page(), (400, {"error": {**no, "code": "charge_disputed"}}),
        page(), (400, {"error": {**no, "param": "amount"}}),
    )  # fmt: skip

    for kind in (AlreadyRefunded, PaymentDisputed, RefundTooLarge):
        with pytest.raises(kind):
            provider.refund(RefundRequest("refund:1", "pi_1", Money(1), reason="a long queue"))

    assert "metadata[reason]=a+long+queue" in wire.sent[1][3]
