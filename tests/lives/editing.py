"""Rules of the catalogue: slots, alone and many at once; prices from a date; other hours; always as it was shown."""

from __future__ import annotations

from datetime import time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from tests import make
from tests.lives.machine import WHICH, Machine
from ticketing.catalogue import bulk_changes, marks, opening_editing, price_editing, slot_editing
from ticketing.catalogue.bulk_changes import BulkAct, BulkWish
from ticketing.catalogue.models import Experience, Slot
from ticketing.catalogue.opening_editing import DropException, SetException
from ticketing.catalogue.price_editing import PriceSheet
from ticketing.catalogue.slot_editing import SlotSheet
from ticketing.foundation.actors import system
from ticketing.foundation.languages import LANGUAGES

MANAGER = system("manager")
ACTS = st.sampled_from([BulkAct.SET, BulkAct.MORE, BulkAct.PERCENT, BulkAct.ADD, BulkAct.ADD, BulkAct.REMOVE])
AMOUNTS = st.sampled_from([-1, 0, 1, 2, 3, 50])
HOURS = st.integers(10, 16)
OFTEN = st.sampled_from([True, True, True, False])
EVERY_DAY = frozenset(range(7))
REASONS = dict.fromkeys(LANGUAGES, "works")


class Editing(Machine):
    """What managers change while people buy."""

    @rule(where=WHICH, places=st.integers(0, 7), is_offered=OFTEN)
    def changes_a_slot(self, where: int, places: int, is_offered: bool) -> None:
        with self.world.may_be_refused(), self.database.transaction() as session:
            slot = session.get_one(Slot, self.slot(where))
            if is_offered:
                sheet = SlotSheet(places, slot.admits_from, slot.admits_until)
                slot_editing.change(session, slot.uuid, sheet, marks.mark_of(slot), actor=MANAGER, now=self.now)
            else:
                slot_editing.withdraw(session, slot.uuid, actor=MANAGER, now=self.now)
        self.world.look_at_doors()

    @rule(act=ACTS, amount=AMOUNTS, days=st.integers(0, 8), hour=HOURS)
    def changes_many_slots(self, act: BulkAct, amount: int, days: int, hour: int) -> None:
        today = self.now.astimezone(make.ZONE).date()
        with self.world.may_be_refused(), self.database.transaction() as session:
            times = (time(hour),) if act is BulkAct.ADD else ()
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

    @rule(where=WHICH, hour=HOURS, is_usual=OFTEN)
    def sets_the_hours_of_a_day(self, where: int, hour: int, is_usual: bool) -> None:
        """From an hour on, which leaves out the slots before it nobody has places in; or as usual again."""
        with self.world.may_be_refused(), self.database.transaction() as session:
            day = session.get_one(Slot, self.slot(where)).local_date
            wish = DropException(day) if is_usual else SetException(day, day, time(hour), time(17), REASONS)
            shown = opening_editing.preview(session, wish, zone=make.ZONE, now=self.now)
            opening_editing.carry_out(session, wish, shown.digest, zone=make.ZONE, actor=MANAGER, now=self.now)
        self.world.look_at_doors()

    def visit(self, session) -> int:
        return session.scalars(select(Experience.id)).one()
