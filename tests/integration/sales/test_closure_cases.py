"""A case for each order a closure touches: opened once it may be told, settled by whatever ends its tickets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests import make
from tests.till import Till
from ticketing.bootstrap import Services
from ticketing.catalogue import closure_amending, closures, slot_changes
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.closure_amending import SecondPersonNeeded, UndoTooLate
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import Closure, ClosureDefault, Price, Slot
from ticketing.foundation.actors import VISITOR, staff
from ticketing.foundation.database import Base
from ticketing.operations import closing as carrying_out
from ticketing.operations import invariants, mailing, payments, worker
from ticketing.payments.provider import AlreadyRefunded
from ticketing.sales import (
    change_rules,
    changes,
    closing,
    closure_answers,
    closure_board,
    closure_cases,
    closure_house,
    documents,
    orders,
    overview,
    refunds,
    waiting_endings,
)
from ticketing.sales.changes import Wish
from ticketing.sales.closure_house import HouseRules
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.models import ChangeKind, Order, OrderState, RefundState
from ticketing.sales.settlement import Outcome
from ticketing.tickets.models import Ticket

ALICE, BOB = staff(1, "Alice"), staff(2, "Bob")
REASONS = {"nl": "storm", "fr": "tempête", "en": "storm", "de": "Sturm"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Centre:
    """A visit at noon and the next day, a show at noon; the visit's tickets cost 19.50 and 14.50 euros."""

    services: Services
    visit: Slot
    tomorrow: Slot
    show: Slot

    @property
    def now(self):
        return self.services.clock.now()

    def request(self, **changes: object) -> ClosureRequest:
        wanted = ClosureRequest(REASONS, self.now, make.NOON + 3 * HOUR)
        return replace(wanted, **changes)

    def close(self, **changes: object) -> int:
        with self.services.database.transaction() as session:
            return closures.close(session, self.request(**changes), actor=ALICE, now=self.now).id

    def buy(self, slot: Slot, **quantities: int) -> int:
        with self.services.database.transaction() as session:
            return make.confirmed_order(session, session.get_one(Slot, slot.id), self.now, **quantities).id

    def tend(self) -> None:
        carrying_out.tend(self.services)

    def cases(self) -> list[ClosureCase]:
        with self.services.database.reading() as session:
            return list(session.scalars(select(ClosureCase).order_by(ClosureCase.id)))

    def answer(self, case: ClosureCase, slot: Slot | None, key: str = "answer") -> None:
        uuid = slot.uuid if slot else None
        with self.services.database.transaction() as session:
            closure_answers.answer(session, case.secret, uuid, key, actor=VISITOR, now=self.now)

    def tables(self) -> dict[str, list[tuple]]:
        """Everything there is but the audit log, and the number under which pages are remembered."""
        with self.services.database.reading() as session:
            return {
                table.name: [tuple(row) for row in session.execute(text(f"SELECT * FROM {table.name}"))]
                for table in Base.metadata.sorted_tables
                if table.name not in {"audit_entries", "house_revisions"}
            }

    def assert_sound(self) -> None:
        with self.services.database.reading() as session:
            assert invariants.violations(session, now=self.now) == []


@pytest.fixture
def centre(services) -> Centre:
    with services.database.transaction() as session:
        made = [
            make.priced_slot(session), make.priced_slot(session, 2, make.NOON + DAY),
            make.priced_slot(session, slug="dome", kind=make.ExperienceKind.SHOW),
        ]  # fmt: skip
    return Centre(services, *made)


def test_selling_stops_at_once_but_nobody_is_told_before_the_time_to_undo_is_over(centre, clock, mailbox):
    order_id = centre.buy(centre.visit, adult=2)
    centre.close()

    centre.tend()
    assert centre.cases() == []
    clock.advance(minutes=10)
    centre.tend()
    centre.tend()

    (case,) = centre.cases()
    assert (case.order_id, case.state, case.open_cents) == (order_id, CaseState.OPEN, 2 * make.ADULT_CENTS)
    assert case.decide_by == centre.now + 14 * DAY
    centre.assert_sound()


def test_undone_in_time_everything_is_as_it_was_and_later_it_is_refused(centre, clock):
    centre.buy(centre.visit, adult=2)
    with centre.services.database.transaction() as session:
        waiting_endings.withdraw_closed(session, now=centre.now)
    before = centre.tables()

    undone, kept = centre.close(experience_ids=(centre.visit.experience_id,)), None
    clock.advance(minutes=9)
    centre.tend()
    with centre.services.database.transaction() as session:
        waiting_endings.withdraw_closed(session, now=centre.now)
        closure_amending.undo(session, undone, actor=ALICE, now=centre.now)
    assert centre.tables() == before

    kept = centre.close()
    clock.advance(minutes=10)
    with pytest.raises(UndoTooLate), centre.services.database.transaction() as session:
        closure_amending.undo(session, kept, actor=ALICE, now=centre.now)
    centre.assert_sound()


