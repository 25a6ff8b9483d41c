"""Parts of an address that are more than text."""

from __future__ import annotations

from datetime import date

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError


class DateConverter(BaseConverter):
    """A local date as 2026-11-24; anything that is no date is no address of ours."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Read the date."""
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def to_url(self, value: date) -> str:
        """Write the date."""
        return value.isoformat()


def set_up(app: Flask) -> None:
    """Teach the application our converters; before any address is added."""
    app.url_map.converters["date"] = DateConverter
