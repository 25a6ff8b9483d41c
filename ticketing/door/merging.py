"""What follows from the scans of one ticket, whoever made them and in whatever order they came in. Pure.

Only the set of scans counts: they are walked through by the time they were made, and those of one instant by their id.
So two devices that were cut off, a batch that is sent twice and a scan that comes a day late lead to the same state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ticketing.door.verdict import Direction


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """People who went through a gate on a ticket; `key` is the id of the scan."""

    at: datetime
    key: str
    direction: Direction
    people: int


@dataclass(slots=True)
class Merged:
    """What a ticket's passages come to.

    `beyond`: by scan, how many were let in beyond what the ticket admits. `left`: by scan, how many went out beyond
    those who had come in.
    """

    admitted: int = 0
    inside: int = 0
    beyond: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def merge(admissions: int, passages: Iterable[Passage]) -> Merged:
    """Walk through the passages of a ticket that admits so many; one that is told twice happened once."""
    by_key = {passage.key: passage for passage in sorted(passages)}
    walked = sorted(by_key.values())
    merged = Merged()
    for passage in walked:
        if passage.direction is Direction.IN:
            _let_in(merged, admissions, passage)
    entered = sum(passage.people for passage in walked if passage.direction is Direction.IN)
    gone = [passage for passage in walked if passage.direction is Direction.OUT]
    merged.left = _beyond_entered(entered, gone)
    merged.inside = max(0, entered - sum(passage.people for passage in gone))
    return merged


def _let_in(merged: Merged, admissions: int, passage: Passage) -> None:
    new = min(passage.people, admissions - merged.admitted)
    merged.admitted += new
    if passage.people > new:
        merged.beyond[passage.key] = passage.people - new


def _beyond_entered(entered: int, gone: list[Passage]) -> dict[str, int]:
    """Say which exits have no entry: the last ones. Only numbers are compared, for clocks of gates differ."""
    beyond = {}
    for passage in gone:
        with_entry = min(passage.people, entered)
        entered -= with_entry
        if passage.people > with_entry:
            beyond[passage.key] = passage.people - with_entry
    return beyond
