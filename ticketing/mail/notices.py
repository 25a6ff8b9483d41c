"""Reading what comes back: did a mail server say for good that a mail cannot be delivered (RFC 3464)? Pure."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

LONGEST = 1024 * 1024  # bytes of a notice that are read; what says so stands before the mail that is sent back
MOST_ADDRESSES = 50
STATUS = re.compile(r"\s*(5\.\d{1,3}\.\d{1,3})\b")
ADDRESS = re.compile(r"[^\s<>,;\"@]{1,64}@[^\s<>,;\"@]{1,255}")
ARRIVED = {"delivered", "relayed", "expanded"}
ADDRESSED_IN = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
RETURNED = ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers")


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that came to the return address. `status` is the enhanced code of a mail that failed for good, None
    when this says nothing of the kind; `message_id` is that of the mail sent back, without brackets, where it has one.
    """

    addresses: tuple[str, ...]
    status: str | None
    message_id: str | None


def read(raw: bytes) -> Notice:
    """Read a message, whatever it is; only its first mebibyte counts."""
    try:
        message = email.message_from_bytes(raw[:LONGEST])
        return Notice(_addresses(message), _status(message), _returned_id(message))
    except (RecursionError, ValueError, LookupError):  # boxes in boxes without end, or alphabets that are none
        return Notice((), None, None)


def _addresses(message: Message) -> tuple[str, ...]:
    written = [str(value) for name in ADDRESSED_IN for value in message.get_all(name, [])]
    return tuple(found for value in written for found in ADDRESS.findall(value))[:MOST_ADDRESSES]


def _status(message: Message) -> str | None:
    """Return the code of a failure; where anybody behind the address got the mail, it has arrived."""
    groups = list(_recipients(message))
    actions = {_word(group, "Action") for group in groups}
    if actions & ARRIVED:
        return None
    failed = [group for group in groups if _word(group, "Action") == "failed" and group["Final-Recipient"]]
    codes = [found[1] for group in failed if (found := STATUS.match(str(group["Status"] or "")))]
    return codes[0] if codes else None


def _recipients(message: Message) -> Iterator[Message]:
    """Walk what is said of each recipient. Only the report itself counts, nothing inside of what it sends back."""
    for part in _parts(message):
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (group for group in _boxes(part) if group["Action"])


def _returned_id(message: Message) -> str | None:
    for part in _parts(message):
        if part.get_content_type() in RETURNED:
            content = part.get_payload()
            inner = content[0] if isinstance(content, list) and content else email.message_from_string(str(content))
            if isinstance(inner, Message) and inner["Message-ID"]:
                return str(inner["Message-ID"]).strip().strip("<>")
    return None


def _parts(message: Message) -> list[Message]:
    return _boxes(message) if message.get_content_type() == "multipart/report" else []


def _boxes(message: Message) -> list[Message]:
    content = message.get_payload()
    return [part for part in content if isinstance(part, Message)] if isinstance(content, list) else []


def _word(group: Message, name: str) -> str:
    return str(group[name] or "").strip().lower()
