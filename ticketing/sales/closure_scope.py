"""What a closure touches. Pure: a closed time, slots and tickets in; the tickets that cannot be used, by order, out.

Touched is who bought a place in a slot that the closure covers and has not come in on it. Whoever could have come in
before the closure was decided, or can after it was lifted, is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ticketing.sales.change_amounts import SoldLine, split_off


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """A closure as it stands now (instants): of which experiences (none: of all), and since when it is known.

    `lifted_at` when it was ended early; `is_withdrawn` when it never came to anything.
    """

    starts_at: datetime
    ends_at: datetime | None
    decided_at: datetime
    experience_ids: frozenset[int] = frozenset()
    lifted_at: datetime | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class SlotTimes:
    """When a slot is (instants), and of what."""

    id: int
    experience_id: int
    starts_at: datetime
    ends_at: datetime
    admits_until: datetime


@dataclass(frozen=True, slots=True)
class SoldTicket:
    """A ticket that stands, and the line it was sold on."""

    id: int
    order_id: int
    line_id: int
    slot_id: int
    admissions: int
    admitted: int
    issued_at: datetime


def covers(closed: ClosedTime, slot: SlotTimes) -> bool:
    """Tell whether nobody can come to a slot because of a closure."""
    if closed.is_withdrawn or (closed.experience_ids and slot.experience_id not in closed.experience_ids):
        return False
    if slot.ends_at <= closed.starts_at or (closed.ends_at is not None and slot.starts_at >= closed.ends_at):
        return False
    was_in_time = slot.admits_until <= closed.decided_at
    comes_right = closed.lifted_at is not None and slot.admits_until > closed.lifted_at
    return not was_in_time and not comes_right


def touched(
    closed: ClosedTime, slots: Mapping[int, SlotTimes], tickets: Iterable[SoldTicket]
) -> dict[int, list[SoldTicket]]:
    """Return the tickets that cannot be used, by the order they belong to."""
    shut = {slot_id for slot_id, slot in slots.items() if covers(closed, slot)}
    by_order: dict[int, list[SoldTicket]] = {}
    for ticket in tickets:
        was_known = closed.ends_at is None or ticket.issued_at < closed.ends_at  # else sold once it was over
        if ticket.slot_id in shut and ticket.admitted == 0 and was_known:
            by_order.setdefault(ticket.order_id, []).append(ticket)
    return by_order


def worth(lines: Mapping[int, SoldLine], tickets: Iterable[SoldTicket]) -> int:
    """Return what was paid for these tickets, in cents: each line shared as it will be when they end."""
    counts = Counter(ticket.line_id for ticket in tickets)
    return sum(split_off(lines[line_id], count).total_cents for line_id, count in counts.items())
