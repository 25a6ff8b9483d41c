"""Selling from the command line."""

from __future__ import annotations

import click

from ticketing.catalogue import offers
from ticketing.catalogue.capacity import SlotNotFound
from ticketing.cli.edge import OPERATOR, command, local_instant, services
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.languages import LANGUAGES
from ticketing.sales import customers, holds, orders, settlement
from ticketing.sales.models import Channel


@command("sell")
@click.argument("experience")
@click.argument("local_datetime")
@click.argument("quantities", nargs=-1, required=True, metavar="TYPE=N…")
@click.option("--email", required=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="nl")
@click.option(
    "--method", type=click.Choice(["cash", "none"]), default="cash", help="cash: paid here; none: the house gives it."
)
def sell(
    experience: str, local_datetime: str, quantities: tuple[str, ...], *, email: str, language: str, method: str
) -> None:
    """Sell tickets for EXPERIENCE at LOCAL_DATETIME; prints the order code, then one ticket code a line."""
    shared, now = services(), services().clock.now()
    wanted = _read_quantities(quantities)
    customer = orders.Customer(customers.checked_email(email), None, language)
    with shared.database.transaction() as session:
        found = offers.get_experience(session, experience)
        slot = offers.find_slot_at(session, found.id, local_instant(local_datetime))
        if slot is None:
            raise SlotNotFound(
                f"Nothing of {experience} starts at {local_datetime}. Look with: flask slots {experience}"
            )
        request = holds.HoldRequest(
            request_key=new_token(), slot_uuid=slot.uuid, quantities=wanted, channel=Channel.OPERATOR
        )
        hold = holds.open_hold(session, request, now=now)
        place = orders.place if method == "cash" else orders.place_free_of_charge
        order = place(session, hold, customer, actor=OPERATOR, now=now)
        settlement.pay_cash(session, order, actor=OPERATOR, now=now)
        codes = [ticket.code for ticket in orders.find_tickets(session, order)]
        click.echo(order.code)
    for code in codes:
        click.echo(code)


def _read_quantities(pairs: tuple[str, ...]) -> dict[str, int]:
    """Read TYPE=N pairs; raises InvalidInput for anything else."""
    wanted: dict[str, int] = {}
    for pair in pairs:
        slug, _, number = pair.partition("=")
        if not (slug and number.isascii() and number.isdigit() and len(number) <= 4):
            raise InvalidInput(f"{pair!r} is not like adult=2.")
        if slug in wanted:
            raise InvalidInput(f"{slug} is named twice; say once how many.")
        wanted[slug] = int(number)
    return wanted


COMMANDS = (sell,)
