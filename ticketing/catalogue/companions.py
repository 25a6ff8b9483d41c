"""Who may come along with whom: a carer, free of charge, with the visitor who needs one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Companionship

Accompanied = Mapping[int, frozenset[int]]


def accompanied_types(session: Session) -> Accompanied:
    """Return for the id of each ticket type that is a companion the ids of those it may come along with."""
    found: dict[int, set[int]] = {}
    for row in session.scalars(select(Companionship)):
        found.setdefault(row.companion_id, set()).add(row.accompanied_id)
    return {companion: frozenset(accompanied) for companion, accompanied in found.items()}


def set_accompanied(session: Session, companion_id: int, accompanied_ids: frozenset[int]) -> None:
    """Let a ticket type come along with these, and with none else."""
    session.execute(delete(Companionship).where(Companionship.companion_id == companion_id))
    rows = [Companionship(companion_id=companion_id, accompanied_id=each) for each in sorted(accompanied_ids)]
    session.add_all(rows)
    session.flush()


def alone(quantities: Mapping[int, int], accompanied: Accompanied) -> dict[int, int]:
    """Return how many companions of each type have nobody to come along with, of quantities by ticket type id. Pure.

    One visitor has at most one companion of a type.
    """
    lonely = {
        companion: quantities.get(companion, 0) - sum(quantities.get(visitor, 0) for visitor in visitors)
        for companion, visitors in accompanied.items()
    }
    return {companion: count for companion, count in lonely.items() if count > 0}
