"""Reads what Stripe sends into our words. Pure; its objects are no dictionaries, and may lack any field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ticketing.foundation.money import Money
from ticketing.payments.provider import (
    BalanceEntry,
    Charge,
    Checkout,
    CheckoutState,
    DisputeReport,
    DisputeReportState,
    EntryKind,
    RefundReport,
    RefundReportState,
)

# An intent in one of these states will not become money without the customer starting over.
DEAD_INTENTS = {"requires_payment_method", "canceled"}
REFUND_STATES = {
    "succeeded": RefundReportState.SUCCEEDED,
    "failed": RefundReportState.FAILED,
    "canceled": RefundReportState.FAILED,
}
DISPUTE_STATES = {
    "needs_response": DisputeReportState.NEEDS_ANSWER,
    "warning_needs_response": DisputeReportState.NEEDS_ANSWER,
    "appeal_needs_response": DisputeReportState.NEEDS_ANSWER,
    "won": DisputeReportState.WON,
    "lost": DisputeReportState.LOST,
    "warning_closed": DisputeReportState.DROPPED,
    "prevented": DisputeReportState.DROPPED,
}
# The provider's own categories for accounting; its types are many, and differ by method.
ENTRY_KINDS = {
    "charge": EntryKind.CHARGE,
    "refund": EntryKind.REFUND,
    "refund_failure": EntryKind.REFUND_FAILURE,
    "dispute": EntryKind.DISPUTE,
    "dispute_reversal": EntryKind.DISPUTE,
    "fee": EntryKind.FEE,
}


def checkout_of(made: Any) -> Checkout:
    """Read a Checkout Session; with its intent and charge expanded it also says how it was paid."""
    intent = getattr(made, "payment_intent", None)
    is_paid = made.payment_status in ("paid", "no_payment_required")
    return Checkout(
        ref=made.id,
        reference=text_of(made, "client_reference_id") or "",
        state=_checkout_state(made.status, intent, is_paid=is_paid),
        is_paid=is_paid and made.status == "complete",
        amount=Money(made.amount_total or 0, (made.currency or "eur").upper()),
        url=text_of(made, "url"),
        intent_ref=_ref_of(intent) or None,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
        method=_method_of(getattr(intent, "latest_charge", None)),
    )


def _checkout_state(status: str | None, intent: Any, *, is_paid: bool) -> CheckoutState:
    if status == "open":
        return CheckoutState.OPEN
    if status == "expired":
        return CheckoutState.EXPIRED
    has_died = not isinstance(intent, str) and getattr(intent, "status", None) in DEAD_INTENTS
    return CheckoutState.FAILED if has_died and not is_paid else CheckoutState.COMPLETE


def refund_of(made: Any) -> RefundReport:
    """Read a Refund."""
    return RefundReport(
        ref=made.id,
        key=text_of(getattr(made, "metadata", None), "refund"),
        intent_ref=_ref_of(made.payment_intent),
        state=REFUND_STATES.get(made.status or "", RefundReportState.PENDING),
        amount=Money(made.amount, made.currency.upper()),
        failure_reason=text_of(made, "failure_reason"),
    )


def charge_of(made: Any) -> Charge:
    """Read a Charge; it carries the metadata of its intent."""
    return Charge(
        ref=made.id,
        intent_ref=_ref_of(made.payment_intent),
        key=text_of(getattr(made, "metadata", None), "payment"),
        amount=Money(made.amount_captured, made.currency.upper()),
        method=_method_of(made),
    )


def dispute_of(made: Any) -> DisputeReport:
    """Read a Dispute; a deadline of 0 means that the bank takes no answer."""
    due_by = getattr(made.evidence_details, "due_by", None)
    return DisputeReport(
        ref=made.id,
        intent_ref=_ref_of(made.payment_intent),
        state=DISPUTE_STATES.get(made.status, DisputeReportState.UNDER_REVIEW),
        amount=Money(made.amount, made.currency.upper()),
        reason=made.reason,
        is_refundable=made.is_charge_refundable,
        opened_at=datetime.fromtimestamp(made.created, UTC),
        evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def balance_entry_of(made: Any) -> BalanceEntry:
    """Read a BalanceTransaction."""
    currency = made.currency.upper()
    return BalanceEntry(
        ref=made.id,
        kind=ENTRY_KINDS.get(made.reporting_category, EntryKind.OTHER),
        source_ref=_ref_of(made.source),
        amount=Money(made.amount, currency),
        fee=Money(made.fee, currency),
    )


def _method_of(charge: Any) -> str | None:
    return text_of(getattr(charge, "payment_method_details", None), "type")


def _ref_of(thing: Any) -> str:
    """Return the reference of an object that Stripe names, or sends whole."""
    return thing if isinstance(thing, str) else text_of(thing, "id") or ""


def text_of(thing: Any, name: str) -> str | None:
    """Read a field that an object of Stripe's may lack."""
    value = getattr(thing, name, None)
    return None if value is None else str(value)
