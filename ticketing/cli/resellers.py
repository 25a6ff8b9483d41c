"""Keys of resellers from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from ticketing.cli.edge import OPERATOR, command, services
from ticketing.sales import resellers
from ticketing.sales.resellers import ResellerNotFound, Terms

group = AppGroup("octo-key", help="Keys of those who sell for us over /octo.")


@command("add")
@click.argument("name")
@click.option("--email", default="", help="Of whom to ask there; the house's own address without it.")
def add(name: str, email: str) -> None:
    """Give the reseller called NAME a key, shown once, alone on the last line; one who is not there is added."""
    shared = services()
    now = shared.clock.now()
    with shared.database.transaction() as session:
        reseller = resellers.find_by_name(session, name)
        if reseller is None:
            terms = Terms(name, name, email or shared.settings.mail_sender, 0)
            reseller = resellers.make(session, terms, actor=OPERATOR, now=now)
        token = resellers.add_key(session, reseller, actor=OPERATOR, now=now)
    click.echo(f"{reseller.name} may sell for us; set their terms at /office/resellers.")
    click.echo(token)


@command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke every key of the reseller called NAME; their next call is refused."""
    shared = services()
    with shared.database.transaction() as session:
        reseller = resellers.find_by_name(session, name)
        if reseller is None:
            raise ResellerNotFound("There is no reseller of this name.")
        for key in resellers.keys_of(session, reseller.id):
            resellers.revoke_key(session, reseller.id, key.id, actor=OPERATOR, now=shared.clock.now())
    click.echo(f"The keys of {name} are revoked.")


for each in (add, revoke):
    group.add_command(each)

COMMANDS = (group,)
