"""The forecast from the command line."""

from __future__ import annotations

import click

from ticketing.cli.edge import command, services
from ticketing.flow.forecast import LEAST_DAYS
from ticketing.operations import forecasts


@command("forecast")
def make_forecast() -> None:
    """Make the forecast anew, as the worker does each night, and print it with how good such forecasts have been."""
    made = forecasts.make(services())
    if not made.days:
        click.echo(f"Too little is known yet: it takes {LEAST_DAYS} days on which the house was open and not sold out.")
    for day in made.days:
        said = f"{day.mid:6.0f} ({day.low:.0f} to {day.high:.0f}), {day.booked} booked" if day.is_open else "closed"
        click.echo(f"{day.local_date} {said}")
    for score in made.scores:
        click.echo(
            f"{score.lead:>2} days ahead: WAPE {score.wape:.1%}, MASE {score.mase:.2f}, bias {score.bias:+.1%}, "
            f"in the band {score.coverage:.0%}, n {score.n}"
        )


COMMANDS = (make_forecast,)
