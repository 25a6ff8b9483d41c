"""The adapter against objects Stripe wrote, its own types, its own signatures, and a wire that fails."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from ticketing.foundation.money import Money
from ticketing.payments.factory import SANDBOX_WEBHOOK_SECRET, sandbox_provider
from ticketing.payments.provider import (
    CheckoutLine,
    CheckoutRequest,
    CheckoutState,
    EventKind,
    InvalidSignature,
    ProviderRefused,
    ProviderUnreachable,
    RefundReportState,
    RefundRequest,
)
from ticketing.payments.stripe_provider import RETRIES, StripeProvider

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OBJECTS = json.loads((Path(__file__).parents[2] / "fixtures" / "stripe_objects.json").read_text())["resources"]
SECRET = "whsec_test"
REQUEST = CheckoutRequest(
    key="order:1:attempt:1",
    description="Order K7QX2MPA",
    lines=(CheckoutLine("Volwassene", Money(1950), 2), CheckoutLine("Kind", Money(1450), 1)),
    email="an@example.org",
    language="nl",
    success_url="https://tickets.example.org/nl/orders/x/return/",
    cancel_url="https://tickets.example.org/nl/orders/x/",
    expires_at=NOW + timedelta(minutes=31),
)


class Wire(stripe.HTTPClient):
    """A far end that answers from a script; what it was sent is kept."""

    name = "wire"

    def __init__(self, *script: Any) -> None:
        super().__init__()
        self.script, self.sent = list(script), []

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None) -> Any:
        self.sent.append((method, url, dict(headers), post_data))
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return json.dumps(body), status, {"Request-Id": "req_1"}

    def close(self) -> None:
        """Nothing is open."""

    def _sleep_time_seconds(self, *_: Any) -> float:
        return 0


def over(*script: Any) -> tuple[StripeProvider, Wire]:
    wire = Wire(*script)
    client = stripe.StripeClient("sk_test_1", max_network_retries=RETRIES, http_client=wire)
    return StripeProvider(client, webhook_secret=SECRET, name="stripe", is_live=False), wire


def silence() -> stripe.APIConnectionError:
    return stripe.APIConnectionError("timed out", should_retry=True)


def session_of_stripes(**changes: Any) -> dict[str, Any]:
    written = {**OBJECTS["checkout.session"], "status": "open", "payment_status": "unpaid", "expires_at": 1795000000}
    return {**written, **changes}


@pytest.fixture
def sandbox(tmp_path: Path):
    return sandbox_provider(tmp_path / "sandbox.sqlite3", "http://127.0.0.1:8000", lambda: NOW)


def paid(sandbox, provider: StripeProvider) -> str:
    ref = provider.start_checkout(REQUEST).ref
    sandbox.pay(ref)
    return str(provider.get_checkout(ref).intent_ref)


def test_a_session_that_stripe_wrote_is_read() -> None:
    provider, _ = over((200, session_of_stripes(amount_total=5350, currency="eur", client_reference_id="k")))

    checkout = provider.get_checkout("cs_1")

    assert (checkout.state, checkout.is_paid, checkout.amount, checkout.reference) == (
        CheckoutState.OPEN, False, Money(5350), "k",
    )  # fmt: skip


def test_a_refund_that_stripe_wrote_is_read() -> None:
    provider, _ = over((200, {**OBJECTS["refund"], "payment_intent": "pi_1", "status": "succeeded"}))

    report = provider.get_refund("re_1")

    assert (report.state, report.intent_ref, report.key) == (RefundReportState.SUCCEEDED, "pi_1", None)


def test_a_slow_banks_no_is_told_from_its_silence() -> None:
    asked = session_of_stripes(status="complete", payment_status="unpaid")
    provider, _ = over(
        (200, {**asked, "payment_intent": {**OBJECTS["payment_intent"], "status": "processing"}}),
        (200, {**asked, "payment_intent": {**OBJECTS["payment_intent"], "status": "requires_payment_method"}}),
    )

    assert provider.get_checkout("cs_1").state is CheckoutState.COMPLETE
    assert provider.get_checkout("cs_1").state is CheckoutState.FAILED


@pytest.mark.parametrize("trouble", [[silence(), silence()], [(500, {"error": {"message": "x"}})],
                                     [(409, {"error": {"code": "lock_timeout", "message": "x"}})]])  # fmt: skip
def test_a_stumble_is_tried_again_under_the_same_key(trouble: list[Any]) -> None:
    provider, wire = over(*trouble, (200, session_of_stripes()))

    provider.start_checkout(REQUEST)

    assert len(wire.sent) == len(trouble) + 1
    assert {headers["Idempotency-Key"] for _, _, headers, _ in wire.sent} == {REQUEST.key}


@pytest.mark.parametrize(
    "answer", [silence(), (500, {"error": {"message": "x"}}), (429, {"error": {"message": "slow"}})]
)
def test_a_provider_that_stays_away_is_unreachable_and_nothing_is_known(answer: Any) -> None:
    provider, _ = over(*[answer] * (RETRIES + 1))

    with pytest.raises(ProviderUnreachable):
        provider.start_checkout(REQUEST)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_a_no_is_a_no(status: int) -> None:
    provider, _ = over((status, {"error": {"message": "No.", "type": "invalid_request_error"}}))

    with pytest.raises(ProviderRefused):
        provider.get_checkout("cs_1")


def test_what_we_send_is_pinned_to_one_version_and_says_no_card_number() -> None:
    provider, wire = over((200, session_of_stripes()))

    provider.start_checkout(REQUEST)

    _, url, headers, body = wire.sent[0]
    assert url.endswith("/v1/checkout/sessions")
    assert headers["Stripe-Version"] == stripe.api_version
    assert "excluded_payment_method_types" in body
    assert "payment_method_types[" not in body.replace("excluded_payment_method_types", "")
    assert "{CHECKOUT_SESSION_ID}" in body or "%7BCHECKOUT_SESSION_ID%7D" in body


@pytest.mark.parametrize(("kind", "about", "expected"), [
    ("checkout.session.completed", "checkout.session", EventKind.CHECKOUT),
    ("checkout.session.async_payment_failed", "checkout.session", EventKind.CHECKOUT),
    ("refund.updated", "refund", EventKind.REFUND),
    ("charge.refunded", "charge", EventKind.CHARGE_REFUNDED),
    ("charge.dispute.created", "dispute", EventKind.DISPUTE),
    ("payment_intent.succeeded", "payment_intent", EventKind.OTHER),
])  # fmt: skip
def test_reports_that_stripe_wrote_are_read(kind: str, about: str, expected: EventKind) -> None:
    provider, _ = over()
    body = json.dumps({**OBJECTS["event"], "type": kind, "livemode": False, "data": {"object": OBJECTS[about]}})

    event = provider.read_event(body.encode(), stripe.WebhookSignature.generate_signature_header(body, SECRET))

    assert (event.kind, event.type, event.is_live) == (expected, kind, False)


def signed(body: str, secret: str = SECRET, age_seconds: int = 0) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age_seconds)  # noqa: TID251 - the SDK's own clock


BODY = json.dumps({**OBJECTS["event"], "type": "refund.updated", "data": {"object": OBJECTS["refund"]}})


@pytest.mark.parametrize(("body", "signature"), [
    (BODY, None), (BODY, ""), (BODY, "t=1,v1=00"), (BODY, signed(BODY, "whsec_other")),
    (BODY, signed(BODY, age_seconds=301)), (BODY + " ", signed(BODY)),
    ("[1]", signed("[1]")), ("not json", signed("not json")), ("", signed("")),
], ids=["missing", "empty", "made up", "other secret", "old", "altered", "a list", "no json", "no body"])  # fmt: skip
def test_what_stripe_did_not_sign_is_refused(body: str, signature: str | None) -> None:
    provider, _ = over()

    with pytest.raises(InvalidSignature):
        provider.read_event(body.encode(), signature)


def test_a_rolled_secret_is_taken_while_both_sign() -> None:
    provider, _ = over()

    assert provider.read_event(BODY.encode(), signed(BODY) + ",v1=" + "0" * 64).kind is EventKind.REFUND


def test_bytes_that_are_no_text_are_refused() -> None:
    provider, _ = over()

    with pytest.raises(InvalidSignature):
        provider.read_event(b"\xff\xfe", signed(BODY))


def test_the_same_key_is_the_same_page_and_other_words_under_it_are_refused(sandbox) -> None:
    _, provider = sandbox

    first, again = provider.start_checkout(REQUEST), provider.start_checkout(REQUEST)

    assert first.ref == again.ref
    other = CheckoutRequest(
        **{**{name: getattr(REQUEST, name) for name in REQUEST.__slots__}, "email": "bo@example.org"}
    )
    with pytest.raises(ProviderRefused):
        provider.start_checkout(other)


@pytest.mark.parametrize("wrong", [{"submit_type": "donut"}, {"line_item": "x"}, {"locale": "vls"}, {"expires_at": 1}])
def test_the_sandbox_judges_by_stripes_own_types(sandbox, wrong: dict[str, Any]) -> None:
    far_end, _ = sandbox
    client = stripe.StripeClient("sk_test_x", http_client=far_end)
    line = {"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 5, "product_data": {"name": "x"}}}

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create({"mode": "payment", "line_items": [line], **wrong})  # type: ignore[typeddict-item]


def test_a_paid_page_cannot_be_closed_and_says_how_it_stands(sandbox) -> None:
    far_end, provider = sandbox
    ref = provider.start_checkout(REQUEST).ref
    far_end.pay(ref)

    stood = provider.expire_checkout(ref)

    assert (stood.state, stood.is_paid, stood.amount) == (CheckoutState.COMPLETE, True, Money(5350))


def test_an_open_page_is_closed_and_takes_no_money_any_more(sandbox) -> None:
    far_end, provider = sandbox
    ref = provider.start_checkout(REQUEST).ref

    assert provider.expire_checkout(ref).state is CheckoutState.EXPIRED
    far_end.pay(ref)
    assert provider.get_checkout(ref).is_paid is False


def test_a_refund_asked_twice_is_one_also_after_the_provider_forgot_the_key(sandbox, tmp_path: Path) -> None:
    far_end, provider = sandbox
    intent = paid(far_end, provider)
    request = RefundRequest("refund:1", intent, Money(1450))

    first = provider.refund(request)
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as store, store:
        store.execute("DELETE FROM answers")
    again = provider.refund(request)

    assert first.ref == again.ref
    assert len(provider.find_refunds(intent)) == 1


def test_more_than_came_in_cannot_go_back(sandbox) -> None:
    far_end, provider = sandbox
    intent = paid(far_end, provider)
    provider.refund(RefundRequest("refund:1", intent, Money(5000)))

    with pytest.raises(ProviderRefused):
        provider.refund(RefundRequest("refund:2", intent, Money(351)))
    provider.refund(RefundRequest("refund:3", intent, Money(350)))
    with pytest.raises(ProviderRefused):
        provider.refund(RefundRequest("refund:4", intent, Money(1)))


def test_reports_are_delivered_until_they_are_taken_and_carry_a_valid_signature(sandbox) -> None:
    far_end, provider = sandbox
    ref = provider.start_checkout(REQUEST).ref
    far_end.pay(ref)
    taken: list[tuple[bytes, str]] = []

    def refuse(body: bytes, signature: str) -> int:
        return 500

    def take(body: bytes, signature: str) -> int:
        taken.append((body, signature))
        return 200

    assert far_end.deliver_due(refuse, NOW) == 0
    assert far_end.deliver_due(take, NOW + timedelta(hours=1)) == 1
    assert far_end.deliver_due(take, NOW + timedelta(hours=2)) == 0
    assert SANDBOX_WEBHOOK_SECRET
    assert provider.read_event(*taken[0]).object_ref == ref
