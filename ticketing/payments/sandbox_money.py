"""What moves in the sandbox's account: charges, refunds, disputes, and the provider's own fees. No money does.

The acts of the dashboard and of banks, for demonstrations and tests: `sandbox.in_dashboard(refund_by_hand(…))`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ticketing.payments.sandbox_store import Documents, Refusal

Document = dict[str, Any]
Act = Callable[[Documents, datetime], tuple[str, Document]]

FEE_CENTS, FEE_BP = 25, 150
DISPUTE_FEE_CENTS = 2000
TIME_FOR_EVIDENCE = timedelta(days=7)


def charge(documents: Documents, intent: Document, now: datetime) -> Document:
    """Take the money of an intent that succeeded."""
    method = documents.own(intent["id"]).get("method", "card")
    made = {
        "id": "ch_" + secrets.token_hex(12), "object": "charge", "amount": intent["amount"],
        "amount_captured": intent["amount"], "amount_refunded": 0, "currency": intent["currency"], "paid": True,
        "captured": True, "refunded": False, "disputed": False, "status": "succeeded", "livemode": False,
        "payment_intent": intent["id"], "metadata": intent["metadata"], "created": int(now.timestamp()),
        "payment_method_details": {"type": method, method: {}},
    }  # fmt: skip
    documents.put(made)
    documents.put({**intent, "latest_charge": made["id"]})
    fee = FEE_CENTS + made["amount"] * FEE_BP // 10_000
    _move(documents, "charge", made, made["amount"], now, fee=fee)
    return made


def refund(documents: Documents, fields: Document, now: datetime) -> Document:
    """Give back as much as is asked, or all that is left. Raises Refusal as Stripe words it."""
    intent = documents.get(fields["payment_intent"])
    left = _left(documents, intent)
    amount = int(fields.get("amount") or left)
    if left == 0:
        raise Refusal(400, "Charge has already been refunded.", code="charge_already_refunded")
    if amount > left:
        raise Refusal(400, f"Refund amount ({amount}) is greater than unrefunded amount ({left})", param="amount")
    made = {
        "id": "re_" + secrets.token_hex(12), "object": "refund", "amount": amount, "status": "succeeded",
        "currency": intent["currency"], "payment_intent": intent["id"], "metadata": fields.get("metadata", {}),
        "created": int(now.timestamp()), "failure_reason": None, "charge": intent.get("latest_charge"),
    }  # fmt: skip
    documents.put(made)
    _move(documents, "refund", made, -amount, now)
    return made


def _left(documents: Documents, intent: Document) -> int:
    """Return what has not gone back of an intent. Raises Refusal when a bank has it, or had it for good."""
    if any(each["status"] != "won" for each in documents.list_of("dispute", payment_intent=intent["id"])):
        raise Refusal(400, "This charge has been charged back.", code="charge_disputed")
    earlier = documents.list_of("refund", payment_intent=intent["id"])
    return int(intent["amount_received"] - sum(each["amount"] for each in earlier if each["status"] != "failed"))


def refund_by_hand(intent_ref: str, cents: int | None = None) -> Act:
    """Somebody gives money back in the dashboard: without our mark on it."""

    def act(documents: Documents, now: datetime) -> tuple[str, Document]:
        return "refund.created", refund(documents, {"payment_intent": intent_ref, "amount": cents}, now)

    return act


def send_back_refund(refund_ref: str, reason: str = "lost_or_stolen_card") -> Act:
    """The customer's bank sends a refund back, days after it succeeded."""

    def act(documents: Documents, now: datetime) -> tuple[str, Document]:
        made = documents.get(refund_ref)
        made.update(status="failed", failure_reason=reason)
        documents.put(made)
        _move(documents, "refund_failure", made, made["amount"], now)
        return "refund.failed", made

    return act


def charge_by_hand(cents: int, currency: str = "eur") -> Act:
    """Somebody takes money that no order asked for: a payment link made in the dashboard."""

    def act(documents: Documents, now: datetime) -> tuple[str, Document]:
        intent = {
            "id": "pi_" + secrets.token_hex(12), "object": "payment_intent", "amount": cents, "currency": currency,
            "amount_received": cents, "status": "succeeded", "metadata": {}, "created": int(now.timestamp()),
        }  # fmt: skip
        documents.put(intent, own={})
        return "charge.succeeded", charge(documents, intent, now)

    return act


def dispute(intent_ref: str, reason: str = "fraudulent") -> Act:
    """The customer's bank takes a payment back until it has decided."""

    def act(documents: Documents, now: datetime) -> tuple[str, Document]:
        intent = documents.get(intent_ref)
        made = {
            "id": "du_" + secrets.token_hex(12), "object": "dispute", "amount": _left(documents, intent),
            "currency": intent["currency"], "payment_intent": intent_ref, "charge": intent.get("latest_charge"),
            "reason": reason, "status": "needs_response", "is_charge_refundable": False, "livemode": False,
            "created": int(now.timestamp()), "metadata": {},
            "evidence_details": {"due_by": int((now + TIME_FOR_EVIDENCE).timestamp()), "has_evidence": False},
        }  # fmt: skip
        documents.put(made)
        documents.put({**documents.get(intent["latest_charge"]), "disputed": True})
        _move(documents, "dispute", made, -made["amount"], now, fee=DISPUTE_FEE_CENTS)
        return "charge.dispute.created", made

    return act


def decide_dispute(dispute_ref: str, status: str) -> Act:
    """The bank decides: "won" for us, or "lost"."""

    def act(documents: Documents, now: datetime) -> tuple[str, Document]:
        made = documents.get(dispute_ref)
        made.update(status=status)
        documents.put(made)
        if status == "won":
            _move(documents, "dispute_reversal", made, made["amount"], now)
        return "charge.dispute.closed", made

    return act


def _move(documents: Documents, category: str, source: Document, amount: int, now: datetime, *, fee: int = 0) -> None:
    """Write down what moved in the account, and what the provider kept for it."""
    documents.put(
        {
            "id": "txn_" + secrets.token_hex(12), "object": "balance_transaction", "amount": amount, "fee": fee,
            "net": amount - fee, "currency": source["currency"], "reporting_category": category,
            "source": source["id"], "created": int(now.timestamp()), "status": "available",
        }
    )  # fmt: skip
