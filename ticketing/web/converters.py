"""Parts of an address that are more than text."""

from __future__ import annotations

from datetime import date

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

# What is no day of this century is no day of ours; the days beside one always exist, in every zone.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def whole_number(text: str) -> int | None:
    """Read a row's number as an address carries it after a question mark; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


class DateConverter(BaseConverter):
    """A local date as 2026-11-24; anything that is no day of this century is no address of ours."""

    regex = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Read the date."""
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def to_url(self, value: date) -> str:
        """Write the date."""
        return value.isoformat()


class KeyConverter(BaseConverter):
    """A row's number: ASCII digits, few enough for an integer key. Werkzeug's own takes "٣", and any length."""

    regex = r"[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """Read the number."""
        return int(value)


class VersionConverter(KeyConverter):
    """The number of a version of a text; 0 is the one it came with."""

    regex = r"0|[1-9][0-9]{0,8}"


def set_up(app: Flask) -> None:
    """Teach the application our converters; before any address is added."""
    app.url_map.converters["date"] = DateConverter
    app.url_map.converters["int"] = KeyConverter
    app.url_map.converters["version"] = VersionConverter
