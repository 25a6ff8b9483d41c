"""Slots, closing and reopening from the command line."""

from __future__ import annotations

from dataclasses import replace

import click

from ticketing.catalogue import availability, closures, offers
from ticketing.cli.edge import OPERATOR, command, local_day, local_instant, services
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.errors import Conflict
from ticketing.foundation.languages import LANGUAGES
from ticketing.sales import closing, closure_house


@command("slots")
@click.argument("experience", default="visit")
@click.argument("local_date", required=False)
def slots(experience: str, local_date: str | None) -> None:
    """List the slots of EXPERIENCE on LOCAL_DATE (today): start, mark, places left."""
    shared, now = services(), services().clock.now()
    day = local_day(local_date) if local_date else local_date_of(now, shared.zone)
    with shared.database.reading() as session:
        found = offers.get_experience(session, experience)
        views = availability.slots_on(session, found.id, day, zone=shared.zone, now=now)
    for slot in views:
        starts = slot.starts_at.astimezone(shared.zone)
        click.echo(f"{starts:%Y-%m-%dT%H:%M} {slot.mark.value:<6} {slot.free:>4} of {slot.capacity}")


@command("close")
@click.argument("reason")
@click.option("--until", help="Local date and time; without it: until further notice.")
@click.option("--experience", help="Only this experience; without it: the whole centre.")
def close(reason: str, until: str | None, experience: str | None) -> None:
    """Close now, with REASON as the public reason in every language."""
    shared, now = services(), services().clock.now()
    with shared.database.transaction() as session:
        found = offers.get_experience(session, experience) if experience else None
        request = closures.ClosureRequest(
            reasons=dict.fromkeys(LANGUAGES, reason),
            starts_at=now,
            ends_at=local_instant(until) if until else None,
            experience_ids=(found.id,) if found else (),
        )
        wanted = replace(request, terms=closure_house.rules(session).terms)
        closure = closing.close(session, wanted, actor=OPERATOR, now=now)
        click.echo(f"closed: {closure.id}")


@command("reopen")
def reopen() -> None:
    """End every closure that is in force now."""
    shared, now = services(), services().clock.now()
    with shared.database.transaction() as session:
        in_force = closures.find_in_force(session, now=now)
        if not in_force:
            raise Conflict("Nothing is closed just now, so there is nothing to reopen.")
        for closure in in_force:
            closures.lift(session, closure, actor=OPERATOR, now=now)
            click.echo(f"reopened: {closure.id}")


COMMANDS = (slots, close, reopen)
