"""How passwords are judged, kept and checked: long rather than contrived, Argon2id, no trace of the password itself."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ticketing.foundation.errors import InvalidInput

SHORTEST, LONGEST = 10, 200  # characters; NIST 800-63B: length counts, forced capitals and digits do not
# OWASP's minimum for Argon2id: 19 MiB, two passes, one lane; about 25 ms.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# What an unknown address is checked against, so that it takes as long as a known one; no password fits it.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$YWJjZGVmZ2hpamtsbW5vcA$c29tZSBieXRlcyB0aGF0IGFyZSBubyBoYXNoIG9mIGE"
# The ones of at least ten characters that lists of stolen passwords begin with.
COMMON = frozenset({
    "1234567890", "0123456789", "12345678910", "123456789a", "1234567891", "123456789q", "0987654321", "9876543210",
    "1122334455", "1111111111", "0000000000", "1234554321", "123123123a", "123qweasdzxc", "1q2w3e4r5t",
    "1q2w3e4r5t6y", "1qaz2wsx3edc", "qwertyuiop", "qwerty12345", "qwerty123456", "azertyuiop", "azerty12345",
    "qwertz12345", "qwertzuiop", "asdfghjkl1", "asdfghjkl;", "zxcvbnm123", "password12", "password123",
    "password1234", "password12345", "passw0rd123", "wachtwoord", "wachtwoord1", "wachtwoord123", "motdepasse",
    "motdepasse1", "motdepasse123", "passwort123", "welkom12345", "welcome123", "welcome1234", "welkom2024!",
    "iloveyou123", "iloveyou12", "letmein1234", "changeme123", "administrator", "admin12345", "admin123456",
    "technopolis", "technopolis1", "abcdefghij", "abcd123456", "abc1234567", "football123", "sunshine123",
    "princess123",
})  # fmt: skip


class PasswordTooWeak(InvalidInput):
    """A password somebody would guess; `details["why"]` is short, long, common or own_name."""

    code = "password_too_weak"


def require_strong(password: str, email: str) -> None:
    """Refuse a password that is short, endless, common, hardly more than one character, or the person's own address.

    Raises PasswordTooWeak.
    """
    plain = password.casefold()
    if len(password) < SHORTEST:
        raise _too_weak("short", f"Use at least {SHORTEST} characters; three unrelated words do well.")
    if len(password) > LONGEST:
        raise _too_weak("long", f"Use at most {LONGEST} characters.")
    if plain in COMMON or len(set(plain)) < 3:
        raise _too_weak("common", "Everybody would try this one; three unrelated words do well.")
    if plain in {email, email.split("@")[0]}:
        raise _too_weak("own_name", "Use something that is not your own address.")


def _too_weak(why: str, message: str) -> PasswordTooWeak:
    return PasswordTooWeak(message, why=why, field="password")


def is_right(password_hash: str, password: str) -> bool:
    """Tell whether the password made this hash; takes tens of milliseconds, so hold no transaction meanwhile."""
    if len(password) > LONGEST:  # nobody has one; hashing megabytes would be work for an attacker's pleasure
        password = ""
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
