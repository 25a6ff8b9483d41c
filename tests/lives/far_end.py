"""The provider, as the customers' bank statements show it: the sandbox behind a line that can be cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Any

import stripe

from ticketing.payments.sandbox import Sandbox
from ticketing.payments.sandbox_money import Document
from ticketing.payments.sandbox_store import Documents, SandboxStore


class Cut(Enum):
    """When the line fails: before a request arrives, or after it was acted on."""

    BEFORE = "before"
    AFTER = "after"


class FarEnd(Sandbox):
    """The sandbox with a line that fails as often as it is told to, and books that can be read."""

    def __init__(self, store: SandboxStore, *arguments: Any) -> None:
        super().__init__(store, *arguments)
        self._books = store
        self.cuts: list[Cut] = []

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer as the sandbox does, unless the line fails; it does not matter what was asked."""
        cut = self.cuts.pop(0) if self.cuts else None
        if cut is not Cut.BEFORE:
            answer = super().request(method, url, headers, post_data, _usage=_usage)
        if cut is not None:
            raise stripe.APIConnectionError("the line is cut", should_retry=False)
        return answer

    def intents(self, order_uuid: str) -> list[tuple[str, int]]:
        """Return the references of what an order's customer paid, with what may go back: nothing once disputed."""
        with self._books.transaction() as documents:
            return [
                (intent["id"], 0 if _disputed(documents, intent) else _left(documents, intent))
                for intent in _intents(documents, order_uuid)
            ]

    def refunds(self, order_uuid: str) -> list[str]:
        """Return the references of what came back to an order's customer."""
        with self._books.transaction() as documents:
            return [
                each["id"]
                for intent in _intents(documents, order_uuid)
                for each in documents.list_of("refund", payment_intent=intent["id"])
                if each["status"] == "succeeded"
            ]

    def undecided(self) -> list[tuple[str, str, int]]:
        """Return the disputes no bank has decided: reference, the uuid of the order, amount."""
        with self._books.transaction() as documents:
            open_ones = documents.list_of("dispute", status="needs_response")
            return [
                (each["id"], _order_of(documents.get(each["payment_intent"])), each["amount"]) for each in open_ones
            ]

    def statement(self) -> Counter[str]:
        """Return what customers have paid on balance, in cents, by the uuid of the order it was for."""
        balance: Counter[str] = Counter()
        with self._books.transaction() as documents:
            for intent in documents.list_of("payment_intent", status="succeeded"):
                balance[_order_of(intent)] += _left(documents, intent)
        return balance


def _left(documents: Documents, intent: Document) -> int:
    """Return what the customer has not got back, through us or through their bank."""
    back = [each["amount"] for each in documents.list_of("refund", payment_intent=intent["id"])
            if each["status"] != "failed"]  # fmt: skip
    back += _disputed(documents, intent)
    return int(intent["amount_received"] - sum(back))


def _disputed(documents: Documents, intent: Document) -> list[int]:
    """Return what a bank holds or has taken for good."""
    return [each["amount"] for each in documents.list_of("dispute", payment_intent=intent["id"])
            if each["status"] != "won"]  # fmt: skip


def _intents(documents: Documents, order_uuid: str) -> list[Document]:
    paid = documents.list_of("payment_intent", status="succeeded")
    return [intent for intent in paid if _order_of(intent) == order_uuid]


def _order_of(intent: Document) -> str:
    """Read the uuid of the order in our key of the payment."""
    return str(intent["metadata"]["payment"].split(":")[1])
