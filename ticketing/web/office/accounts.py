"""The books of a span of days: revenue by rate, money by method, and the provider's account beside them."""

from __future__ import annotations

import functools
from datetime import date, datetime

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from ticketing.foundation.database import Database
from ticketing.sales import accounts, accounts_file, books, findings, gift_card_books
from ticketing.sales.accounts import Accounts, SpanInvalid
from ticketing.sales.books import DayBooks
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office import report_spans
from ticketing.web.office.gift_cards import MOVEMENTS

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/accounts", view_func=accounts_page)
    blueprint.add_url_rule("/accounts.csv", view_func=accounts_download)


@access.requires(Permission.SEE_ACCOUNTS)
def accounts_page() -> Answer:
    """Show the books from a first to a last day; this month so far unless told otherwise."""
    try:
        first, last = report_spans.span_asked()
        accounts.days_of(first, last)
    except SpanInvalid as mistake:
        return render_template(
            "office/accounts.html", books=None, values=request.args, mistake=words_for_code(mistake)
        ), mistake.status
    with edge.reading() as reading:
        told = _books(reading, first, last)
        beside = books.compare(reading, first, last, edge.services().payments.name, zone=edge.services().zone)
        on_cards = gift_card_books.owed_on_cards(reading, first, last, zone=edge.services().zone)
        names, unsettled = books.class_names(reading), findings.count_open(reading)
    return render_template(
        "office/accounts.html", books=told, beside=beside, names=names, unsettled=unsettled, first=first, last=last,
        on_cards=on_cards, movements=MOVEMENTS,
        values={"from": first.isoformat(), "until": last.isoformat()}, mistake=None,
    )  # fmt: skip


@access.requires(Permission.SEE_ACCOUNTS)
def accounts_download() -> Response:
    """Give the same as a file. Raises SpanInvalid."""
    first, last = report_spans.span_asked()
    with edge.reading() as reading:
        told = _books(reading, first, last)
        on_cards = gift_card_books.owed_on_cards(reading, first, last, zone=edge.services().zone)
    name = f"accounts-{first}-{last}.csv"
    return Response(
        accounts_file.write(told, on_cards),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _books(reading: Session, first: date, last: date) -> Accounts:
    """Add up the books; days that are settled are loaded once an hour, since they stay as they are.

    So a past that is written under a running house (`flask simulate`, a backup put back) is seen within the hour.
    """
    zone, now = edge.services().zone, edge.now()
    settled = _settled_days(edge.services().database, now.replace(minute=0, second=0, microsecond=0))
    for day in accounts.days_of(first, last):
        if day not in settled and books.is_settled(day, zone=zone, now=now):
            settled[day] = books.load_day(reading, day, zone=zone)
    return books.accounts_of(reading, first, last, zone=zone, known=settled)


@functools.lru_cache(maxsize=1)
def _settled_days(database: Database, hour: datetime) -> dict[date, DayBooks]:
    return {}
