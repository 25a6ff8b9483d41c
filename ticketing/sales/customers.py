"""Who an order is for: an address mail can reach, and a name if they like to give one."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

from ticketing.foundation.errors import InvalidInput

LONGEST_NAME = 120
# Letters that turn the reading order around can make a printed name say something else.
UNSEEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


class EmailInvalid(InvalidInput):
    """No mail can be sent to this."""

    code = "email_invalid"


def checked_email(text: str) -> str:
    """Return the address in its normal form; asks no name server. Raises EmailInvalid."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise EmailInvalid("This is not an e-mail address. Write it like name@example.be.", field="email") from error


def cleaned_name(text: str | None) -> str | None:
    """Return a name fit for a line of text: no control characters, single spaces; None when nothing is left."""
    visible = "".join(
        " " if unicodedata.category(character) in UNSEEN_CATEGORIES else character for character in text or ""
    )
    return " ".join(visible.split())[:LONGEST_NAME] or None
