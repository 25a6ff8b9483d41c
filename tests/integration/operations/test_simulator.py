"""Simulated visitors leave a ledger like real ones, and stay away when the centre was closed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from tests import make
from ticketing.catalogue import closures
from ticketing.catalogue.models import Allocation
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants, simulator


def test_nobody_comes_on_a_day_that_was_closed(database, now) -> None:
    yesterday = make.NOON - timedelta(days=1)
    with database.transaction() as session:
        closed = make.priced_slot(session, 100, starts_at=yesterday).id
        open_ = make.priced_slot(session, 100, starts_at=yesterday - timedelta(days=1)).id
        before = yesterday - timedelta(hours=4)
        request = closures.ClosureRequest(dict.fromkeys(LANGUAGES, "Storm"), before, yesterday + timedelta(hours=4))
        closures.close(session, request, actor=system("test"), now=before)

    with database.transaction() as session:
        simulator.simulate_past(session, days=7, zone=make.ZONE, now=now, seed=1)

    with database.reading() as session:
        by_slot = select(Allocation.slot_id, func.count()).group_by(Allocation.slot_id)
        sold = dict(session.execute(by_slot).all())
        assert sold.get(open_, 0) > 0
        assert closed not in sold
        assert invariants.violations(session, now=now) == []
