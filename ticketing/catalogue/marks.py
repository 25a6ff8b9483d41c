"""Rows of the catalogue written down, and what they said when opened: the second of two managers hears of the first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.catalogue.checking import invalid
from ticketing.foundation import audit
from ticketing.foundation.database import Base
from ticketing.foundation.errors import Conflict


class CatalogueMovedOn(Conflict):
    """Somebody else has changed this since it was opened; `details["by"]` and `details["changed_at"]` say who, when."""

    code = "catalogue_moved_on"


def mark_of(row: Base) -> str:
    """Return a short mark of all that a row says; it differs as soon as anything in it does."""
    said = [getattr(row, column.key) for column in inspect(type(row)).column_attrs]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


def require_mark(session: Session, row: Any, mark: str) -> None:
    """Insist that a locked row still says what it said when it was opened. Raises CatalogueMovedOn."""
    if mark_of(row) == mark:
        return
    latest = audit.about(session, row.__tablename__, row.id, limit=1)
    raise CatalogueMovedOn(
        "Somebody changed this while you were at it. Compare, then save again.",
        by=latest[0].actor_name if latest else "",
        changed_at=latest[0].happened_at if latest else None,
    )


def write(session: Session, row: Any, values: Mapping[str, Any]) -> None:
    """Write a row down as these values say; the database knows whether its name is taken. Raises CatalogueInvalid."""
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise invalid("slug", "slug_taken") from error


def changed_fields(row: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what setting these values would change, by field: what it says, and what it will say, for the record."""
    return {
        name: [_plain(getattr(row, name)), _plain(value)]
        for name, value in values.items()
        if getattr(row, name) != value
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | dict | list) else str(value)
