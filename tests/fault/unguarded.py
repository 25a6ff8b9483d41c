"""The house's own code with its locks taken away, to show that each race is real and that the lock is what decides it.

On PostgreSQL every FOR … UPDATE is left out of the statements; on SQLite, where the write transaction is the lock, each
statement is a transaction of its own.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, event

from ticketing.foundation.database import Database

ROW_LOCK = re.compile(r"\s+FOR (NO KEY )?UPDATE( OF \w+)?( SKIP LOCKED)?")
# Outside a transaction a savepoint of SQLite begins one, which then holds what it read against the other's writing.
SAVEPOINT = re.compile(r"(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) .*")


@contextmanager
def unguarded(database: Database, weaker: Mapping[str, str] | None = None) -> Iterator[None]:
    """Do without locks until the block ends, and with other `weaker` words where a statement holds a second guard."""
    engine = database.engine

    def leave_locks_out(connection, cursor, statement, parameters, context, executemany):
        statement = ROW_LOCK.sub("", statement)
        for guard, words in (weaker or {}).items():
            statement = statement.replace(guard, words)
        if connection.dialect.name == "sqlite":
            statement = SAVEPOINT.sub("SELECT 1", statement)
        return statement, parameters

    def end_at_once(connection: Connection) -> None:
        connection.exec_driver_sql("COMMIT")

    listeners = [("before_cursor_execute", leave_locks_out, {"retval": True})]
    if engine.dialect.name == "sqlite":
        listeners.append(("begin", end_at_once, {}))  # after the house's own BEGIN
    for name, listener, options in listeners:
        event.listen(engine, name, listener, **options)
    try:
        yield
    finally:
        for name, listener, _ in listeners:
            event.remove(engine, name, listener)


@contextmanager
def meeting(database: Database, after: str, people: int = 2) -> Iterator[None]:
    """Let everybody wait once they have asked what `after` (a pattern) says: all know, none has acted."""
    engine, asked = database.engine, re.compile(after, re.DOTALL | re.IGNORECASE)
    everybody_knows = threading.Barrier(people)
    have_met, waited = threading.local(), []

    def wait(connection, cursor, statement, parameters, context, executemany):
        if asked.search(statement) and not getattr(have_met, "yes", False):
            have_met.yes = True
            waited.append(statement)
            everybody_knows.wait(10)

    event.listen(engine, "after_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", wait)
    assert len(waited) == people, f"nobody asks {after!r} any more: this race is none"
