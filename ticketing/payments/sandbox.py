"""A far end that takes no money: stands in Stripe's place, inside this process, when no keys are set.

It is a transport of Stripe's own SDK, so the adapter, the encoding, the idempotency keys and the signatures are the
real ones. What it accepts is judged by the SDK's own types. It says nothing about Stripe itself.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from pydantic import ValidationError
from stripe.params import (
    BalanceTransactionListParams,
    ChargeListParams,
    DisputeListParams,
    DisputeRetrieveParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
)
from stripe.params.checkout import SessionCreateParams, SessionExpireParams, SessionListParams, SessionRetrieveParams

from ticketing.foundation.errors import NotFound
from ticketing.foundation.money import Money
from ticketing.payments import sandbox_money
from ticketing.payments.sandbox_store import Documents, Refusal, SandboxStore
from ticketing.payments.sdk_types import judge_of

SHORTEST_PAGE, LONGEST_PAGE = timedelta(minutes=30), timedelta(hours=24)
PAID_INTENTS = "succeeded"

Document = dict[str, Any]

# What can be listed: its kind among the documents, and how Stripe's types want to be asked for it.
LISTS = {
    "checkout/sessions": ("checkout.session", SessionListParams),
    "charges": ("charge", ChargeListParams),
    "refunds": ("refund", RefundListParams),
    "disputes": ("dispute", DisputeListParams),
    "balance_transactions": ("balance_transaction", BalanceTransactionListParams),
}
RETRIEVALS = {"refunds": RefundRetrieveParams, "disputes": DisputeRetrieveParams}
USUAL_PAGE = 10


class Sandbox(stripe.HTTPClient):
    """Answers the SDK's requests from a store of its own; several processes may share the store."""

    name = "sandbox"

    def __init__(self, store: SandboxStore, webhook_secret: str, base_url: str, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._store = store
        self._webhook_secret = webhook_secret
        self._base_url = base_url
        self._now = now

    def close(self) -> None:
        """Nothing stays open between requests."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer one request as Stripe would: the same key again is the first answer, other fields are refused."""
        address = urlsplit(url)
        fields = unflattened(post_data or address.query)
        with self._store.transaction() as documents:
            key = (headers or {}).get("Idempotency-Key") if method == "post" else None
            asked = f"{address.path}?{post_data}"
            if key and (known := documents.find_answer(key)):
                if known.asked != asked:
                    return _refused(Refusal(400, "This key was used with other parameters.", type="idempotency_error"))
                return known.body, known.status, {"Request-Id": "req_sandbox", "Idempotent-Replayed": "true"}
            try:
                body, status = json.dumps(self._route(documents, method, address.path, fields)), 200
            except Refusal as refusal:
                return _refused(refusal)  # like Stripe, a request that was not valid is not remembered
            if key:
                documents.keep_answer(key, asked, body, status)
        return body, status, {"Request-Id": "req_sandbox"}

    def _route(self, documents: Documents, method: str, path: str, fields: Document) -> Document:
        asked = path.strip("/").split("/")[1:]
        if method == "get" and (listed := LISTS.get("/".join(asked))):
            kind, parameters = listed
            return self._list(documents, path, kind, _judged(parameters, fields))
        match (method, *asked):
            case ("post", "checkout", "sessions"):
                return self._create_session(documents, _judged(SessionCreateParams, fields))
            case ("get", "checkout", "sessions", ref):
                return self._session(documents, ref, _judged(SessionRetrieveParams, fields))
            case ("post", "checkout", "sessions", ref, "expire"):
                _judged(SessionExpireParams, fields)
                return self._expire(documents, documents.get(ref))
            case ("post", "refunds"):
                return self._refund(documents, _judged(RefundCreateParams, fields))
            case ("get", "refunds" | "disputes" as kind, ref):
                _judged(RETRIEVALS[kind], fields)
                return documents.get(ref)
        raise Refusal(404, f"Unrecognized request URL ({method.upper()}: {path}).")

    def _create_session(self, documents: Documents, fields: Document) -> Document:
        now = int(self._now().timestamp())
        ends = int(fields.get("expires_at", now + LONGEST_PAGE.total_seconds()))
        if not SHORTEST_PAGE.total_seconds() <= ends - now <= LONGEST_PAGE.total_seconds():
            raise Refusal(400, "`expires_at` must be between 30 minutes and 24 hours from now.", param="expires_at")
        lines = fields["line_items"]
        total = sum(int(line["price_data"]["unit_amount"]) * int(line.get("quantity", 1)) for line in lines)
        ref = "cs_test_" + secrets.token_hex(16)
        session = {
            "id": ref, "object": "checkout.session", "livemode": False, "mode": fields["mode"], "status": "open",
            "payment_status": "unpaid", "amount_total": total, "amount_subtotal": total,
            "currency": lines[0]["price_data"]["currency"], "created": now, "expires_at": ends,
            "client_reference_id": fields.get("client_reference_id"), "metadata": fields.get("metadata", {}),
            "customer_details": {"email": fields.get("customer_email")}, "payment_intent": None,
            "success_url": fields.get("success_url"), "cancel_url": fields.get("cancel_url"),
            "locale": fields.get("locale"), "url": f"{self._base_url}/sandbox/pay/{ref}",
        }  # fmt: skip
        own = {"lines": lines, "intent_metadata": fields.get("payment_intent_data", {}).get("metadata", {})}
        documents.put(session, own=own)
        return session

    def _session(self, documents: Documents, ref: str, fields: Document) -> Document:
        return _expanded(documents, documents.get(ref), fields.get("expand", []))

    def _list(self, documents: Documents, path: str, kind: str, fields: Document) -> Document:
        """Answer a page of a list, the newest first, as long as there is more with the way on."""
        limit = int(fields.get("limit", USUAL_PAGE))
        created = fields.get("created", {})
        where = {
            "since": created.get("gte"),
            "until": created.get("lt"),
            "payment_intent": fields.get("payment_intent"),
        }
        asked = {name: value for name, value in where.items() if value is not None}
        found = documents.page_of(kind, limit=limit + 1, after=fields.get("starting_after"), **asked)
        expand = [each.removeprefix("data.") for each in fields.get("expand", [])]
        data = [_expanded(documents, each, expand) for each in found[:limit]]
        return {"object": "list", "data": data, "has_more": len(found) > limit, "url": path}

    def _expire(self, documents: Documents, session: Document) -> Document:
        if session["status"] != "open":
            raise Refusal(400, f"Only open Checkout Sessions can be expired; this one is {session['status']}.")
        session.update(status="expired", url=None)
        documents.put(session)
        self._report(documents, "checkout.session.expired", session)
        return session

    def _refund(self, documents: Documents, fields: Document) -> Document:
        refund = sandbox_money.refund(documents, fields, self._now())
        self._report(documents, "refund.created", refund)
        return refund

    def get_session(self, ref: str) -> PaySession:
        """Return what the pay page shows. Raises NotFound."""
        with self._store.transaction() as documents:
            try:
                session, own = documents.get(ref), documents.own(ref)
            except Refusal as refusal:
                raise NotFound("There is no such payment page.") from refusal
        return PaySession(session, own)

    def pay(self, ref: str, method: str = "card") -> None:
        """The customer pays, and the method confirms at once."""
        with self._store.transaction() as documents:
            session = self._complete(documents, ref, "succeeded", method)
            if session:
                self._report(documents, "checkout.session.completed", session)

    def pay_slowly(self, ref: str, *, succeeds: bool, settles_at: datetime) -> None:
        """The customer goes through, and the bank says yes or no later."""
        with self._store.transaction() as documents:
            session = self._complete(documents, ref, "processing", "pay_by_bank")
            if session:
                documents.put(session, own={**documents.own(ref), "succeeds": succeeds}, due_at=settles_at)
                self._report(documents, "checkout.session.completed", session)

    def decline(self, ref: str) -> None:
        """The card is declined; the page stays open for another try."""
        self.get_session(ref)

    def let_expire(self, ref: str) -> None:
        """The page closes unpaid."""
        with self._store.transaction() as documents:
            session = documents.get(ref)
            if session["status"] == "open":
                self._expire(documents, session)

    def deliver_due(self, post: Callable[[bytes, str], int], now: datetime) -> int:
        """Settle what is due and deliver the waiting reports, signed; return how many were taken (2xx)."""
        self._settle_due(now)
        taken = 0
        for delivery in self._store.due_deliveries(now):
            body = delivery.body.encode()
            # Stamped by the SDK's own clock, which is also the one that judges how old a report may be.
            signature = stripe.WebhookSignature.generate_signature_header(delivery.body, self._webhook_secret)
            is_taken = 200 <= post(body, signature) < 300
            self._store.note_delivery(delivery, now, is_taken=is_taken)
            taken += is_taken
        return taken

    def _settle_due(self, now: datetime) -> None:
        with self._store.transaction() as documents:
            for session in documents.list_due(now):
                self._settle(documents, session, succeeds=documents.own(session["id"]).get("succeeds", False))
            for session in documents.list_of("checkout.session", status="open"):
                if session["expires_at"] <= now.timestamp():
                    self._expire(documents, session)

    def _settle(self, documents: Documents, session: Document, *, succeeds: bool) -> None:
        intent = documents.get(session["payment_intent"])
        if succeeds:
            intent.update(status=PAID_INTENTS, amount_received=intent["amount"])
            sandbox_money.charge(documents, intent, self._now())
            session["payment_status"] = "paid"
        else:
            intent.update(status="requires_payment_method")
            documents.put(intent)
        documents.put(session, due_at=None)
        outcome = "succeeded" if succeeds else "failed"
        self._report(documents, f"checkout.session.async_payment_{outcome}", session)

    def _complete(self, documents: Documents, ref: str, intent_status: str, method: str) -> Document | None:
        """Bring the customer through the page; None when it is not open any more."""
        session = documents.get(ref)
        if session["status"] != "open" or session["expires_at"] <= self._now().timestamp():
            return None
        received = session["amount_total"] if intent_status == PAID_INTENTS else 0
        intent = {
            "id": "pi_" + secrets.token_hex(12), "object": "payment_intent", "amount": session["amount_total"],
            "amount_received": received, "currency": session["currency"], "status": intent_status,
            "metadata": documents.own(ref)["intent_metadata"], "latest_charge": None,
            "created": int(self._now().timestamp()),
        }  # fmt: skip
        documents.put(intent, own={"method": method})
        if received:
            sandbox_money.charge(documents, intent, self._now())
        session.update(status="complete", url=None, payment_intent=intent["id"])
        session["payment_status"] = "paid" if received else "unpaid"
        documents.put(session)
        return dict(session)

    def _report(self, documents: Documents, kind: str, about: Document) -> None:
        event: Document = {
            "id": "evt_" + secrets.token_hex(12), "object": "event", "api_version": stripe.api_version, "type": kind,
            "created": int(self._now().timestamp()), "livemode": False, "data": {"object": about},
        }  # fmt: skip
        documents.add_delivery(event["id"], json.dumps(event), self._now())

    def in_dashboard(self, act: Callable[[Documents, datetime], tuple[str, Document]]) -> Document:
        """Do what somebody does in the provider's dashboard, or a bank behind it (sandbox_money.py), and report it."""
        with self._store.transaction() as documents:
            kind, about = act(documents, self._now())
            self._report(documents, kind, about)
        return about


class PaySession:
    """What the pay page shows of a session."""

    def __init__(self, session: Document, own: Document) -> None:
        self.ref: str = session["id"]
        self.status: str = session["status"]
        self.amount = Money(session["amount_total"], session["currency"].upper())
        self.lines = [
            (line["price_data"]["product_data"]["name"], int(line.get("quantity", 1))) for line in own["lines"]
        ]
        self.language: str = session["locale"] or ""
        self.cancel_url: str = session["cancel_url"]
        self.return_url: str = session["success_url"].replace("{CHECKOUT_SESSION_ID}", self.ref)

    @property
    def is_open(self) -> bool:
        """Whether the buttons still do something."""
        return self.status == "open"


def unflattened(encoded: str) -> Document:
    """Read Stripe's form encoding (`a[b][0]=c`) back into nested fields."""
    root: Document = {}
    for name, value in parse_qsl(encoded or "", keep_blank_values=True):
        path = name.replace("]", "").split("[")
        inner = root
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    """Turn {"0": …, "1": …} into a list, all the way down."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _expanded(documents: Documents, document: Document, wanted: list[str]) -> Document:
    """Put the named objects whole in the place of their references, step by step."""
    for path in wanted:
        inner = document
        for step in path.split("."):
            if not inner.get(step):
                break
            if isinstance(inner[step], str):
                inner[step] = documents.get(inner[step])
            inner = inner[step]
    return document


def _judged(parameters: Any, fields: Document) -> Document:
    try:
        return dict(judge_of(parameters).validate_python(fields))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Refusal(400, f"Received unknown or invalid parameter: {where} ({first['msg']})", param=where) from error


def _refused(refusal: Refusal) -> tuple[str, int, Mapping[str, str]]:
    return json.dumps(refusal.body), refusal.status, {"Request-Id": "req_sandbox"}
