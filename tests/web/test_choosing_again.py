"""Going back and choosing again: nobody is refused by the places of their own first choice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.visitor import Visitor
from ticketing.catalogue import capacity
from ticketing.operations import invariants
from ticketing.sales.models import Hold, HoldState


@pytest.fixture
def slot(database, now):
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session, capacity=5)


@pytest.fixture
def visitor(client) -> Visitor:
    return Visitor(client)


def free(database, slot, now) -> int:
    with database.reading() as session:
        return capacity.free_places(session, [slot.id], now=now)[slot.id]


def states(database) -> list[HoldState]:
    with database.reading() as session:
        return list(session.scalars(select(Hold.state).order_by(Hold.id)))


def test_a_new_choice_in_the_same_slot_sets_the_numbers_of_the_first(visitor, slot, database, now):
    first = visitor.choose(slot, adult="4")

    answer = visitor.choose(slot, adult="5")

    assert (answer.status_code, answer.location) == (303, first.location)
    assert states(database) == [HoldState.OPEN]
    assert free(database, slot, now) == 0


def test_their_own_places_do_not_make_the_slot_look_full(visitor, slot, app):
    visitor.choose(slot, adult="5")

    assert "Nog 5 plaatsen op dit tijdstip." in visitor.get(f"/nl/tickets/slots/{slot.uuid}/").text
    stranger = Visitor(app.test_client()).get(f"/nl/tickets/slots/{slot.uuid}/").text
    assert "Dit tijdstip is vol" in stranger


def test_a_new_choice_that_cannot_be_leaves_the_first_as_it_was(visitor, slot, database, app, now):
    visitor.choose(slot, adult="3")
    Visitor(app.test_client()).choose(slot, adult="1")

    answer = visitor.choose(slot, adult="5")

    assert answer.status_code == 409
    assert "Nog 4 plaatsen op dit tijdstip." in answer.text
    assert states(database) == [HoldState.OPEN, HoldState.OPEN]
    assert free(database, slot, now) == 1


def test_what_was_filled_in_is_kept(visitor, slot):
    visitor.fill_in(slot, adult="4")

    details = visitor.choose(slot, adult="2").location

    assert 'value="an.peeters@example.org"' in visitor.get(details).text


def test_a_form_that_was_open_before_there_was_a_basket_opens_its_own_for_another_time(visitor, slot, database):
    with database.transaction() as session:
        later = make.priced_slot(session, starts_at=slot.starts_at + timedelta(hours=1))
    visitor.choose(slot, adult="4")

    visitor.choose(later, adult="2")

    assert states(database) == [HoldState.OPEN, HoldState.OPEN]


def test_a_basket_that_became_an_order_stays(visitor, slot, database, services):
    visitor.order(slot, adult="2")

    visitor.choose(slot, adult="3")

    assert states(database) == [HoldState.OPEN, HoldState.OPEN]
    with database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []


def test_the_same_form_kept_by_the_browser_with_other_numbers_is_another_choice(visitor, slot, database, now):
    path = f"/nl/tickets/slots/{slot.uuid}/"
    visitor.get(path)
    fields = {"request_key": "kept by the browser"}

    places = [visitor.post(path, **fields, **{"quantity-adult": each}).location for each in ("2", "3", "2")]

    assert len(set(places)) == 1
    assert states(database) == [HoldState.OPEN]
    assert free(database, slot, now) == 3


def test_somebody_elses_basket_is_not_given_back(visitor, slot, database, app):
    stranger = Visitor(app.test_client())
    stranger.choose(slot, adult="4")

    assert visitor.choose(slot, adult="2").status_code == 409
    assert states(database) == [HoldState.OPEN]
