"""Rules of the waiting list: ask, be offered, take it, let it go or let it lapse; and what the house does with it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from tests.lives.buying import Buying
from tests.lives.machine import FEW, WHICH, any_of, pick
from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import VISITOR, system
from ticketing.operations import waiting
from ticketing.sales import waiting_endings, waiting_list, waiting_offers
from ticketing.sales.waiting_list import Span, WaitingRequest
from ticketing.sales.waiting_models import OfferState, WaitingEntry, WaitingOffer

MANAGER = system("manager")
ADDRESSES = st.sampled_from(["an.peeters@example.org", "bea@example.org", "carl@example.org"])


class Waiting(Buying):
    """Those who come when all is sold."""

    @rule(where=WHICH, many=FEW, email=ADDRESSES, anything=st.booleans())
    def asks_to_wait(self, where: int, many: int, email: str, anything: bool) -> None:
        with self.world.may_be_refused(), self.database.transaction() as session:
            slot = session.get_one(Slot, self.slot(where))
            span = Span(slot.local_date, slot.local_date + timedelta(days=8))
            request = WaitingRequest("visit", span if anything else slot.uuid, {"adult": many}, email, "nl")
            waiting_list.ask(session, request, zone=self.world.services.zone, actor=VISITOR, now=self.now)
            self.world.wishes += 1

    @rule(widens=st.booleans())
    def the_list_is_tended(self, widens: bool) -> None:
        waiting.tend(self.world.services)
        if widens:
            waiting.widen(self.world.services)

    @precondition(any_of("wishes"))
    @rule(which=WHICH, takes=st.booleans(), way=st.sampled_from(["at once", "declined", "not at all"]))
    def answers_an_offer(self, which: int, takes: bool, way: str) -> None:
        with self.world.may_be_refused():
            with self.database.transaction() as session:
                offers = list(session.scalars(select(WaitingOffer).order_by(WaitingOffer.id)))
                if not offers:
                    return
                offer = pick(sorted(offers, key=lambda each: each.state is OfferState.OPEN), which)
                if takes:
                    hold = waiting_offers.take(session, offer.secret, actor=VISITOR, now=self.now)
                else:
                    waiting_endings.decline(session, offer, actor=VISITOR, now=self.now)
            if takes:
                self.world.baskets.append(hold.secret)
                if life := self.place(0):
                    self.go_and_pay(life, way)

    @precondition(any_of("wishes"))
    @rule(which=WHICH, where=WHICH, what=st.sampled_from(["leaves", "is taken off", "is offered out of turn"]))
    def somebody_on_the_list(self, which: int, where: int, what: str) -> None:
        with self.world.may_be_refused(), self.database.transaction() as session:
            entry_id = pick(list(session.scalars(select(WaitingEntry.id).order_by(WaitingEntry.id))), which)
            if what == "leaves":
                waiting_endings.leave(session, entry_id, actor=VISITOR, now=self.now)
            elif what == "is taken off":
                waiting_endings.remove(session, entry_id, actor=MANAGER, now=self.now)
            else:
                waiting_offers.offer_now(session, entry_id, self.slot(where), actor=MANAGER, now=self.now)
