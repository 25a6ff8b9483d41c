"""An afternoon is closed under customers of every kind, and everything that follows is held against paper.

Played over the real functions, with a provider that refuses some of what is to go back. In the suite with two of each
kind, in `python -m bench closing` with a hundred. Whatever is not as it should be is an AssertionError.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select

from tests import closed_orders, make
from tests.closed_orders import (
    ANSWER_DAYS,
    IN_THE_BASKET,
    MANAGER,
    ORDERED,
    PAYS_NOW,
    PAYS_SLOWLY,
    REASONS,
    Bought,
    Stage,
)
from ticketing.bootstrap import Services
from ticketing.catalogue import closure_amending
from ticketing.catalogue.capacity import SlotClosed
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.foundation.actors import VISITOR
from ticketing.foundation.identifiers import new_token
from ticketing.operations import closing as carrying_out
from ticketing.operations import invariants, payments, worker
from ticketing.payments.provider import AlreadyRefunded, PaymentProvider, ProviderRefused, RefundReport, RefundRequest
from ticketing.payments.sandbox_money import send_back_refund
from ticketing.sales import closing, closure_answers, closure_board, holds, orders, settlement
from ticketing.sales.closure_models import CaseState, ClosureCase, ClosureCaseTicket
from ticketing.sales.models import Order, OrderState, Payment, PaymentState, Refund, RefundState
from ticketing.sales.settlement import Outcome
from ticketing.tables import metadata

BONUS_PERCENT = 10
NO_FUNDS = "Your account has insufficient funds."
UNREMARKABLE = ("worker_beats", "house_revisions")


class Refusing:
    """A provider that refuses one refund of so many, in each of the three ways there are, until it is told to stop."""

    def __init__(self, services: Services, every: int) -> None:
        self._provider: PaymentProvider = services.payments
        self.every = every
        self.asked: dict[str, bool] = {}  # by key: whether it was refused
        self.refuses = True
        self.sent_back: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._provider, name)

    def refund(self, request: RefundRequest) -> RefundReport:
        """Give back, or not: refused for good, refused for now, or sent back by the customer's bank days later."""
        if request.key not in self.asked:
            self.asked[request.key] = self.refuses and len(self.asked) % self.every == 0
        way = list(self.asked).index(request.key) // self.every % 3
        if not self.refuses or not self.asked[request.key] or way == 2:
            report = self._provider.refund(request)
            if self.refuses and self.asked[request.key]:
                self.sent_back.append(report.ref)
            return report
        if way == 1:
            raise ProviderRefused("The payment provider refused this.", provider_says=NO_FUNDS)
        raise AlreadyRefunded("The payment provider refused this.")

    @property
    def refused(self) -> int:
        """How many it has refused."""
        return sum(self.asked.values())


@dataclass
class Afternoon:
    """The stage, its customers, the closure, and how long its parts took (seconds)."""

    stage: Stage
    bought: list[Bought]
    provider: Refusing
    closure_id: int = 0
    cases: int = 0  # that were opened at first
    asked: int = 0  # refunds the provider was asked for, until it accepted all
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        """The outside world, with the provider that refuses in it."""
        return replace(self.stage.services, payments=self.provider)

    def now(self):
        """Return what time it is."""
        return self.stage.now()

    def wait(self, **times: float) -> None:
        """Let time pass."""
        self.stage.services.clock.advance(**times)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Note how long something takes."""
        began = time.perf_counter()
        yield
        self.seconds[what] = time.perf_counter() - began

    def twice(self, act: Callable[[], object]) -> None:
        """Do something, and do it again: the second time changes nothing at all."""
        act()
        before = digest(self.services)
        act()
        assert digest(self.services) == before, "done twice, something has changed"

    def work(self) -> None:
        """Let the worker give back what was held too long, see to closures until nothing is due, and do its jobs."""
        while payments.sweep(self.services):
            pass
        for _ in range(len(self.bought)):
            carrying_out.tend(self.services)
            if not self._is_due():
                break
        worker.run_jobs(self.services)
        self.hear()

    def hear(self) -> None:
        """Let the provider's reports come in, those of the bank that sends refunds back among them."""
        sandbox = self.stage.services.sandbox
        while self.provider.sent_back:
            sandbox.in_dashboard(send_back_refund(self.provider.sent_back.pop()))

        def post(body: bytes, signature: str) -> int:
            payments.receive_event(self.services, body, signature)
            return 200

        while sandbox.deliver_due(post, self.now()):
            pass

    def with_order(self) -> list[Bought]:
        """Return the customers who have placed an order."""
        return [each for each in self.bought if each.order_id is not None]

    def _is_due(self) -> bool:
        open_cases = ClosureCase.state == CaseState.OPEN
        with self.services.database.reading() as session:
            due = select(func.count()).where(open_cases, ClosureCase.decide_by <= self.now())
            return bool(session.scalar(due.where(ClosureCase.problem.is_(None))))


