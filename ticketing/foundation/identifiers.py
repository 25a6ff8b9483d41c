"""All makers of names for the outside: order codes for people, secrets for links, UUIDs for machines."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid

# No 0 O 1 I: a code is read aloud and typed on a phone. 32 characters, 5 bits each.
PEOPLE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ORDER_CODE_LENGTH = 8


def new_order_code() -> str:
    """Make an order code: seven random characters and a check character; uniqueness is the database's to refuse."""
    body = "".join(secrets.choice(PEOPLE_ALPHABET) for _ in range(ORDER_CODE_LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """Return the character that makes a mistyped or swapped character show (weights odd and distinct mod 32)."""
    total = sum((2 * place + 1) * PEOPLE_ALPHABET.index(character) for place, character in enumerate(body))
    return PEOPLE_ALPHABET[total % 32]


def is_order_code(text: str) -> bool:
    """Tell whether the text has the shape of an order code, check character included."""
    if len(text) != ORDER_CODE_LENGTH or any(character not in PEOPLE_ALPHABET for character in text):
        return False
    return check_character(text[:-1]) == text[-1]


def new_secret() -> str:
    """Make a secret for a link: 160 random bits as 32 lower-case base32 characters."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()


def new_token() -> str:
    """Make a bearer token for a machine or a session: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return the SHA-256 of a high-entropy secret, the only form of it that is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_uuid() -> str:
    """Make an identifier for machines; it is a name, not a secret."""
    return str(uuid.uuid4())
