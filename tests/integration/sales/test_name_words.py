"""Orders are found by the words of a name; long lists are asked with an index at hand."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue.models import Slot
from ticketing.foundation import audit
from ticketing.foundation.actors import VISITOR
from ticketing.sales import corrections, finding, name_words, orders
from ticketing.sales.orders import Customer

READS_ALL = re.compile(r"SEQ SCAN|SCAN (ORDERS|ORDER_NAME_WORDS|AUDIT_ENTRIES)$")


def order_of(session: Session, name: str | None, now: datetime):
    slot = session.scalars(select(Slot)).one_or_none() or make.priced_slot(session, 50)
    return orders.place(
        session, make.hold(session, slot, now, adult=1), Customer("a@example.org", name, "nl"), actor=VISITOR, now=now
    )


def test_a_name_is_found_by_the_beginning_of_its_words_whatever_capitals_and_accents(session, now) -> None:
    zoe, an = order_of(session, "Zoë D’Hondt", now), order_of(session, "An de Zoete", now)
    order_of(session, None, now)

    def found(typed: str) -> list[str]:
        return [order.code for order in finding.find_by_name(session, typed, limit=9)]

    assert found("zoe") == [an.code, zoe.code]
    assert found("ZOË hondt") == [zoe.code]
    assert found("zoet an") == [an.code]
    assert found("ondt") == found("z") == found("") == found("%") == []


def test_a_corrected_name_is_found_and_the_old_one_is_not(session, now) -> None:
    order = order_of(session, "Pieter Oud", now)

    corrections.change_customer(
        session, order.id, Customer("a@example.org", "Pieter Nieuw", "nl"), actor=VISITOR, now=now
    )

    assert finding.find_by_name(session, "oud", limit=9) == []
    assert [each.id for each in finding.find_by_name(session, "nieuw", limit=9)] == [order.id]
    corrections.change_customer(session, order.id, Customer("a@example.org", None, "nl"), actor=VISITOR, now=now)
    assert finding.find_by_name(session, "pieter", limit=9) == []


def test_a_search_goes_on_where_the_page_before_ended(session, now) -> None:
    placed = [order_of(session, "An Peeters", now).id for _ in range(3)]

    first = finding.find_by_name(session, "peeters", limit=2)
    second = finding.find_by_name(session, "peeters", before=first[-1].id, limit=2)

    assert [order.id for order in (*first, *second)] == placed[::-1]


@pytest.mark.parametrize(
    "asked",
    [
        lambda session: name_words.find_order_ids(session, "an peeters", before=None, limit=51),
        lambda session: finding.find_by_email(session, "a@example.org", limit=51),
        lambda session: audit.page(session, before=None, codes=["order.placed", "closure.began"], limit=51),
    ],
    ids=["name", "e-mail", "audit"],
)
def test_what_staff_look_for_is_found_by_an_index(session: Session, asked) -> None:
    statements: list[tuple[str, object]] = []

    def keep(_connection, _cursor, statement, parameters, *_rest) -> None:
        statements.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", keep)
    asked(session)
    event.remove(engine, "before_cursor_execute", keep)

    for statement, parameters in [each for each in statements if each[0].startswith("SELECT")]:
        plan = plan_of(session, statement, parameters)
        assert not READS_ALL.search(plan), plan


def plan_of(session: Session, statement: str, parameters) -> str:
    if session.get_bind().dialect.name == "sqlite":
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return " ".join(str(row[-1]) for row in rows).upper()
    session.execute(text("SET LOCAL enable_seqscan = off"))  # its tables are empty, where reading all is cheapest
    rows = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return " ".join(row[0] for row in rows).upper()
