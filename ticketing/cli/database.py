"""The database's tables: `flask db upgrade`, `flask db downgrade REVISION`, `flask db revision MESSAGE`."""

from __future__ import annotations

import click

from ticketing.cli.edge import command, services
from ticketing.operations import migrating


@click.group("db")
def db() -> None:
    """Bring the database to the tables of this code."""


@command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to REVISION (the newest)."""
    migrating.upgrade(services().database.engine, revision)


@command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the database back to REVISION ("base": nothing left)."""
    migrating.downgrade(services().database.engine, revision)


@command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a new migration from what the tables have become; read it before you keep it."""
    migrating.write_revision(services().database.engine, message, services().clock.now())


for each in (upgrade, downgrade, revision):
    db.add_command(each)

COMMANDS = (db,)
