"""Amounts, numbers and days as people type them into a form; an empty field is None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from ticketing.foundation.errors import InvalidInput
from ticketing.web.converters import FIRST_DAY, LAST_DAY

AMOUNT_SHAPE = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?")
NUMBER_SHAPE = re.compile(r"[0-9]{1,9}")
DAY_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NumberInvalid(InvalidInput):
    """This cannot be read as a number; `details["field"]` names where."""

    code = "number_invalid"


class DateInvalid(InvalidInput):
    """This is no date; `details["field"]` names where."""

    code = "date_invalid"


def read_cents(form: Mapping[str, str], field: str) -> int | None:
    """Read an amount in euros, with a point or a comma. Raises NumberInvalid."""
    typed = form.get(field, "").strip()
    if not typed:
        return None
    match = AMOUNT_SHAPE.fullmatch(typed)
    if match is None or not typed.isascii():
        raise NumberInvalid("Write an amount like 12.50.", field=field, why="amount")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def read_number(form: Mapping[str, str], field: str, most: int) -> int | None:
    """Read a whole number; the room says whether it may be that high. Raises NumberInvalid."""
    typed = form.get(field, "").strip()
    if not typed:
        return None
    if not NUMBER_SHAPE.fullmatch(typed) or not typed.isascii():
        raise NumberInvalid("Write a whole number.", field=field, why="number", most=most)
    return int(typed)


def read_day(form: Mapping[str, str], field: str) -> date | None:
    """Read a local date. Raises DateInvalid."""
    typed = form.get(field, "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed) if DAY_SHAPE.fullmatch(typed) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise DateInvalid("Write a date.", field=field, why="no_day")
    return day


def write_cents(cents: int | None) -> str:
    """Return an amount as a form has it."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
