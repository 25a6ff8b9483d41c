"""Tabs of one customer: a gift card in one, the money back in another; and what stands behind the order's lock."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests import make
from tests.fault.unguarded import meeting, unguarded
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.errors import Conflict
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants
from ticketing.sales import closure_answers, closure_cases
from ticketing.sales.closure_models import CaseState, ClosureCase

MANAGER = system("manager")


def open_case(database, now) -> str:
    with database.transaction() as session:
        slot = make.priced_slot(session)
        make.confirmed_order(session, slot, now, adult=2)
        terms = Terms(undo_minutes=0, bonus_percent=10)
        wanted = ClosureRequest(dict.fromkeys(LANGUAGES, "Storm"), now, terms=terms)
        closure_id = closures.close(session, wanted, actor=MANAGER, now=now).id
    with database.transaction() as session:
        closure_cases.open_missing(session, closures.get_closure(session, closure_id), now=now)
        return session.scalars(select(ClosureCase.secret)).one()


def press_all(database, secret: str, now, *tabs: str) -> int:
    """Press the buttons of all tabs at once; return how many said that it was done."""
    instant = threading.Barrier(len(tabs))

    def press(tab: str) -> bool:
        instant.wait(10)
        try:
            with database.transaction() as session:
                if tab.startswith("card"):
                    closure_answers.take_card(session, secret, None, tab, zone=make.ZONE, actor=VISITOR, now=now)
                else:
                    closure_answers.answer(session, secret, None, tab, actor=VISITOR, now=now)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(len(tabs)) as pool:
        return sum(pool.map(press, tabs))


def test_of_cards_and_the_money_back_one_happens(own_database, now):
    secret = open_case(own_database, now)

    assert press_all(own_database, secret, now, "card 1", "money", "card 2") == 1

    with own_database.reading() as session:
        assert session.scalars(select(ClosureCase.state)).one() in {CaseState.CREDITED, CaseState.REFUNDED}
        assert invariants.violations(session, now=now) == []


def test_without_the_lock_both_cards_are_under_way_and_the_database_refuses_one(own_database, now):
    secret = open_case(own_database, now)

    with (
        unguarded(own_database),
        meeting(own_database, after="INSERT INTO order_changes"),
        pytest.raises(IntegrityError, match="closure_credits"),
    ):
        press_all(own_database, secret, now, "card 1", "card 2")
