"""The address a mail comes back to: it names the mail's job and proves that we wrote it, so that nobody can forge one.

`bounces@example.org` becomes `bounces+<token>@example.org`. A token is 39 base32 characters, for mail servers do not
keep capitals: 64 bits of the job's number, hidden, and 128 bits that only the holder of the key can make of the job.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

NUMBER_BYTES, PROOF_BYTES = 8, 16
TOKEN = re.compile(r"[a-z2-7]{39}")


@dataclass(frozen=True, slots=True)
class Token:
    """What came back in an address: which job it claims to be of, and its proof. Nothing is proved yet."""

    job_id: int
    proof: bytes


def address_for(bounces_to: str, secret_key: str, *, job_id: int, job_key: str) -> str:
    """Return the address that a job's mail comes back to."""
    proof = _proof(secret_key, job_key)
    number = _hidden(job_id.to_bytes(NUMBER_BYTES), secret_key, proof)
    token = base64.b32encode(number + proof).decode().rstrip("=").lower()
    local, _, domain = bounces_to.rpartition("@")
    return f"{local}+{token}@{domain}"


def read_token(address: str, bounces_to: str, secret_key: str) -> Token | None:
    """Return what stands in an address of ours, however it is spelled; None when it is another address."""
    local, _, domain = bounces_to.lower().rpartition("@")
    start, end = f"{local}+", f"@{domain}"
    address = address.strip().strip("<>").lower()
    token = address.removeprefix(start).removesuffix(end)
    if f"{start}{token}{end}" != address or not TOKEN.fullmatch(token):
        return None
    whole = base64.b32decode(token.upper() + "=")
    proof = whole[NUMBER_BYTES:]
    return Token(int.from_bytes(_hidden(whole[:NUMBER_BYTES], secret_key, proof)), proof)


def is_proved(token: Token, secret_key: str, job_key: str) -> bool:
    """Tell whether a token was made by us, for the job of this key."""
    return hmac.compare_digest(token.proof, _proof(secret_key, job_key))


def _proof(secret_key: str, job_key: str) -> bytes:
    return _digest(secret_key, b"return path\0" + job_key.encode())[:PROOF_BYTES]


def _hidden(number: bytes, secret_key: str, proof: bytes) -> bytes:
    """Cover a number, or uncover it: how many mails we write is nobody's business."""
    mask = _digest(secret_key, b"return path number\0" + proof)
    return bytes(one ^ other for one, other in zip(number, mask, strict=False))


def _digest(secret_key: str, content: bytes) -> bytes:
    return hmac.new(secret_key.encode(), content, hashlib.sha256).digest()