@pytest.mark.one_engine
def test_a_large_closure_waits_for_a_second_person_and_not_for_whoever_closed(centre, clock):
    centre.buy(centre.visit, adult=1)
    with centre.services.database.transaction() as session:
        closure_house.set_rules(session, HouseRules(second_from_orders=1), actor=ALICE, now=centre.now)
    with centre.services.database.transaction() as session:
        wanted = replace(centre.request(), terms=closure_house.rules(session).terms)
        shown = closing.preview(session, wanted, zone=make.ZONE, now=centre.now)
        closure_id = closing.close(session, wanted, shown.digest, actor=ALICE, now=centre.now).id
    assert (shown.is_large, shown.orders, shown.people, shown.cents) == (True, 1, 1, make.ADULT_CENTS)

    clock.advance(hours=1)
    centre.tend()
    assert centre.cases() == []
    with pytest.raises(SecondPersonNeeded), centre.services.database.transaction() as session:
        closure_amending.confirm(session, closure_id, actor=ALICE, now=centre.now)
    with centre.services.database.transaction() as session:
        closure_amending.confirm(session, closure_id, actor=BOB, now=centre.now)
    centre.tend()

    assert [case.state for case in centre.cases()] == [CaseState.OPEN]
    centre.assert_sound()


@pytest.mark.one_engine
def test_a_planned_closure_is_exactly_what_was_shown(centre, services):
    with services.database.transaction() as session:
        wanted = centre.request(starts_at=centre.now + HOUR)
        shown = closing.preview(session, wanted, zone=make.ZONE, now=centre.now)
    assert [(each.people, each.places) for each in shown.offered] == []
    centre.buy(centre.visit, adult=1)

    with pytest.raises(slot_changes.PreviewOutdated), services.database.transaction() as session:
        closing.close(session, wanted, shown.digest, actor=ALICE, now=centre.now)
    with services.database.transaction() as session:
        fresh = closing.preview(session, wanted, zone=make.ZONE, now=centre.now)
        closing.close(session, wanted, fresh.digest, actor=ALICE, now=centre.now)
    assert [(each.people, each.places) for each in fresh.offered] == [(1, 2)]


@pytest.mark.one_engine
def test_another_time_costs_nothing_more_and_settles_the_case(centre, clock):
    order_id = centre.buy(centre.visit, adult=1, child=1)
    with centre.services.database.transaction() as session:
        for price in session.scalars(select(Price).where(Price.experience_id == centre.visit.experience_id)):
            price.price_cents *= 2
    centre.close()
    clock.advance(minutes=10)
    centre.tend()
    (case,) = centre.cases()

    centre.answer(case, centre.tomorrow)
    centre.answer(case, centre.tomorrow)  # the button was pressed twice

    (case,) = centre.cases()
    assert (case.state, case.rebooked_cents) == (CaseState.REBOOKED, make.ADULT_CENTS + make.CHILD_CENTS)
    with centre.services.database.reading() as session:
        assert session.get_one(Order, order_id).total_cents == make.ADULT_CENTS + make.CHILD_CENTS
        valid = select(Ticket.slot_id).where(Ticket.order_id == order_id, Ticket.state == "valid")
        assert set(session.scalars(valid)) == {centre.tomorrow.id}
    centre.assert_sound()


@pytest.mark.one_engine
def test_of_an_order_for_several_times_only_what_is_touched_is_asked_about(centre, clock):
    order_id = centre.buy(centre.visit, adult=2)
    with centre.services.database.transaction() as session:
        wish = Wish(ChangeKind.ADD, slot_uuid=centre.show.uuid, quantities={"adult": 2})
        changes.carry_out(session, order_id, wish, change_rules.StaffRules(), "more", actor=ALICE, now=centre.now)
    payments.take_cash_for_change(centre.services, order_id, actor=ALICE)
    centre.close(experience_ids=(centre.show.experience_id,))
    clock.advance(minutes=10)
    centre.tend()
    (case,) = centre.cases()
    assert case.open_cents == 2 * make.ADULT_CENTS

    centre.answer(case, None)

    with centre.services.database.reading() as session:
        order = session.get_one(Order, order_id)
        valid = select(Ticket.slot_id).where(Ticket.order_id == order_id, Ticket.state == "valid")
        assert (order.state, order.total_cents) == (OrderState.CONFIRMED, 2 * make.ADULT_CENTS)
        assert set(session.scalars(valid)) == {centre.visit.id}
    assert [each.state for each in centre.cases()] == [CaseState.REFUNDED]
    centre.assert_sound()


