"""Rules of changing an order: move, add, cancel, pay the difference or not; and going in on a ticket."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from tests.lives.books import Life, Promise, Tickets
from tests.lives.buying import PARTIES, WAYS, Buying, Party
from tests.lives.machine import WHICH, any_of, pick
from ticketing.catalogue.models import Slot
from ticketing.door import admission, gates
from ticketing.door.admission import ScanRequest
from ticketing.door.verdict import Direction, Verdict
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token, new_uuid
from ticketing.operations import payments
from ticketing.sales import change_rules, changes, corrections
from ticketing.sales.change_rules import StaffRules
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind, ChangeState, Order
from ticketing.sales.orders import Customer
from ticketing.tickets.models import Ticket, TicketState

A_WHILE = timedelta(hours=2)
MINE = st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True)


class Changing(Buying):
    """What happens to an order that has been paid."""

    @precondition(any_of("standing"))
    @rule(which=WHICH, mine=MINE, where=WHICH, desk=st.booleans())
    def moves(self, which: int, mine: list[int], where: int, desk: bool) -> None:
        self.change(self.customer(which), ChangeKind.MOVE, mine, self.slot(where), desk=desk)

    @precondition(any_of("standing"))
    @rule(which=WHICH, mine=MINE | st.just(range(20)), desk=st.booleans())
    def cancels(self, which: int, mine: list[int] | range, desk: bool) -> None:
        self.change(self.customer(which), ChangeKind.CANCEL, mine, None, desk=desk)

    @precondition(any_of("standing"))
    @rule(which=WHICH, where=WHICH, party=PARTIES, desk=st.booleans())
    def adds(self, which: int, where: int, party: Party, desk: bool) -> None:
        wish = Wish(ChangeKind.ADD, (), self.world.uuids[self.slot(where)], party)
        begins = Counter({(self.slot(where), self.world.types[what]): many for what, many in party.items()})
        self.send(self.customer(which), wish, Counter(), begins, new_token(), desk=desk)

    @precondition(lambda machine: any(life.requests for life in machine.world.lives))
    @rule(which=WHICH, where=WHICH, form=WHICH)
    def sends_an_old_form_again(self, which: int, where: int, form: int) -> None:
        life = pick([life for life in self.world.lives if life.requests], which)
        wish = Wish(ChangeKind.ADD, (), self.world.uuids[self.slot(where)], {"adult": 1})
        with self.world.may_be_refused(), self.database.transaction() as session:
            self.carry_out(session, life, wish, pick(life.requests, form), desk=True)

    @precondition(lambda machine: any(life.waiting for life in machine.world.lives))
    @rule(which=WHICH, way=WAYS | st.just(""))
    def ends_a_change_that_waits(self, which: int, way: str) -> None:
        """Pay for it, in any way there is, or give it up."""
        life = pick([life for life in self.world.lives if life.waiting], which)
        if way:
            self.go_and_pay(life, way)
            return
        with self.world.may_be_refused():
            payments.give_up_change(self.world.services, life.order_id, actor=VISITOR)

    @precondition(any_of("standing"))
    @rule(which=WHICH, email=st.sampled_from(["an.peeters@example.org", "bea@example.org"]))
    def corrects_the_address(self, which: int, email: str) -> None:
        with self.world.may_be_refused(), self.database.transaction() as session:
            customer = Customer(email, "An Peeters", "nl")
            corrections.change_customer(session, self.life(which).order_id, customer, actor=VISITOR, now=self.now)

    @precondition(any_of("standing"))
    @rule(which=WHICH, mine=st.integers(0, 5), way=st.sampled_from([Direction.IN, Direction.IN, Direction.OUT]))
    def goes_through_the_door(self, which: int, mine: int, way: Direction) -> None:
        life = self.life(which)
        with self.database.reading() as session:
            ever = select(Ticket).where(Ticket.order_id == life.order_id).order_by(Ticket.id)
            tickets = [(ticket, session.get_one(Slot, ticket.slot_id)) for ticket in session.scalars(ever)]
        if not tickets:
            return
        ticket, slot = pick(tickets, mine)
        if self.now < slot.admits_from < self.now + A_WHILE:
            self.world.let_time_pass(slot.admits_from)
        with self.world.may_be_refused(), self.database.transaction() as session:
            gate = next(iter(gates.list_gates(session)))
            request = ScanRequest(new_uuid(), ticket.code, gate, way, self.now)
            answer = admission.scan(session, request, system("test"), zone=self.world.services.zone, now=self.now)
        if answer.verdict is Verdict.ADMIT and way is Direction.IN:
            life.entered.add(ticket.id)

    def change(self, life: Life, kind: ChangeKind, mine, to: int | None, *, desk: bool) -> None:
        """Choose tickets by where they stand on the order's page."""
        with self.database.reading() as session:
            own = select(Ticket).where(Ticket.order_id == life.order_id, Ticket.state == TicketState.VALID)
            tickets = list(session.scalars(own.order_by(Ticket.id)))
        chosen = [ticket for place, ticket in enumerate(tickets) if place in mine]
        ends = Counter((ticket.slot_id, ticket.ticket_type_id) for ticket in chosen)
        begins = Counter({(to, type_id): count for (_, type_id), count in _by_type(ends).items()}) if to else Counter()
        wish = Wish(kind, tuple(ticket.id for ticket in chosen), self.world.uuids[to] if to else None)
        self.send(life, wish, ends, begins, new_token(), desk=desk)

    def send(self, life: Life, wish: Wish, ends: Tickets, begins: Tickets, key: str, *, desk: bool) -> None:
        """Look at the consequences, agree, send the form twice; note what was told."""
        desk = desk or life.is_resold  # its own page is closed to the visitor of a reseller
        with self.world.may_be_refused():
            shown = self.look_at(life, wish, desk=desk)
            with self.database.transaction() as session:
                change = self.carry_out(session, life, wish, key, desk=desk)
                assert change.difference_cents == shown, f"{shown} shown, {change.difference_cents} asked"
                promise = Promise(change.id, ends, begins, shown)
                is_done = change.state is ChangeState.DONE
            assert not life.entered.intersection(wish.ticket_ids), "a used ticket was changed"
            life.requests.append(key)
            with self.database.transaction() as session:
                assert self.carry_out(session, life, wish, key, desk=desk).id == promise.change_id
            if is_done:
                life.comes_true(promise)
            else:
                life.waiting = promise

    def look_at(self, life: Life, wish: Wish, *, desk: bool) -> int:
        """Return what a change would cost (cents), as the page before it says."""
        with self.database.reading() as session:
            order = session.get_one(Order, life.order_id)
            rules = StaffRules() if desk else change_rules.customer_rules(session)
            return changes.propose(session, order, wish, rules, now=self.now).amounts.difference_cents

    def carry_out(self, session, life: Life, wish: Wish, key: str, *, desk: bool):
        rules = StaffRules() if desk else change_rules.customer_rules(session)
        return changes.carry_out(session, life.order_id, wish, rules, key, actor=VISITOR, now=self.now)


def _by_type(ends: Tickets) -> Counter[tuple[None, int]]:
    counted: Counter[tuple[None, int]] = Counter()
    for (_, type_id), count in ends.items():
        counted[None, type_id] += count
    return counted
