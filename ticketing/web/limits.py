"""Rate limits at the doors where guessing or flooding would pay. Counts live in the process's memory:
with several web processes each counts for itself, and the proxy's limit (deploy/nginx.conf) is the outer one."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)

SIGN_IN = "10 per minute; 60 per hour"
HOLDS = "30 per minute"  # opening holds: hoarding is the oldest trick against a ticket shop
ORDERS = "30 per minute"
ORDER_LINKS = "60 per minute"
ORDER_MAILS = "5 per minute; 20 per hour"  # what sends mail to an address that somebody typed
HOOKS = "600 per minute"
SCANS = "1200 per minute"  # one device at a busy gate, forty times over


def set_up(app: Flask, *, is_on: bool) -> None:
    """Attach the limiter to the application; `RATE_LIMITS=0` switches it off for benchmarks."""
    app.config["RATELIMIT_ENABLED"] = is_on
    limiter.init_app(app)
