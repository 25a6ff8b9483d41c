"""Waiting through the pages, from the full time to the ordered places, and what the office does with who waits."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from tests import make
from tests.staff_stage import signed_in
from tests.visitor import Visitor
from ticketing.foundation.actors import system
from ticketing.operations import worker
from ticketing.sales import change_rules, changes
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind
from ticketing.tickets.models import Ticket

LINK = re.compile(r"http\S+/tickets/waiting/\S+")


@pytest.fixture
def slot(database, now):
    """A slot of two in two days, sold out."""
    with database.transaction() as session:
        made = make.priced_slot(session, capacity=2, starts_at=make.NOON + timedelta(days=2))
        make.confirmed_order(session, made, now)
        return made


def form_of(slot) -> str:
    return f"/nl/tickets/visit/{slot.local_date}/waiting/?slot={slot.uuid}"


def give_back(services) -> None:
    with services.database.transaction() as session:
        tickets = tuple(ticket.id for ticket in session.query(Ticket))
        order_id = session.query(Ticket).first().order_id
        wish, now = Wish(ChangeKind.CANCEL, tickets), services.clock.now()
        changes.carry_out(session, order_id, wish, change_rules.StaffRules(), "k", actor=system("test"), now=now)


def link_in(mailbox) -> str:
    """Return the first link of the waiting list in the last mail about it."""
    texts = [message.text for message in mailbox.messages if LINK.search(message.text)]
    return urlsplit(LINK.search(texts[-1])[0]).path


def test_from_a_full_time_to_the_basket(client, services, slot, mailbox):
    visitor = Visitor(client)
    assert f"{form_of(slot)}" in visitor.get(f"/nl/tickets/visit/{slot.local_date}/").text
    visitor.get(form_of(slot))
    days = {"where": "slot", "first_date": str(slot.local_date), "last_date": str(slot.local_date)}
    empty = visitor.post(form_of(slot), **days)
    wrong = visitor.post(form_of(slot), **days, email="an@example.org")
    first = visitor.post(form_of(slot), **days, email="an@example.org", **{"quantity-adult": "2"})
    again = visitor.post(form_of(slot), **days, email="an@example.org", **{"quantity-adult": "2"})
    assert [answer.status_code for answer in (empty, wrong, first, again)] == [422, 422, 200, 200]
    assert first.text == again.text
    worker.run_jobs(services)
    entry = link_in(mailbox)
    assert "Niemand wacht voor jou." in visitor.get(entry).text

    give_back(services)
    worker.run_jobs(services)
    offer = link_in(mailbox)
    assert "€ 39,00".replace(" ", "\u00a0") in visitor.get(offer).text
    basket = visitor.post(f"{offer}basket/")

    assert "an@example.org" in visitor.get(basket.location).text
    assert visitor.get(offer).status_code == 200
    visitor.post(f"{entry}leaving/")
    assert "Je hebt de wachtlijst verlaten" in visitor.get(entry).text
    assert visitor.get(f"{entry[:-2]}/").status_code == 404


def test_who_declines_reads_so_and_the_offer_is_gone(client, services, slot, mailbox):
    visitor = Visitor(client)
    visitor.get(form_of(slot))
    days = {"where": "span", "first_date": str(slot.local_date), "last_date": str(slot.local_date)}
    visitor.post(form_of(slot), **days, email="an@example.org", **{"quantity-adult": "2"})
    give_back(services)
    worker.run_jobs(services)
    offer = link_in(mailbox)
    visitor.get(offer)

    visitor.post(f"{offer}declining/")

    assert visitor.get(offer).status_code == 410
    assert visitor.post(f"{offer}basket/").status_code == 410


def test_a_price_that_has_ended_is_said_with_a_way_on(client, services, slot, mailbox):
    visitor = Visitor(client)
    visitor.get(form_of(slot))
    days = {"where": "slot", "first_date": str(slot.local_date), "last_date": str(slot.local_date)}
    visitor.post(form_of(slot), **days, email="an@example.org", **{"quantity-adult": "2"})
    give_back(services)
    worker.run_jobs(services)
    offer = link_in(mailbox)
    visitor.get(offer)
    with services.database.transaction() as session:
        session.execute(text("UPDATE prices SET valid_until = '2026-11-24'"))

    answer = visitor.post(f"{offer}basket/")

    assert answer.status_code == 409
    assert f"/nl/tickets/visit/{slot.local_date}/" in answer.text
    assert "declining/" in answer.text
    assert visitor.get(offer).text.count("basket/") == 0


def test_the_office_sees_who_waits_offers_out_of_turn_and_takes_off(app, client, services, slot):
    visitor = Visitor(client)
    visitor.get(form_of(slot))
    days = {"where": "slot", "first_date": str(slot.local_date), "last_date": str(slot.local_date)}
    for name in ("an", "bo"):
        visitor.post(form_of(slot), **days, email=f"{name}@example.org", **{"quantity-adult": "2"})
    manager = signed_in(app, services)
    assert f"/office/waiting/visit/{slot.local_date}" in manager.get("/office/waiting").text
    assert "bo@example.org" in manager.get(f"/office/waiting/visit/{slot.local_date}").text
    assert manager.get("/office/waiting/1").status_code == 200

    assert manager.post("/office/waiting/2/offers", {"slot": slot.id}).status_code == 409  # nothing is free
    manager.post("/office/waiting/1/removal")
    give_back(services)

    page = manager.get("/office/waiting/2").text
    assert "Places offered" in page
    assert "taken off" in manager.get("/office/waiting/1").text
