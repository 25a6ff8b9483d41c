"""What the sandbox remembers: a small SQLite file of its own, as the far end has a database of its own.

Short immediate transactions, so that several processes share it and none of them, killed, loses what it answered.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, own TEXT NOT NULL DEFAULT '{}', due_at REAL,
    status TEXT, payment_intent TEXT
);
CREATE INDEX IF NOT EXISTS documents_by_status ON documents (kind, status);
CREATE INDEX IF NOT EXISTS documents_by_intent ON documents (kind, payment_intent);
CREATE INDEX IF NOT EXISTS documents_by_age ON documents (kind, json_extract(body, '$.created'), id);
CREATE INDEX IF NOT EXISTS documents_due ON documents (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, taken_at REAL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE taken_at IS NULL;
"""
BUSY_SECONDS = 10
LONGEST_WAIT_SECONDS = 3600
UNCHANGED = object()


class Refusal(Exception):
    """An answer of the sandbox that says no, in the shape of Stripe's."""

    def __init__(self, status: int, message: str, **fields: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": "invalid_request_error", "message": message, **fields}}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to an idempotency key, and to which request."""

    asked: str
    body: str
    status: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A report waiting to be taken."""

    id: str
    body: str
    tries: int


class _Connections(threading.local):
    """A thread's connections, by the number of the process."""

    def __init__(self) -> None:
        self.of_processes: dict[int, sqlite3.Connection] = {}


class SandboxStore:
    """Opens short transactions on the file; a connection a thread, for closing the last one writes the file anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _Connections()

    @contextmanager
    def transaction(self) -> Iterator[Documents]:
        """One unit of work: committed when the block ends, rolled back when it raises."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield Documents(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def due_deliveries(self, now: datetime, limit: int = 50) -> list[Delivery]:
        """Return the reports to be delivered by now, the oldest first."""
        with self.transaction() as documents:
            return documents.due_deliveries(now, limit)

    def note_delivery(self, delivery: Delivery, now: datetime, *, is_taken: bool) -> None:
        """Note that a report was taken, or wait longer before the next try."""
        with self.transaction() as documents:
            documents.note_delivery(delivery, now, is_taken=is_taken)

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection; one opened before a fork is the parent's: not used, and not closed."""
        of_processes = self._kept.of_processes
        if os.getpid() not in of_processes:
            of_processes[os.getpid()] = self._opened()
        return of_processes[os.getpid()]

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(TABLES)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


class Documents:
    """The store within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, ref: str) -> dict[str, Any]:
        """Return a document as Stripe would show it. Raises Refusal (404)."""
        row = self._connection.execute("SELECT body FROM documents WHERE id = ?", (ref,)).fetchone()
        if row is None:
            raise Refusal(404, "No such object.", code="resource_missing")
        return dict(json.loads(row[0]))

    def own(self, ref: str) -> dict[str, Any]:
        """Return what the sandbox knows of a document beyond what it shows."""
        row = self._connection.execute("SELECT own FROM documents WHERE id = ?", (ref,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def put(self, document: dict[str, Any], *, own: dict[str, Any] | None = None, due_at: Any = UNCHANGED) -> None:
        """Write a document; what it has of its own, and when it is due, stay as they are unless given."""
        own_text = json.dumps(own) if own is not None else json.dumps(self.own(document["id"]))
        if due_at is UNCHANGED:
            row = self._connection.execute("SELECT due_at FROM documents WHERE id = ?", (document["id"],)).fetchone()
            due = row[0] if row else None
        else:
            due = due_at.timestamp() if due_at is not None else None
        self._connection.execute(
            "INSERT OR REPLACE INTO documents (id, kind, body, own, due_at, status, payment_intent)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                document["id"],
                document["object"],
                json.dumps(document),
                own_text,
                due,
                document.get("status"),
                document.get("payment_intent"),
            ),
        )

    def list_of(self, kind: str, **where: str | None) -> list[dict[str, Any]]:
        """Return the documents of a kind with a status or of an intent."""
        ((column, value),) = where.items()
        assert column in ("status", "payment_intent")
        rows = self._connection.execute(
            f"SELECT body FROM documents WHERE kind = ? AND {column} = ? ORDER BY rowid",  # noqa: S608 - asserted above
            (kind, value),
        )
        return [json.loads(body) for (body,) in rows]

    def page_of(self, kind: str, *, limit: int, after: str | None = None, **where: str | int) -> list[dict[str, Any]]:
        """Return documents of a kind, the newest first, those after one of them; `since` and `until` are seconds."""
        conditions = {
            "since": "json_extract(body, '$.created') >= ?",
            "until": "json_extract(body, '$.created') < ?",
            "payment_intent": "payment_intent = ?",
        }
        asked = ["kind = ?", *(conditions[name] for name in where)]
        values: list[Any] = [kind, *where.values()]
        if after is not None:
            asked.append("(json_extract(body, '$.created'), id) < (?, ?)")
            values += [self.get(after)["created"], after]
        newest = "ORDER BY json_extract(body, '$.created') DESC, id DESC LIMIT ?"
        question = f"SELECT body FROM documents WHERE {' AND '.join(asked)} {newest}"  # noqa: S608 - all of it above
        return [json.loads(body) for (body,) in self._connection.execute(question, (*values, limit))]

    def list_due(self, now: datetime) -> list[dict[str, Any]]:
        """Return the documents something happens to by now."""
        due = "SELECT body FROM documents WHERE due_at IS NOT NULL AND due_at <= ?"
        return [json.loads(body) for (body,) in self._connection.execute(due, (now.timestamp(),))]

    def find_answer(self, key: str) -> Answer | None:
        """Return what was answered to an idempotency key."""
        row = self._connection.execute("SELECT asked, body, status FROM answers WHERE key = ?", (key,)).fetchone()
        return Answer(*row) if row else None

    def keep_answer(self, key: str, asked: str, body: str, status: int) -> None:
        """Remember what was answered to an idempotency key."""
        self._connection.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", (key, asked, body, status))

    def add_delivery(self, event_id: str, body: str, now: datetime) -> None:
        """Put a report in line."""
        self._connection.execute(
            "INSERT INTO deliveries (id, body, due_at) VALUES (?, ?, ?)", (event_id, body, now.timestamp())
        )

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Return the reports to be delivered by now, the oldest first."""
        waiting = "SELECT id, body, tries FROM deliveries WHERE taken_at IS NULL AND due_at <= ?"
        due = f"{waiting} ORDER BY due_at, rowid LIMIT ?"
        return [Delivery(*row) for row in self._connection.execute(due, (now.timestamp(), limit))]

    def note_delivery(self, delivery: Delivery, now: datetime, *, is_taken: bool) -> None:
        """Note that a report was taken, or wait twice as long before each next try."""
        wait = timedelta(seconds=min(2**delivery.tries, LONGEST_WAIT_SECONDS))
        self._connection.execute(
            "UPDATE deliveries SET taken_at = ?, tries = tries + 1, due_at = ? WHERE id = ?",
            (now.timestamp() if is_taken else None, (now + wait).timestamp(), delivery.id),
        )
