"""Backup and restore of the database, by the engine's own means. What lies beside it (keys, mails) is files.

SQLite: the online backup of its library, which takes a consistent copy while others write. PostgreSQL: `pg_dump` and
`pg_restore`, which must be of the server's major version or newer.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from ticketing.foundation.errors import Conflict, InvalidInput, NotFound, Unavailable

POSTGRESQL_MARK = b"PGDMP"
SQLITE_MARK = b"SQLite format 3\x00"


class BackupNotFound(NotFound):
    """There is no such file to restore from."""

    code = "backup_not_found"


class NotABackup(InvalidInput):
    """The file is not a backup of this kind of database, or it is damaged."""

    code = "not_a_backup"


class BackupExists(Conflict):
    """A backup is never written over another file."""

    code = "backup_exists"


class BackupFailed(Unavailable):
    """The engine's own program could not do it; its words are in the message."""

    code = "backup_failed"


def default_target(folder: Path, engine: Engine, now: datetime) -> Path:
    """Name a new backup after the instant, so that names sort by age."""
    ending = "sqlite3" if engine.dialect.name == "sqlite" else "dump"
    return folder / "backups" / f"{now:%Y%m%dT%H%M%SZ}.{ending}"


def back_up(engine: Engine, target: Path) -> None:
    """Write a complete, consistent copy of the database to `target`; raises BackupExists, BackupFailed."""
    if target.exists():
        raise BackupExists(f"{target} exists already; a backup never writes over anything.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)  # it holds personal data
    if engine.dialect.name == "sqlite":
        _copy_sqlite(_sqlite_path(engine), unfinished)
    else:
        _run_postgresql(engine, "pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}")
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(target)


def restore(engine: Engine, source: Path, *, kept_at: Path) -> None:
    """Replace everything in the database by the backup; what was there is first backed up to `kept_at`.

    Stop web and worker before. Raises BackupNotFound, NotABackup, BackupFailed.
    """
    _check_backup(engine, source)
    back_up(engine, kept_at)
    if engine.dialect.name == "sqlite":
        _copy_sqlite(source, _sqlite_path(engine))
    else:
        whole = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        database = str(engine.url.database)
        _run_postgresql(engine, "pg_restore", *whole, f"--dbname={database}", str(source))


def _check_backup(engine: Engine, source: Path) -> None:
    if not source.is_file():
        raise BackupNotFound(f"There is no file {source}.")
    mark = SQLITE_MARK if engine.dialect.name == "sqlite" else POSTGRESQL_MARK
    with source.open("rb") as file:
        if file.read(len(mark)) != mark:
            raise NotABackup(f"{source} is no backup of a {engine.dialect.name} database.")
    if engine.dialect.name == "sqlite":
        with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as database:
            try:
                (answer,) = database.execute("PRAGMA integrity_check").fetchone()
            except sqlite3.DatabaseError as error:
                raise NotABackup(f"{source} is damaged: {error}") from error
            if answer != "ok":
                raise NotABackup(f"{source} is damaged: {answer}")


def _sqlite_path(engine: Engine) -> Path:
    return Path(str(engine.url.database))


def _copy_sqlite(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as here, contextlib.closing(sqlite3.connect(target)) as there:
        here.backup(there)


def _run_postgresql(engine: Engine, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs against our database; the password never stands in an argument."""
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is missing. Install PostgreSQL's client programs (postgresql-client).")
    url = engine.url
    wanted = {
        "PGHOST": url.query.get("host") or url.host,
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    environment = {**os.environ, **{name: str(value) for name, value in wanted.items() if value}}
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, and nothing a visitor wrote
        [found, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip()}")
