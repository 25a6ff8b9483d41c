"""Rules of money: reports that come late, twice and in any order, a line that is cut, money that goes back."""

from __future__ import annotations

import random

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.lives.far_end import Cut
from tests.lives.machine import WHICH, Machine, any_of, pick
from ticketing.foundation.actors import system
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.money import Money
from ticketing.payments import sandbox_money
from ticketing.sales import goodwill

MANAGER = system("manager")
SEEDS = st.integers(0, 255)


class Moving(Machine):
    """Money and the news of it."""

    @rule(how=st.sampled_from(["in time", "in time", "in a storm", "never"]), seed=SEEDS)
    def the_post_comes(self, how: str, seed: int) -> None:
        """What the provider reports; in a storm old news comes again, each one to three times, shuffled."""
        self.world.collect()
        post, self.world.post = self.world.post, []
        if how == "in a storm":
            dice = random.Random(seed)
            post = [each for each in self.world.delivered[-6:] + post for _ in range(dice.randint(1, 3))]
            dice.shuffle(post)
        if how != "never":
            self.world.receive(post)

    @rule(cuts=st.lists(st.sampled_from([None, Cut.BEFORE, Cut.AFTER]), min_size=1, max_size=3))
    def the_line_fails(self, cuts: list[Cut | None]) -> None:
        self.world.far_end.cuts = cuts

    @precondition(any_of("lives"))
    @rule(which=WHICH, cents=st.sampled_from([1, 100, 725, 1950, 5000]))
    def a_manager_gives_something_back(self, which: int, cents: int) -> None:
        life, key = self.life(which), new_token()
        with self.world.may_be_refused():
            for _ in range(2):  # the form is sent twice
                with self.database.transaction() as session:
                    goodwill.give_back(
                        session, life.order_id, Money(cents), "goodwill", key, actor=MANAGER, now=self.now
                    )
            life.told_cents -= cents

    @precondition(any_of("lives"))
    @rule(which=WHICH, cents=st.sampled_from([1, 500, 1950, 10_000]))
    def somebody_refunds_in_the_dashboard(self, which: int, cents: int) -> None:
        """Where nobody asks whether that is wise: at most what the provider still has."""
        life = self.life(which)
        intent, left = pick(self.world.far_end.intents(life.uuid) or [("", 0)], which)
        if left > 0:
            self.world.far_end.in_dashboard(sandbox_money.refund_by_hand(intent, min(cents, left)))
            life.elsewhere_cents += min(cents, left)

    @precondition(any_of("lives"))
    @rule(which=WHICH, what=st.sampled_from(["disputes", "sends a refund back", "decides"]), wins=st.booleans())
    def a_bank(self, which: int, what: str, wins: bool) -> None:
        far_end, life = self.world.far_end, self.life(which)
        if what == "decides":
            self.world.banks_decide(is_for_us=wins)
        elif what == "disputes":
            intent, left = pick(far_end.intents(life.uuid) or [("", 0)], which)
            if left > 0:
                far_end.in_dashboard(sandbox_money.dispute(intent))
        elif refunds := far_end.refunds(life.uuid):
            far_end.in_dashboard(sandbox_money.send_back_refund(pick(refunds, which)))
