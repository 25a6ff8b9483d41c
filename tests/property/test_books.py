"""Whatever happens to orders, the books of every day add up to the cent, rate by rate, and with the provider's."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from sqlalchemy import select, update

from tests import make
from tests.agreeing import assert_reports_agree
from tests.conftest import NOW
from tests.integration.sales.test_goodwill import dearer_taxed_slot, more_slots
from tests.till import Till
from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import system
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.jobs import Job, JobState
from ticketing.foundation.money import Money
from ticketing.operations import payments, reconciling
from ticketing.payments import sandbox_money
from ticketing.payments.sandbox_store import Refusal
from ticketing.sales import accounts, books, changes, goodwill, refunds
from ticketing.sales.accounts import Moved, Owed, Owing, Revenue
from ticketing.sales.change_rules import CustomerRules, Rules, StaffRulesWithFees
from ticketing.sales.changes import Wish
from ticketing.sales.models import (
    ChangeKind,
    Channel,
    Order,
    OrderChange,
    OrderLine,
    Payment,
    Refund,
    RefundState,
    RefundWay,
)
from ticketing.tickets.models import Ticket, TicketState

MANAGER = system("test")
RULES = StaffRulesWithFees(CustomerRules(Rules(move_fee_cents=150, cancel_fee_percent=15), {}))
ACTS = ("move", "cancel", "add", "give", "by hand", "sent back", "retry", "transfer", "dispute", "work", "next day")
STEPS = some.lists(some.tuples(some.sampled_from(ACTS), some.integers(0, 999)), min_size=4, max_size=14)


class Stage:
    """A shop of two VAT rates, one order in it paid with the provider and one in cash, and what acts do to them."""

    def __init__(self, till: Till) -> None:
        self.till, self.services, self.step, self.orders = till, till.services, 0, [0, 0]
        self.slots = more_slots(till, self.services)
        with self.services.database.transaction() as session:
            self.slots.append(dearer_taxed_slot(session, session.get_one(Slot, till.slot_id)).uuid)
            session.execute(update(Slot).values(capacity=9999))

    def begin(self) -> None:
        """Sell two orders more; those of earlier stories stay in the books."""
        with self.services.database.transaction() as session:
            visit = session.get_one(Slot, self.till.slot_id)
            self.orders[0] = make.confirmed_order(session, visit, NOW, adult=1, child=1).id
        self.orders[1] = self.till.place(adult=3, child=2)
        self.services.sandbox.pay(self.till.start(self.orders[1]), "bancontact")
        self.till.deliver()

    def tell(self, act: str, dice: int) -> None:
        """Do one act, or be refused, and let the provider report."""
        self.step += 1
        with suppress(TicketingError, Refusal):
            getattr(self, f"_{act.replace(' ', '_')}")(self.orders[dice % 2], dice)
        self.till.deliver()

    def _move(self, order_id: int, dice: int) -> None:
        self._change(order_id, Wish(ChangeKind.MOVE, self._tickets(order_id)[: 1 + dice % 2], self._slot(dice)))

    def _cancel(self, order_id: int, dice: int) -> None:
        self._change(order_id, Wish(ChangeKind.CANCEL, self._tickets(order_id)[: 1 + dice % 3]))

    def _add(self, order_id: int, dice: int) -> None:
        self._change(order_id, Wish(ChangeKind.ADD, slot_uuid=self._slot(dice), quantities={"adult": 1}))

    def _change(self, order_id: int, wish: Wish) -> None:
        with self.services.database.transaction() as session:
            made = changes.carry_out(
                session, order_id, wish, RULES, str(self.step), actor=MANAGER, now=self.services.clock.now()
            )
        if made.difference_cents > 0:
            url = payments.start_change_checkout(self.services, order_id)
            self.services.sandbox.pay(url.rpartition("/")[2])

    def _give(self, order_id: int, dice: int) -> None:
        with self.services.database.transaction() as session:
            goodwill.give_back(session, order_id, Money(1 + dice), "a queue", str(self.step), actor=MANAGER,
                               now=self.services.clock.now())  # fmt: skip

    def _by_hand(self, _: int, dice: int) -> None:
        self.services.sandbox.in_dashboard(sandbox_money.refund_by_hand(self._payment().intent_ref, 1 + dice))

    def _sent_back(self, _: int, __: int) -> None:
        with self.services.database.reading() as session:
            mine = select(Refund.provider_ref).where(Refund.provider_ref.startswith("re_"), Refund.state == "succeeded")
            ref = session.scalars(mine.order_by(Refund.id.desc())).first()
        if ref:
            self.services.sandbox.in_dashboard(sandbox_money.send_back_refund(ref))

    def _retry(self, _: int, __: int) -> None:
        self._settle_failed(lambda session, order, refund, now: refunds.retry(
            session, order, refund, actor=MANAGER, now=now))  # fmt: skip

    def _transfer(self, _: int, __: int) -> None:
        self._settle_failed(lambda session, order, refund, now: refunds.note_transfer(
            session, order, refund, "by hand", actor=MANAGER, now=now))  # fmt: skip

    def _settle_failed(self, act) -> None:
        with self.services.database.transaction() as session:
            for refund in refunds.find_failed(session, limit=1):
                act(session, session.get_one(Order, refund.payment.order_id), refund.id, self.services.clock.now())

    def _dispute(self, _: int, dice: int) -> None:
        made = self.services.sandbox.in_dashboard(sandbox_money.dispute(self._payment().intent_ref))
        self.services.sandbox.in_dashboard(sandbox_money.decide_dispute(made["id"], "lost" if dice % 4 else "won"))

    def _work(self, _: int, __: int) -> None:
        """Send the refunds; the mails are another's test."""
        with self.services.database.transaction() as session:
            session.execute(update(Job).where(Job.kind != "send_refund").values(state=JobState.DONE))
        self.till.work()

    def _next_day(self, _: int, __: int) -> None:
        self.services.clock.advance(hours=1 if self.services.clock.now() > NOW else 15)  # once past midnight

    def _slot(self, dice: int) -> str:
        return self.slots[dice % len(self.slots)]

    def _tickets(self, order_id: int) -> tuple[int, ...]:
        with self.services.database.reading() as session:
            own = select(Ticket.id).where(Ticket.order_id == order_id, Ticket.state == TicketState.VALID)
            return tuple(session.scalars(own.order_by(Ticket.id)))

    def _payment(self) -> Payment:
        return self.till.payments_of(self.orders[1])[0]


