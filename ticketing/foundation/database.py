"""One engine, two kinds of transaction, two kinds of database.

Transactions begin and end at the edge (request, command, job). Functions never commit: leaving the block does.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import JSON, DateTime, Engine, MetaData, String, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from ticketing.foundation.errors import Unavailable

Result = TypeVar("Result")

# Alembic can only change a constraint that has a name, on SQLite above all.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Serialisation failure, deadlock, lock not available: the whole act may be done again.
RETRYABLE_STATES = {"40001", "40P01", "55P03"}
# Connection failures, and a server that shuts down (PostgreSQL, appendix A).
LOST_SERVER = {"080", "57P"}
UNREADABLE_FILE = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOTADB", "SQLITE_CORRUPT")
CONNECT_SECONDS = 5
KEYS_PER_STATEMENT = 5000  # SQLite takes 32,766 parameters in one statement
ATTEMPTS = 3
POSTGRESQL_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=5000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"
)
# Errors end in logs and in the outbox: they name statements, and never what was bound to them.
POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 10, "hide_parameters": True}
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


class DatabaseAway(Unavailable):
    """The database cannot be reached or read; nothing was done."""

    code = "database_away"


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, given back aware; a naive value is refused (SQLite would silently keep it)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive value and turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware value in UTC, whatever the driver returned."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class State(TypeDecorator[StrEnum]):
    """A closed list of words, kept as text: `mapped_column(State(OrderState))`."""

    impl = String(24)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Refuse a word that is not on the list."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Give back the member, not the text."""
        return None if value is None else self.words(value)


# Texts by language ({"nl": …, "fr": …}) and details of audit entries and jobs.
JSONDocument = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The root of all tables; rooms declare theirs in their models.py."""

    metadata = MetaData(naming_convention=NAMING)


class Database:
    """Opens transactions on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading_engine = engine.execution_options(postgresql_readonly=True)
        self._watch = _Watch(engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: committed when the block ends, rolled back when it raises."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent picture that cannot write; it takes no write lock on SQLite."""
        with _translated(), Session(self._reading_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def revision(self) -> str:
        """Return a mark that differs as soon as any connection has committed a change; costs next to nothing."""
        return self._watch.revision()

    def house_revision(self) -> str:
        """Return a mark that differs when anything has changed that managers decide (foundation/house_revision.py)."""
        return self._watch.house_revision()

    def close(self) -> None:
        """Close every connection; the next use opens fresh ones."""
        self.stop_watching()
        self.engine.dispose()

    def stop_watching(self) -> None:
        """Close the connection that asks for revisions, and leave the engine to whoever shares it."""
        self._watch.close()

    def run(self, act: Callable[[Session], Result]) -> Result:
        """Do a whole act in its own transaction, again up to three times when the database asks for a retry.

        Raises Unavailable when the database stays busy.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with Session(self.engine, expire_on_commit=False) as session, session.begin():
                    return act(session)
            except DBAPIError as error:
                if not is_retryable(error):
                    raise
                if attempt == ATTEMPTS:
                    raise _busy() from error
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")


class _Watch:
    """A connection of its own that never writes and only asks whether others have."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._pooled: Any = None
        self._connection: Any = None
        self._owner = os.getpid()
        # SQLite counts the commits of other connections; PostgreSQL's snapshot names the next transaction to come.
        self._question = (
            "PRAGMA data_version" if engine.dialect.name == "sqlite" else "SELECT pg_current_snapshot()::text"
        )

    def revision(self) -> str:
        """Ask whether anything was committed."""
        return str(self._ask(self._question)[0])

    def house_revision(self) -> str:
        """Ask whether managers have changed anything; before the first change there is no row."""
        return str(self._ask("SELECT max(number) FROM house_revisions")[0])

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = self._pooled = None

    def _ask(self, question: str) -> Any:
        """Ask the database, on a fresh connection when the old one has gone."""
        with self._lock:
            if self._owner != os.getpid():  # a connection must not cross a fork
                self._connection, self._owner = None, os.getpid()
            try:
                return self._answer(question)
            except Exception:  # the server restarted: one fresh connection, then the error is real
                self._connection = None
                return self._answer(question)

    def _answer(self, question: str) -> Any:
        if self._connection is None:
            self._pooled = self._engine.raw_connection()
            self._connection = self._pooled.driver_connection
            self._pooled.detach()  # it is ours for good: the pool may not hand it to a writer
            if self._engine.dialect.name != "sqlite":
                self._connection.autocommit = True
        return self._connection.execute(question).fetchone()


@contextmanager
def _translated() -> Iterator[None]:
    """Say "busy, try again" instead of the driver's words when a lock could not be had in time."""
    try:
        yield
    except DBAPIError as error:
        if is_retryable(error):
            raise _busy() from error
        if is_away(error):
            raise DatabaseAway("We cannot reach our records just now. Nothing is lost: try again.") from error
        raise


def _busy() -> Unavailable:
    return Unavailable("We are very busy just now. Nothing is lost: try again in a moment.", code="busy")


def is_retryable(error: DBAPIError) -> bool:
    """Tell whether the same act may succeed when it is simply done again."""
    original = error.orig
    return getattr(original, "sqlstate", None) in RETRYABLE_STATES or "database is locked" in str(original)


def is_away(error: DBAPIError) -> bool:
    """Tell whether nobody answered: no server, no file, or one that cannot be read."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return str(getattr(original, "sqlite_errorname", "")).startswith(UNREADABLE_FILE)
    state = getattr(original, "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state[:3] in LOST_SERVER)


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that may say what happens on a conflict; each database has its own."""
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)


def in_parts(keys: Collection[int]) -> Iterator[list[int]]:
    """Cut keys into lists that fit into one statement, the smallest first."""
    ordered = sorted(keys)
    return (ordered[begin : begin + KEYS_PER_STATEMENT] for begin in range(0, len(ordered), KEYS_PER_STATEMENT))


def make_engine(url: str) -> Engine:
    """Build the engine for a database URL, with the settings that keep what was acknowledged (fsync)."""
    return _sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url)


def _postgresql_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        connect_args={"options": POSTGRESQL_OPTIONS, "connect_timeout": CONNECT_SECONDS},
        **POOL,
    )

    @event.listens_for(engine, "handle_error")
    def say_less(context: ExceptionContext) -> None:
        # The server adds the row it refused ("DETAIL: Failing row contains …"); logs hold no personal data.
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args and isinstance(error.args[0], str):
                error.args = (error.args[0].partition("\n")[0],)

    return engine


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 10, "check_same_thread": False}, **POOL)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # our own BEGIN below; Python 3.11 has no .autocommit
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that began as a writer would take the one write lock for every page view.
        reading = connection.get_execution_options().get("postgresql_readonly", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
