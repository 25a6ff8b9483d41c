"""A shop in a test: places orders, lets customers pay at the sandbox, and delivers its reports as told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sqlalchemy import func, select

from tests import make
from ticketing.bootstrap import Services
from ticketing.foundation.jobs import Job
from ticketing.operations import invariants, payments, worker
from ticketing.sales.models import Order, Payment, Refund
from ticketing.tickets.models import Ticket


@dataclass(repr=False)
class Till:
    """Everything one test does to one slot."""

    services: Services
    capacity: int = 5
    slot_id: int = 0
    reports: list[tuple[bytes, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.services.database.transaction() as session:
            self.slot_id = make.priced_slot(session, self.capacity).id

    def place(self, **quantities: int) -> int:
        """Place an order that waits to be paid; return its id."""
        with self.services.database.transaction() as session:
            slot = session.get_one(make.Slot, self.slot_id)
            return make.order(session, slot, self.services.clock.now(), **quantities).id

    def start(self, order_id: int) -> str:
        """Lead the customer to the provider; return the reference of its page."""
        url = payments.start_checkout(self.services, order_id)
        assert url is not None
        return url.rpartition("/")[2]

    def collect(self) -> list[tuple[bytes, str]]:
        """Take the reports the provider has ready, as they would be delivered."""
        taken: list[tuple[bytes, str]] = []

        def post(body: bytes, signature: str) -> int:
            taken.append((body, signature))
            return 200

        self.services.sandbox.deliver_due(post, self.services.clock.now())
        self.reports += taken
        return taken

    def deliver(self, reports: list[tuple[bytes, str]] | None = None) -> None:
        """Deliver reports, in the order given; all that are ready without any."""
        for body, signature in reports if reports is not None else self.collect():
            payments.receive_event(self.services, body, signature)

    def storm(self, seed: int) -> list[tuple[bytes, str]]:
        """Return every report so far one to five times, shuffled."""
        dice = random.Random(seed)
        many = [report for report in self.reports for _ in range(dice.randint(1, 5))]
        dice.shuffle(many)
        return many

    def order(self, order_id: int) -> Order:
        with self.services.database.reading() as session:
            return session.get_one(Order, order_id)

    def payments_of(self, order_id: int) -> list[Payment]:
        with self.services.database.reading() as session:
            own = select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt)
            return list(session.scalars(own))

    def refunds(self) -> list[Refund]:
        with self.services.database.reading() as session:
            return list(session.scalars(select(Refund).order_by(Refund.id)))

    def count(self, what: type, **where: object) -> int:
        with self.services.database.reading() as session:
            return session.scalar(select(func.count()).select_from(what).filter_by(**where)) or 0

    def tickets(self, order_id: int) -> int:
        return self.count(Ticket, order_id=order_id)

    def mails(self, kind: str = "send_confirmation") -> int:
        return self.count(Job, kind=kind)

    def work(self) -> None:
        """Let the worker do what is due, without its own knocks at our door."""
        worker.run_jobs(self.services)

    def assert_sound(self) -> None:
        """Ask every invariant."""
        with self.services.database.reading() as session:
            found = invariants.violations(session, now=self.services.clock.now())
        assert found == []
