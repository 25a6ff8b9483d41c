"""Rules of resellers: book, keep longer, choose otherwise, confirm, move, cancel; whatever they say they say twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from tests.lives.books import Booking, Life, Promise
from tests.lives.buying import PARTIES, Party
from tests.lives.machine import WHICH, Machine, any_of, pick
from ticketing.catalogue.models import TicketType
from ticketing.foundation.actors import system
from ticketing.foundation.identifiers import new_uuid
from ticketing.sales import changes, orders, resale_changes, resale_views, resales
from ticketing.sales.changes import ChangeTooLate, ChangeWaits, Wish
from ticketing.sales.models import ChangeKind, ChangeState, Order, OrderChange
from ticketing.sales.resale_views import ResaleView
from ticketing.sales.resales import ResaleRequest, Told, Update, WantedUnit
from ticketing.sales.resellers import get as get_reseller

RESELLER = system("reseller")
KEPT_FOR = st.sampled_from([None, 5, 60])
THEN = st.sampled_from(["keep longer", "choose otherwise", "confirm", "confirm", "move", "cancel", "book again"])


class Reselling(Machine):
    """What somebody does who sells for us."""

    @rule(where=WHICH, party=PARTIES, minutes=KEPT_FOR, is_sure=st.booleans(), then=THEN)
    def a_reseller_books(self, where: int, party: Party, minutes: int | None, is_sure: bool, then: str) -> None:
        booking = Booking(new_uuid(), self.world.uuids[self.slot(where)], party, minutes)
        with self.world.may_be_refused():
            self.book(booking)
            self.book(booking)
            self.world.bookings.append(booking)
            if is_sure:
                self.confirm(booking)
            self.go_on(booking, where + 1, party, then)

    @precondition(any_of("bookings"))
    @rule(which=WHICH, where=WHICH, party=PARTIES, then=THEN)
    def a_reseller_goes_on(self, which: int, where: int, party: Party, then: str) -> None:
        self.go_on(pick(self.world.bookings, which), where, party, then)

    def go_on(self, booking: Booking, where: int, party: Party, then: str) -> None:
        slot_id = self.slot(where)
        with self.world.may_be_refused():
            if then == "book again":
                self.book(booking)
            elif then == "keep longer":
                with self.database.transaction() as session:
                    resales.extend(session, self.world.reseller_id, booking.uuid, 30, now=self.now)
            elif then == "choose otherwise":
                self.choose_anew(booking, slot_id, party)
            elif then == "confirm":
                self.confirm(booking)
            elif then == "move":
                self.choose_anew(booking, slot_id, None)
            else:
                self.cancel(booking)

    def book(self, booking: Booking) -> None:
        with self.database.transaction() as session:
            reseller = get_reseller(session, self.world.reseller_id)
            units = units_of(session, booking.party)
            wanted = ResaleRequest(booking.uuid, booking.slot_uuid, units, Told(minutes=booking.minutes))
            made = resales.start(session, reseller, wanted, actor=RESELLER, now=self.now)
            assert made.uuid == booking.uuid

    def confirm(self, booking: Booking) -> None:
        """Make it an order; it costs what the booking said, and a second time is the same order."""
        shown = self.seen(booking)
        told = Update(told=Told(contact={"fullName": "An Peeters", "emailAddress": "an.peeters@example.org"}))
        for _ in range(2):
            with self.database.transaction() as session:
                resale = resales.confirm(
                    session, self.world.reseller_id, booking.uuid, told, actor=RESELLER, now=self.now
                )
                order = session.get_one(Order, resale.order_id)
        if booking.life is None:
            assert order.total_cents == shown.total_cents, f"{shown.total_cents} shown, {order.total_cents} charged"
            gets = Counter((shown.slot.id, view.unit.ticket_type_id) for view in shown.units)
            booking.life = Life(order.id, order.uuid, order.total_cents, gets, is_resold=True)
            self.world.lives.append(booking.life)

    def choose_anew(self, booking: Booking, slot_id: int, party: Party | None) -> None:
        """Move a booking whole, or choose other tickets; what is confirmed costs its account the rest at once."""
        promise = self.promised(booking.life, ChangeKind.MOVE, slot_id) if booking.life else None
        for _ in range(2):  # the second time it is there
            with self.database.transaction() as session:
                wanted = Update(self.world.uuids[slot_id], units_of(session, party) if party else None)
                resales.update(session, self.world.reseller_id, booking.uuid, wanted, actor=RESELLER, now=self.now)
        if booking.life and promise and promise.ends != promise.begins:
            self.note(booking.life, promise)

    def cancel(self, booking: Booking) -> None:
        """Give a booking up; what is shown as possible is possible, unless a change of the order waits to be paid."""
        shown = self.seen(booking)
        life = booking.life if shown.is_cancellable else None
        promise = self.promised(life, ChangeKind.CANCEL, None) if life else None
        try:
            for _ in range(2):
                with self.database.transaction() as session:
                    resales.cancel(session, self.world.reseller_id, booking.uuid, "rain", actor=RESELLER, now=self.now)
        except ChangeWaits:
            return
        except ChangeTooLate:
            assert not shown.is_cancellable
            raise
        if booking.life:
            if promise:
                self.note(booking.life, promise)
            assert not +booking.life.tickets, f"{booking.life} is cancelled"

    def seen(self, booking: Booking) -> ResaleView:
        with self.database.reading() as session:
            return resale_views.get(session, self.world.reseller_id, booking.uuid, now=self.now)

    def promised(self, life: Life, kind: ChangeKind, to: int | None) -> Promise:
        """Work out beforehand what a change of the whole order comes to, as its page would show it."""
        with self.database.reading() as session:
            order = session.get_one(Order, life.order_id)
            tickets = orders.find_tickets(session, order)
            wish = Wish(kind, tuple(ticket.id for ticket in tickets), self.world.uuids[to] if to else None)
            rules = resale_changes.rules_of(session, order)
            cents = changes.propose(session, order, wish, rules, now=self.now).amounts.difference_cents
        ends = Counter((ticket.slot_id, ticket.ticket_type_id) for ticket in tickets)
        begins = Counter((to, ticket.ticket_type_id) for ticket in tickets) if to else Counter()
        return Promise(0, ends, begins, cents)

    def note(self, life: Life, promise: Promise) -> None:
        """Note what a change has done to an order of a reseller's; nothing waits there."""
        life.comes_true(promise)
        with self.database.reading() as session:
            waits = (OrderChange.order_id == life.order_id, OrderChange.state == ChangeState.PENDING)
            assert session.scalars(select(OrderChange.id).where(*waits)).first() is None


def units_of(session, party: Party) -> tuple[WantedUnit, ...]:
    types = {each.slug: each for each in session.scalars(select(TicketType))}
    return tuple(WantedUnit(types[slug]) for slug, many in party.items() for _ in range(many))