@pytest.fixture
def stage(services) -> Stage:
    return Stage(Till(services))


# One ledger for all stories: what one leaves behind is in the books of the next, so that shrinking would tell nothing.
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_payments_less_refunds_are_revenue_and_vat_of_every_rate(stage, services, clock, steps) -> None:
    clock.instant = NOW
    stage.begin()

    for act, dice in steps:
        stage.tell(act, dice)
    stage.tell("work", 0)
    first, last = date(2026, 11, 24), date(2026, 11, 25)
    days = [reconciling.reconcile_day(services, day) for day in (first, last)]

    with services.database.reading() as session:
        whole = books.accounts_of(session, first, last, zone=services.zone)
        single = [books.accounts_of(session, day, day, zone=services.zone).total for day in (first, last)]
        known = {first: books.load_day(session, first, zone=services.zone)}
        kept = books.accounts_of(session, first, last, zone=services.zone, known=known)
        stands = _stands_by_rate(session)
    assert kept == whole
    assert_reports_agree(services, whole, first, last)
    assert whole.has_balance
    assert [(day.gross, day.vat, day.money, day.owed) for day in single] == [
        (day.gross, day.vat, day.money, day.owed) for day in whole.days
    ]
    assert {(each.vat_bp): (each.gross, each.vat) for each in _by_rate(whole)} == stands
    assert sum(day.sums.charged - day.sums.charged_here for day in days) == 0
    assert sum(day.sums.refunded - day.sums.refunded_here for day in days) == 0
    stage.till.assert_sound()


