"""What a customer gets by mail, in their own language."""

import re

import icalendar
import pypdfium2
import pytest
import zxingcpp

from tests import make
from ticketing.foundation.actors import VISITOR
from ticketing.operations import mailing, worker
from ticketing.sales import orders
from ticketing.sales.models import Order
from ticketing.sales.settlement import pay_cash

FIRST_LINES = {
    "nl": "Toon de tickets in de bijlage",
    "fr": "Présentez les billets en pièce jointe",
    "en": "Show the tickets in the attachment",
    "de": "Zeigen Sie die Tickets im Anhang",
}


def confirm(services, language: str, now) -> Order:
    with services.database.transaction() as session:
        order = make.order(session, make.priced_slot(session), now, adult=2)
        order.language = language
        pay_cash(session, order, actor=VISITOR, now=now)
        return order


@pytest.mark.parametrize("language", FIRST_LINES)
def test_the_confirmation_says_the_next_step_first_in_the_orders_language(services, mailbox, now, language):
    order = confirm(services, language, now)

    worker.run_jobs(services)

    (message,) = mailbox.messages
    assert message.text.split("\n\n")[1].startswith(FIRST_LINES[language])
    assert FIRST_LINES[language] in message.html
    assert order.code in message.subject
    assert f"/{language}/orders/{order.code}/{order.secret}/" in message.text


def test_it_carries_a_page_for_every_ticket_and_the_visit_for_a_calendar(services, mailbox, now):
    order = confirm(services, "nl", now)

    worker.run_jobs(services)

    pages, calendar = mailbox.messages[0].attachments
    with services.database.reading() as session:
        codes = [ticket.code for ticket in orders.find_tickets(session, order)]
    document = pypdfium2.PdfDocument(pages.content)
    assert [zxingcpp.read_barcodes(page.render(scale=2).to_pil())[0].text for page in document] == codes
    (event,) = icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")
    assert event["DTSTART"].dt == make.NOON
    assert b"DTSTART:20261124T120000Z" in calendar.content  # an instant: no zone that a reader would have to know
    assert b"TZID" not in calendar.content
    assert order.uuid in event["UID"]


def test_a_mail_that_is_sent_again_is_dated_as_it_was(services, mailbox, now, clock):
    order = confirm(services, "nl", now)
    clock.advance(days=2)

    worker.run_jobs(services)

    assert mailbox.messages[0].written_at == order.confirmed_at == now


COLONS = {"nl": "Totaal: €\u00a0", "fr": "Total\u00a0: ", "en": "Total: €", "de": "Gesamt: "}


@pytest.mark.parametrize("language", COLONS)
def test_a_colon_is_set_as_the_language_sets_it(services, mailbox, now, language):
    confirm(services, language, now)

    worker.run_jobs(services)

    text = mailbox.messages[0].text
    assert COLONS[language] in text
    if language == "fr":
        assert re.findall(r"\w:(?!//)(?=\s)", text) == []


def test_an_order_that_was_anonymised_meanwhile_gets_no_mail(services, mailbox, now):
    order = confirm(services, "nl", now)
    with services.database.transaction() as session:
        session.get_one(Order, order.id).email = None

    worker.run_jobs(services)

    assert mailbox.messages == []


def test_a_mail_server_that_is_away_does_not_lose_the_mail(services, mailbox, now, clock, monkeypatch):
    confirm(services, "nl", now)
    cut = iter([True, False])

    def send(message):
        if next(cut):
            raise OSError("unplugged")
        mailbox.messages.append(message)

    monkeypatch.setattr(mailbox, "send", send)
    worker.run_jobs(services)
    assert mailbox.messages == []

    clock.advance(minutes=1)
    worker.run_jobs(services)
    assert len(mailbox.messages) == 1


def test_hostile_names_are_only_names(services, now):
    with services.database.transaction() as session:
        order = make.order(session, make.priced_slot(session), now)
        order.name = '<script>alert("x")</script>'
        pay_cash(session, order, actor=VISITOR, now=now)
        view = mailing.overview.overview_of(
            session, orders.get_order(session, order.code, order.secret), zone=services.zone
        )

    message = mailing.documents.confirmation(order, view, mailing.letterhead(services), key="k")

    assert "<script>" not in message.html
