"""Mail leaves the house whole: into a folder, or to a real SMTP server."""

from __future__ import annotations

import email
import socket
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Receiver

from ticketing.foundation.errors import InvalidInput
from ticketing.mail.messages import Attachment, Message, to_email
from ticketing.mail.transport import (
    FileTransport,
    MailRefused,
    MailUnreachable,
    SMTPTransport,
    transport_from_url,
)


def message(**changes: object) -> Message:
    fields = {
        "to": "an.peeters@example.org", "subject": "Je tickets, één bestelling",
        "text": "Dag An", "html": "<p>Dag An</p>",
        "language": "nl", "message_id": "confirmation.1@foyer.example", "sender": "tickets@foyer.example",
        "sender_name": "Technopolis", "written_at": datetime(2026, 11, 24, 9, 0, 7, 450_000, tzinfo=UTC),
        "attachments": (Attachment("K7QX2MPA.pdf", "application/pdf", b"%PDF-"),),
    }  # fmt: skip
    return Message(**{**fields, **changes})  # type: ignore[arg-type]


class Kept(Receiver):
    """Keeps what it received; refuses the address that is told to be unknown."""

    def __init__(self) -> None:
        super().__init__(email.message.EmailMessage)
        self.received: list = []

    def handle_message(self, received) -> None:
        self.received.append(received)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options) -> str:  # noqa: N802
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Kept(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def test_a_message_reaches_a_real_server_with_both_forms_and_its_files(server):
    SMTPTransport("127.0.0.1", server.port).send(message())

    (received,) = server.handler.received
    assert received["To"] == "an.peeters@example.org"
    assert received["Message-ID"] == "<confirmation.1@foyer.example>"
    kinds = [part.get_content_type() for part in received.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]


def test_an_address_the_server_does_not_know_is_refused_for_good(server):
    with pytest.raises(MailRefused):
        SMTPTransport("127.0.0.1", server.port).send(message(to="nobody@example.org"))


def test_a_server_that_is_away_leaves_the_mail_waiting():
    with pytest.raises(MailUnreachable):
        SMTPTransport("127.0.0.1", 1).send(message())


def test_a_folder_gets_one_file_a_message_however_often_it_is_sent(tmp_path: Path):
    transport = FileTransport(tmp_path / "mail")

    transport.send(message())
    transport.send(message())

    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert read["Subject"] == "Je tickets, één bestelling"
    assert read.get_body(("plain",)).get_content().strip() == "Dag An"
    assert [part.get_filename() for part in read.iter_attachments()] == ["K7QX2MPA.pdf"]


def test_the_head_says_when_it_was_written_and_in_which_language():
    made = to_email(message())

    assert made["Date"] == "Tue, 24 Nov 2026 09:00:07 +0000"
    assert made["Content-Language"] == "nl"
    assert [part["Content-Language"] for part in made.walk() if not part.is_multipart()] == [None, None, None]


def test_text_in_an_attachment_names_its_alphabet():
    calendar = Attachment("K7QX2MPA.ics", "text/calendar", "SUMMARY:Één bezoek".encode())

    (part,) = to_email(message(attachments=(calendar,))).iter_attachments()

    assert part["Content-Type"] == 'text/calendar; charset="utf-8"'
    assert part.get_content() == "SUMMARY:Één bezoek"


@pytest.mark.parametrize("field", ["to", "subject", "sender_name"])
def test_a_header_cannot_smuggle_in_another(field):
    with pytest.raises(InvalidInput):
        to_email(message(**{field: "An\r\nBcc: everybody@example.org"}))


@pytest.mark.parametrize("address", ["", "An <an@example.org>", "an@example.org, bo@example.org"])
def test_only_one_plain_address_is_written_to(address):
    with pytest.raises(InvalidInput):
        to_email(message(to=address))


@pytest.mark.parametrize(
    ("url", "kind"),
    [("file:", FileTransport), ("file:///srv/mail", FileTransport), ("smtp://u:p%40@mail.example:2525", SMTPTransport)],
)
def test_mail_url_names_the_way_out(url, kind, tmp_path):
    assert isinstance(transport_from_url(url, tmp_path), kind)


def test_a_password_in_the_url_is_unquoted(tmp_path):
    transport = transport_from_url("smtps://u:p%40ss@mail.example", tmp_path)

    assert (transport.user, transport.password, transport.port, transport.is_encrypted) == ("u", "p@ss", 465, True)


@pytest.mark.parametrize("url", ["smtp://", "http://mail.example", "smtp:mail.example"])
def test_a_mail_url_that_leads_nowhere_is_named(url, tmp_path):
    with pytest.raises(ValueError, match="MAIL_URL"):
        transport_from_url(url, tmp_path)
