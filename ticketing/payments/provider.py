"""What we ask of a payment provider, in our words. One adapter implements it; it knows no order and no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ticketing.foundation.errors import Conflict, InvalidInput, Unavailable
from ticketing.foundation.money import Money

# Stripe refuses a page that closes in less than 30 minutes; a minute more bears a clock that is off.
MINIMUM_CHECKOUT_MINUTES = 31


class ProviderUnreachable(Unavailable):
    """The provider did not answer; whether it acted is not known."""

    code = "provider_unreachable"


class ProviderRefused(Conflict):
    """The provider understood and said no."""

    code = "provider_refused"


class UnknownReference(ProviderRefused):
    """The provider has nothing under this reference: it is of another account, or made up."""

    code = "unknown_reference"


class InvalidSignature(InvalidInput):
    """A report that the provider did not sign, or signed too long ago."""

    code, status = "invalid_signature", 400


class CheckoutState(StrEnum):
    """Where a customer is on the provider's page."""

    OPEN = "open"  # may still pay
    COMPLETE = "complete"  # went through; paid, or a bank that confirms later has been asked
    FAILED = "failed"  # went through, and the bank said no afterwards
    EXPIRED = "expired"  # closed unpaid


class RefundReportState(StrEnum):
    """How far the provider is with a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class EventKind(StrEnum):
    """What a report of the provider is about."""

    CHECKOUT = "checkout"  # paid, paid later, failed, expired: the checkout itself is asked which
    REFUND = "refund"
    CHARGE_REFUNDED = "charge_refunded"
    DISPUTE = "dispute"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """One line of the provider's page: so many things of a price that includes VAT."""

    name: str
    unit: Money
    quantity: int


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A page to pay on. `key` makes it one page however often it is asked for, and comes back as `Checkout.reference`.

    `expires_at` is an instant at least MINIMUM_CHECKOUT_MINUTES ahead; addresses are absolute.
    """

    key: str
    description: str
    lines: tuple[CheckoutLine, ...]
    email: str
    language: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """What the provider says of a page it made."""

    ref: str
    reference: str
    state: CheckoutState
    is_paid: bool
    amount: Money
    url: str | None
    intent_ref: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """An amount to give back. `key` makes it one refund however often it is asked for."""

    key: str
    intent_ref: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What the provider says of a refund; `key` is ours, None for one made in its dashboard."""

    ref: str
    key: str | None
    intent_ref: str
    state: RefundReportState
    amount: Money
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A report: only a nudge to ask the provider about the object it names."""

    id: str
    kind: EventKind
    type: str
    object_ref: str
    is_live: bool


class PaymentProvider(Protocol):
    """What every provider can do. Raises ProviderUnreachable, ProviderRefused."""

    name: str
    is_live: bool

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """Make a page to pay on, or return the one made for the same key."""

    def get_checkout(self, ref: str) -> Checkout:
        """Ask how a page stands."""

    def expire_checkout(self, ref: str) -> Checkout:
        """Close a page; when it cannot be closed any more, say how it stands."""

    def refund(self, request: RefundRequest) -> RefundReport:
        """Give an amount back, once however often it is asked for, also after days."""

    def get_refund(self, ref: str) -> RefundReport:
        """Ask how a refund stands."""

    def find_refunds(self, intent_ref: str) -> tuple[RefundReport, ...]:
        """List all refunds of a payment, whoever made them."""

    def read_event(self, body: bytes, signature: str | None) -> ProviderEvent:
        """Verify and read a report. Raises InvalidSignature."""
