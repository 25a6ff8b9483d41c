"""A customer's own order: what its page says, and what can still be done with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import make
from tests.visitor import HERE, Visitor
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.foundation.actors import system


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
    assert "Deze bestelling kun je niet meer betalen" in page
    assert "/nl/tickets/" in page
    visitor.page = before  # whoever still has it open
    refused = visitor.post(f"{order}payment/")
    assert refused.status_code == 409
    assert "Dan zijn we gesloten" in refused.text


def test_an_order_paid_while_we_close_says_what_becomes_of_the_money(visitor, slot, database, now):
    pay = visitor.order(slot, adult="1")
    close(database, now)

    back = visitor.post(pay, outcome="pay").location.removeprefix(HERE)
    page = visitor.get(visitor.client.get(back).location).text

    assert "Op het moment van je bezoek zijn we gesloten. Je krijgt €\u00a019,50 terug." in page
    assert "vrijgegeven" not in page


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
    assert "We houden je plaatsen vast tot 10.33 uur." in visitor.get(order).text

    clock.instant = late
    order = order_of(visitor.order(tomorrow, adult="1"), visitor)

    assert "We houden je plaatsen vast tot woensdag 25 november om 0.18 uur." in visitor.get(order).text


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
