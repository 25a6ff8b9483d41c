"""The edge of a request: its transaction, its time, its actor, its language. Rooms get these as arguments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import cast

from flask import current_app, g, request
from sqlalchemy.orm import Session

from ticketing.bootstrap import Services
from ticketing.foundation import clock as clocks
from ticketing.foundation.actors import VISITOR, Actor
from ticketing.foundation.languages import DEFAULT_LANGUAGE, LANGUAGES, preferred_language


def services() -> Services:
    """Return what this application was built with."""
    return cast(Services, current_app.extensions["foyer"])


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the unit of work of this request."""
    try:
        with services().database.transaction() as session:
            yield session
    finally:
        for read_before in ("revision", "house_revision"):  # what is shown after it tells of what it did
            g.pop(read_before, None)


def reading() -> AbstractContextManager[Session]:
    """Open a picture that cannot write."""
    return services().database.reading()


def revision() -> str:
    """Return the database's revision, asked once so that one answer is of one piece, however much is sold meanwhile."""
    if "revision" not in g:
        g.revision = services().database.revision()
    return cast(str, g.revision)


def house_revision() -> str:
    """Return the revision of what managers decide, asked once like `revision`."""
    if "house_revision" not in g:
        g.house_revision = services().database.house_revision()
    return cast(str, g.house_revision)


def now() -> datetime:
    """Return the instant of this request, read once so that one act has one time."""
    if "now" not in g:
        g.now = services().clock.now()
    return cast(datetime, g.now)


def today() -> date:
    """Return the local date of this request in the centre's zone."""
    return clocks.local_date_of(now(), services().zone)


def local(instant: datetime) -> datetime:
    """Return the centre's wall-clock time of an instant, for showing."""
    return instant.astimezone(services().zone)


def actor() -> Actor:
    """Return who acts: set by access.py for staff and devices, else a visitor."""
    return cast(Actor, g.get("actor", VISITOR))


def language() -> str:
    """Return the language of the answer: of the address on the site, else of the person, else of the browser."""
    if "language" not in g:
        g.language = _chosen_language()
    return cast(str, g.language)


def speak(wanted: str) -> None:
    """Answer in this language whatever the address or the browser says; one we do not have changes nothing."""
    if wanted in LANGUAGES:
        g.language = wanted


def _chosen_language() -> str:
    named = (request.view_args or {}).get("language") or request.args.get("language", "")
    if named in LANGUAGES:
        return cast(str, named)
    first = request.path.split("/", 2)[1] if request.path.count("/") else ""
    if first in LANGUAGES:  # an address under /nl/ that leads nowhere still answers in Dutch
        return first
    return preferred_language([tag for tag, _ in request.accept_languages]) or DEFAULT_LANGUAGE
