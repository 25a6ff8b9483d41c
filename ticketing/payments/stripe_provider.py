"""The one adapter: Stripe's hosted page, over the real SDK. With the sandbox as transport it is the same code.

Facts it rests on (API 2026-10-28.endive): the client retries nothing unless told to; keys may be forgotten after 24
hours, so a refund looks for itself before it is asked again; methods are the dashboard's to choose, we only exclude
those that would hold places for days.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from stripe.params.checkout import SessionListParams

from ticketing.payments.provider import (
    AlreadyRefunded,
    BalanceEntry,
    Charge,
    Checkout,
    CheckoutRequest,
    DisputeReport,
    EventKind,
    InvalidSignature,
    PaymentDisputed,
    ProviderEvent,
    ProviderRefused,
    ProviderUnreachable,
    RefundReport,
    RefundRequest,
    RefundTooLarge,
    Span,
    UnknownReference,
)
from ticketing.payments.stripe_objects import (
    balance_entry_of,
    charge_of,
    checkout_of,
    dispute_of,
    refund_of,
    text_of,
)

CONNECT_SECONDS, READ_SECONDS = 5, 20
RETRIES = 2
PAGE = 100  # the most the lists of Stripe give at once
LONGEST_METADATA = 500
PAID_WITH = "payment_intent.latest_charge"
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
    "charge.dispute.updated": EventKind.DISPUTE,
    "charge.dispute.closed": EventKind.DISPUTE,
    "charge.dispute.funds_withdrawn": EventKind.DISPUTE,
    "charge.dispute.funds_reinstated": EventKind.DISPUTE,
}
REFUSALS = {"charge_already_refunded": AlreadyRefunded, "charge_disputed": PaymentDisputed}


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
        return checkout_of(made)

    def get_checkout(self, ref: str) -> Checkout:
        """Ask for a session with its intent: that tells a slow bank's no from its silence, and what was paid with."""
        with _translated():
            return checkout_of(self._client.v1.checkout.sessions.retrieve(ref, {"expand": [PAID_WITH]}))

    def expire_checkout(self, ref: str) -> Checkout:
        """Close a session; one that is not open any more is looked at instead, for it may be paid."""
        try:
            with _translated():
                return checkout_of(self._client.v1.checkout.sessions.expire(ref))
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
                    "metadata": {"refund": request.key, "reason": request.reason[:LONGEST_METADATA]},
                },
                {"idempotency_key": request.key},
            )
        return refund_of(made)

    def get_refund(self, ref: str) -> RefundReport:
        """Ask for one refund."""
        with _translated():
            return refund_of(self._client.v1.refunds.retrieve(ref))

    def find_refunds(self, intent_ref: str) -> tuple[RefundReport, ...]:
        """List the refunds of an intent, page after page."""
        with _translated():
            listed = self._client.v1.refunds.list({"payment_intent": intent_ref, "limit": 100})
            return tuple(refund_of(each) for each in listed.auto_paging_iter())

    def get_dispute(self, ref: str) -> DisputeReport:
        """Ask for one dispute."""
        with _translated():
            return dispute_of(self._client.v1.disputes.retrieve(ref))

    def find_disputes(self, intent_ref: str) -> tuple[DisputeReport, ...]:
        """List the disputes of an intent, page after page."""
        with _translated():
            listed = self._client.v1.disputes.list({"payment_intent": intent_ref, "limit": PAGE})
            return tuple(dispute_of(each) for each in listed.auto_paging_iter())

    def list_checkouts(self, span: Span) -> Iterator[Checkout]:
        """List the sessions created in a span, the newest first, with how they were paid."""
        within: SessionListParams = {"created": _created(span), "limit": PAGE, "expand": [f"data.{PAID_WITH}"]}
        with _translated():
            yield from map(checkout_of, self._client.v1.checkout.sessions.list(within).auto_paging_iter())

    def list_charges(self, span: Span) -> Iterator[Charge]:
        """List the charges of a span that took money, the newest first."""
        with _translated():
            listed = self._client.v1.charges.list({"created": _created(span), "limit": PAGE})
            came_in = (each for each in listed.auto_paging_iter() if each.status == "succeeded" and each.captured)
            yield from map(charge_of, came_in)

    def list_refunds(self, span: Span) -> Iterator[RefundReport]:
        """List the refunds created in a span, the newest first."""
        with _translated():
            listed = self._client.v1.refunds.list({"created": _created(span), "limit": PAGE})
            yield from map(refund_of, listed.auto_paging_iter())

    def list_disputes(self, span: Span) -> Iterator[DisputeReport]:
        """List the disputes opened in a span, the newest first."""
        with _translated():
            listed = self._client.v1.disputes.list({"created": _created(span), "limit": PAGE})
            yield from map(dispute_of, listed.auto_paging_iter())

    def list_balance_entries(self, span: Span) -> Iterator[BalanceEntry]:
        """List the balance transactions of a span, the newest first."""
        with _translated():
            listed = self._client.v1.balance_transactions.list({"created": _created(span), "limit": PAGE})
            yield from map(balance_entry_of, listed.auto_paging_iter())

    def read_event(self, body: bytes, signature: str | None) -> ProviderEvent:
        """Check Stripe's signature over the raw bytes and read what the event names."""
        try:
            event = stripe.Webhook.construct_event(body, signature or "", self._webhook_secret)
        except (ValueError, AttributeError, stripe.SignatureVerificationError) as error:  # signed, and yet no event
            raise InvalidSignature("This report does not carry a valid signature.") from error
        about = event.data.object
        kind = EVENT_KINDS.get(event.type, EventKind.OTHER)
        ref = text_of(about, "payment_intent") if kind is EventKind.CHARGE_REFUNDED else text_of(about, "id")
        return ProviderEvent(event.id, kind, event.type, ref or "", bool(event.livemode))


def _created(span: Span) -> Any:
    return {"gte": int(span.since.timestamp()), "lt": int(span.until.timestamp())}


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
        if refusal := REFUSALS.get(error.code or ""):
            raise refusal("The payment provider refused this.") from error
        if isinstance(error, stripe.InvalidRequestError) and error.param == "amount":  # only refunds name one
            raise RefundTooLarge("The payment provider refused this.") from error
        raise ProviderRefused("The payment provider refused this.", provider_says=error.user_message or "") from error
