"""The provider, as the customers' bank statements show it: the sandbox behind a line that can be cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Any

import stripe

from ticketing.payments.sandbox import Sandbox
from ticketing.payments.sandbox_store import SandboxStore


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
        """Return the references of what an order's customer paid, with what is left of each."""
        with self._books.transaction() as documents:
            own = [
                each for each in documents.list_of("payment_intent", status="succeeded")
                if each["metadata"]["payment"].startswith(f"order:{order_uuid}:")
            ]  # fmt: skip
            return [
                (each["id"], each["amount_received"] - sum(back["amount"] for back in
                 documents.list_of("refund", payment_intent=each["id"])))
                for each in own
            ]  # fmt: skip

    def refund_by_hand(self, intent_ref: str, cents: int) -> None:
        """Refund in the provider's dashboard, where nothing carries a key of ours."""
        with self._books.transaction() as documents:
            self._refund(documents, {"payment_intent": intent_ref, "amount": str(cents)})

    def statement(self) -> Counter[str]:
        """Return what customers have paid on balance, in cents, by the uuid of the order it was for."""
        balance: Counter[str] = Counter()
        with self._books.transaction() as documents:
            for intent in documents.list_of("payment_intent", status="succeeded"):
                returned = documents.list_of("refund", payment_intent=intent["id"])
                order_uuid = intent["metadata"]["payment"].split(":")[1]
                balance[order_uuid] += intent["amount_received"] - sum(refund["amount"] for refund in returned)
        return balance
