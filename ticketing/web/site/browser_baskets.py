"""Which baskets this browser has opened: their secrets, in its signed cookie. A link to a basket works without it."""

from __future__ import annotations

from flask import session as browser_session

BASKETS, MOST_BASKETS = "baskets", 5


def secrets() -> tuple[str, ...]:
    """Return the secrets of the last baskets of this browser."""
    return tuple(browser_session.get(BASKETS, ()))


def remember(secret: str) -> None:
    """Note that this browser has a basket, as its last one."""
    known = secrets()
    if known[-1:] != (secret,):
        browser_session[BASKETS] = [*(each for each in known if each != secret), secret][-MOST_BASKETS:]
