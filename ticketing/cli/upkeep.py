"""What an operator runs: the worker, the check of the ledger, demo data, the simulator, backups."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ticketing.cli.edge import command, services
from ticketing.operations import backup, demo, invariants, migrating, simulator, worker

MOST_DAYS = 366


@command("worker")
@click.option("--once", is_flag=True, help="Do what is due and stop.")
def run_worker(*, once: bool) -> None:
    """Do what must follow commits: mail, refunds, sweeping, reconciliation."""
    if once:
        worker.run_once(services())
    else:
        worker.run_for_ever(services())


@command("check")
def check() -> None:
    """Prove the ledger: every invariant, exit status 1 with the rows when one fails."""
    shared = services()
    with shared.database.reading() as session:
        found = invariants.violations(session, now=shared.clock.now())
    for violation in found:
        click.echo(f"{violation.id} {violation.name}")
        for row in violation.rows:
            click.echo(f"    {row}")
    click.echo(f"{invariants.count()} invariants, {len(found)} violated")
    if found:
        sys.exit(1)


@command("demo")
def load_demo() -> None:
    """Fill an empty database with the demonstration centre; does nothing to a filled one."""
    shared = services()
    if demo.load(shared):
        click.echo("Demo data loaded. Prices are fictional.")
        for line in demo.sign_in_lines():
            click.echo(line)
    else:
        click.echo("The database already has a catalogue; nothing was loaded.")


@command("simulate")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=30, help="How many past days.")
@click.option("--seed", default=1)
def simulate(days: int, seed: int) -> None:
    """Fill past days with visitors who ordered, came and were scanned, as at a centre like ours."""
    shared = services()
    with shared.database.transaction() as session:
        told = simulator.simulate_past(session, days=days, zone=shared.zone, now=shared.clock.now(), seed=seed)
    click.echo(f"{told.orders} orders, {told.tickets} tickets, {told.scans} scans")


@command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def back_up(file: Path | None) -> None:
    """Write a consistent copy of the database to FILE (a new one in the instance folder), while everything runs."""
    shared = services()
    engine = shared.database.engine
    target = file or backup.default_target(shared.settings.instance_path, engine, shared.clock.now())
    backup.back_up(engine, target)
    click.echo(target)


@command("restore")
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Replace the database by the backup in FILE, keeping what was there as a backup. Stop everything else first."""
    shared = services()
    engine = shared.database.engine
    kept_at = backup.default_target(shared.settings.instance_path, engine, shared.clock.now())
    backup.restore(engine, file, kept_at=kept_at)
    migrating.upgrade(engine)
    click.echo(f"Restored. What was there is in {kept_at}. Now run: flask check")


COMMANDS = (run_worker, check, load_demo, simulate, back_up, restore)