def play(services: Services, customers: int, *, refused_every: int) -> Afternoon:
    """Sell, close, be too late, carry out, choose, let the deadline pass, be refused, try again."""
    stage = closed_orders.set_out(services, customers)
    afternoon = Afternoon(stage, [], Refusing(services, refused_every))
    with afternoon.timed("sold"):
        afternoon.bought = closed_orders.sell(stage, customers)
    afternoon.provider.refuses = False
    afternoon.work()
    afternoon.provider = Refusing(services, refused_every)
    close(afternoon)
    nothing_is_sold_any_more(afternoon)
    for each in afternoon.bought:
        if each.kind == PAYS_NOW:
            pays_late(afternoon, each, Outcome.CONFIRMED)
    with afternoon.timed("carried out"):
        carrying_out.tend(services)
    afternoon.cases = len(_open_cases(afternoon))
    afternoon.wait(minutes=25)
    slow_banks_decide(afternoon)
    afternoon.twice(afternoon.work)
    every_order_has_its_case(afternoon)
    every_euro_is_somewhere(afternoon)
    customers_choose(afternoon)
    every_euro_is_somewhere(afternoon)
    afternoon.wait(days=ANSWER_DAYS)
    afternoon.twice(afternoon.work)
    nothing_is_open(afternoon)
    refused_refunds_are_seen(afternoon)
    every_euro_is_somewhere(afternoon)
    refused_refunds_are_sent_again(afternoon)
    every_euro_is_somewhere(afternoon)
    return afternoon


def close(afternoon: Afternoon) -> None:
    """Close everything from now until the evening, exactly as it was shown."""
    now = afternoon.now()
    terms = Terms(undo_minutes=0, answer_days=ANSWER_DAYS, bonus_percent=BONUS_PERCENT)
    wanted = ClosureRequest(REASONS, now, now + closed_orders.LASTS, terms=terms)
    with afternoon.services.database.reading() as session, afternoon.timed("previewed"):
        shown = closing.preview(session, wanted, zone=make.ZONE, now=now)
    touched = [each for each in afternoon.bought if each.touched_cents]
    assert (shown.orders, shown.cents) == (len(touched), sum(each.touched_cents for each in touched))
    assert shown.asked_before == sum(each.kind == "asked before" for each in afternoon.bought)
    assert shown.resellers == sum(each.kind == "reseller" for each in touched)
    assert shown.unpaid == sum(each.kind in (ORDERED, PAYS_NOW, PAYS_SLOWLY) for each in afternoon.bought)
    with afternoon.services.database.transaction() as session:
        afternoon.closure_id = closing.close(session, wanted, shown.digest, actor=MANAGER, now=now).id
    with afternoon.services.database.transaction() as session:
        closure_amending.confirm(session, afternoon.closure_id, actor=MANAGER, now=now)


def nothing_is_sold_any_more(afternoon: Afternoon) -> None:
    """Let everybody try to get in all the same: a new basket, an old one, paying at the desk or at the provider."""
    stage, someone = afternoon.stage, Bought(0, "noon")
    tries = [lambda name=name: closed_orders.basket(stage, someone, name) for name in closed_orders.CLOSED]
    for each in afternoon.bought:
        if each.kind == IN_THE_BASKET:
            tries.append(lambda each=each: _order(stage, each))
        elif each.kind == ORDERED:
            tries += [lambda each=each: closed_orders.lead_to_page(stage, each), lambda each=each: _cash(stage, each)]
    for attempt in tries:
        try:
            attempt()
        except SlotClosed:
            continue
        raise AssertionError("something was sold for a time at which we are closed")


