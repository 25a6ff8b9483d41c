"""A backup is worth what its restoring is worth: every row comes back, and what was there is kept."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from tests import make, postgres
from ticketing.foundation.database import Database
from ticketing.operations import backup, migrating
from ticketing.operations.backup import BackupExists, BackupFailed, BackupNotFound, NotABackup
from ticketing.sales.models import Order


@pytest.fixture(autouse=True)
def _client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{postgres.client_programs()}{os.pathsep}{os.environ['PATH']}")


def an_order_is_made(database: Database, now: datetime, starts_at: datetime = make.NOON) -> None:
    with database.transaction() as session:
        make.confirmed_order(session, make.priced_slot(session, starts_at=starts_at), now)


def count_orders(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Order.id)).all())


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    an_order_is_made(database, now)
    backup.back_up(database.engine, tmp_path / "monday")
    an_order_is_made(database, now, make.NOON + timedelta(hours=1))

    backup.restore(database.engine, tmp_path / "monday", kept_at=tmp_path / "kept")

    assert count_orders(database) == 1
    backup.restore(database.engine, tmp_path / "kept", kept_at=tmp_path / "kept again")
    assert count_orders(database) == 2


def test_a_restored_database_is_at_the_revision_of_its_backup(database: Database, tmp_path: Path) -> None:
    backup.back_up(database.engine, tmp_path / "now")

    backup.restore(database.engine, tmp_path / "now", kept_at=tmp_path / "kept")

    migrating.upgrade(database.engine)


def test_a_backup_is_readable_by_its_owner_alone_and_writes_over_nothing(engine: Engine, tmp_path: Path) -> None:
    backup.back_up(engine, tmp_path / "one")

    assert (tmp_path / "one").stat().st_mode & 0o077 == 0
    with pytest.raises(BackupExists):
        backup.back_up(engine, tmp_path / "one")


def test_nothing_is_touched_when_the_file_is_no_backup(database: Database, now: datetime, tmp_path: Path) -> None:
    an_order_is_made(database, now)
    (tmp_path / "letter").write_text("Dear night watch,")
    (tmp_path / "torn").write_bytes(backup.SQLITE_MARK + b"\x00" * 4096)

    with pytest.raises(NotABackup):
        backup.restore(database.engine, tmp_path / "letter", kept_at=tmp_path / "kept")
    with pytest.raises(NotABackup):
        backup.restore(database.engine, tmp_path / "torn", kept_at=tmp_path / "kept")
    with pytest.raises(BackupNotFound):
        backup.restore(database.engine, tmp_path / "nowhere", kept_at=tmp_path / "kept")

    assert count_orders(database) == 1
    assert not (tmp_path / "kept").exists()


def test_a_machine_without_postgresqls_programs_is_told_what_to_install(
    postgresql_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupFailed, match="postgresql-client"):
        backup.back_up(postgresql_engine, tmp_path / "one")
