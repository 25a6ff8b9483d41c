"""A customer's own order: what its page says, and what can still be done with it."""

from __future__ import annotations

import re
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from tests import make
from tests.staff_stage import signed_in
from tests.visitor import HERE, Visitor
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.door import gates
from ticketing.foundation.actors import system
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.jobs import Job
from ticketing.operations import closing, worker
from ticketing.sales.models import Hold, HoldState, Order
from ticketing.staff.models import Role
from ticketing.tickets.models import Ticket


@pytest.fixture
def slot(database, now):
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session, capacity=5)


@pytest.fixture
def visitor(client) -> Visitor:
    return Visitor(client)


def close(database, now) -> None:
    with database.transaction() as session:
        request = ClosureRequest(dict.fromkeys(make.LANGUAGES, "storm"), now)
        closures.close(session, request, actor=system("test"), now=now)


def order_of(pay: str, visitor: Visitor) -> str:
    """Give up on the provider's page; return the address of the order."""
    return visitor.post(pay, outcome="expire").location.removeprefix(HERE)


def test_while_we_are_closed_an_unpaid_order_shows_no_way_to_pay(visitor, slot, database, now):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    before = visitor.get(order)
    assert "Betaal nu" in before.text

    close(database, now)

    page = visitor.get(order).text
    assert "Betaal nu" not in page
    assert "storm" in page
    assert "Je tickets gaan naar" not in page
    assert "Deze bestelling kun je niet meer betalen" in page
    assert "/nl/tickets/" in page
    visitor.page = before  # whoever still has it open
    refused = visitor.post(f"{order}payment/")
    assert refused.status_code == 409
    assert "Dan zijn we gesloten" in refused.text


def test_an_order_paid_while_we_close_has_tickets_that_say_so_and_leads_to_a_choice_in_three_taps(
    visitor, slot, database, now, services, clock
):
    with database.transaction() as session:
        later = make.priced_slot(session, 5, make.NOON + timedelta(days=1))
    pay = visitor.order(slot, adult="1")
    with database.transaction() as session:
        request = ClosureRequest(dict.fromkeys(make.LANGUAGES, "Storm."), now, now + timedelta(hours=9))
        closures.close(session, request, actor=system("test"), now=now)
    back = visitor.post(pay, outcome="pay").location.removeprefix(HERE)
    order = visitor.client.get(back).location
    clock.advance(minutes=10)
    closing.tend(services)

    page = visitor.get(order).text
    assert "Storm." in page
    case = re.search(r"/nl/closed/[a-z0-9]+/", page)[0]
    assert f"{case}slots/{later.uuid}/" in visitor.get(case).text
    assert "kost je niets extra" in visitor.get(f"{case}slots/{later.uuid}/").text
    assert visitor.post(f"{case}slots/{later.uuid}/").location.endswith(case)
    assert "andere tijd" in visitor.get(case).text
    assert visitor.post(f"{case}refund/").status_code == 409  # too late to want something else


def test_paying_again_right_after_the_page_closed_leads_to_a_new_page(visitor, slot):
    pay = visitor.order(slot, adult="1")
    order = order_of(pay, visitor)
    visitor.get(order)

    again = visitor.post(f"{order}payment/").location.removeprefix(HERE)

    assert again != pay
    assert "Deze betaalpagina is gesloten" not in visitor.get(again).text
    assert 'value="pay"' in visitor.page.text


def test_paying_again_after_paying_in_another_tab_shows_the_tickets(visitor, slot):
    base = visitor.fill_in(slot, adult="1")
    review = visitor.page
    pay = visitor.post(f"{base}order/").location.removeprefix(HERE)
    visitor.get(pay)
    visitor.post(pay, outcome="pay")  # and the way back got lost

    visitor.page = review
    led_to = visitor.post(f"{base}order/").location

    assert "Bedankt" in visitor.get(led_to).text


def test_a_deadline_on_another_day_names_the_day(visitor, slot, clock, database):
    late = clock.now() + timedelta(hours=13, minutes=45)  # 23:45 in Mechelen
    with database.transaction() as session:
        tomorrow = make.priced_slot(session, starts_at=slot.starts_at + timedelta(days=2))
    order = order_of(visitor.order(slot, adult="1"), visitor)
    assert "We houden je plaatsen vast tot 10.33\u00a0uur." in visitor.get(order).text

    clock.instant = late
    order = order_of(visitor.order(tomorrow, adult="1"), visitor)

    assert "We houden je plaatsen vast tot woensdag 25\u00a0november om 0.18\u00a0uur." in visitor.get(order).text


