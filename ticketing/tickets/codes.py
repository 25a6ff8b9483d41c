"""Ticket codes: made here, printed in groups, typed by tired hands, looked up by digest."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from itertools import accumulate

CODE_LENGTH = 26  # base32 characters: 130 random bits, a QR of version 2 at level Q
GROUPS = (4, 5, 4, 4, 5, 4)  # two lines of thirteen, each its own mirror: easy to keep one's place in
SHAPE = re.compile(rf"[A-Z2-7]{{{CODE_LENGTH}}}")
SEPARATORS = re.compile(r"[\s\-.·]+")
LONGEST_TYPED = 80  # characters; anything longer is no code


def new_code() -> str:
    """Make a code of 130 random bits."""
    return base64.b32encode(secrets.token_bytes(17)).decode()[:CODE_LENGTH]


def grouped(code: str) -> str:
    """Write a code in groups, as it is printed for typing."""
    ends = list(accumulate(GROUPS))
    return " ".join(code[end - length : end] for length, end in zip(GROUPS, ends, strict=True))


def normalise(text: str) -> str | None:
    """Return the code somebody scanned or typed, in its one form; None when it cannot be one."""
    if len(text) > LONGEST_TYPED:
        return None
    # 0, 1 and 8 are not in the alphabet: whoever types them means the letters they look like.
    bare = SEPARATORS.sub("", text).upper().translate(str.maketrans("018", "OIB"))
    return bare if SHAPE.fullmatch(bare) else None


def digest(code: str) -> str:
    """Return the SHA-256 of a code, by which the door looks it up."""
    return hashlib.sha256(code.encode()).hexdigest()
