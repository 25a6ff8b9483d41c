"""What we ask of a payment provider, in our words. One adapter implements it; it knows no order and no database."""

from __future__ import annotations

from collections.abc import Iterator
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


class AlreadyRefunded(ProviderRefused):
    """The provider has given back all there was: somebody did it in its dashboard."""

    code = "already_refunded"


class RefundTooLarge(ProviderRefused):
    """The provider has less left of the payment than would go back: somebody gave of it in its dashboard."""

    code = "refund_too_large"


class PaymentDisputed(ProviderRefused):
    """The customer's bank took the payment back for the time being; nothing can go back twice."""

    code = "payment_disputed"


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


class DisputeReportState(StrEnum):
    """How far a bank is with taking a payment back."""

    NEEDS_ANSWER = "needs_answer"  # we may send evidence until a deadline
    UNDER_REVIEW = "under_review"  # the bank decides
    WON = "won"  # the money stays
    LOST = "lost"  # the money is gone
    DROPPED = "dropped"  # an inquiry that came to nothing


class EntryKind(StrEnum):
    """What moved in our account at the provider."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"  # a refund the customer's bank sent back
    DISPUTE = "dispute"  # taken, or given back after one
    FEE = "fee"  # a bill of the provider's own
    OTHER = "other"  # payouts to our bank and the like


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
    method: str | None = None  # what was paid with, in the provider's words: card, bancontact, …


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that came in at the provider; `key` is that of our attempt, None when nobody here asked for it."""

    ref: str
    intent_ref: str
    key: str | None
    amount: Money
    method: str | None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """An amount to give back, and why. `key` makes it one refund however often it is asked for."""

    key: str
    intent_ref: str
    amount: Money
    reason: str = ""


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
class DisputeReport:
    """What the provider says of a customer's bank that wants a payment back; instants, None where there is none."""

    ref: str
    intent_ref: str
    state: DisputeReportState
    amount: Money
    reason: str  # the provider's word: fraudulent, product_not_received, …
    is_refundable: bool  # an inquiry: refunding the payment ends it
    opened_at: datetime
    evidence_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class BalanceEntry:
    """One movement of our account at the provider: what came (above zero) or went, and what it kept for it."""

    ref: str
    kind: EntryKind
    source_ref: str
    amount: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to, not including, another."""

    since: datetime
    until: datetime


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

    def get_dispute(self, ref: str) -> DisputeReport:
        """Ask how a dispute stands."""

    def find_disputes(self, intent_ref: str) -> tuple[DisputeReport, ...]:
        """List all disputes of a payment."""

    def list_checkouts(self, span: Span) -> Iterator[Checkout]:
        """List the pages made in a span, page after page of the provider's list."""

    def list_charges(self, span: Span) -> Iterator[Charge]:
        """List the money that came in, in a span, whoever asked for it."""

    def list_refunds(self, span: Span) -> Iterator[RefundReport]:
        """List the refunds made in a span, whoever made them."""

    def list_disputes(self, span: Span) -> Iterator[DisputeReport]:
        """List the disputes opened in a span."""

    def list_balance_entries(self, span: Span) -> Iterator[BalanceEntry]:
        """List what moved in our account at the provider in a span."""

    def read_event(self, body: bytes, signature: str | None) -> ProviderEvent:
        """Verify and read a report. Raises InvalidSignature."""
