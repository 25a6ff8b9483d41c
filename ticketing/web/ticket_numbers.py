"""Tickets in a form: by their number in the order, so that nobody can name another's, and no key or code is told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import request

from ticketing.foundation.identifiers import new_token
from ticketing.sales.changes import TicketsNotChangeable
from ticketing.sales.overview import OrderView, TicketView

FIELD = "t"
NUMBER = re.compile(r"[1-9][0-9]{0,3}")
DIFFERENCE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
MOST_NUMBERS = 500


def asked() -> list[int]:
    """Return the numbers of the tickets this request is about, from its form or its address."""
    values = request.form if request.method == "POST" else request.args
    return [int(text) if NUMBER.fullmatch(text) else 0 for text in values.getlist(FIELD)[:MOST_NUMBERS]]


def asked_ids(view: OrderView) -> tuple[int, ...]:
    """Return the keys of the tickets this request is about, ended ones too: a request may come again.

    Raises TicketsNotChangeable for numbers the order has no tickets of.
    """
    keys = {each.number: each.ticket.id for each in (*view.tickets, *view.ended)}
    numbers = asked()
    if any(number not in keys for number in numbers):
        raise TicketsNotChangeable("This order has no such ticket. Look at your order again.")
    return tuple(keys[number] for number in dict.fromkeys(numbers))


def ids_of(tickets: Sequence[TicketView]) -> tuple[int, ...]:
    """Return the keys of tickets, for the room that changes them."""
    return tuple(each.ticket.id for each in tickets)


def shown_cents() -> int | None:
    """Return the difference that was shown above the button that was pressed; below zero what comes back."""
    shown = request.form.get("shown_cents", "")
    return int(shown) if DIFFERENCE.fullmatch(shown) else None


def request_key() -> str:
    """Return the key that makes pressing twice the same as pressing once."""
    return request.form.get("request_key", "")[:64] or new_token()
