"""The page for whoever has lost the link of their order: the same answer to everybody, the links to their owner."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests import make
from tests.visitor import Visitor
from ticketing.foundation.jobs import Job
from ticketing.operations import worker
from ticketing.sales.models import Order

PAGE = "/nl/orders/lost/"


@pytest.fixture
def slot(database):
    with database.transaction() as session:
        return make.priced_slot(session, 5, make.NOON + timedelta(days=2))


@pytest.fixture
def visitor(client) -> Visitor:
    return Visitor(client)


def ask(visitor, email):
    visitor.get(PAGE)
    return visitor.post(PAGE, email=email)


def mailed(services, mailbox) -> list:
    worker.run_jobs(services)
    return [message for message in mailbox.messages if message.message_id.startswith("lost.")]


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_job(visitor, slot, database, services, mailbox):
    order = visitor.buy(slot, adult="1")

    known, unknown = ask(visitor, "an.peeters@example.org"), ask(visitor, "nobody.else@example.org")

    said = [re.sub(r"[a-z.]+@example\.org", "", answer.text) for answer in (known, unknown)]
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert said[0] == said[1]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "send_lost_links")) == 2
    (mail,) = mailed(services, mailbox)
    assert mail.to == "an.peeters@example.org"
    assert order in mail.text
    assert order in mail.html
    with database.reading() as session:
        payloads = session.scalars(select(Job.payload).where(Job.kind == "send_lost_links")).all()
    assert ["email" in payload for payload in payloads] == [False, False]


def test_asking_again_within_minutes_mails_once_and_later_again(visitor, slot, services, mailbox, clock):
    visitor.buy(slot, adult="1")

    for email in ("an.peeters@example.org", "An.Peeters@example.org", " an.peeters@EXAMPLE.org "):
        assert ask(visitor, email).status_code == 200
    assert len(mailed(services, mailbox)) == 1

    clock.advance(minutes=11)
    ask(visitor, "an.peeters@example.org")
    assert len(mailed(services, mailbox)) == 2


def test_orders_long_past_are_not_mailed_and_those_bought_lately_are(visitor, slot, services, mailbox, clock):
    order = visitor.buy(slot, adult="1")

    clock.advance(days=20)  # the visit is over, bought less than 30 days ago
    ask(visitor, "an.peeters@example.org")
    assert order in mailed(services, mailbox)[0].text
    clock.advance(days=20)
    ask(visitor, "an.peeters@example.org")
    assert len(mailed(services, mailbox)) == 1


def test_the_mail_is_in_the_language_of_the_page(visitor, slot, services, mailbox):
    visitor.buy(slot, adult="1")
    visitor.get("/de/orders/lost/")
    visitor.post("/de/orders/lost/", email="an.peeters@example.org")

    (mail,) = mailed(services, mailbox)
    assert mail.language == "de"
    assert "Bestellungen" in mail.subject


@pytest.mark.parametrize(
    "email", ["", "an.peeters", "a@b", "x" * 250 + "@example.org", "an@example.org\nBcc: x@example.org"]
)
def test_what_is_no_address_is_said_and_mails_nobody(visitor, database, email):
    answer = ask(visitor, email)

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    with database.reading() as session:
        assert session.scalars(select(Job)).all() == []


def test_a_wrong_link_leads_to_the_page(visitor, slot, database):
    visitor.buy(slot, adult="1")
    with database.reading() as session:
        code = session.scalars(select(Order.code)).one()

    page = visitor.get(f"/nl/orders/{code}/{'a' * 32}/")

    assert page.status_code == 404
    assert f'href="{PAGE}"' in page.text


def test_asking_is_limited(visitor):
    statuses = [ask(visitor, f"somebody{number}@example.org").status_code for number in range(7)]

    assert statuses[0] == 200
    assert statuses[-1] == 429
