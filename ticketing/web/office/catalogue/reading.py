"""What a form about the catalogue says, field by field; a mistake names its field and its rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from typing import TypeVar

from ticketing.catalogue.checking import invalid
from ticketing.foundation.languages import LANGUAGES
from ticketing.web.office.typed_numbers import find_day, hundredths

Word = TypeVar("Word", bound=StrEnum)

WHOLE_SHAPE = re.compile(r"-?[0-9]{1,6}", re.ASCII)
MOST_HUNDREDTHS = 9_999_999
TIME_SHAPE = re.compile(r"([0-9]{1,2})[:.h]([0-9]{2})", re.ASCII)


def texts(form: Mapping[str, str], field: str) -> dict[str, str]:
    """Return a text in every language, as typed."""
    return {language: form.get(f"{field}_{language}", "") for language in LANGUAGES}


def lines(form: Mapping[str, str], field: str) -> dict[str, list[str]]:
    """Return the lines of a text in every language."""
    return {language: form.get(f"{field}_{language}", "").splitlines() for language in LANGUAGES}


def whole(form: Mapping[str, str], field: str, least: int, most: int) -> int:
    """Return a whole number; the room judges its bounds, the refusal names them. Raises CatalogueInvalid."""
    typed = form.get(field, "").strip().replace("\u2212", "-").removeprefix("+")
    if not WHOLE_SHAPE.fullmatch(typed):
        raise invalid(field, "between", least=least, most=most)
    return int(typed)


def whole_or_none(form: Mapping[str, str], field: str, least: int, most: int) -> int | None:
    """Return a whole number, None for a field left empty. Raises CatalogueInvalid."""
    return whole(form, field, least, most) if form.get(field, "").strip() else None


def cents(form: Mapping[str, str], field: str) -> int:
    """Return an amount of money in cents. Raises CatalogueInvalid."""
    return _hundredths(form, field, "price")


def basis_points(form: Mapping[str, str], field: str) -> int:
    """Return a percentage in basis points. Raises CatalogueInvalid."""
    return _hundredths(form, field, "percentage")


def local_date(form: Mapping[str, str], field: str) -> date:
    """Return a date of this century. Raises CatalogueInvalid."""
    found = find_day(form.get(field, ""))
    if found is None:
        raise invalid(field, "no_date")
    return found


def local_date_or_none(form: Mapping[str, str], field: str) -> date | None:
    """Return a date, None for a field left empty. Raises CatalogueInvalid."""
    return local_date(form, field) if form.get(field, "").strip() else None


def local_time(form: Mapping[str, str], field: str) -> time:
    """Return a wall-clock time. Raises CatalogueInvalid."""
    found = _time_in(form.get(field, "").strip())
    if found is None:
        raise invalid(field, "no_time")
    return found


def local_time_or_none(form: Mapping[str, str], field: str) -> time | None:
    """Return a wall-clock time, None for a field left empty. Raises CatalogueInvalid."""
    return local_time(form, field) if form.get(field, "").strip() else None


def local_times(form: Mapping[str, str], field: str, most: int) -> tuple[time, ...]:
    """Return the times of a list, each once and in order. Raises CatalogueInvalid."""
    typed = form.get(field, "").replace(",", " ").replace(";", " ").split()
    found = [_time_in(each) for each in typed]
    if any(each is None for each in found) or len(found) > most:
        raise invalid(field, "times", most=most)
    return tuple(sorted({each for each in found if each is not None}))


def weekdays(form: Mapping[str, str]) -> tuple[int, ...]:
    """Return the weekdays that are ticked; Monday is 0."""
    return tuple(weekday for weekday in range(7) if f"weekday_{weekday}" in form)


def choice(form: Mapping[str, str], field: str, words: type[Word]) -> Word:
    """Return one word of a closed list. Raises CatalogueInvalid."""
    try:
        return words(form.get(field, ""))
    except ValueError as error:
        raise invalid(field, "no_target") from error


def written_time(local: time | None) -> str:
    """Write a wall-clock time as a form has it."""
    return f"{local:%H:%M}" if local else ""


def _hundredths(form: Mapping[str, str], field: str, why: str) -> int:
    found = hundredths(form.get(field, ""))
    if found is None or found > MOST_HUNDREDTHS:
        raise invalid(field, why)
    return found


def _time_in(typed: str) -> time | None:
    match = TIME_SHAPE.fullmatch(typed)
    return time(int(match[1]), int(match[2])) if match and int(match[1]) < 24 and int(match[2]) < 60 else None
