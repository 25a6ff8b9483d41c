"""Scanners from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from ticketing.cli.edge import OPERATOR, command, services
from ticketing.door import devices, gates

group = AppGroup("device", help="Scanners that may judge tickets.")


@command("add")
@click.argument("name")
@click.option("--gate", help="The gate's slug; without it the first gate there is.")
@click.option("--token", "wants_token", is_flag=True, help="Print the bearer token, once, alone on the last line.")
def add(name: str, gate: str | None, *, wants_token: bool) -> None:
    """Enrol a scanner called NAME; its token is not shown again."""
    shared = services()
    with shared.database.transaction() as session:
        known = gates.list_gates(session)
        slug = gate or (known[0].slug if known else None)
        device, token = devices.enrol(session, name, slug, actor=OPERATOR, now=shared.clock.now())
    click.echo(f"{device.name} is enrolled" + (f" at {slug}." if slug else "."))
    if wants_token:
        click.echo(token)


@command("list")
def show() -> None:
    """List the scanners: name, gate, whether they may scan."""
    with services().database.reading() as session:
        for device in devices.list_devices(session):
            click.echo(f"{device.name}  {device.gate_name or '-'}  {'revoked' if device.revoked_at else 'may scan'}")


@command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Shut the scanner called NAME out; its next call is refused."""
    shared = services()
    with shared.database.transaction() as session:
        devices.revoke(session, devices.get_by_name(session, name), actor=OPERATOR, now=shared.clock.now())
    click.echo(f"{name} is revoked.")


for each in (add, show, revoke):
    group.add_command(each)

COMMANDS = (group,)
