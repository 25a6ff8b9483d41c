"""The one adapter: Stripe's hosted page, over the real SDK. With the sandbox as transport it is the same code.

Facts it rests on (API 2026-10-28.endive): the client retries nothing unless told to; keys may be forgotten after 24
hours, so a refund looks for itself before it is asked again; methods are the dashboard's to choose, we only exclude
those that would hold places for days.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import stripe

from ticketing.foundation.money import Money
from ticketing.payments.provider import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    EventKind,
    InvalidSignature,
    ProviderEvent,
    ProviderRefused,
    ProviderUnreachable,
    RefundReport,
    RefundReportState,
    RefundRequest,
    UnknownReference,
)

CONNECT_SECONDS, READ_SECONDS = 5, 20
RETRIES = 2
# Methods that settle after days: places would be held for somebody who may never pay.
SLOW_METHODS = ["sepa_debit", "customer_balance", "multibanco"]
LOCALES = {"nl": "nl", "fr": "fr", "en": "en", "de": "de"}
EVENT_KINDS = {
    "checkout.session.completed": EventKind.CHECKOUT,
    "checkout.session.async_payment_succeeded": EventKind.CHECKOUT,
    "checkout.session.async_payment_failed": EventKind.CHECKOUT,
    "checkout.session.expired": EventKind.CHECKOUT,
    "refund.created": EventKind.REFUND,
    "refund.updated": EventKind.REFUND,
    "refund.failed": EventKind.REFUND,
    "charge.refunded": EventKind.CHARGE_REFUNDED,
    "charge.dispute.created": EventKind.DISPUTE,
    "charge.dispute.closed": EventKind.DISPUTE,
}
# An intent in one of these states will not become money without the customer starting over.
DEAD_INTENTS = {"requires_payment_method", "canceled"}
REFUND_STATES = {
    "succeeded": RefundReportState.SUCCEEDED,
    "failed": RefundReportState.FAILED,
    "canceled": RefundReportState.FAILED,
}


class StripeProvider:
    """PaymentProvider over stripe.StripeClient."""

    def __init__(self, client: stripe.StripeClient, *, webhook_secret: str, name: str, is_live: bool) -> None:
        self._client = client
        self._webhook_secret = webhook_secret
        self.name = name
        self.is_live = is_live

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """Make the hosted page; the same key gives the same page."""
        parameters = _session_parameters(request)
        with _translated():
            made = self._client.v1.checkout.sessions.create(parameters, {"idempotency_key": request.key})
        return _checkout(made)

    def get_checkout(self, ref: str) -> Checkout:
        """Ask for a session, with its intent: only that tells a slow bank's no from its silence."""
        with _translated():
            return _checkout(self._client.v1.checkout.sessions.retrieve(ref, {"expand": ["payment_intent"]}))

    def expire_checkout(self, ref: str) -> Checkout:
        """Close a session; one that is not open any more is looked at instead, for it may be paid."""
        try:
            with _translated():
                return _checkout(self._client.v1.checkout.sessions.expire(ref))
        except ProviderRefused:
            return self.get_checkout(ref)

    def refund(self, request: RefundRequest) -> RefundReport:
        """Give money back; one that was made for this key before, however long ago, is returned instead."""
        for known in self.find_refunds(request.intent_ref):
            if known.key == request.key:
                return known
        with _translated():
            made = self._client.v1.refunds.create(
                {
                    "payment_intent": request.intent_ref,
                    "amount": request.amount.cents,
                    "reason": "requested_by_customer",
                    "metadata": {"refund": request.key},
                },
                {"idempotency_key": request.key},
            )
        return _refund(made)

    def get_refund(self, ref: str) -> RefundReport:
        """Ask for one refund."""
        with _translated():
            return _refund(self._client.v1.refunds.retrieve(ref))

    def find_refunds(self, intent_ref: str) -> tuple[RefundReport, ...]:
        """List the refunds of an intent, page after page."""
        with _translated():
            listed = self._client.v1.refunds.list({"payment_intent": intent_ref, "limit": 100})
            return tuple(_refund(each) for each in listed.auto_paging_iter())

    def read_event(self, body: bytes, signature: str | None) -> ProviderEvent:
        """Check Stripe's signature over the raw bytes and read what the event names."""
        try:
            event = stripe.Webhook.construct_event(body, signature or "", self._webhook_secret)
        except (ValueError, AttributeError, stripe.SignatureVerificationError) as error:  # signed, and yet no event
            raise InvalidSignature("This report does not carry a valid signature.") from error
        about = event.data.object
        kind = EVENT_KINDS.get(event.type, EventKind.OTHER)
        ref = _text(about, "payment_intent") if kind is EventKind.CHARGE_REFUNDED else _text(about, "id")
        return ProviderEvent(event.id, kind, event.type, ref or "", bool(event.livemode))


