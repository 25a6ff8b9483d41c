"""One way to move a thing from state to state: a conditional UPDATE, so that two movers cannot both win."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from ticketing.foundation.errors import Conflict

S = TypeVar("S", bound=StrEnum)
Moves = Mapping[S, Set[S]]


class MoveNotAllowed(Conflict):
    """The thing is in a state from which this cannot follow."""

    code = "move_not_allowed"


def move(session: Session, row: Any, to: S, moves: Moves[S], **changes: Any) -> bool:
    """Move `row.state` to `to`, with other columns in the same statement; False when it already is so.

    Raises MoveNotAllowed when `moves` has no such step, or when somebody else moved the row meanwhile elsewhere.
    """
    before = cast(S, row.state)
    if before == to:
        return False
    if to not in moves[before]:
        raise MoveNotAllowed(f"This is {before}; it cannot become {to}.", state=str(before), wanted=str(to))
    table = type(row)
    statement = (
        update(table)
        .where(table.id == row.id, table.state == before)
        .values(state=to, **changes)
        .execution_options(synchronize_session=False)
    )
    moved = cast(CursorResult[Any], session.execute(statement)).rowcount
    session.refresh(row)
    if moved == 1:
        return True
    if row.state == to:
        return False
    raise MoveNotAllowed(f"This has become {row.state} meanwhile; look again.", state=str(row.state), wanted=str(to))
