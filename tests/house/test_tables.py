"""What the tables must look like, and that the migrations lay exactly these."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Integer, create_engine, inspect, text
from sqlalchemy.orm import configure_mappers

from tests.house.source import HOME
from ticketing.foundation.database import Base, UTCDateTime, make_engine
from ticketing.operations import migrating, table_state
from ticketing.tables import metadata

FLOORS = (
    {"foundation"},
    {"catalogue", "payments", "tickets", "mail", "staff", "content"},
    {"sales"},
    {"door"},
    {"flow"},
    {"operations"},
)
RANK = {room: rank for rank, floor in enumerate(FLOORS) for room in floor}
MIGRATE = "Write a migration for what the tables have become: flask db revision (STYLE 11)."
MIGRATIONS = sorted((HOME / "migrations" / "versions").glob("*.py"))


def mappers() -> list:
    configure_mappers()
    return list(Base.registry.mappers)


def room_of(table: type) -> str:
    return table.__module__.split(".")[1]


def test_relationships_point_where_imports_point() -> None:
    climbing = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in mappers()
        for relation in mapper.relationships
        if RANK[room_of(relation.mapper.class_)] > RANK[room_of(mapper.class_)]
    ]

    assert climbing == [], "Ask the higher room's table instead; a bare foreign key may point anywhere (STYLE 1)."


def test_nothing_is_loaded_behind_a_screens_back() -> None:
    lazy = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in mappers()
        for relation in mapper.relationships
        if relation.lazy not in ("raise", "joined", "selectin")
    ]

    assert lazy == [], 'Say lazy="raise" and load it where it is needed (STYLE 2).'


def test_money_is_whole_cents_with_its_currency_beside_it() -> None:
    for table in metadata.sorted_tables:
        cents = [column for column in table.columns if column.name.endswith("_cents")]
        assert all(isinstance(column.type, Integer) for column in cents), (
            f"{table.name}: cents are whole numbers (STYLE 4)."
        )
        if cents and table.name not in DERIVED_FROM_AN_ORDER:
            assert "currency" in table.columns, f"{table.name}: put the currency beside the cents (STYLE 4)."


# Lines are parts of an order and share its currency; rules are of the house's.
DERIVED_FROM_AN_ORDER = {"order_lines", "change_rules"}


def test_instants_are_utc_and_dates_are_the_centres() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith(("_at", "_until", "_from")) and not column.name.startswith("valid_"):
                assert isinstance(column.type, UTCDateTime), (
                    f"{table.name}.{column.name}: an instant is UTCDateTime (STYLE 4)."
                )
            if column.type.python_type is datetime:
                assert isinstance(column.type, UTCDateTime), (
                    f"{table.name}.{column.name}: use UTCDateTime, which refuses naive values (STYLE 4)."
                )


def test_yes_or_no_is_asked_by_its_name() -> None:
    asked = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Boolean) and not column.name.startswith(("is_", "has_", "can_", "may_"))
    ]

    assert asked == [], "Name a yes or no as a question: is_, has_, can_ (STYLE 7)."


def test_migrations_are_named_after_the_day_and_the_change() -> None:
    misnamed = [path.name for path in MIGRATIONS if not re.fullmatch(r"\d{8}_[a-z0-9_]+\.py", path.name)]
    assert misnamed == [], "Call it YYYYMMDD_what_changed.py, so that the folder tells the story (STYLE 11)."
    heads = ScriptDirectory(str(table_state.MIGRATIONS)).get_heads()
    assert heads == [table_state.head_revision()], "Two heads: let one follow the other (STYLE 11)."


def differences(url: str) -> list:
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    engine.dispose()
    return found


def walk_up_and_down(url: str) -> None:
    engine = make_engine(url)
    migrating.upgrade(engine)
    migrating.downgrade(engine, "base")
    left = set(inspect(engine).get_table_names()) - {"alembic_version"}
    assert left == set(), "Let the migration take back all that it lays (STYLE 11)."
    migrating.upgrade(engine)
    engine.dispose()


def test_migrations_lay_these_tables_down_and_up_again_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'walked.sqlite3'}"

    walk_up_and_down(url)

    assert differences(url) == [], MIGRATE


def test_migrations_lay_these_tables_down_and_up_again_on_postgresql(postgresql_url: str) -> None:
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS walked"))
        connection.execute(text("CREATE DATABASE walked"))
    url = postgresql_url.replace("@/postgres", "@/walked")
    try:
        walk_up_and_down(url)

        assert differences(url) == [], MIGRATE
    finally:
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE walked WITH (FORCE)"))
        admin.dispose()


def test_a_table_without_its_migration_would_be_seen(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'torn.sqlite3'}"
    engine = make_engine(url)
    migrating.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE refunds"))
    engine.dispose()

    assert differences(url) != [], "The comparison has gone blind: mend it (STYLE 11)."


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_each_migration_can_be_taken_back(path: Path) -> None:
    body = path.read_text().partition("def downgrade")[2]

    assert "op." in body, "Write how to take it back; the night watch will need it (STYLE 11)."
