"""What a person asked for and cannot have; each error says what to do instead.

A refused scan, a declined card, a sold-out day are answers, not errors. Kinds follow what the caller can do;
codes are a closed list that every face and every language knows (`tests/house/test_errors.py`).
"""

from __future__ import annotations

from typing import Any, ClassVar


class TicketingError(Exception):
    """Something a person asked for cannot be done; `message` is a sentence they can act on."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code is not None:
            self.code = code  # type: ignore[misc]


class InvalidInput(TicketingError):
    """The request has the wrong shape or breaks a rule; `details["field"]` names where."""

    code, status = "invalid_input", 422


class NotFound(TicketingError):
    """There is no such thing, or it is not yours to see: the answer is the same."""

    code, status = "not_found", 404


class NotAllowed(TicketingError):
    """You are known, but your role does not cover this."""

    code, status = "not_allowed", 403


class Conflict(TicketingError):
    """The thing has moved on; look at its fresh state and choose again."""

    code, status = "conflict", 409


class Expired(TicketingError):
    """It was yours for a time, and the time is over."""

    code, status = "expired", 410


class TooMany(TicketingError):
    """Slow down; `details["retry_after_seconds"]` says for how long."""

    code, status = "slow_down", 429


class Unavailable(TicketingError):
    """Not now; nothing is lost; try again."""

    code, status = "unavailable", 503