def _session_parameters(request: CheckoutRequest) -> Any:
    mark = {"payment": request.key}
    separator = "&" if "?" in request.success_url else "?"
    return {
        "mode": "payment",
        "submit_type": "book",
        "locale": LOCALES.get(request.language, "auto"),
        "customer_email": request.email,
        "client_reference_id": request.key,
        # by concatenation: encoding the braces would hide the placeholder from Stripe
        "success_url": request.success_url + separator + "session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "excluded_payment_method_types": SLOW_METHODS,
        "metadata": mark,
        "payment_intent_data": {"metadata": mark, "description": request.description},
        "line_items": [
            {
                "quantity": line.quantity,
                "price_data": {
                    "currency": line.unit.currency.lower(),
                    "unit_amount": line.unit.cents,
                    "product_data": {"name": line.name},
                },
            }
            for line in request.lines
        ],
    }


def _checkout(made: Any) -> Checkout:
    intent = getattr(made, "payment_intent", None)
    is_paid = made.payment_status in ("paid", "no_payment_required")
    return Checkout(
        ref=made.id,
        reference=_text(made, "client_reference_id") or "",
        state=_checkout_state(made.status, intent, is_paid=is_paid),
        is_paid=is_paid and made.status == "complete",
        amount=Money(made.amount_total or 0, (made.currency or "eur").upper()),
        url=_text(made, "url"),
        intent_ref=intent if isinstance(intent, str) or intent is None else intent.id,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
    )


def _checkout_state(status: str | None, intent: Any, *, is_paid: bool) -> CheckoutState:
    if status == "open":
        return CheckoutState.OPEN
    if status == "expired":
        return CheckoutState.EXPIRED
    has_died = not isinstance(intent, str) and getattr(intent, "status", None) in DEAD_INTENTS
    return CheckoutState.FAILED if has_died and not is_paid else CheckoutState.COMPLETE


def _refund(made: Any) -> RefundReport:
    intent = made.payment_intent
    metadata = getattr(made, "metadata", None)
    return RefundReport(
        ref=made.id,
        key=_text(metadata, "refund") if metadata is not None else None,
        intent_ref=intent if isinstance(intent, str) else _text(intent, "id") or "",
        state=REFUND_STATES.get(made.status or "", RefundReportState.PENDING),
        amount=Money(made.amount, made.currency.upper()),
        failure_reason=_text(made, "failure_reason"),
    )


def _text(thing: Any, name: str) -> str | None:
    """Read a field that an object of Stripe's may lack; its objects are no dictionaries."""
    value = getattr(thing, name, None)
    return None if value is None else str(value)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the SDK's errors into what a caller can do about them."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
        raise ProviderUnreachable("The payment provider does not answer. Nothing was charged; try again.") from error
    except stripe.StripeError as error:
        if error.code == "resource_missing":
            raise UnknownReference("The payment provider does not know this.") from error
        raise ProviderRefused("The payment provider refused this.", provider_says=error.user_message or "") from error
