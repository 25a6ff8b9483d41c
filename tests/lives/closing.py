"""Rules of closing: now or later, of everything; thought better of, moved, lifted; customers answer, or do not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from tests import make
from tests.lives.books import Life, Promise
from tests.lives.machine import WHICH, Machine, any_of, pick
from ticketing.catalogue import closure_amending, closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import ClosureDefault
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import closing as carrying_out
from ticketing.sales import closing, closure_answers, closure_cases
from ticketing.sales.closure_models import CaseState, ClosureCase

MANAGER = system("manager")
REASONS = dict.fromkeys(LANGUAGES, "storm")
LASTS = st.sampled_from([2, 26, None])
BONUSES = st.sampled_from([None, 0, 15])


class Closing(Machine):
    """What closures do to orders, and their customers to closures."""

    @rule(hours=st.sampled_from([0, 1, 4, 28]), lasts=LASTS, outcome=st.sampled_from(ClosureDefault), bonus=BONUSES)
    def closes_or_opens_again(self, hours: int, lasts: int | None, outcome: ClosureDefault, bonus: int | None) -> None:
        with self.database.transaction() as session:
            standing = closures.find_in_force(session, now=self.now) + closures.find_planned(session, now=self.now)
            for closure in standing:
                closures.lift(session, closure, actor=MANAGER, now=self.now)
            if not standing:
                starts_at = self.now + timedelta(hours=hours)
                ends_at = starts_at + timedelta(hours=lasts) if lasts else None
                terms = Terms(answer_days=1, default_outcome=outcome, bonus_percent=bonus)
                request = ClosureRequest(REASONS, starts_at, ends_at, terms=terms)
                closures.close(session, request, actor=MANAGER, now=self.now)

    @rule(lasts=LASTS, undoes=st.booleans())
    def thinks_better_of_it(self, lasts: int | None, undoes: bool) -> None:
        with self.database.reading() as session:
            standing = closures.find_in_force(session, now=self.now) + closures.find_planned(session, now=self.now)
        for closure in standing:
            with self.world.may_be_refused(), self.database.transaction() as session:
                if undoes:
                    closure_amending.undo(session, closure.id, actor=MANAGER, now=self.now)
                    continue
                ends_at = max(closure.starts_at, self.now) + timedelta(hours=lasts) if lasts else None
                shown = closing.preview_amendment(session, closure, ends_at, now=self.now)
                closing.amend(session, closure.id, ends_at, shown.digest, actor=MANAGER, now=self.now)

    @rule(twice=st.booleans())
    def carries_closures_out(self, twice: bool) -> None:
        for _ in range(2 if twice else 1):
            carrying_out.tend(self.world.services)

    @precondition(any_of("lives"))
    @rule(which=WHICH, where=WHICH, wants=st.sampled_from(["time", "money", "card"]))
    def answers(self, which: int, where: int, wants: str) -> None:
        with self.database.reading() as session:
            is_open = ClosureCase.state == CaseState.OPEN
            cases = list(session.scalars(select(ClosureCase).where(is_open).order_by(ClosureCase.id)))
        if not cases:
            return
        secret, to = pick(cases, which).secret, self.slot(where) if wants == "time" else None
        life = next(each for each in self.world.lives if each.order_id == pick(cases, which).order_id)
        with self.world.may_be_refused():
            self.answer(life, secret, to, takes_card=wants == "card")

    @rule(which=WHICH)
    def lets_tickets_stay(self, which: int) -> None:
        with self.database.transaction() as session:
            case_ids = list(session.scalars(select(ClosureCase.id).order_by(ClosureCase.id)))
            if case_ids:
                closure_cases.keep(session, pick(case_ids, which), actor=MANAGER, now=self.now)

    def answer(self, life: Life, secret: str, to: int | None, *, takes_card: bool) -> None:
        """Look at what follows, say yes twice, and note what was told."""
        uuid, key = self.world.uuids[to] if to else None, new_token()
        with self.database.reading() as session:
            case = closure_answers.get_case(session, secret)
            proposal = closure_answers.propose(session, case, uuid, now=self.now)
            ends = Counter((ticket.slot_id, ticket.ticket_type_id) for ticket in proposal.tickets)
        assert proposal.amounts.difference_cents <= 0, "a closure costs its customers nothing"
        for _ in range(2):
            with self.database.transaction() as session:
                if takes_card:
                    change = closure_answers.take_card(
                        session, secret, None, key, zone=make.ZONE, actor=VISITOR, now=self.now
                    )
                else:
                    change = closure_answers.answer(session, secret, uuid, key, actor=VISITOR, now=self.now)
                assert change.difference_cents == proposal.amounts.difference_cents
        begins = Counter({(to, type_id): count for (_, type_id), count in _by_type(ends).items()}) if to else Counter()
        life.comes_true(Promise(change.id, ends, begins, change.difference_cents))


def _by_type(ends: Counter[tuple[int, int]]) -> Counter[tuple[None, int]]:
    counted: Counter[tuple[None, int]] = Counter()
    for (_, type_id), count in ends.items():
        counted[None, type_id] += count
    return counted
