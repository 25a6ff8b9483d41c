"""A closed visit becomes a gift card on its own page, without an account and without JavaScript."""

from __future__ import annotations

import re

import pytest

from tests import make
from tests.visitor import HERE, Visitor
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.foundation.actors import system
from ticketing.operations import closing

CODE = re.compile(r"(?:[A-Z0-9]{4}-){3}[A-Z0-9]{4}")

pytestmark = pytest.mark.one_engine


def test_the_card_is_shown_then_taken_once_and_its_code_tells_what_is_on_it(client, database, now, services):
    visitor = Visitor(client)
    with database.transaction() as session:
        make.opening_hours(session)
        slot = make.priced_slot(session)
    pay = visitor.order(slot, adult="2")
    back = visitor.post(pay, outcome="pay").location.removeprefix(HERE)
    order = visitor.client.get(back).location
    with database.transaction() as session:
        reasons = dict.fromkeys(make.LANGUAGES, "Storm.")
        wanted = ClosureRequest(reasons, now, terms=Terms(undo_minutes=0, bonus_percent=10))
        closures.close(session, wanted, actor=system("test"), now=now)
    closing.tend(services)

    case = re.search(r"/nl/closed/[a-z0-9]+/", visitor.get(order).text)[0]
    assert "€ 42,90" in visitor.get(case).text.replace("\u00a0", " ")
    assert "€ 3,90 van ons" in visitor.get(f"{case}gift-card/").text.replace("\u00a0", " ")
    assert visitor.post(f"{case}gift-card/", shown_cents="4289").status_code == 409
    visitor.get(f"{case}gift-card/")
    assert visitor.post(f"{case}gift-card/").location.endswith(case)
    code = CODE.search(visitor.get(case).text)[0]
    assert visitor.post(f"{case}refund/").status_code == 409
    assert code in visitor.get(order).text

    visitor.get("/nl/gift-card/")
    assert visitor.post("/nl/gift-card/", code="2222-2222-2222-2222").status_code == 422
    left = visitor.post("/nl/gift-card/", code=code.lower())
    assert "€ 42,90" in left.text.replace("\u00a0", " ")
