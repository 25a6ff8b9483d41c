"""Closing with the power failing at every step: told by test_power_cuts.py with a dozen orders, by bench/ with 2,000.

A house is closed and seen to by victims (victim.py), each of which goes on where the one before died. What is left in
the end is held against a house of the same customers in which nobody died.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Integer, select

from tests import closed_orders
from tests.closed_orders import ANSWER_DAYS, MANAGER
from ticketing.bootstrap import Services
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.foundation.actors import system
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.database import State
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.jobs import Job, JobState
from ticketing.operations import closing as carrying_out
from ticketing.operations import invariants, worker
from ticketing.sales import closing, closure_cases, holds, orders, settlement
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.holds import BasketRequest
from ticketing.sales.models import Order
from ticketing.sales.orders import Customer
from ticketing.tables import metadata

HOME = Path(__file__).resolve().parents[2]
KINDS = ("cash", "noon and show", "gift card", "reseller")
LEASE = timedelta(minutes=2)  # what a victim had in its hands is free again after that
# How often the same job was tried depends on how often somebody died; numbers of rows say nothing.
INCIDENTAL = {"worker_beats", "house_revisions", "jobs.attempts", "audit_entries.subject_id"}

Ask = Callable[[str, int, dict[str, str]], int]


@contextmanager
def victims() -> Iterator[Ask]:
    """Run a process that forks a victim whenever it is asked to, and tells how it ended."""
    started = [sys.executable, "-m", "tests.fault.victim"]
    with subprocess.Popen(started, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(act: str, number: int, environment: dict[str, str]) -> int:
            line = json.dumps({"act": act, "number": number, "environment": environment})
            print(line, file=process.stdin, flush=True)
            return int(process.stdout.readline())

        yield ask
        process.stdin.close()


class CutHouse:
    """A house whose customers have bought, and that is closed by those who die doing it."""

    def __init__(self, services: Services, environment: dict[str, str], ask: Ask, batch: int) -> None:
        self.services, self.ask = services, ask
        self.environment = {**environment, "BATCH": str(batch), "SAID": "/dev/null"}
        self.cuts = 0

    def sell(self, customers: int) -> None:
        """Let customers of a few kinds buy."""
        closed_orders.sell_to(closed_orders.set_out(self.services, customers), customers, KINDS)

    def sell_many(self, customers: int, at_once: int = 100) -> None:
        """Let many buy at the desk, a fifth of them for two times, a hundred to a transaction."""
        stage = closed_orders.set_out(self.services, customers)
        for begin in range(0, customers, at_once):
            with self.services.database.transaction() as session:
                for number in range(begin, begin + at_once):
                    wants = {stage.slots[name].uuid: {"adult": 2} for name in ("noon", "show")[: 1 + (number % 5 == 0)]}
                    hold = holds.open_basket(session, BasketRequest(new_token(), wants), now=stage.now())
                    who = Customer(f"an{number}@example.org", None, "en")
                    order = orders.place(session, hold, who, actor=MANAGER, now=stage.now())
                    settlement.pay_cash(session, order, actor=MANAGER, now=stage.now())
        closed_orders.note_tickets_sent(stage)

    def carry_out_uncut(self) -> None:
        """Close, see to everybody, let the deadline pass and see to that, with nobody dying."""
        now = self.services.clock.now()
        terms = Terms(undo_minutes=0, answer_days=ANSWER_DAYS)
        wanted = ClosureRequest(closed_orders.REASONS, now, now + closed_orders.LASTS, terms=terms)
        with self.services.database.transaction() as session:
            closing.close(session, wanted, actor=system("victim"), now=now)
        for days in (0, ANSWER_DAYS):
            self.services.clock.advance(days=days)
            while self._is_busy():
                carrying_out.tend(self.services)
                worker.run_jobs(self.services)

    def carry_out_cut(self, more: int) -> None:
        """Do the same, and die before and after the closing is committed, in and after every batch of cases, then after
        and before a commit of what follows: each who goes on gets so many `more` commits far, until one comes to the
        end."""
        for number in (-1, 1):
            assert self._send("close", number) == -signal.SIGKILL
        for fault in cycle(("C16", "C10")):
            if self._send("carry out", 0, fault) == 0:
                break
        for days in (0, ANSWER_DAYS):
            self.services.clock.advance(days=days)
            ways = cycle((1, -1))
            for number in count(1, more):
                if self._send("carry out", next(ways) * number) == 0 and not self._is_busy():
                    break

    def assert_sound(self) -> None:
        """Ask every invariant; and nobody is left to be seen to."""
        with self.services.database.reading() as session:
            assert invariants.violations(session, now=self.services.clock.now()) == []
            still_open = select(ClosureCase.id).where(ClosureCase.state == CaseState.OPEN)
            assert session.scalars(still_open).all() == []

    def picture(self) -> dict[str, Any]:
        """Return what is left, without what is drawn by lot or told by a clock, so that two houses can be compared."""
        with self.services.database.reading() as session:
            tables: dict[str, Any] = {
                table.name: Counter(tuple(row) for row in session.execute(select(*columns)))
                for table in metadata.sorted_tables
                if (columns := [each for each in table.columns if _says_something(each)])
            }
            of_case = (Order.email, ClosureCase.state, ClosureCase.openings, ClosureCase.value_cents,
                       ClosureCase.refunded_cents, ClosureCase.problem)  # fmt: skip
            tables["cases by customer"] = Counter(
                tuple(row) for row in session.execute(select(*of_case).join(Order, Order.id == ClosureCase.order_id))
            )
            tables["acts"] = Counter(session.scalars(select(AuditEntry.code)))
            tables["jobs by kind"] = Counter(tuple(row) for row in session.execute(select(Job.kind, Job.state)))
        tables["mails"] = len(list((self.services.settings.instance_path / "mail").glob("*.eml")))
        with self.services.sandbox._store.transaction() as documents:
            tables["given back"] = Counter(each["amount"] for each in documents.list_of("refund", status="succeeded"))
        return tables

    def _send(self, act: str, number: int, fault: str = "") -> int:
        """Send somebody to do it who dies at so manieth commit: before it (below zero), after it, or not at all (0)."""
        self.services.clock.advance(seconds=LEASE.total_seconds())
        instant = self.services.clock.now().isoformat()
        ended = self.ask(act, number, {**self.environment, "INSTANT": instant, "FAULT_AT": fault})
        self.cuts += ended != 0
        assert ended in (0, -signal.SIGKILL), f"{act} ended with {ended}"
        return ended

    def _is_busy(self) -> bool:
        """Tell whether anything is left to be done now."""
        now = self.services.clock.now()
        with self.services.database.reading() as session:
            undone = session.scalars(select(Job.id).where(Job.state.in_((JobState.WAITING, JobState.RUNNING)))).first()
            is_due = closure_cases.find_due(session, now=now) or closures.find_to_carry_out(session, now=now)
        return bool(undone or is_due)


def _says_something(column: Column[Any]) -> bool:
    kind = column.type
    if INCIDENTAL & {column.table.name, f"{column.table.name}.{column.name}"} or column.primary_key:
        return False
    return not column.foreign_keys and isinstance(kind, (Integer, Boolean, State))
