"""Rate limits at the doors where guessing or flooding would pay. Counts live in the process's memory:
with several web processes each counts for itself, and the proxy's limit (deploy/nginx.conf) is the outer one."""

from __future__ import annotations

import logging
import threading
import time
from typing import NoReturn

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse

from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import TooMany

log = logging.getLogger(__name__)

# So many answers may wait at once; the threads behind them serve visitors, and a flood of guesses must not stop those.
_waiting = threading.BoundedSemaphore(2)
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)

SIGN_IN = "10 per minute; 20 per hour"  # wrong passwords for one account, from one network
SIGN_IN_NETWORK = "60 per minute; 300 per hour"  # one password tried on everybody
# Wrong passwords for one account from anywhere. Whoever guesses must not be able to keep its owner out, who may have to
# close the centre: beyond this an answer takes longer, and none is refused.
GUESSED_AT = parse("50 per day")
SLOW_SECONDS = 1.0
IS_COUNTING = "IS_COUNTING_REQUESTS"
HOLDS = "30 per minute"  # opening holds: hoarding is the oldest trick against a ticket shop
ORDERS = "30 per minute"
ORDER_LINKS = "60 per minute"
DISPLAYS = "120 per minute"  # screens on walls that look every quarter of a minute, a house full of them
ORDER_MAILS = "5 per minute; 20 per hour"  # what sends mail to an address that somebody typed
GIFT_CARDS = "10 per minute; 60 per hour"  # codes tried for what is on them, from one network
HOOKS = "600 per minute"
ENROLMENTS = "30 per minute"  # phones that become scanners; a gate's worth of them on one morning
SCANS = "1200 per minute"  # one device at a busy gate, forty times over
RESELLERS = "1800 per minute"  # of one key; a supplier's test run asks 70 times in three seconds
# Codes that no ticket has, shown to one device or person: more than a queue of lost people has, far too few to guess.
# Codes that are ours pass beside it, also from the same device.
WRONG_CODES = parse("60 per minute")
STRANGERS = parse("120 per minute")  # tokens that no device has, from one network; devices there are not counted


def set_up(app: Flask, *, is_on: bool) -> None:
    """Attach the limiter to the application; `RATE_LIMITS=0` switches it off for benchmarks.

    The limiter is the process's and would take its switch from whichever application came last; ours stays with each.
    """
    app.config[IS_COUNTING] = is_on
    limiter.init_app(app)


@limiter.request_filter
def _lets_all_pass() -> bool:
    return not _is_counting()


def _is_counting() -> bool:
    return bool(current_app.config[IS_COUNTING])


def note_guess(account: str) -> None:
    """Count a wrong password for an account, wherever it came from."""
    if _is_counting():
        limiter.limiter.hit(GUESSED_AT, account)


def is_guessed_at(account: str) -> bool:
    """Tell whether many wrong passwords were tried on an account today."""
    return _is_counting() and not limiter.limiter.test(GUESSED_AT, account)


def wait_a_moment() -> None:
    """Let an answer take longer, unless enough of them wait already."""
    if _waiting.acquire(blocking=False):
        try:
            time.sleep(SLOW_SECONDS)
        finally:
            _waiting.release()


def count_wrong_code(scanner: Actor) -> None:
    """Count a code that no ticket has. Raises TooMany when its scanner shows too many of them."""
    if _is_counting() and not limiter.limiter.hit(WRONG_CODES, *_shown_by(scanner)):
        refuse_wrong_codes(scanner)


def wrong_codes_left(scanner: Actor) -> int | None:
    """Return how many codes that no ticket has a device may still tell of now; None when nobody counts."""
    return limiter.limiter.get_window_stats(WRONG_CODES, *_shown_by(scanner)).remaining if _is_counting() else None


def count_wrong_codes(scanner: Actor, number: int) -> None:
    """Count codes that no ticket has, which a device judged by itself."""
    if _is_counting() and number:
        limiter.limiter.hit(WRONG_CODES, *_shown_by(scanner), cost=number)


def refuse_wrong_codes(scanner: Actor) -> NoReturn:
    """Raise TooMany: this scanner shows too many codes that no ticket has."""
    log.warning("too many wrong codes from %s %s (%s)", scanner.kind.value, scanner.id, scanner.name)
    raise TooMany("Too many codes that no ticket has. Wait a minute.", retry_after_seconds=60)


def _shown_by(scanner: Actor) -> tuple[str, ...]:
    return ("wrong code", scanner.kind.value, str(scanner.id))


def count_stranger(network: str) -> None:
    """Count a token that no device has. Raises TooMany when too many come from one network."""
    if _is_counting() and not limiter.limiter.hit(STRANGERS, "stranger", network):
        raise TooMany("Too many tokens that no device has. Wait a minute.", retry_after_seconds=60)
