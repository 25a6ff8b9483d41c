"""What is remembered under the house's revision must be forgotten as soon as anything in it changes, and not before."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests import make
from ticketing.catalogue.models import Experience
from ticketing.foundation import house_revision
from ticketing.tables import metadata


@pytest.fixture
def slot(database):
    with database.transaction() as session:
        return make.priced_slot(session)


def test_a_sale_leaves_the_house_as_it_is(database, slot, now) -> None:
    before, everything = database.house_revision(), database.revision()

    with database.transaction() as session:
        make.confirmed_order(session, slot, now, adult=2)

    assert database.house_revision() == before
    assert database.revision() != everything


def test_every_table_that_managers_decide_is_watched(engine) -> None:
    """A migration that rebuilds a table drops its triggers on SQLite; the end of every upgrade lays them again."""
    laid = "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name"
    if engine.dialect.name != "sqlite":
        laid = "SELECT tgrelid::regclass::text, 3 FROM pg_trigger WHERE tgname LIKE 'house_revision_%'"
    with engine.connect() as connection:
        assert dict(connection.execute(text(laid)).all()) == dict.fromkeys(house_revision.watched_tables(), 3)


def test_what_a_console_changes_counts_and_what_is_rolled_back_does_not(database, engine, slot) -> None:
    before = database.house_revision()

    with engine.connect() as connection:
        connection.execute(text("UPDATE experiences SET position = position + 1"))
        assert database.house_revision() == before
        connection.rollback()
    assert database.house_revision() == before

    with engine.begin() as connection:
        connection.execute(text("UPDATE experiences SET position = position + 1"))
    after = database.house_revision()
    assert after != before

    with database.transaction() as session:
        session.delete(session.get_one(Experience, make.experience(session, slug="other").id))
    assert database.house_revision() != after


def test_nothing_that_is_sold_is_watched() -> None:
    busy = {"allocations", "holds", "hold_lines", "orders", "order_lines", "payments", "tickets", "jobs", "slots"}

    assert busy <= set(metadata.tables)
    assert not busy & set(house_revision.watched_tables())