def pays_late(afternoon: Afternoon, bought: Bought, outcome: Outcome) -> None:
    """Pay on a page that was open when we closed; the provider says so twice."""
    afternoon.stage.services.sandbox.pay(bought.page)
    assert payments.settle(afternoon.services, bought.page) is outcome
    assert payments.settle(afternoon.services, bought.page) is Outcome.ALREADY
    _has_paid(bought)


def slow_banks_decide(afternoon: Afternoon) -> None:
    """Half of them say yes."""
    afternoon.hear()
    with afternoon.services.database.reading() as session:
        for each in afternoon.bought:
            if each.kind == PAYS_SLOWLY and session.get_one(Order, each.order_id).state is OrderState.CONFIRMED:
                _has_paid(each)
    said_yes = [each for each in afternoon.bought if each.kind == PAYS_SLOWLY and each.paid_cents]
    assert said_yes, "no slow bank has said yes"


def customers_choose(afternoon: Afternoon) -> None:
    """Another time, the money back, a gift card: one each, of five; the others wait for the deadline."""
    by_order = {each.order_id: each for each in afternoon.with_order()}
    for number, (secret, order_id) in enumerate(_open_cases(afternoon)):
        key, now = new_token(), afternoon.now()
        with afternoon.services.database.transaction() as session:
            if number % 5 == 0:
                case = closure_answers.get_case(session, secret)
                visit = closure_answers.visits_of(session, case, zone=make.ZONE, now=now)[0]
                closure_answers.answer(session, secret, visit.soonest[0].uuid, key, actor=VISITOR, now=now)
            elif number % 5 == 1:
                closure_answers.answer(session, secret, None, key, actor=VISITOR, now=now)
            elif number % 5 == 2 and by_order[order_id].kind != "reseller":  # the reseller has their money
                closure_answers.take_card(session, secret, None, key, zone=make.ZONE, actor=VISITOR, now=now)
    afternoon.work()


def every_order_has_its_case(afternoon: Afternoon) -> None:
    """Cases are the orders that are touched, one each, worth what was paid for the touched tickets."""
    mine = ClosureCase.closure_id == afternoon.closure_id
    with afternoon.services.database.reading() as session:
        found = dict(session.execute(select(ClosureCase.order_id, ClosureCase.value_cents).where(mine)).all())
        tickets = select(func.count()).select_from(ClosureCaseTicket)
        twice = tickets.where(ClosureCaseTicket.ticket_id.in_(
            select(ClosureCaseTicket.ticket_id).group_by(ClosureCaseTicket.ticket_id).having(func.count() > 1)
        ))  # fmt: skip
        assert session.scalar(twice) == 0, "a ticket is in two cases"
    wanted = {each.order_id: each.touched_cents for each in afternoon.bought if each.touched_cents}
    assert found == wanted, found.items() ^ wanted.items()


def every_euro_is_somewhere(afternoon: Afternoon) -> None:
    """Order by order: what was paid is given back, or in a case, or untouched; and the ledger is sound."""
    with afternoon.services.database.reading() as session:
        paid = _sums(
            session,
            select(Payment.order_id, func.sum(Payment.amount_cents))
            .where(Payment.state == PaymentState.SUCCEEDED)
            .group_by(Payment.order_id),
        )
        gone = Refund.amount_cents - Refund.covered_cents, Refund.state == RefundState.FAILED
        back = _sums(session, _refunds(Refund.amount_cents).where(Refund.state != RefundState.FAILED))
        owed = _sums(session, _refunds(gone[0]).where(gone[1]))
        through_cases = _sums(
            session,
            select(ClosureCase.order_id, func.sum(ClosureCase.refunded_cents + ClosureCase.credited_cents)).group_by(
                ClosureCase.order_id
            ),
        )
        worth = dict(session.execute(select(Order.id, Order.total_cents).where(Order.confirmed_at.is_not(None))).all())
        wrong = invariants.violations(session, now=afternoon.now())
        assert wrong == [], wrong
    for each in afternoon.with_order():
        left = each.paid_cents - each.back_cents - through_cases.get(each.order_id, 0)
        assert paid.get(each.order_id, 0) == each.paid_cents, each
        assert back.get(each.order_id, 0) + owed.get(each.order_id, 0) == each.paid_cents - left, each
        assert worth.get(each.order_id, 0) == left, each


