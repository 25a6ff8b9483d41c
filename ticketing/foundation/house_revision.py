"""A number that grows whenever something changes that managers decide, and stays when tickets are sold.

Texts, catalogue, hours and closures stand on every page and change a few times a day; orders come many a second. What
is read of the former is remembered under this number (`Database.house_revision`). The database itself counts, by
triggers on every table that is `SetByManagers`: no writer can forget to, not even one with a console.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import CheckConstraint, Connection, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.foundation.database import Base

_GROW = """INSERT INTO house_revisions (id, number) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET number = house_revisions.number + 1"""
_FUNCTION = f"""CREATE OR REPLACE FUNCTION grow_house_revision() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN {_GROW}; RETURN NULL; END $$"""


class SetByManagers:
    """Marks a table whose rows managers decide and every page may show."""


class HouseRevision(Base):
    """The one row that counts the changes."""

    __tablename__ = "house_revisions"
    __table_args__ = (CheckConstraint("id = 1", name="there_is_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def watched_tables() -> list[str]:
    """Return the names of the tables whose changes count."""
    watched = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, SetByManagers))
    return sorted(mapper.tables[0].name for mapper in watched)


def lay_triggers(connection: Connection) -> None:
    """Lay the triggers, those that stand already included: SQLite drops them with a table that a migration rebuilds."""
    statements = _sqlite_triggers() if connection.dialect.name == "sqlite" else _postgresql_triggers()
    for statement in statements:
        connection.execute(text(statement))


def drop_triggers(connection: Connection) -> None:
    """Take back what `lay_triggers` laid."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("DROP FUNCTION IF EXISTS grow_house_revision() CASCADE"))
        return
    mine = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'house_revision_%'")
    for name in connection.scalars(mine).all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def _sqlite_triggers() -> Iterator[str]:
    for table in watched_tables():
        for act in ("insert", "update", "delete"):
            name = f"house_revision_{table}_{act}"
            yield f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {act} ON {table} BEGIN {_GROW}; END"


def _postgresql_triggers() -> Iterator[str]:
    """Count at commit: the one row is locked for an instant, after every lock a writer may still want."""
    yield _FUNCTION
    for table in watched_tables():
        name = f"house_revision_{table}"
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
        yield (
            f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grow_house_revision()"
        )
