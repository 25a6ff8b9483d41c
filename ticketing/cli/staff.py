"""Accounts from the command line: how the first administrator of a new house comes in."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from ticketing.cli.edge import OPERATOR, command, services
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES
from ticketing.staff import accounts
from ticketing.staff.models import Role

group = AppGroup("staff", help="People who may sign in.")


@command("add")
@click.argument("email")
@click.option("--name", help="Shown on screens and in the audit log; without it the part before the @.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.FRONT_DESK.value)
@click.option("--language", type=click.Choice(LANGUAGES), default=DEFAULT_LANGUAGE)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least 10 characters.")
def add(email: str, name: str | None, role: str, *, language: str, password: str) -> None:
    """Let somebody sign in; asks for their first password when it is not given."""
    shared = services()
    new = accounts.prepare(email, name or email.split("@")[0], Role(role), password, language)
    with shared.database.transaction() as session:
        account = accounts.add(session, new, actor=OPERATOR, now=shared.clock.now())
    click.echo(f"{account.email} may sign in as {account.role.value.replace('_', ' ')}.")


group.add_command(add)

COMMANDS = (group,)
