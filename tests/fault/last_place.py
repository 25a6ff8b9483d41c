"""The last place of the best alternative, fought over by everybody whose visit a closure took; in real threads.

Told by test_closing_race.py, and by bench/ with a hundred.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from tests import make
from ticketing.catalogue import closures
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.database import Database
from ticketing.foundation.errors import Unavailable
from ticketing.sales import closure_answers, closure_cases
from ticketing.sales.closure_models import CaseState, ClosureCase

DAY = timedelta(days=1)
MANAGER = system("manager")


@dataclass(frozen=True)
class LastPlace:
    """A time with one place left, another with room for all, and the links of those who may choose."""

    database: Database
    now: datetime
    last: Slot
    other: Slot
    secrets: tuple[str, ...]

    def fight(self) -> int:
        """Let everybody choose the last place at the same instant; return how many got it."""
        instant = threading.Barrier(len(self.secrets))
        with ThreadPoolExecutor(len(self.secrets)) as pool:
            return sum(pool.map(lambda secret: self._choose(secret, instant), self.secrets))

    def losers_choices(self) -> list[list[str]]:
        """Return which times the page offers each of those whose case is still open (uuids)."""
        with self.database.reading() as session:
            still_open = select(ClosureCase.secret).where(ClosureCase.state == CaseState.OPEN)
            cases = [closure_answers.get_case(session, secret) for secret in session.scalars(still_open)]
            seen = [closure_answers.visits_of(session, case, zone=make.ZONE, now=self.now) for case in cases]
            return [[slot.uuid for visit in visits for slot in visit.soonest] for visits in seen]

    def _choose(self, secret: str, instant: threading.Barrier) -> bool:
        instant.wait(30)
        while True:
            try:
                with self.database.transaction() as session:
                    uuid = self.last.uuid
                    closure_answers.answer(session, secret, uuid, secret, actor=VISITOR, now=self.now)
            except SlotFull:
                return False
            except Unavailable:  # too many at the door at once: the page says so, and they press again
                continue
            return True


def set_out(database: Database, now: datetime, affected: int) -> LastPlace:
    """Close a slot that so many bought for, and open their cases."""
    noon = now + timedelta(hours=3)
    with database.transaction() as session:
        slot = make.priced_slot(session, affected, noon)
        last, other = make.priced_slot(session, 1, noon + DAY), make.priced_slot(session, affected, noon + 2 * DAY)
        for _ in range(affected):
            make.confirmed_order(session, slot, now, adult=1)
    with database.transaction() as session:
        terms = Terms(undo_minutes=0)
        wanted = ClosureRequest(dict.fromkeys(make.LANGUAGES, "Storm"), now, noon + timedelta(hours=2), terms=terms)
        closure_id = closures.close(session, wanted, actor=MANAGER, now=now).id
    with database.transaction() as session:
        while closure_cases.open_missing(session, closures.get_closure(session, closure_id), now=now):
            pass
        secrets = tuple(session.scalars(select(ClosureCase.secret).order_by(ClosureCase.id)))
    return LastPlace(database, now, last, other, secrets)
