"""What somebody else saved while a form was open: who, when, and what differs from what is typed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ticketing.catalogue.marks import CatalogueMovedOn


@dataclass(frozen=True)
class Meanwhile:
    """The other one's saving, and the fields in which it differs: name of the field, what is saved now."""

    by: str
    changed_at: datetime | None
    differing: list[tuple[str, str]]


def told(error: Exception | None, saved: Mapping[str, str], typed: Mapping[str, str]) -> Meanwhile | None:
    """Tell of the other one's saving, None when there was none. Both mappings are as forms have them."""
    if not isinstance(error, CatalogueMovedOn):
        return None
    differing = [(name, saved.get(name, "")) for name in saved if saved.get(name, "") != typed.get(name, "")]
    return Meanwhile(error.details["by"], error.details["changed_at"], differing)
