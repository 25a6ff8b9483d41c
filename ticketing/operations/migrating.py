"""Brings a database to the tables of this code, or back. Alembic does it, driven from here: there is no ini file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from ticketing.foundation.errors import NotFound
from ticketing.operations.table_state import MIGRATIONS


class RevisionNotFound(NotFound):
    """There is no such state of the tables, or none that can be come to from here."""

    code = "revision_not_found"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to a revision. Raises RevisionNotFound."""
    with _translated(revision):
        command.upgrade(_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision ("base" for nothing at all). Raises RevisionNotFound."""
    with _translated(revision):
        command.downgrade(_config(engine), revision)


def write_revision(engine: Engine, message: str, now: datetime) -> None:
    """Write a migration from the difference between the database and the tables, named after the day and the change."""
    name = f"{now:%Y%m%d}_{'_'.join(message.lower().split())}"
    command.revision(_config(engine), message, autogenerate=True, rev_id=name)


@contextmanager
def _translated(revision: str) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise RevisionNotFound(f"The tables cannot be brought to {revision}: {error}") from error


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["engine"] = engine
    return config