def nothing_is_open(afternoon: Afternoon) -> None:
    """After the deadline every case is settled."""
    with afternoon.services.database.reading() as session:
        board = closure_board.board_of(session, afternoon.closure_id)
    assert (board.open, board.open_cents, board.stuck, board.unreached) == (0, 0, 0, 0)
    assert min(board.rebooked, board.refunded, board.credited) > 0


def refused_refunds_are_seen(afternoon: Afternoon) -> None:
    """Just what was refused is on the board, each with what the provider said."""
    provider = afternoon.provider
    afternoon.asked = len(provider.asked)
    assert provider.refused == -(-len(provider.asked) // provider.every)
    with afternoon.services.database.reading() as session:
        board = closure_board.board_of(session, afternoon.closure_id)
        failed = closure_board.failed_refunds(session, afternoon.closure_id)
        waiting = closure_board.waiting_refunds(session, afternoon.closure_id)
        refused = {each.key for each in [*failed, *waiting]}
        assert all(each.failure_reason for each in failed)
        assert {each.failure_reason for each in waiting} <= {NO_FUNDS}
    assert refused == {key for key, was_refused in provider.asked.items() if was_refused}
    assert (board.failed, board.waiting) == (len(failed), len(waiting))


def refused_refunds_are_sent_again(afternoon: Afternoon) -> None:
    """The provider accepts again: what was refused for now goes by itself, the rest when a manager says so."""
    afternoon.provider.refuses = False
    for _ in range(2):  # the button is pressed twice
        with afternoon.services.database.transaction() as session:
            closure_board.retry_failed(session, afternoon.closure_id, actor=MANAGER, now=afternoon.now())
    afternoon.wait(hours=2)
    afternoon.twice(afternoon.work)
    with afternoon.services.database.reading() as session:
        board = closure_board.board_of(session, afternoon.closure_id)
        states = set(session.scalars(select(Refund.state).where(Refund.covered_cents < Refund.amount_cents)))
    assert (board.failed, board.waiting) == (0, 0)
    assert states == {RefundState.SUCCEEDED}


def digest(services: Services) -> str:
    """Return a mark of every row of every table that says something."""
    mark = hashlib.sha256()
    with services.database.reading() as session:
        for table in metadata.sorted_tables:
            if table.name not in UNREMARKABLE:
                for row in session.execute(select(table).order_by(*table.primary_key)):
                    mark.update(repr(tuple(row)).encode())
    return mark.hexdigest()


def _has_paid(bought: Bought) -> None:
    cents = sum(closed_orders.CENTS[slug] * count for slug, count in closed_orders.lines_of(bought).items())
    bought.paid_cents = bought.touched_cents = cents


def _order(stage: Stage, bought: Bought) -> None:
    with stage.services.database.transaction() as session:
        hold = holds.lock_hold(session, bought.secret)
        orders.place(session, hold, orders.Customer(bought.email, None, "nl"), actor=VISITOR, now=stage.now())


def _cash(stage: Stage, bought: Bought) -> None:
    with stage.services.database.transaction() as session:
        settlement.pay_cash(session, session.get_one(Order, bought.order_id), actor=MANAGER, now=stage.now())


def _open_cases(afternoon: Afternoon) -> list[tuple[str, int]]:
    """Return the secrets of the cases that are open, and the ids of their orders."""
    mine = (ClosureCase.closure_id == afternoon.closure_id, ClosureCase.state == CaseState.OPEN)
    both = select(ClosureCase.secret, ClosureCase.order_id)
    with afternoon.services.database.reading() as session:
        return [tuple(row) for row in session.execute(both.where(*mine).order_by(ClosureCase.id))]


def _refunds(cents):
    return (
        select(Payment.order_id, func.sum(cents))
        .join(Refund, Refund.payment_id == Payment.id)
        .group_by(Payment.order_id)
    )


def _sums(session, question) -> dict[int, int]:
    return {order_id: int(cents) for order_id, cents in session.execute(question)}
