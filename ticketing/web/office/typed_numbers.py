"""Amounts, numbers and days as people type them into a form; an empty field is None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from ticketing.foundation.errors import InvalidInput
from ticketing.web.converters import FIRST_DAY, LAST_DAY

AMOUNT_SHAPE = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?", re.ASCII)
NUMBER_SHAPE = re.compile(r"[0-9]{1,9}")
DAY_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


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
    cents = hundredths(typed)
    if cents is None:
        raise NumberInvalid("Write an amount like 12.50.", field=field, why="amount")
    return cents


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
    day = find_day(typed)
    if day is None:
        raise DateInvalid("Write a date.", field=field, why="no_day")
    return day


def hundredths(typed: str) -> int | None:
    """Read what has at most two decimals, an amount or a percentage, in hundredths; None for anything else."""
    match = AMOUNT_SHAPE.fullmatch(typed.strip())
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None


def find_day(typed: str) -> date | None:
    """Read a date of this century as 2026-11-24; None for anything else."""
    try:
        day = date.fromisoformat(typed.strip()) if DAY_SHAPE.fullmatch(typed.strip()) else None
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None


def write_cents(cents: int | None) -> str:
    """Return an amount as a form has it."""
    return "" if cents is None else f"{cents // 100}.{cents % 100:02d}"
