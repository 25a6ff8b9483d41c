"""Rules of closing: now or later, of everything; thought better of, moved, lifted; customers answer, or do not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests import make
from tests.lives.books import Life, Promise
from tests.lives.machine import WHICH, Machine, any_of, pick
from ticketing.catalogue import closure_amending, closures
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import ClosureDefault, Slot
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.languages import LANGUAGES
from ticketing.sales import closing, closure_answers, closure_cases
from ticketing.sales.closure_models import ClosureCase

MANAGER = system("manager")
AN_HOUR = timedelta(hours=1)
REASONS = dict.fromkeys(LANGUAGES, "storm")
WANTS = st.sampled_from(["time", "time", "money", "card", "card", "nothing", "to stay"])
LASTS = st.sampled_from([2, 26, None])
TERMS = st.builds(
    Terms,
    answer_days=st.just(1),
    default_outcome=st.sampled_from(ClosureDefault),
    bonus_percent=st.sampled_from([None, 0, 15, 15]),
)


class Closing(Machine):
    """What closures do to orders, and their customers to closures."""

    @precondition(lambda machine: not machine.world.is_closing)
    @rule(where=WHICH, lasts=LASTS, terms=TERMS, is_told=st.booleans(), wants=WANTS)
    def closes(self, where: int, lasts: int | None, terms: Terms, is_told: bool, wants: str) -> None:
        """From an hour before a slot, or from now; once it cannot be undone any more its customers are told: one says
        what they want."""
        with self.database.transaction() as session:
            starts_at = max(self.now, session.get_one(Slot, self.slot_of_somebody(where)).starts_at - AN_HOUR)
            ends_at = starts_at + timedelta(hours=lasts) if lasts else None
            request = ClosureRequest(REASONS, starts_at, ends_at, terms=terms)
            undo_until = closures.close(session, request, actor=MANAGER, now=self.now).undo_until
        if is_told:
            self.world.let_time_pass(undo_until)
            self.world.check()
            if self.world.open_cases:
                self.answers(where, where, wants)

    @precondition(any_of("is_closing"))
    @rule(lasts=LASTS, does=st.sampled_from(["takes it back", "opens again", "moves the end", "moves the end"]))
    def thinks_better_of_it(self, lasts: int | None, does: str) -> None:
        with self.database.reading() as session:
            standing = closures.find_in_force(session, now=self.now) + closures.find_planned(session, now=self.now)
        for closure in standing:
            with self.world.may_be_refused(), self.database.transaction() as session:
                if does == "takes it back":
                    closure_amending.undo(session, closure.id, actor=MANAGER, now=self.now)
                elif does == "opens again":
                    closures.lift(session, closures.get_closure(session, closure.id), actor=MANAGER, now=self.now)
                else:
                    ends_at = max(closure.starts_at, self.now) + timedelta(hours=lasts) if lasts else None
                    shown = closing.preview_amendment(session, closure, ends_at, now=self.now)
                    closing.amend(session, closure.id, ends_at, shown.digest, actor=MANAGER, now=self.now)

    @precondition(any_of("open_cases"))
    @rule(which=WHICH, where=WHICH, wants=WANTS)
    def answers(self, which: int, where: int, wants: str) -> None:
        """Take another time, the money, or a gift card; have somebody say that the tickets stay; or never answer."""
        case = pick(self.world.open_cases, which)
        if wants == "nothing":
            self.world.let_time_pass(max(self.now, case.decide_by))
        elif wants == "to stay":
            with self.database.transaction() as session:
                closure_cases.keep(session, case.id, actor=MANAGER, now=self.now)
        else:
            life = next(each for each in self.world.lives if each.order_id == case.order_id)
            with self.world.may_be_refused():
                to = self.slot_offered(case, where) if wants == "time" else None
                self.answer(life, case.secret, to, takes_card=wants == "card")

    def slot_offered(self, case: ClosureCase, where: int) -> int:
        """Return one of the times an open case shows as having room, or another that may have none."""
        with self.database.reading() as session:
            visits = closure_answers.visits_of(session, case, zone=make.ZONE, now=self.now)
        shown = [slot.id for visit in visits for slot in visit.soonest]
        return pick([self.slot(where), *shown], where)

    def slot_of_somebody(self, where: int) -> int:
        """Return a slot somebody has tickets for, when anybody has."""
        sold = [slot_id for life in self.world.standing for (slot_id, _), many in life.tickets.items() if many]
        return pick(sold, where) if sold else self.slot(where)

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
