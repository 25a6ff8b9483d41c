"""The edge of a command: its services, its time, its actor, its language of failure."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NoReturn, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DatabaseError, OperationalError

from ticketing.bootstrap import Services
from ticketing.foundation import actors
from ticketing.foundation.clock import instant_of
from ticketing.foundation.database import DatabaseAway
from ticketing.foundation.errors import InvalidInput, TicketingError

OPERATOR = actors.system("operator")
# What the drivers raise when the database is away, is no database, or has not our tables.
NO_DATABASE = (DatabaseError, OperationalError)
TOOK_TOO_LONG = "57014"  # PostgreSQL's statement time-out
DAY_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LOCAL_SHAPE = re.compile(rf"{DAY_SHAPE.pattern}T[0-9]{{2}}:[0-9]{{2}}")


def services() -> Services:
    """Return what the application was built with."""
    return cast(Services, current_app.extensions["foyer"])


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command whose refusals go to standard error with exit status 1 (2: the words themselves make no sense)."""

    def make(act: Callable[..., Any]) -> click.Command:
        @functools.wraps(act)
        def guarded(*arguments: Any, **options: Any) -> Any:
            try:
                return act(*arguments, **options)
            except DatabaseAway as away:
                _refuse_database(away.__cause__)
            except TicketingError as refusal:
                _refuse(refusal.message)
            except DatabaseError as error:
                if getattr(error.orig, "sqlstate", None) == TOOK_TOO_LONG:
                    _refuse(
                        "The database took too long over it, so nothing was changed. Try again when it is less busy."
                    )
                if type(error) not in NO_DATABASE:
                    raise
                _refuse_database(error)

        return click.command(name)(with_appcontext(guarded))

    return make


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def _refuse_database(error: BaseException | None) -> NoReturn:
    said = _first_line(getattr(error, "orig", error))
    _refuse(f"DATABASE_URL: {said}. Is it there, and was `flask db upgrade` run?")


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")


def local_instant(text: str) -> datetime:
    """Read YYYY-MM-DDTHH:MM in the centre's zone as an instant; raises InvalidInput, NoSuchLocalTime."""
    if not LOCAL_SHAPE.fullmatch(text):
        raise InvalidInput(f"{text!r} is not a local date and time like 2026-11-24T10:30.")
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a date and time that exists.") from error
    return instant_of(local.date(), local.time(), services().zone)


def local_day(text: str) -> date:
    """Read YYYY-MM-DD as a date on the centre's calendar; raises InvalidInput."""
    try:
        if DAY_SHAPE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a date that exists.") from error
    raise InvalidInput(f"{text!r} is not a date like 2026-11-24.")
