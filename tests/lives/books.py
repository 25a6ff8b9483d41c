"""What customers and the house would note on paper: no locks, no states, only what was said and what is in hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from ticketing.tickets.models import Ticket as IssuedTicket

Ticket = tuple[int, int]  # slot id, ticket type id
Tickets = Counter[Ticket]


def ends_of(session, ticket_ids: list[int]) -> Tickets:
    """Return what tickets were for, as people note it."""
    ended = session.scalars(select(IssuedTicket).where(IssuedTicket.id.in_(ticket_ids)))
    return Counter((ticket.slot_id, ticket.ticket_type_id) for ticket in ended)


@dataclass
class Promise:
    """A change somebody was shown and agreed to: what ends, what begins, what it costs (below zero: comes back)."""

    change_id: int
    ends: Tickets
    begins: Tickets
    cents: int


@dataclass
class Life:
    """One order, as the person who made it remembers it."""

    order_id: int
    uuid: str
    told_cents: int  # what they were told it costs, all told
    tickets: Tickets  # what they were told they get
    waiting: Promise | None = None  # agreed to, not paid yet
    elsewhere_cents: int = 0  # what somebody gave back in the provider's dashboard, nobody having asked the house
    entered: set[int] = field(default_factory=set)  # ids of tickets somebody went in on
    refs: list[str] = field(default_factory=list)  # every page to pay on they have ever seen
    requests: list[str] = field(default_factory=list)  # every form of a change they have ever sent
    is_resold: bool = False  # a reseller has their money, and changes it for them

    def comes_true(self, promise: Promise) -> None:
        """A change has been done: note what it did."""
        self.tickets = self.tickets - promise.ends + promise.begins
        self.told_cents += promise.cents
        self.waiting = None


@dataclass
class Booking:
    """What a reseller asked for under a uuid, and the order it became."""

    uuid: str
    slot_uuid: str
    party: dict[str, int]
    minutes: int | None
    life: Life | None = None


@dataclass
class Door:
    """How many a slot may hold: its capacity, or what was claimed already when that was lowered."""

    capacity: int
    most: int

    def is_lowered(self, capacity: int, claimed: int) -> None:
        """Somebody changed the capacity while so many were claimed."""
        self.capacity, self.most = capacity, max(capacity, min(self.most, claimed))

    def sees(self, claimed: int) -> None:
        """Whatever fell away above the capacity never comes back. Fails when more are claimed than may be."""
        assert claimed <= self.most, f"{claimed} claimed of {self.most} that may be"
        self.most = max(self.capacity, claimed)
