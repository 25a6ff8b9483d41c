"""What follows from the scans of one ticket, whoever made them and in whatever order they came in. Pure.

Only the set of scans counts: they are walked through by the time they were made, and those of one instant by their id.
So two devices that were cut off, a batch that is sent twice and a scan that comes a day late lead to the same state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ticketing.catalogue.reentry import Reentry
from ticketing.door.verdict import Direction


@dataclass(frozen=True, slots=True)
class Terms:
    """How many a ticket admits, and who may come in again: by what, and for how long where time decides."""

    admissions: int
    reentry: Reentry = Reentry.NONE
    reentry_minutes: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """People who went through a gate on a ticket; `key` is the id of the scan."""

    at: datetime
    key: str
    direction: Direction
    people: int
    has_stamp: bool = False


@dataclass(slots=True)
class Merged:
    """What a ticket's passages come to.

    `away`: how many went out and are known again. By scan: `returning`, how many of it had been in before; `beyond`,
    how many were let in beyond what the ticket admits; `left`, how many went out beyond those who had come in.
    """

    admitted: int = 0
    away: int = 0
    inside: int = 0
    first_at: datetime | None = None
    returning: dict[str, int] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def merge(terms: Terms, passages: Iterable[Passage]) -> Merged:
    """Walk through the passages of a ticket; one that is told twice happened once."""
    by_key = {passage.key: passage for passage in sorted(passages)}
    walked = sorted(by_key.values())
    merged = Merged()
    for passage in walked:
        if passage.direction is Direction.IN:
            _let_in(merged, terms, passage)
        else:
            merged.away = min(merged.admitted, merged.away + passage.people)
    entered = sum(passage.people for passage in walked if passage.direction is Direction.IN)
    gone = [passage for passage in walked if passage.direction is Direction.OUT]
    merged.left = _beyond_entered(entered, gone)
    merged.inside = max(0, entered - sum(passage.people for passage in gone))
    return merged


def returning(merged: Merged, terms: Terms, passage: Passage) -> int:
    """Return how many of those who want to come in now were in before, and may come in again."""
    if terms.reentry is Reentry.EXIT_SCAN:
        return min(passage.people, merged.away)
    if terms.reentry is Reentry.STAMP:
        return min(passage.people, merged.admitted) if passage.has_stamp else 0
    if terms.reentry is Reentry.WINDOW and merged.first_at is not None:
        is_open = passage.at < merged.first_at + timedelta(minutes=terms.reentry_minutes)
        beyond_new = passage.people - (terms.admissions - merged.admitted)  # the rest of a party comes first
        return max(0, min(beyond_new, merged.admitted)) if is_open else 0
    return 0


def _let_in(merged: Merged, terms: Terms, passage: Passage) -> None:
    back = returning(merged, terms, passage)
    new = min(passage.people - back, terms.admissions - merged.admitted)
    merged.away -= min(back, merged.away)
    merged.admitted += new
    merged.first_at = merged.first_at or passage.at
    if back:
        merged.returning[passage.key] = back
    if passage.people > back + new:
        merged.beyond[passage.key] = passage.people - back - new


def _beyond_entered(entered: int, gone: list[Passage]) -> dict[str, int]:
    """Say which exits have no entry: the last ones. Only numbers are compared, for clocks of gates differ."""
    beyond = {}
    for passage in gone:
        with_entry = min(passage.people, entered)
        entered -= with_entry
        if passage.people > with_entry:
            beyond[passage.key] = passage.people - with_entry
    return beyond
