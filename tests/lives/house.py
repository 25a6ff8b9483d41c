"""Rules of the house: capacity, the worker and its death, the clock, a restart."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.lives.machine import MINUTES, WHICH, Machine
from ticketing.catalogue import marks, slot_editing
from ticketing.catalogue.models import Slot
from ticketing.catalogue.slot_editing import SlotSheet
from ticketing.foundation import audit, jobs
from ticketing.foundation.actors import system
from ticketing.operations import payments, worker

MANAGER = system("manager")
CHORES = (
    "sweep", "ask the provider", "do jobs", "send again what failed", "compare the days",
    "die with jobs in hand", "start again", "seal the audit",
)  # fmt: skip


class Keeping(Machine):
    """What the house does."""

    @rule(where=WHICH, places=st.integers(0, 7))
    def sets_the_capacity(self, where: int, places: int) -> None:
        slot_id = self.slot(where)
        with self.database.transaction() as session:
            slot = session.get_one(Slot, slot_id)
            sheet = SlotSheet(places, slot.admits_from, slot.admits_until)
            slot_editing.change(session, slot.uuid, sheet, marks.mark_of(slot), actor=MANAGER, now=self.now)
        self.world.look_at_doors()

    @rule(where=WHICH)
    def takes_a_slot_out_of_the_offer(self, where: int) -> None:
        slot_id = self.slot(where)
        with self.world.may_be_refused(), self.database.transaction() as session:
            slot_editing.withdraw(session, self.world.uuids[slot_id], actor=MANAGER, now=self.now)
        self.world.look_at_doors()

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.world.let_time_pass(self.now + timedelta(minutes=minutes))

    @rule(what=st.sampled_from(CHORES))
    def works(self, what: str) -> None:
        services = self.world.services
        if what == "sweep":
            payments.sweep(services)
        elif what == "ask the provider":
            payments.reconcile(services)
        elif what == "do jobs":
            worker.run_jobs(services)
        elif what == "send again what failed":
            self.world.send_again_what_failed()
        elif what == "compare the days":
            self.world.compare_days()
        else:
            self.fails(what)

    def fails(self, what: str) -> None:
        if what == "start again":
            self.world.restart()
            return
        with self.database.transaction() as session:
            if what == "die with jobs in hand":
                jobs.claim(session, now=self.now)
            else:
                audit.seal(session, settled_before=self.now - timedelta(minutes=2))
