"""Adds up days that are over, so that a report of a year need not look at each of its tickets.

Nothing depends on it but speed: a day that was not added up is counted as it is. Day by day, each in a transaction of
its own, any number of workers at once; `flask check` holds every tally against what it was added up from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Slot
from ticketing.flow import sold, visits
from ticketing.flow.report_models import Basis, SaleTally, TalliedDay, VisitTally
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.database import insert_into
from ticketing.sales.models import Order

# After midnight nothing of the day before is still on its way into the database, and the last doors have closed.
SETTLED_AFTER = timedelta(hours=2)
CURRENCY = "EUR"


def drop_doubtful(session: Session) -> None:
    """Forget the tallies of days that something was scanned or voided for since; they are added up again."""
    _forget(session, [*visits.doubtful_days(session)])


def days_to_tally(session: Session, *, zone: ZoneInfo, now: datetime, limit: int) -> list[tuple[Basis, date]]:
    """Return days that are over and were not added up yet, the latest first."""
    until = local_date_of(now - SETTLED_AFTER, zone) - timedelta(days=1)
    known = {(row.basis, row.local_date) for row in session.execute(select(TalliedDay.basis, TalliedDay.local_date))}
    begins = {Basis.SALE: _first_sale(session, zone), Basis.VISIT: session.scalar(select(func.min(Slot.local_date)))}
    missing = [
        (basis, until - timedelta(days=back))
        for basis, begin in begins.items()
        if begin is not None
        for back in range((until - begin).days + 1)
        if (basis, until - timedelta(days=back)) not in known
    ]
    return missing[:limit]


def tally(session: Session, basis: Basis, day: date, *, zone: ZoneInfo, began_at: datetime) -> bool:
    """Add up one day; False when it was before. `began_at` is when this run began to look (drop_doubtful)."""
    begins_at, ends_at = day_bounds(day, zone)
    new = insert_into(session, TalliedDay).values(
        basis=basis, local_date=day, begins_at=begins_at, ends_at=ends_at, made_at=began_at
    )
    day_id = session.scalar(new.on_conflict_do_nothing(index_elements=["basis", "local_date"]).returning(TalliedDay.id))
    if day_id is None:
        return False
    if basis is Basis.SALE:
        _write(session, SaleTally, day_id, (asdict(each) for each in sold.lines_on(session, day, zone=zone)))
    else:
        over = ends_at + SETTLED_AFTER  # every door has closed
        _write(session, VisitTally, day_id, (asdict(each) for each in visits.visits_on(session, day, now=over)))
    return True


def forget_all(session: Session) -> None:
    """Forget every tally, because a past was written that was not there before (operations/simulator.py)."""
    for table in (SaleTally, VisitTally, TalliedDay):
        session.execute(delete(table))


def _first_sale(session: Session, zone: ZoneInfo) -> date | None:
    earliest = session.scalar(select(func.min(Order.confirmed_at)))
    return local_date_of(earliest, zone) if earliest else None


def _write(
    session: Session, table: type[SaleTally] | type[VisitTally], day_id: int, rows: Iterable[Mapping[str, Any]]
) -> None:
    columns = set(table.__table__.columns.keys())
    values = [
        {"day_id": day_id, "currency": CURRENCY, **{name: each for name, each in row.items() if name in columns}}
        for row in rows
    ]
    if values:
        session.execute(insert(table), values)


def _forget(session: Session, days: list[date]) -> None:
    gone = list(
        session.scalars(select(TalliedDay.id).where(TalliedDay.basis == Basis.VISIT, TalliedDay.local_date.in_(days)))
    )
    session.execute(delete(VisitTally).where(VisitTally.day_id.in_(gone)))
    session.execute(delete(TalliedDay).where(TalliedDay.id.in_(gone)))
