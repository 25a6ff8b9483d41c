"""The database's tables: `flask db upgrade`, `flask db downgrade REVISION`, `flask db revision MESSAGE`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ticketing.cli.edge import services
from ticketing.operations import migrating


@click.group("db")
def db() -> None:
    """Bring the database to the tables of this code."""


@db.command("upgrade")
@click.argument("revision", default="head")
@with_appcontext
def upgrade(revision: str) -> None:
    """Bring the database up to REVISION (the newest)."""
    migrating.upgrade(services().database.engine, revision)


@db.command("downgrade")
@click.argument("revision")
@with_appcontext
def downgrade(revision: str) -> None:
    """Take the database back to REVISION ("base": nothing left)."""
    migrating.downgrade(services().database.engine, revision)


@db.command("revision")
@click.argument("message")
@with_appcontext
def revision(message: str) -> None:
    """Write a new migration from what the tables have become; read it before you keep it."""
    migrating.write_revision(services().database.engine, message, services().clock.now())


COMMANDS = (db,)
