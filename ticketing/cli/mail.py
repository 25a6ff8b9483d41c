"""What a mail server hands over: notices of mails that could not be delivered."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from ticketing.cli.edge import command, services
from ticketing.foundation.database import DatabaseAway
from ticketing.mail import notices
from ticketing.operations import bounces
from ticketing.sales.undelivered_models import NoticeOutcome

TRY_LATER = 75  # EX_TEMPFAIL: the mail server keeps the message and hands it over again
AT_ONCE = 65536  # bytes


@command("bounces")
@click.option("--folder", type=click.Path(path_type=Path), help="A maildir to read instead; what is read goes to cur.")
@click.option("--recipient", help="The address the message came to, where the mail server tells it.")
def take_bounces(folder: Path | None, recipient: str | None) -> None:
    """Read a notice from standard input, and mark the mail it is of as not delivered."""
    shared = services()
    if not shared.settings.mail_bounces_to:
        raise click.UsageError("MAIL_BOUNCES_TO is not set, so no mail asks for notices and none can be proved.")
    try:
        if folder is not None:
            taken = bounces.take_folder(shared, folder)
        else:
            taken = Counter([bounces.take(shared, _message(), recipient=recipient)])
    except (DatabaseAway, DatabaseError):
        click.echo("The database is away; hand it over again later.", err=True)
        sys.exit(TRY_LATER)
    click.echo(", ".join(f"{outcome.value}: {taken[outcome]}" for outcome in NoticeOutcome))


def _message() -> bytes:
    """Read as much as counts, and let the rest pass: a pipe that closes early sends the message back."""
    stream = sys.stdin.buffer
    raw = stream.read(notices.LONGEST)
    while stream.read(AT_ONCE):
        pass
    return raw


COMMANDS = (take_bounces,)
