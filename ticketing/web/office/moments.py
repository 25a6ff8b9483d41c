"""A date and time as a form sends it, meant on the centre's wall clock."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from ticketing.foundation.clock import NoSuchLocalTime, instant_of
from ticketing.foundation.errors import InvalidInput
from ticketing.web import edge
from ticketing.web.converters import FIRST_DAY, LAST_DAY

LOCAL_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


class MomentInvalid(InvalidInput):
    """This is no date and time; `details["field"]` names where."""

    code = "moment_invalid"


def read_moment(text: str, field: str, zone: ZoneInfo) -> datetime:
    """Return the instant a local date and time means. Raises MomentInvalid, NoSuchLocalTime."""
    if not LOCAL_SHAPE.fullmatch(text):
        raise MomentInvalid("Give a date and a time.", field=field, why="no_moment")
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise MomentInvalid("There is no such date and time.", field=field, why="no_moment") from error
    if not FIRST_DAY <= local.date() <= LAST_DAY:
        raise MomentInvalid("Choose a day of this century.", field=field, why="no_moment")
    try:
        return instant_of(local.date(), local.time(), zone)
    except NoSuchLocalTime as error:
        raise NoSuchLocalTime(error.message, field=field) from error


def write_moment(instant: datetime | None) -> str:
    """Return an instant as a form shows it."""
    return f"{edge.local(instant):%Y-%m-%dT%H:%M}" if instant else ""
