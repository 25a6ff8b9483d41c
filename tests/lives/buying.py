"""Rules of buying: choose, think again, order, pay in every way there is, or do not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests import make
from tests.lives.books import Life
from tests.lives.machine import WHICH, Machine, any_of, pick
from tests.lives.world import CODES
from ticketing.catalogue.capacity import SlotFull
from ticketing.foundation.actors import VISITOR
from ticketing.foundation.identifiers import new_token
from ticketing.operations import payments, waiting
from ticketing.sales import hold_changes, holds, orders, own_baskets, settlement
from ticketing.sales.holds import BasketRequest
from ticketing.sales.models import Order
from ticketing.sales.orders import Customer

Party = dict[str, int]

PARTIES = st.sampled_from(
    [
        {"adult": 1}, {"adult": 2}, {"adult": 3}, {"child": 2}, {"adult": 1, "child": 2},
        {"adult": 1, "companion": 1}, {"companion": 1},
    ]
)  # fmt: skip
SEVERAL = st.lists(WHICH, min_size=1, max_size=2)
WAYS = st.sampled_from(
    ["at once", "at once", "at once", "slowly, yes", "slowly, no", "declined", "at the desk", "not at all"]
)
UNHEARD_MINUTES = 40  # longer than a page to pay on keeps places
A_CARD, CARDS_KNOWN = "a gift card", 3
AN = Customer("an.peeters@example.org", "An Peeters", "nl")


class Buying(Machine):
    """From the calendar to the provider's page."""

    @rule(where=SEVERAL, party=PARTIES)
    def chooses(self, where: list[int], party: Party) -> None:
        self.take(where, party)

    @precondition(any_of("baskets"))
    @rule(which=WHICH, where=WHICH, party=PARTIES | st.just({"adult": 0}))
    def chooses_otherwise(self, which: int, where: int, party: Party) -> None:
        choice = {self.world.uuids[self.slot(where)]: party}
        with self.world.may_be_refused(), self.database.transaction() as session:
            hold = self.hold(session, which)
            if own_baskets.is_living(session, hold, now=self.now):
                hold_changes.choose(session, hold, choice, now=self.now)

    @precondition(any_of("baskets"))
    @rule(which=WHICH, what=st.sampled_from(["more time", "nothing after all", A_CARD, *CODES, "order", "order"]))
    def decides_on(self, which: int, what: str) -> None:
        if what == "order":
            self.place(which)
            return
        with self.world.may_be_refused(), self.database.transaction() as session:
            hold = self.hold(session, which)
            if what == "more time":
                holds.extend(session, hold, now=self.now)
            elif what == "nothing after all":
                holds.release(session, hold)
            elif what == A_CARD:
                typed = pick([*self.world.cards, ""][-CARDS_KNOWN:], which)
                holds.apply_gift_card(session, hold, typed, now=self.now)
            else:
                holds.apply_promotion(session, hold, what, now=self.now)

    @initialize(many=st.lists(st.tuples(WHICH, PARTIES, WAYS), min_size=1, max_size=4))
    def some_have_bought(self, many: list[tuple[int, Party, str]]) -> None:
        for where, party, way in many:
            self.buys(where, party, way, code="")
        self.world.collect()
        self.world.receive(self.world.post)

    @rule(where=WHICH, party=PARTIES, way=WAYS, code=st.sampled_from(("", A_CARD, *CODES)))
    def buys(self, where: int, party: Party, way: str, code: str) -> None:
        if not self.take([where], party):
            return
        if code:
            self.decides_on(0, code)
        if life := self.place(0):
            self.go_and_pay(life, way)

    @rule(where=WHICH, party=PARTIES, others=PARTIES)
    def pays_unheard(self, where: int, party: Party, others: Party) -> None:
        """Pay while the worker is away and no report comes through, until others can have the places."""
        before = len(self.world.lives)
        self.buys(where, party, "at once", code="")
        self.world.clock.advance(minutes=UNHEARD_MINUTES)
        self.take([where], others)
        with self.world.may_be_refused():
            for life in self.world.lives[before:]:
                for ref in life.refs:
                    payments.settle(self.world.services, ref)
        self.world.let_time_pass(self.now)  # the worker is back

    @precondition(any_of("lives"))
    @rule(which=WHICH, way=WAYS)
    def pays(self, which: int, way: str) -> None:
        self.go_and_pay(self.life(which), way)

    @precondition(lambda machine: any(life.refs for life in machine.world.lives))
    @rule(which=WHICH, page=WHICH, way=WAYS, returns=st.booleans())
    def finds_an_old_page_still_open(self, which: int, page: int, way: str, returns: bool) -> None:
        refs = pick([life.refs for life in self.world.lives if life.refs], which)
        self.on_the_page(pick(refs, page), way)
        if returns:
            with self.world.may_be_refused():
                payments.settle(self.world.services, pick(refs, page))

    def hold(self, session, which: int):
        return holds.lock_hold(session, pick(self.world.baskets, which))

    def take(self, where: list[int], party: Party) -> bool:
        """Choose places in one slot or several; a refusal has to be true once those who wait have been served."""
        slot_ids = {self.slot(each) for each in where}
        wants = {self.world.uuids[slot_id]: party for slot_id in slot_ids}
        with self.world.may_be_refused():
            try:
                self.open_basket(wants)
            except SlotFull:
                waiting.tend(self.world.services)  # they come first, and may be offered a place elsewhere
                free = min(self.world.doors[each].capacity - self.world.claimed(each) for each in slot_ids)
                if free < sum(party.values()):
                    return False
                self.open_basket_surely(wants, free)
            return True
        return False

    def open_basket(self, wants: dict[str, Party]) -> None:
        with self.database.transaction() as session:
            request = BasketRequest(new_token(), wants)
            self.world.baskets.append(holds.open_basket(session, request, now=self.now).secret)

    def open_basket_surely(self, wants: dict[str, Party], free: int) -> None:
        try:
            self.open_basket(wants)
        except SlotFull as refusal:
            raise AssertionError(f"refused {wants} while {free} were free") from refusal

    def place(self, which: int) -> Life | None:
        """Order what a basket holds, and note what was told."""
        with self.world.may_be_refused():
            with self.database.transaction() as session:
                hold = self.hold(session, which)
                quote = make.quote(session, hold, self.now)
                known = orders.find_by_hold(session, hold)
                order = orders.place(session, hold, AN, actor=VISITOR, now=self.now)
                gets = Counter({(line.slot_id, line.ticket_type_id): line.quantity for line in hold.lines})
                assert known or order.total_cents == quote.total.cents
            if known is None:
                life = Life(order.id, order.uuid, quote.total.cents, gets)
                self.world.lives.append(life)
                return life
        return None

    def go_and_pay(self, life: Life, way: str) -> None:
        """Be led to the provider's page for an order or its waiting change, and do there what one does; or pay cash."""
        if way == "at the desk":
            self.pay_cash(life)
            return
        start = payments.start_change_checkout if life.waiting else payments.start_checkout
        with self.world.may_be_refused():
            url = start(self.world.services, life.order_id)
            if url:
                life.refs.append(url.rpartition("/")[2])
                self.on_the_page(life.refs[-1], way)

    def pay_cash(self, life: Life) -> None:
        with self.world.may_be_refused():
            if life.waiting:
                payments.take_cash_for_change(self.world.services, life.order_id, actor=VISITOR)
                return
            with self.database.transaction() as session:
                order = session.get_one(Order, life.order_id)
                settlement.pay_cash(session, order, actor=VISITOR, now=self.now)

    def on_the_page(self, ref: str, way: str) -> None:
        far_end = self.world.far_end
        if way == "at once":
            far_end.pay(ref)
        elif way == "declined":
            far_end.decline(ref)
        elif way.startswith("slowly"):
            settles_at = self.now + timedelta(minutes=20)
            far_end.pay_slowly(ref, succeeds=way.endswith("yes"), settles_at=settles_at)
