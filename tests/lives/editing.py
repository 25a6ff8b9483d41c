"""Rules of the catalogue: many slots at once, prices from a date, other hours on a day; always as it was shown."""

from __future__ import annotations

from datetime import time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from tests import make
from tests.lives.machine import FEW, WHICH, Machine
from ticketing.catalogue import bulk_changes, opening_editing, price_editing
from ticketing.catalogue.bulk_changes import BulkAct, BulkWish
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.opening_editing import DropException, SetException
from ticketing.catalogue.price_editing import PriceSheet
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES

MANAGER = system("manager")
AMOUNTS = st.sampled_from([-2, -1, 0, 1, 3, 50])
EVERY_DAY = frozenset(range(7))
AN_EXTRA_TIME = time(16)
REASONS = dict.fromkeys(LANGUAGES, "works")


class Editing(Machine):
    """What managers change while people buy."""

    @rule(act=st.sampled_from(BulkAct), amount=AMOUNTS, days=st.integers(0, 8))
    def changes_many_slots(self, act: BulkAct, amount: int, days: int) -> None:
        today = self.now.astimezone(make.ZONE).date()
        with self.world.may_be_refused(), self.database.transaction() as session:
            times = (AN_EXTRA_TIME,) if act is BulkAct.ADD else ()
            wish = BulkWish(self.visit(session), act, amount, today, today + timedelta(days=days), EVERY_DAY, times)
            shown = bulk_changes.preview(session, wish, zone=make.ZONE, now=self.now)
            bulk_changes.carry_out(session, wish, shown.digest, zone=make.ZONE, actor=MANAGER, now=self.now)
        self.world.look_at_doors()

    @rule(days=st.integers(0, 8), what=st.sampled_from(["adult", "child"]), cents=st.sampled_from([0, 900, 2600]))
    def sets_a_price(self, days: int, what: str, cents: int) -> None:
        today = self.now.astimezone(make.ZONE).date()
        with self.world.may_be_refused(), self.database.transaction() as session:
            from_day = today + timedelta(days=days)
            sheet = PriceSheet(self.visit(session), self.world.types[what], from_day, None, cents)
            price_editing.add_price(session, sheet, today=today, actor=MANAGER, now=self.now)

    @rule(where=WHICH, hour=FEW | st.none(), is_usual=st.booleans())
    def sets_the_hours_of_a_day(self, where: int, hour: int | None, is_usual: bool) -> None:
        with self.world.may_be_refused(), self.database.transaction() as session:
            day = session.get_one(Slot, self.slot(where)).local_date
            begins = time(10 + hour) if hour else None
            wish = DropException(day) if is_usual else SetException(day, day, begins, begins and time(17), REASONS)
            shown = opening_editing.preview(session, wish, zone=make.ZONE, now=self.now)
            opening_editing.carry_out(session, wish, shown.digest, zone=make.ZONE, actor=MANAGER, now=self.now)
        self.world.look_at_doors()

    def visit(self, session) -> int:
        return session.scalars(select(Experience.id)).one()