@pytest.mark.one_engine
@pytest.mark.parametrize(("outcome", "state", "left"), [
    (ClosureDefault.REFUND, CaseState.REFUNDED, 0), (ClosureDefault.KEEP, CaseState.KEPT, make.ADULT_CENTS),
])  # fmt: skip
def test_when_nobody_answers_the_default_happens_by_itself_once(centre, clock, outcome, state, left):
    order_id = centre.buy(centre.visit, adult=1)
    centre.close(ends_at=None, terms=Terms(answer_days=2, default_outcome=outcome))
    clock.advance(minutes=10)
    centre.tend()
    clock.advance(hours=47)
    centre.tend()
    assert [case.state for case in centre.cases()] == [CaseState.OPEN]
    clock.advance(hours=1)
    centre.tend()
    after = centre.tables()
    centre.tend()

    assert centre.tables() == after
    assert [case.state for case in centre.cases()] == [state]
    with centre.services.database.reading() as session:
        assert session.get_one(Order, order_id).total_cents == left
    centre.assert_sound()


def test_opening_again_early_withdraws_what_can_take_place_and_leaves_what_was_settled(centre, clock, mailbox):
    lost, saved, settled = (centre.buy(slot, adult=1) for slot in (centre.visit, centre.tomorrow, centre.tomorrow))
    closure_id = centre.close(ends_at=None)
    clock.advance(minutes=10)
    centre.tend()
    centre.answer(next(case for case in centre.cases() if case.order_id == settled), None)
    clock.advance(hours=5)  # the visit at noon is over
    with centre.services.database.transaction() as session:
        closures.lift(session, closures.get_closure(session, closure_id), actor=BOB, now=centre.now)
    centre.tend()

    states = {case.order_id: case.state for case in centre.cases()}
    assert states == {lost: CaseState.OPEN, saved: CaseState.WITHDRAWN, settled: CaseState.REFUNDED}
    worker.run_jobs(centre.services)
    assert [m.subject for m in mailbox.messages if "toch door" in m.subject or "after all" in m.subject] != []
    assert centre.buy(centre.tomorrow, adult=1)
    centre.assert_sound()


@pytest.mark.one_engine
def test_an_end_can_be_moved_and_touches_what_it_then_touches(centre, clock):
    today, tomorrow = centre.buy(centre.visit, adult=1), centre.buy(centre.tomorrow, adult=1)
    closure_id = centre.close()
    clock.advance(minutes=10)
    centre.tend()

    for ends_at, more, withdrawn in ((make.NOON + 2 * DAY, 1, 0), (make.NOON, 0, 2), (make.NOON + DAY + HOUR, 2, 0)):
        with centre.services.database.transaction() as session:
            closure = closures.get_closure(session, closure_id)
            shown = closing.preview_amendment(session, closure, ends_at, now=centre.now)
            closing.amend(session, closure_id, ends_at, shown.digest, actor=BOB, now=centre.now)
        assert (shown.orders, shown.withdrawn) == (more, withdrawn)
        centre.tend()
        centre.assert_sound()

    assert {case.order_id: (case.state, case.openings) for case in centre.cases()} == {
        today: (CaseState.OPEN, 2), tomorrow: (CaseState.OPEN, 2),
    }  # fmt: skip


def test_who_paid_in_the_second_we_closed_gets_tickets_and_a_case_whatever_they_had_chosen(services, clock):
    till = Till(services)
    order = till.place(adult=2)
    ref = till.start(order)
    with services.database.transaction() as session:
        closures.close(session, ClosureRequest(REASONS, clock.now()), actor=ALICE, now=clock.now())
    clock.advance(minutes=11)
    carrying_out.tend(services)
    services.sandbox.pay(ref)

    assert payments.settle(services, ref) is Outcome.CONFIRMED
    carrying_out.tend(services)

    assert till.order(order).state is OrderState.CONFIRMED
    assert till.count(ClosureCase, order_id=order, state=CaseState.OPEN) == 1
    till.assert_sound()


class Refusing:
    """A provider that refuses the first refund it is asked for."""

    def __init__(self, provider) -> None:
        self.provider, self.refused = provider, 0

    def refund(self, request):
        self.refused += 1
        if self.refused == 1:
            raise AlreadyRefunded("no")
        return self.provider.refund(request)

    def find_refunds(self, intent_ref):
        return self.provider.find_refunds(intent_ref)


