"""The books as a file for a spreadsheet or an accounting package: one amount a line, to be filtered and added up.

Semicolons and a decimal comma, as Belgian spreadsheets read them by a double click; the heads are the same in every
language, so that a recipe for importing it does not depend on who saved it. No cell begins like a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

from ticketing.sales.accounts import Accounts, Moved, Owed, Revenue
from ticketing.sales.gift_card_books import Owed as OnCards
from ticketing.sales.gift_cards import Parts

BYTE_ORDER_MARK = "\ufeff"  # else a spreadsheet guesses the alphabet
HEADS = ("day", "kind", "vat_class", "vat_percent", "method", "channel", "what", "amount")
# What a spreadsheet takes for the beginning of a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(books: Accounts, on_cards: OnCards) -> str:
    """Write the books, with every day's amounts; each kind by itself adds up to its total.

    What is owed on gift cards is told for the whole span: what was on them before, and how it moved.
    """
    file = io.StringIO()
    file.write(BYTE_ORDER_MARK)
    lines = csv.writer(file, delimiter=";", lineterminator="\r\n")
    lines.writerow(HEADS)
    lines.writerows(_rows(books))
    lines.writerows(_of_cards(on_cards, books.days[0].day, books.days[-1].day))
    return file.getvalue()


def amount_text(cents: int) -> str:
    """Write cents as euros with a comma, exactly."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


def safe_text(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _rows(books: Accounts) -> Iterator[tuple[str, ...]]:
    for earned in books.revenue:
        yield from _of_revenue(earned)
    for moved in books.money:
        yield from _of_money(moved)
    for owed in books.owed:
        yield from _of_owed(owed)


def _of_revenue(row: Revenue) -> Iterator[tuple[str, ...]]:
    rate = "exempt" if row.vat_bp is None else amount_text(row.vat_bp)
    head = (row.day.isoformat(), "revenue", safe_text(row.vat_class), rate, "", row.channel.value)
    amounts = {
        "sold": row.sold, "discounts": -row.discounts, "cancelled_or_moved": -row.ended, "fees": row.fees,
        "goodwill": -row.goodwill, "disputes": -row.disputes,
    }  # fmt: skip
    yield from ((*head, what, amount_text(cents)) for what, cents in amounts.items() if cents)
    if row.vat:
        yield (row.day.isoformat(), "vat_included", *head[2:], "vat", amount_text(row.vat))


def _of_money(row: Moved) -> Iterator[tuple[str, ...]]:
    head = (row.day.isoformat(), "money", "", "", safe_text(row.method), row.channel.value)
    amounts = {"payments": row.came, "refunds": -row.refunded, "refunds_failed": row.sent_back, "disputes": -row.taken}
    yield from ((*head, what, amount_text(cents)) for what, cents in amounts.items() if cents)


def _of_owed(row: Owed) -> Iterator[tuple[str, ...]]:
    yield (row.day.isoformat(), "owed", "", "", "", row.channel.value, row.why.value, amount_text(row.cents))


def _of_cards(on_cards: OnCards, first: date, last: date) -> Iterator[tuple[str, ...]]:
    yield from _of_parts(first, "before", on_cards.before)
    for kind, parts in on_cards.moved.items():
        yield from _of_parts(last, kind.value, parts)


def _of_parts(day: date, what: str, parts: Parts) -> Iterator[tuple[str, ...]]:
    """Write paid value and bonus apart: the one is a debt, the other was given."""
    for method, cents in (("paid", parts.paid), ("bonus", parts.bonus)):
        if cents:
            yield (day.isoformat(), "gift_cards", "", "", method, "", what, amount_text(cents))