def test_what_a_bank_takes_of_a_payment_covers_first_what_was_owed_of_it(stage, services, clock):
    """A refund failed, then the bank took the whole payment: the customer has that refund, though the order is dear."""
    clock.instant = NOW
    stage.begin()

    for act, dice in (("move", 147), ("work", 0), ("sent back", 0), ("move", 331), ("dispute", 57), ("transfer", 0)):
        stage.tell(act, dice)

    with services.database.reading() as session:
        back = select(Refund.way, Refund.state).where(Refund.payment_id == stage._payment().id)
        assert (RefundWay.DISPUTE, RefundState.SUCCEEDED) in session.execute(back).all()
    stage.till.assert_sound()


def _by_rate(whole: accounts.Accounts) -> list[Revenue]:
    """The revenue of a span by rate alone; what came to nothing is left out."""
    pieces = [
        Revenue(each.day, "", each.vat_bp, Channel.ONLINE, sold=each.gross, vat=each.vat) for each in whole.by_rate
    ]
    merged = accounts.assemble([d.day for d in whole.days], pieces, (), ()).by_rate
    return [each for each in merged if each.gross or each.vat]


def _stands_by_rate(session) -> dict[int | None, tuple[int, int]]:
    """What all orders are worth now, from their lines and fees themselves: gross and VAT by rate."""
    told: dict[int | None, tuple[int, int]] = {}
    lines = session.execute(
        select(OrderLine.vat_bp, OrderLine.total_cents, OrderLine.vat_cents).where(OrderLine.ended_at.is_(None))
    )
    done = OrderChange.state == "done"
    fees = session.execute(select(OrderChange.fee_vat_bp, OrderChange.fee_cents, OrderChange.fee_vat_cents).where(done))
    for rate, gross, vat in (*lines, *fees):
        before = told.get(rate, (0, 0))
        told[rate] = (before[0] + gross, before[1] + vat)
    return {rate: sums for rate, sums in told.items() if any(sums)}


TUESDAY = date(2026, 11, 24)


@given(
    some.lists(some.tuples(some.integers(0, 2), some.integers(-99, 99), some.integers(0, 9)), max_size=20),
    some.randoms(use_true_random=False),
)
def test_the_books_do_not_depend_on_the_order_or_the_pieces_they_come_in(rows, dice) -> None:
    days = [TUESDAY + timedelta(days=number) for number in range(3)]
    revenue = [Revenue(days[day], "culture", 600, Channel.ONLINE, sold=cents, vat=vat) for day, cents, vat in rows]
    money = [Moved(days[day], "card", Channel.ONLINE, came=cents) for day, cents, _ in rows]
    told = accounts.assemble(days, revenue, money, [])
    dice.shuffle(revenue)

    assert accounts.assemble(days, revenue, money[::-1], []) == told
    assert told.has_balance
    assert told.total.gross == sum(cents for _, cents, _ in rows) == sum(each.kept for each in told.by_method)


def test_a_cent_that_is_missing_is_seen() -> None:
    revenue = [Revenue(TUESDAY, "culture", 600, Channel.DESK, sold=100, vat=6)]
    owed = [Owed(TUESDAY, Owing.FAILED, Channel.DESK, 1)]
    money = [Moved(TUESDAY, "cash", Channel.DESK, came=100)]

    assert accounts.assemble([TUESDAY], revenue, money, []).has_balance
    assert accounts.assemble([TUESDAY], revenue, money, owed).total.difference == -1
    assert not accounts.assemble([TUESDAY], revenue, money, owed).has_balance


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 1, 2), date(2026, 1, 1)), (date(2026, 1, 1), date(2027, 1, 2))]
)
def test_a_span_that_cannot_be_reported_on_is_refused(first, last) -> None:
    with pytest.raises(accounts.SpanInvalid):
        accounts.days_of(first, last)