def test_a_refund_the_provider_refuses_stays_to_be_seen_with_its_reason_and_is_sent_again(services, clock):
    till = Till(services)
    for _ in range(2):
        ref = till.start(till.place(adult=1))
        services.sandbox.pay(ref)
        payments.settle(services, ref)
    with services.database.transaction() as session:
        wanted = ClosureRequest(REASONS, clock.now(), terms=Terms(undo_minutes=0))
        closure_id = closures.close(session, wanted, actor=ALICE, now=clock.now()).id
    carrying_out.tend(services)
    with services.database.transaction() as session:
        for case in session.scalars(select(ClosureCase)):
            closure_answers.answer(session, case.secret, None, case.secret, actor=VISITOR, now=clock.now())
    worker.run_jobs(replace(services, payments=Refusing(services.payments)))

    with services.database.transaction() as session:
        board = closure_board.board_of(session, closure_id)
        (failed,) = closure_board.failed_refunds(session, closure_id)
        assert (board.refunded, board.failed, board.cost.back_cents) == (2, 1, 2 * make.ADULT_CENTS)
        assert failed.failure_reason == "the provider has given everything back already"
        refunds.retry(session, failed.payment.order, failed.id, actor=BOB, now=clock.now())
    till.work()

    assert sorted(refund.state for refund in till.refunds()) == [
        RefundState.FAILED, RefundState.SUCCEEDED, RefundState.SUCCEEDED,
    ]  # fmt: skip
    with services.database.reading() as session:
        assert closure_board.failed_refunds(session, closure_id) == []
    till.assert_sound()


def test_the_last_place_goes_to_one_and_the_others_see_fresh_choices(centre, clock):
    bought = [centre.buy(centre.visit, adult=2), centre.buy(centre.visit, adult=2)]
    centre.close()
    clock.advance(minutes=10)
    centre.tend()
    first, second = centre.cases()
    assert [first.order_id, second.order_id] == bought

    centre.answer(first, centre.tomorrow, "first")
    with pytest.raises(SlotFull):
        centre.answer(second, centre.tomorrow, "second")

    with centre.services.database.reading() as session:
        fresh = closure_answers.get_case(session, second.secret)
        (visit,) = closure_answers.visits_of(session, fresh, zone=make.ZONE, now=centre.now)
    assert visit.soonest == ()
    centre.assert_sound()


@pytest.mark.one_engine
def test_a_case_is_settled_by_the_orders_own_page_and_by_staff_just_as_well(centre, clock):
    order_id = centre.buy(centre.visit, adult=2)
    centre.close()
    clock.advance(minutes=10)
    centre.tend()
    (case,) = centre.cases()
    with centre.services.database.transaction() as session:
        one, other = (ticket.id for ticket in closure_cases.standing_tickets(session, case.id))
        wish = Wish(ChangeKind.CANCEL, (one,))
        changes.carry_out(session, order_id, wish, change_rules.StaffRules(), "staff", actor=BOB, now=centre.now)
    assert [(each.state, each.open_cents) for each in centre.cases()] == [(CaseState.OPEN, make.ADULT_CENTS)]
    centre.assert_sound()

    with centre.services.database.transaction() as session:
        wish = Wish(ChangeKind.MOVE, (other,), centre.tomorrow.uuid)
        changes.carry_out(session, order_id, wish, change_rules.StaffRules(), "more", actor=BOB, now=centre.now)

    (case,) = centre.cases()
    assert (case.state, case.refunded_cents, case.rebooked_cents) == (
        CaseState.REBOOKED, make.ADULT_CENTS, make.ADULT_CENTS,
    )  # fmt: skip
    with centre.services.database.reading() as session:
        assert session.scalars(select(Closure.late_orders)).one() == 0
    centre.assert_sound()


@pytest.mark.one_engine
def test_a_ticket_fetched_again_does_not_send_anybody_to_a_closed_door(centre, clock):
    order_id = centre.buy(centre.visit, adult=1)
    centre.close()
    with centre.services.database.reading() as session:
        code, secret = session.execute(select(Order.code, Order.secret).where(Order.id == order_id)).one()
        order = orders.get_order(session, code, secret)
        view = overview.overview_of(session, order, zone=make.ZONE)

    (sheet,) = documents.ticket_sheets(order, view, mailing.letterhead(centre.services), "nl")

    assert view.lines[0].closed_reasons == REASONS
    assert sheet.be_there_words == "Dan zijn we gesloten: storm"
