"""The books from the command line: compare with the provider, and add up."""

from __future__ import annotations

import sys
from datetime import date, timedelta

import click

from ticketing.cli.edge import command, local_day, services
from ticketing.foundation.clock import local_date_of
from ticketing.operations import reconciling
from ticketing.operations.reconciling import DayTold, OpenFinding
from ticketing.sales import accounts, accounts_file, books, gift_card_books
from ticketing.sales.accounts import Accounts, Compared
from ticketing.sales.accounts_file import amount_text


@command("reconcile")
@click.argument("first", metavar="[FROM]", required=False)
@click.argument("last", metavar="[UNTIL]", required=False)
def reconcile(first: str | None, last: str | None) -> None:
    """Compare the provider's account with ours and settle what is open: yesterday and today, or FROM to UNTIL.

    Exit status 1 when something cannot be matched and nobody has settled it.
    """
    shared = services()
    today = local_date_of(shared.clock.now(), shared.zone)
    begin = local_day(first) if first else today - timedelta(days=1)
    end = local_day(last) if last else begin if first else today
    found: list[OpenFinding] = []
    for day in accounts.days_of(begin, end):
        told = reconciling.reconcile_day(shared, day)
        click.echo(_told(told))
        found += [each for each in reconciling.open_findings(shared, told) if each not in found]
    for finding in found:
        click.echo(_line(finding))
    click.echo(f"{len(found)} to be looked at; settle them at /office/findings")
    if found:
        sys.exit(1)


def _told(told: DayTold) -> str:
    sums = told.sums
    return (
        f"{told.local_date} in {amount_text(sums.charged)} (here {amount_text(sums.charged_here)}), "
        f"back {amount_text(sums.refunded)} (here {amount_text(sums.refunded_here)}), "
        f"disputes {amount_text(sums.disputed)}, fees {amount_text(sums.fees)}; {told.settled} settled"
    )


def _line(finding: OpenFinding) -> str:
    here = "" if finding.expected_cents is None else f", here {amount_text(finding.expected_cents)}"
    return f"{finding.kind.value} {finding.ref} {amount_text(finding.amount.cents)} {finding.amount.currency}{here}"


@command("accounts")
@click.argument("first", metavar="FROM")
@click.argument("last", metavar="UNTIL")
@click.option("--csv", "as_csv", is_flag=True, help="The file of the office instead of a summary.")
def show_accounts(first: str, last: str, *, as_csv: bool) -> None:
    """Add up the books from FROM to UNTIL; exit status 1 when they do not agree."""
    shared, begin, end = services(), local_day(first), local_day(last)
    with shared.database.reading() as session:
        told = books.accounts_of(session, begin, end, zone=shared.zone)
        beside = books.compare(session, begin, end, shared.payments.name, zone=shared.zone)
        on_cards = gift_card_books.owed_on_cards(session, begin, end, zone=shared.zone)
    click.echo(accounts_file.write(told, on_cards) if as_csv else _summary(told, beside, begin, end), nl=not as_csv)
    if not told.has_balance or beside.difference:
        sys.exit(1)


def _summary(told: Accounts, beside: Compared, begin: date, end: date) -> str:
    total = told.total
    rates = [
        f"  {row.vat_class} {'exempt' if row.vat_bp is None else amount_text(row.vat_bp) + ' %'} {row.channel.value}: "
        f"{amount_text(row.gross)}, VAT {amount_text(row.vat)}"
        for row in told.by_rate
    ]
    methods = [f"  {row.method} {row.channel.value}: {amount_text(row.kept)}" for row in told.by_method]
    return "\n".join(
        [
            f"{begin} to {end}",
            f"revenue {amount_text(total.gross)}, VAT {amount_text(total.vat)}", *rates,
            f"money {amount_text(total.money)}", *methods,
            f"owed to customers {amount_text(total.owed)}",
            f"difference {amount_text(total.difference)}",
            f"provider: {beside.days} days compared, {len(beside.missing)} not; "
            f"difference {amount_text(beside.difference)}",
        ]
    )  # fmt: skip


COMMANDS = (reconcile, show_accounts)