def test_an_order_that_was_tried_too_often_shows_no_way_to_pay(visitor, slot):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    for _ in range(4):
        before = visitor.get(order)
        pay = visitor.post(f"{order}payment/").location.removeprefix(HERE)
        visitor.get(pay)
        visitor.post(pay, outcome="expire")

    visitor.page = before
    refused = visitor.post(f"{order}payment/")
    assert refused.status_code == 409
    assert "Er is te vaak geprobeerd" in refused.text
    assert "Deze bestelling kun je niet meer betalen" in visitor.get(order).text
    assert "Betaal nu" not in visitor.page.text


def test_an_order_whose_time_is_over_shows_no_way_to_pay(visitor, slot, clock):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    clock.advance(minutes=40)  # and the worker has not come round yet

    assert "Betaal nu" not in visitor.get(order).text
    assert "De tijd om te betalen is voorbij" in visitor.page.text


def hold_of(database) -> Hold:
    with database.reading() as session:
        return session.scalars(select(Hold).order_by(Hold.id.desc())).first()


def email_of_order(database) -> str:
    with database.reading() as session:
        return session.scalars(select(Order.email)).one()


HOLD_FORMS = {
    "details": {"email": "right@example.org", "name": ""},
    "promotion": {"promotion_code": "SCIENCE25"},
    "extension": {"step": "review"},
    "release": {},
    "order": {},
}


@pytest.mark.parametrize("form", HOLD_FORMS)
def test_once_paid_every_form_of_the_basket_leads_to_the_order(visitor, slot, database, form):
    order = visitor.buy(slot, adult="1")
    visitor.get("/nl/tickets/slots/" + slot.uuid + "/")  # a page with a token

    answer = visitor.post(f"/nl/tickets/holds/{hold_of(database).secret}/{form}/", **HOLD_FORMS[form])

    assert (answer.status_code, answer.location) == (303, order)
    assert email_of_order(database) == "an.peeters@example.org"


@pytest.mark.parametrize("form", ["promotion", "extension", "release"])
def test_once_ordered_the_forms_of_the_basket_change_nothing_and_lead_to_the_order(visitor, slot, database, form):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    visitor.get(order)
    before = hold_of(database)

    answer = visitor.post(f"/nl/tickets/holds/{before.secret}/{form}/", **HOLD_FORMS[form])

    assert (answer.status_code, answer.location) == (303, order)
    after = hold_of(database)
    assert (after.state, after.expires_at, after.extensions) == (HoldState.OPEN, before.expires_at, 0)
    assert after.promotion_code_id is None


def test_once_expired_the_forms_of_the_basket_lead_to_the_order(visitor, slot, database, clock, services):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    clock.advance(hours=1)
    worker.payments.sweep(services)
    visitor.get(f"/nl/tickets/slots/{slot.uuid}/")

    for form, fields in HOLD_FORMS.items():
        answer = visitor.post(f"/nl/tickets/holds/{hold_of(database).secret}/{form}/", **fields)
        assert (answer.status_code, answer.location) == (303, order), form


def test_going_back_to_correct_the_address_corrects_the_order(visitor, slot, database, services, mailbox):
    pay = visitor.order(slot, adult="1")
    secret = hold_of(database).secret

    answer = visitor.post(f"/nl/tickets/holds/{secret}/details/", email="right@example.org", name="Ann Peeters")

    assert answer.status_code == 303
    assert "right@example.org" in visitor.get(answer.location).text
    visitor.get(pay)
    visitor.post(pay, outcome="pay")
    worker.run_jobs(services)
    worker.payments.reconcile(services)
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.code == "order.corrected")).all()
    assert [(entry.subject, entry.details) for entry in entries] == [("orders", {"changed": ["email", "name"]})]
    assert email_of_order(database) == "right@example.org"


def test_the_address_of_an_unpaid_order_can_be_changed_from_its_page(visitor, slot, database):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    assert f'href="{order}details/"' in visitor.get(order).text
    assert 'value="an.peeters@example.org"' in visitor.get(f"{order}details/").text

    refused = visitor.post(f"{order}details/", email="right@", name="")
    assert refused.status_code == 422
    assert 'id="email-error"' in refused.text
    answer = visitor.post(f"{order}details/", email="right@example.org", name="")

    assert (answer.status_code, answer.location) == (303, order)
    assert "Je tickets gaan naar right@example.org." in visitor.get(order).text


