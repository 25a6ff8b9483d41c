"""Brings a database to the tables of this code, or back. Alembic does it, driven from here: there is no ini file."""

from __future__ import annotations

import functools
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to a revision."""
    command.upgrade(_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision ("base" for nothing at all)."""
    command.downgrade(_config(engine), revision)


def write_revision(engine: Engine, message: str, now: datetime) -> None:
    """Write a migration from the difference between the database and the tables, named after the day and the change."""
    name = f"{now:%Y%m%d}_{'_'.join(message.lower().split())}"
    command.revision(_config(engine), message, autogenerate=True, rev_id=name)


@functools.cache
def head_revision() -> str:
    """Return the revision this code expects."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["engine"] = engine
    return config
