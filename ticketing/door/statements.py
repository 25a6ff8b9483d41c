"""What a scan asks and writes: built once, on tables rather than entities, for they run a hundred times a second."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, bindparam, case, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ticketing.catalogue.models import Experience, Slot, TicketType
from ticketing.door.models import Gate, Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.foundation.database import Base
from ticketing.sales.models import Order
from ticketing.tickets.models import Ticket, TicketState


def _table(entity: type[Base]) -> Table:
    return cast(Table, entity.__table__)


_tickets, _slots, _orders, _scans = _table(Ticket), _table(Slot), _table(Order), _table(Scan)
_experiences, _types, _gates = _table(Experience), _table(TicketType), _table(Gate)

FACTS = select(
    _tickets.c.id, _tickets.c.order_id, _tickets.c.digest, _tickets.c.state,
    _tickets.c.admissions, _tickets.c.admitted, _tickets.c.holder_name,
    _slots.c.local_date, _slots.c.starts_at, _slots.c.admits_from, _slots.c.admits_until, _slots.c.experience_id,
    _orders.c.state.label("order_state"), _orders.c.code.label("order_code"),
    _experiences.c.reentry, _experiences.c.reentry_minutes,
    _experiences.c.names.label("experience"), _types.c.names.label("ticket_type"),
).select_from(
    _tickets.join(_slots, _slots.c.id == _tickets.c.slot_id)
    .join(_orders, _orders.c.id == _tickets.c.order_id)
    .join(_experiences, _experiences.c.id == _slots.c.experience_id)
    .join(_types, _types.c.id == _tickets.c.ticket_type_id)
)  # fmt: skip
# The lock makes the verdict final: whoever admits, voids or moves this ticket waits for us, or we for them, and then
# see what they wrote. On SQLite the write transaction is the lock.
LOCKED_FACTS = FACTS.where(_tickets.c.digest == bindparam("digest")).with_for_update(key_share=True, of=_tickets)
# Several at once, in the order of ids as everybody locks them.
FACTS_BY_IDS = FACTS.where(_tickets.c.id.in_(bindparam("ticket_ids", expanding=True))).order_by(_tickets.c.id)
LOCKED_FACTS_BY_IDS = FACTS_BY_IDS.with_for_update(key_share=True, of=_tickets)
# A truncated hash is where a digest begins; no hexadecimal digit comes after f.
BY_HASH = (
    select(_tickets.c.id)
    .where(_tickets.c.digest >= bindparam("least"), _tickets.c.digest < bindparam("beyond"))
    .order_by(_tickets.c.id)
    .limit(1)
)
FACTS_BY_ID = FACTS.where(_tickets.c.id == bindparam("ticket_id"))
# The condition repeats what the lock ensures: were the lock ever lost, a second admission would fail, not slip through.
ADMIT = (
    update(_tickets)
    .where(
        _tickets.c.id == bindparam("ticket_id"),
        _tickets.c.state == TicketState.VALID,
        _tickets.c.admitted + bindparam("number") <= _tickets.c.admissions,
    )
    .values(admitted=_tickets.c.admitted + bindparam("number"))
)
# A scan is written down once, by its id.
_ONCE = {
    "sqlite": sqlite.insert(_scans).on_conflict_do_nothing(index_elements=["scan_id"]),
    "postgresql": postgresql.insert(_scans).on_conflict_do_nothing(index_elements=["scan_id"]),
}
NOTE = {dialect: once.returning(_scans.c.id) for dialect, once in _ONCE.items()}
# Whether some of a ticket's scans were judged by a device alone: then all of them are counted anew (counting.py).
HAS_LATE = select(exists().where(_scans.c.ticket_id == bindparam("ticket_id"), _scans.c.told_at.is_not(None)))
LATE = {
    dialect: once.returning(
        _scans.c.id, _scans.c.ticket_id, _scans.c.direction, _scans.c.verdict, _scans.c.admissions, _scans.c.scanned_at
    )
    for dialect, once in _ONCE.items()
}
INSIDE = select(
    func.coalesce(
        func.sum(case((_scans.c.direction == Direction.IN, _scans.c.admissions), else_=-_scans.c.admissions)), 0
    )
).where(_scans.c.ticket_id == bindparam("ticket_id"), _scans.c.verdict == Verdict.ADMIT)
FIRST = (
    select(_scans.c.scanned_at, _gates.c.name)
    .join(_gates, _gates.c.id == _scans.c.gate_id)
    .where(
        _scans.c.ticket_id == bindparam("ticket_id"),
        _scans.c.verdict == Verdict.ADMIT,
        _scans.c.direction == Direction.IN,
    )
    .order_by(_scans.c.id)
    .limit(1)
)
ANSWERED = select(
    _scans.c.id, _scans.c.ticket_id, _scans.c.code_digest, _scans.c.direction, _scans.c.verdict, _scans.c.reason
).where(_scans.c.scan_id == bindparam("scan_id"))
ADMITTED_BY = select(func.coalesce(func.sum(_scans.c.admissions - _scans.c.came_back), 0)).where(
    _scans.c.ticket_id == bindparam("ticket_id"),
    _scans.c.verdict == Verdict.ADMIT,
    _scans.c.direction == Direction.IN,
    _scans.c.id <= bindparam("last_id"),
)
