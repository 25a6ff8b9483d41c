"""How a message leaves the house: over SMTP, or into a folder as a file. The same message again is harmless."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from ticketing.foundation.errors import Conflict, Unavailable
from ticketing.mail.messages import Message, to_email

TIMEOUT_SECONDS = 20
ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
PLAIN = {550: "5.1.1", 551: "5.1.6", 552: "5.2.2", 553: "5.1.3"}  # servers that say no more than RFC 5321 asks
NOT_THE_ADDRESS = ("5.5.", "5.7.")  # protocol and policy: relaying denied, a sign-in missing
UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._@-]+")


class MailUnreachable(Unavailable):
    """The mail server does not answer; the mail waits."""

    code = "mail_unreachable"


class MailRefused(Conflict):
    """The mail server does not want this mail."""

    code = "mail_refused"


class AddressRefused(MailRefused):
    """There is nobody at this address to write to, now or later; `status` says why in a code of RFC 3463."""

    code = "address_refused"

    def __init__(self, status: str) -> None:
        super().__init__("The mail server refuses this address for good.", status=status)


class Transport(Protocol):
    """Somewhere messages go."""

    def send(self, message: Message) -> None:
        """Send one message. Raises MailUnreachable, MailRefused, AddressRefused."""


class FileTransport:
    """Puts every message into a folder, named by its id: the same mail twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message) -> None:
        """Write the message whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = UNSAFE_IN_NAMES.sub("_", message.message_id)
        draft = self.folder / f".{name}.part"
        draft.write_bytes(to_email(message).as_bytes())
        draft.replace(self.folder / f"{name}.eml")


class SMTPTransport:
    """Hands every message to a mail server, on a connection of its own."""

    def __init__(self, host: str, port: int, *, user: str = "", password: str = "", is_encrypted: bool = False) -> None:
        self.host, self.port = host, port
        self.user, self.password = user, password
        self.is_encrypted = is_encrypted  # from the first byte (smtps); else STARTTLS where the server offers it

    def send(self, message: Message) -> None:
        """Deliver the message. Raises MailUnreachable, MailRefused, AddressRefused."""
        try:
            self._deliver(to_email(message), message.return_path or message.sender)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[message.to]
            if status := _final_status(code, words.decode("ascii", "replace")):
                raise AddressRefused(status) from error
            raise MailRefused("The mail server refuses this address.") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnreachable("The mail server does not answer. The mail waits and is tried again.") from error

    def _deliver(self, email: EmailMessage, return_path: str) -> None:
        context = ssl.create_default_context()
        if self.is_encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        with server:
            server.ehlo()
            if not self.is_encrypted and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if self.user:
                server.login(self.user, self.password)
            server.send_message(email, from_addr=return_path)


def _final_status(code: int, words: str) -> str | None:
    """Read a refusal of an address as an enhanced code, None when it may be taken later or it is us who are refused."""
    if not 500 <= code <= 599:
        return None
    said = ENHANCED.match(words)
    status = said[0] if said else PLAIN.get(code, "5.0.0")
    return None if status.startswith(NOT_THE_ADDRESS) else status


def transport_from_url(url: str, instance_path: Path) -> Transport:
    """Read MAIL_URL: `file:` (the instance's mail folder), `file:///folder`, `smtp://[user:password@]host[:port]`, `smtps://…`.

    Raises ValueError with a sentence naming MAIL_URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileTransport(Path(unquote(parts.path)) if parts.path else instance_path / "mail")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(f"MAIL_URL: must be file: or smtp://host:port, not {url!r}.")
    is_encrypted = parts.scheme == "smtps"
    return SMTPTransport(
        parts.hostname,
        parts.port or (465 if is_encrypted else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_encrypted=is_encrypted,
    )
