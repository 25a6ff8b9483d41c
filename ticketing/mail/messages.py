"""A message and its form on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from ticketing.foundation.errors import InvalidInput


class UnsafeHeader(InvalidInput):
    """A header that would smuggle in another one."""

    code = "unsafe_header"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    filename: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person. The same mail, however often it is sent, has the same `message_id` and `written_at`."""

    to: str
    subject: str
    text: str
    html: str
    language: str
    message_id: str
    sender: str
    sender_name: str
    written_at: datetime  # an instant
    attachments: tuple[Attachment, ...] = ()
    return_path: str = ""  # where notices go when it cannot be delivered; the sender when empty


def to_email(message: Message) -> EmailMessage:
    """Put a message into its form on the wire. Raises UnsafeHeader."""
    for header in (message.to, message.subject, message.sender, message.sender_name, message.message_id):
        if "\r" in header or "\n" in header or "\0" in header:
            raise UnsafeHeader("A line break in a header is refused.")
    if "@" not in message.to or parseaddr(message.to)[1] != message.to:
        raise UnsafeHeader("This is not one plain address.", field="email")
    email = EmailMessage()
    name = message.sender_name.replace('"', "")
    email["From"] = f'"{name}" <{message.sender}>'
    email["To"] = message.to
    email["Subject"] = message.subject
    email["Date"] = format_datetime(message.written_at)
    email["Message-ID"] = f"<{message.message_id}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.text)
    email.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        _attach(email, attachment)
    email["Content-Language"] = message.language  # last: adding a part takes every Content- header down into the first
    return email


def _attach(email: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.mime_type.partition("/")
    params = {"charset": "utf-8"} if maintype == "text" else {}
    email.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=attachment.filename, params=params
    )