def test_the_address_and_language_of_a_paid_order_can_be_changed_and_both_addresses_are_told(
    visitor, slot, database, services, mailbox
):
    order = visitor.buy(slot, adult="1")
    worker.run_jobs(services)
    assert f'href="{order}details/"' in visitor.get(order).text
    visitor.get(f"{order}details/")

    answer = visitor.post(f"{order}details/", email="right@example.org", name="An", language="fr")
    worker.run_jobs(services)

    assert (answer.status_code, answer.location) == (303, order.replace("/nl/", "/fr/", 1))
    new, old = sorted(mailbox.messages[-2:], key=lambda message: message.to, reverse=True)
    assert (new.to, old.to) == ("right@example.org", "an.peeters@example.org")
    assert (new.language, len(new.attachments)) == ("fr", 2)
    assert (old.attachments, "right@example.org" in old.text + old.html) == ((), False)
    assert order.split("/")[4] in new.text
    assert order.split("/")[4] not in old.text + old.html
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.code == "order.corrected")).one()
        payloads = session.scalars(select(Job.payload).where(Job.kind == "send_address_mail")).all()
    assert entry.details == {"changed": ["email", "name", "language"]}
    assert ["email" in payload for payload in payloads] == [False]


def test_a_change_of_language_alone_mails_nobody(visitor, slot, database, services, mailbox):
    order = visitor.buy(slot, adult="1")
    worker.run_jobs(services)
    visitor.get(f"{order}details/")

    visitor.post(f"{order}details/", email="an.peeters@example.org", name="An Peeters", language="de")
    worker.run_jobs(services)

    assert len(mailbox.messages) == 1
    with database.reading() as session:
        assert session.scalars(select(Order.language)).one() == "de"


@pytest.mark.parametrize("wrong", [{"email": "right@"}, {"language": "xx"}, {"name": "n" * 121}, {"email": ""}])
def test_details_that_cannot_be_change_nothing_and_are_marked(visitor, slot, database, wrong):
    order = visitor.buy(slot, adult="1")
    visitor.get(f"{order}details/")

    answer = visitor.post(f"{order}details/", **{"email": "right@example.org", "name": "", "language": "nl", **wrong})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert email_of_order(database) == "an.peeters@example.org"
    assert visitor.client.get("/nl/orders/AAAAAAAA/nosuchsecret/details/").status_code == 404


def test_names_are_put_on_tickets_and_shown_on_page_pdf_and_at_the_door(visitor, slot, database, services, clock, app):
    order = visitor.buy(slot, adult="2")
    visitor.get(f"{order}names/")

    answer = visitor.post(f"{order}names/", **{"name-1": "  Noor\u202e  Peeters ", "name-2": "", "name-9": "Nobody"})

    assert (answer.status_code, answer.location) == (303, order)
    assert visitor.get(order).text.count("Noor Peeters") == 1
    pdf = pypdfium2.PdfDocument(visitor.client.get(f"{order}tickets.pdf").data)
    pages = [page.get_textpage().get_text_range() for page in pdf]
    assert ["Noor Peeters" in page for page in pages] == [True, False]
    with database.transaction() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.holder_name == "Noor Peeters")).one()
        gates.add_gate(session, "North", actor=system("test"), now=clock.now())
    clock.instant = slot.starts_at
    desk = signed_in(app, services, Role.FRONT_DESK)
    assert "Noor Peeters" in desk.post("/desk/scan", {"code": ticket.code}).get_data(as_text=True)


def test_names_on_others_tickets_and_on_orders_that_ended_are_refused(visitor, slot, database):
    first = visitor.buy(slot, adult="1")
    second = visitor.buy(slot, adult="1")
    visitor.get(f"{first}names/")
    visitor.post(f"{first}names/", **{"name-1": "Noor", "name-2": "Thief"})

    with database.reading() as session:
        assert session.scalars(select(Ticket.holder_name).order_by(Ticket.id)).all() == ["Noor", None]
    assert visitor.client.get(f"{second[:-5]}aaaa/names/").status_code == 404


def test_tickets_are_mailed_once_more_and_not_again_and_again(visitor, slot, services, mailbox, clock):
    order = visitor.buy(slot, adult="1")
    worker.run_jobs(services)
    visitor.get(order)

    for _ in range(3):
        answer = visitor.post(f"{order}mails/")
        assert (answer.status_code, answer.location) == (303, f"{order}?sent=1")
    worker.run_jobs(services)
    assert len(mailbox.messages) == 2
    assert [part.filename.rpartition(".")[2] for part in mailbox.messages[1].attachments] == ["pdf", "ics"]
    assert "nog eens onderweg" in visitor.get(f"{order}?sent=1").text

    clock.advance(minutes=6)
    visitor.post(f"{order}mails/")
    worker.run_jobs(services)
    assert len({message.message_id for message in mailbox.messages}) == 3


def test_an_unpaid_order_has_no_tickets_to_mail_or_name(visitor, slot, services, mailbox):
    order = order_of(visitor.order(slot, adult="1"), visitor)
    visitor.get(order)

    assert visitor.post(f"{order}mails/").status_code == 409
    assert visitor.post(f"{order}names/", **{"name-1": "x"}).status_code == 409
    worker.run_jobs(services)
    assert mailbox.messages == []
