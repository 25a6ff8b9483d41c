"""What a customer gets by mail, in their own language."""

import re
from collections import Counter

import icalendar
import pypdfium2
import pytest
import zxingcpp

from tests import make
from ticketing.catalogue import capacity
from ticketing.catalogue.models import Experience, VATClass
from ticketing.foundation.actors import VISITOR
from ticketing.operations import mailing, worker
from ticketing.sales import holds, orders
from ticketing.sales.discounts import Percent
from ticketing.sales.models import HoldLine, Order
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


def test_each_class_of_vat_stands_in_the_mail_and_on_the_tickets_after_the_discount(services, mailbox, now):
    with services.database.transaction() as session:
        exempt = VATClass(slug="exempt", names={"en": "exempt"}, is_exempt=True)
        session.add(exempt)
        session.flush()
        visit, lesson = (make.priced_slot(session, slug=slug) for slug in ("visit", "lesson"))
        session.get_one(Experience, lesson.experience_id).vat_class_id = exempt.id
        make.promotion(session, "HALF", now, Percent(50))
        hold = make.hold(session, visit, now, adult=2)
        hold.lines.append(
            HoldLine(slot_id=lesson.id, ticket_type_id=hold.lines[0].ticket_type_id, quantity=1, unit_cents=1450)
        )
        capacity.take(session, Counter({lesson.id: 1}), hold.key, expires_at=hold.expires_at, now=now)
        session.flush()
        holds.apply_promotion(session, holds.get_hold(session, hold.secret), "HALF", now=now)
        customer = orders.Customer("an.peeters@example.org", None, "en")
        order = orders.place(session, holds.get_hold(session, hold.secret), customer, actor=VISITOR, now=now)
        pay_cash(session, order, actor=VISITOR, now=now)

    worker.run_jobs(services)

    (message,) = mailbox.messages
    for said in ("Promotion code HALF: −€26.75", "Total: €26.75", "of which VAT 6%: €1.10", "Exempt from VAT: €7.25"):
        assert said in message.text
    pages = pypdfium2.PdfDocument(message.attachments[0].content)
    prices = [re.search(r"€[0-9.]+, [^\r\n]+", page.get_textpage().get_text_range())[0] for page in pages]
    assert prices == ["€9.75, VAT 6% included", "€9.75, VAT 6% included", "€7.25, exempt from VAT"]


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
