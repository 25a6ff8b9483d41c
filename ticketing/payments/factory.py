"""Puts the adapter on one of its two transports."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import stripe

from ticketing.payments.sandbox import Sandbox
from ticketing.payments.sandbox_store import SandboxStore
from ticketing.payments.stripe_provider import CONNECT_SECONDS, READ_SECONDS, RETRIES, StripeProvider

# Its debug lines hold whole requests, addresses of customers among them.
logging.getLogger("stripe").setLevel(logging.WARNING)

SANDBOX_KEY = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 - guards nothing: the sandbox takes no money


def sandbox_provider(path: Path, base_url: str, now: Callable[[], datetime]) -> tuple[Sandbox, StripeProvider]:
    """Build the adapter over the sandbox, whose state is in the file at `path`."""
    sandbox = Sandbox(SandboxStore(path), SANDBOX_WEBHOOK_SECRET, base_url, now)
    client = stripe.StripeClient(SANDBOX_KEY, max_network_retries=RETRIES, http_client=sandbox)
    return sandbox, StripeProvider(client, webhook_secret=SANDBOX_WEBHOOK_SECRET, name="sandbox", is_live=False)


def stripe_provider(key: str, webhook_secret: str, api_base: str | None) -> StripeProvider:
    """Build the adapter over HTTPS; the client retries nothing unless it is told to."""
    client = stripe.StripeClient(
        key,
        max_network_retries=RETRIES,
        base_addresses={"api": api_base} if api_base else {},
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )
    is_live = "_live_" in key
    return StripeProvider(client, webhook_secret=webhook_secret, name="stripe", is_live=is_live)
