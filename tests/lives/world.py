"""A small science centre in which anything may happen: four slots, a worker, a provider, and their books."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import stripe
from sqlalchemy import Engine, func, select

from config import Settings
from tests import make
from tests.conftest import NOW, Mailbox
from tests.lives.books import Booking, Door, Life, Promise, ends_of
from tests.lives.far_end import FarEnd
from ticketing.bootstrap import Services
from ticketing.catalogue import closures
from ticketing.catalogue.models import Allocation, AllocationState, Companionship, Experience, Price, Slot, TicketType
from ticketing.door import gates
from ticketing.foundation.actors import system
from ticketing.foundation.clock import FixedClock, local_date_of
from ticketing.foundation.database import Database
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import closing, invariants, payments, reconciling, waiting, worker
from ticketing.payments import factory, sandbox_money
from ticketing.payments.sandbox_store import SandboxStore
from ticketing.payments.stripe_provider import StripeProvider
from ticketing.sales import books, bundles, disputes, refunds, resellers
from ticketing.sales.bundles import BundleTerms
from ticketing.sales.change_rules import Rules, set_rules
from ticketing.sales.closure_models import CaseState, ClosureCase
from ticketing.sales.discounts import Amount, Percent, Places
from ticketing.sales.gift_card_models import GiftCard
from ticketing.sales.models import (
    ChangeState,
    Order,
    OrderChange,
    OrderState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    RefundWay,
)
from ticketing.sales.provider_models import DisputeState
from ticketing.sales.resellers import Terms
from ticketing.tickets.models import Ticket, TicketState

OFFICE = system("office")
SOON = NOW + timedelta(minutes=90)  # the first slot begins
AN_HOUR = timedelta(hours=1)
LOST = DisputeState.LOST
STANDING = (OrderState.CONFIRMED, OrderState.CANCELLED)
CODES = ("HALF", "FIVE", "FREE")
# Whoever asks again after this long has everything: leases and back-off of the outbox are over, pages have closed.
ROUNDS_TO_REST = 4
LONGEST_LEASE = timedelta(minutes=70)

Report = tuple[bytes, str]


class Alarms(logging.Handler):
    """Keeps what a loop of the worker's swallowed: a refusal is an answer, anything else is a fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, TicketingError):
            self.heard.append(error)


@dataclass
class World:
    """Everything one history happens in."""

    services: Services
    far_end: FarEnd
    alarms: Alarms
    slots: list[int] = field(default_factory=list)
    uuids: dict[int, str] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    doors: dict[int, Door] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    baskets: list[str] = field(default_factory=list)  # secrets of holds
    wishes: int = 0  # how many have asked to wait
    bookings: list[Booking] = field(default_factory=list)
    reseller_id: int = 0
    # What there was after the last step, to point at.
    standing: list[Life] = field(default_factory=list)
    open_cases: list[ClosureCase] = field(default_factory=list)
    is_closing: bool = False
    cards: list[str] = field(default_factory=list)  # codes of gift cards
    post: list[Report] = field(default_factory=list)  # reports of the provider's that are on their way
    delivered: list[Report] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    defaults: set[int] = field(default_factory=set)  # changes that happened by themselves, and were noted
    checked: tuple[object, ...] = ()  # what the database and the clock said when everything added up last

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.services.clock, FixedClock)
        return self.services.clock

    @property
    def provider(self) -> str:
        return self.services.payments.name

    @contextmanager
    def may_be_refused(self) -> Iterator[None]:
        """Let an act end in an answer of no; nothing else is an answer."""
        try:
            yield
        except TicketingError as refusal:
            self.refused[refusal.code] += 1

    def restart(self) -> None:
        """Stop and start again: what was in memory is gone, the database is as it was."""
        engine = self.services.database.engine
        self.services.database.close()
        self.services = replace(self.services, database=Database(engine))

    def collect(self) -> None:
        """Let the provider send the reports it has ready; they arrive when they arrive."""

        def take(body: bytes, signature: str) -> int:
            self.post.append((body, signature))
            return 200

        self.far_end.deliver_due(take, self.clock.now())

    def receive(self, reports: list[Report]) -> None:
        """Let reports arrive, in this order."""
        for body, signature in reports:
            with self.may_be_refused():
                payments.receive_event(self.services, body, signature)
        self.delivered += reports

    def work(self) -> None:
        """Let the worker come round once: sweep, waiting list, jobs, reconciliation."""
        with self.may_be_refused():
            payments.sweep(self.services)
        closing.tend(self.services)
        waiting.tend(self.services)
        waiting.widen(self.services)
        worker.run_jobs(self.services)
        with self.may_be_refused():
            payments.reconcile(self.services)

    def let_time_pass(self, until: datetime) -> None:
        """The worker has been away so long; when its line is cut it comes round again."""
        is_long = until - self.clock.now() >= AN_HOUR
        self.clock.instant = until
        with self.services.database.transaction() as session:
            closures.begin_due(session, now=until)
        self.work()
        self.far_end.cuts.clear()
        self.work()
        if is_long:
            self.compare_days()

    def banks_decide(self, *, is_for_us: bool) -> None:
        """Let every dispute end: for us, or with the money gone."""
        lives = {life.uuid: life for life in self.lives}
        for ref, order_uuid, cents in self.far_end.undecided():
            self.far_end.in_dashboard(sandbox_money.decide_dispute(ref, "won" if is_for_us else "lost"))
            lives[order_uuid].elsewhere_cents += 0 if is_for_us else cents

    def compare_days(self) -> None:
        """Let everything at the provider since yesterday be compared with ours, as the worker does each hour."""
        today = local_date_of(self.clock.now(), self.services.zone)
        for each in (today - timedelta(days=1), today):
            with self.may_be_refused():
                reconciling.reconcile_day(self.services, each)

    def come_to_rest(self) -> None:
        """Let all that is under way come to its end, without one report of the provider's."""
        self.far_end.cuts.clear()
        self.banks_decide(is_for_us=True)
        self.collect()
        self.post.clear()
        for _ in range(ROUNDS_TO_REST):
            self.work()
            self.compare_days()
            self.send_again_what_failed()
            self.clock.advance(minutes=LONGEST_LEASE.total_seconds() / 60)

    def send_again_what_failed(self) -> None:
        """Do what the office does with refunds that did not arrive; by transfer where a bank took the payment."""
        with self.services.database.reading() as session:
            failed = [(each.id, each.payment.order) for each in refunds.find_failed(session, limit=20)]
        for refund_id, order in failed:
            with self.may_be_refused(), self.services.database.transaction() as session:
                disputed = {each.payment_id for each in disputes.of_order(session, order) if each.state is LOST}
                if session.get_one(Refund, refund_id).payment_id in disputed:
                    refunds.note_transfer(session, order, refund_id, "by hand", actor=OFFICE, now=self.clock.now())
                else:
                    refunds.retry(session, order, refund_id, actor=OFFICE, now=self.clock.now())

    # What is checked after every step.

    def check(self) -> None:
        """Ask every invariant of the house, then compare what it says with what people noted; unless nothing moved."""
        assert self.alarms.heard == []
        mark = (self.services.database, self.services.database.revision(), self.clock.now())
        if mark == self.checked:
            return
        with self.services.database.reading() as session:
            broken = invariants.violations(session, now=self.clock.now())
            assert broken == [], broken
            states = {row.id: row for row in session.execute(select(Order.id, Order.state, Order.total_cents))}
            changes = dict(session.execute(select(OrderChange.id, OrderChange.state)).all())
            self._note_defaults(session)
            held = self._tickets(session)
            self._look_around(session)
            claims = session.execute(select(Allocation.slot_id, Allocation.state, Allocation.expires_at,
                                            Allocation.admissions)).all()  # fmt: skip
        for life in self.lives:
            if life.waiting and changes[life.waiting.change_id] is ChangeState.DONE:
                life.comes_true(life.waiting)
            elif life.waiting and changes[life.waiting.change_id] is ChangeState.LAPSED:
                life.waiting = None
            self._compare(life, states[life.order_id], held.get(life.order_id, {}))
        self.standing = [life for life in self.lives if states[life.order_id].state is OrderState.CONFIRMED]
        self._count_places(claims, held)
        self.checked = mark

    def check_money(self) -> None:
        """At rest nobody has paid without tickets or their money back, and nobody has both; the books add up."""
        statement = self.far_end.statement()
        with self.services.database.reading() as session:
            worth = {row.id: row.total_cents * (row.state in STANDING) for row in session.scalars(select(Order))}
            till, beside = self._till(session), self._given_beside(session)
            days = (local_date_of(each, self.services.zone) for each in (NOW, self.clock.now()))
            whole = books.accounts_of(session, *days, zone=self.services.zone)
        assert whole.has_balance, f"payments less refunds are not revenue and VAT: {whole.days}"
        assert sum(each.gross for each in whole.by_rate) == sum(worth.values()), f"{whole.by_rate}: {worth}"
        for life in self.lives:
            kept, due = statement[life.uuid] + till[life.order_id] - beside[life.order_id], worth[life.order_id]
            least = due - life.elsewhere_cents  # what went otherwise can be given back in the dashboard all the same
            assert (least if beside[life.order_id] else max(0, least)) <= kept <= due, f"{life}: {kept} kept, {due} due"

    def look_at_doors(self) -> None:
        """See how many every slot may hold now, and learn of slots that are new."""
        with self.services.database.reading() as session:
            slots = list(session.scalars(select(Slot).order_by(Slot.id)))
        for slot in slots:
            offered = 0 if slot.withdrawn_at else slot.capacity
            if slot.id not in self.doors:
                self.slots.append(slot.id)
                self.uuids[slot.id], self.doors[slot.id] = slot.uuid, Door(offered, offered)
            self.doors[slot.id].is_lowered(offered, self.claimed(slot.id))

    def claimed(self, slot_id: int) -> int:
        """Count by hand what is sold or held of a slot."""
        now = self.clock.now()
        with self.services.database.reading() as session:
            rows = session.scalars(select(Allocation).where(Allocation.slot_id == slot_id)).all()
        return sum(row.admissions for row in rows if _is_live(row.state, row.expires_at, now))

    def _look_around(self, session) -> None:
        """See what there is to point at by now."""
        now = self.clock.now()
        is_open = ClosureCase.state == CaseState.OPEN
        self.open_cases = list(session.scalars(select(ClosureCase).where(is_open).order_by(ClosureCase.id)))
        self.is_closing = bool(closures.spans(session, now=now))
        self.cards = list(session.scalars(select(GiftCard.code).order_by(GiftCard.id)))

    def _note_defaults(self, session) -> None:
        """Tell customers what became of their orders because they did not answer when we closed."""
        lives = {life.order_id: life for life in self.lives}
        for change in session.scalars(select(OrderChange).where(OrderChange.request_key.startswith("closure:"))):
            if change.id not in self.defaults:
                self.defaults.add(change.id)
                ends = ends_of(session, change.ticket_ids)
                lives[change.order_id].comes_true(Promise(change.id, ends, Counter(), change.difference_cents))

    def _compare(self, life: Life, row, held: dict[int, Ticket]) -> None:
        inside = {ticket_id for ticket_id in life.entered if ticket_id not in held}
        assert not inside, f"{life} lost tickets somebody went in on: {inside}"
        has = Counter((ticket.slot_id, ticket.ticket_type_id) for ticket in held.values())
        if row.state in STANDING:
            assert has == +life.tickets, f"{life} has {has}"
            assert life.told_cents - life.elsewhere_cents <= row.total_cents <= life.told_cents, f"{life}: {row}"
        else:
            assert not has, f"{life} is {row.state} and has {has}"

    def _count_places(self, claims, held: dict[int, dict[int, Ticket]]) -> None:
        now = self.clock.now()
        claimed: Counter[int] = Counter()
        sold: Counter[int] = Counter()
        for slot_id, state, expires_at, admissions in claims:
            claimed[slot_id] += admissions * _is_live(state, expires_at, now)
            sold[slot_id] += admissions * (state is AllocationState.SOLD)
        tickets = Counter(ticket.slot_id for own in held.values() for ticket in own.values())
        assert +sold == tickets, f"{sold} sold, {tickets} in hands"
        for slot_id in self.slots:
            self.doors[slot_id].sees(claimed[slot_id])

    def _tickets(self, session) -> dict[int, dict[int, Ticket]]:
        found: dict[int, dict[int, Ticket]] = {}
        for ticket in session.scalars(select(Ticket).where(Ticket.state == TicketState.VALID)):
            found.setdefault(ticket.order_id, {})[ticket.id] = ticket
        return found

    def _given_beside(self, session) -> Counter[int]:
        """Add up what the provider still has although it went onto gift cards or by transfer, order by order."""
        back = select(Payment.order_id, func.sum(Refund.amount_cents)).join(Payment, Refund.payment_id == Payment.id)
        otherwise = Refund.way.in_((RefundWay.GIFT_CARD, RefundWay.TRANSFER))
        mine = back.where(Payment.provider == self.provider, otherwise).group_by(Payment.order_id)
        return Counter({order_id: int(cents) for order_id, cents in session.execute(mine)})

    def _till(self, session) -> Counter[int]:
        """Add up what came otherwise than over the provider, less what went back of it: cash, cards, accounts."""
        paid = select(Payment.order_id, func.sum(Payment.amount_cents)).where(
            Payment.provider != self.provider, Payment.state == PaymentState.SUCCEEDED
        )
        back = select(Payment.order_id, func.sum(-Refund.amount_cents)).join(Payment, Refund.payment_id == Payment.id)
        mine = back.where(Payment.provider != self.provider, Refund.state == RefundState.SUCCEEDED)
        till: Counter[int] = Counter()
        for question in (paid, mine):
            for order_id, cents in session.execute(question.group_by(Payment.order_id)):
                till[order_id] += int(cents)
        return till


def _is_live(state: AllocationState, expires_at, now) -> bool:
    return state is AllocationState.SOLD or (state is AllocationState.HELD and expires_at > now)


def begin(engine: Engine, settings: Settings, store: Path, alarms: Alarms) -> World:
    """Open a centre with four small slots: one that begins soon, two tomorrow, a dear one in a week."""
    clock = FixedClock(NOW)
    far_end = FarEnd(SandboxStore(store), factory.SANDBOX_WEBHOOK_SECRET, settings.public_url, clock.now)
    client = stripe.StripeClient(factory.SANDBOX_KEY, max_network_retries=0, http_client=far_end)
    provider = StripeProvider(client, webhook_secret=factory.SANDBOX_WEBHOOK_SECRET, name="sandbox", is_live=False)
    services = Services(settings, Database(engine), clock, provider, Mailbox(), far_end)
    world = World(services, far_end, alarms)
    _lay_out(world)
    return world


def _lay_out(world: World) -> None:
    day = timedelta(days=1)
    places = ((SOON, 3), (make.NOON + day, 2), (make.NOON + day + timedelta(hours=1), 4), (make.NOON + 7 * day, 5))
    with world.services.database.transaction() as session:
        for starts_at, capacity in places:
            slot = make.priced_slot(session, capacity, starts_at)
            world.slots.append(slot.id)
            world.uuids[slot.id] = slot.uuid
            world.doors[slot.id] = Door(capacity, capacity)
        world.types = {row.slug: row.id for row in session.scalars(select(TicketType))}
        visit = session.scalars(select(Experience)).one()
        make.opening_hours(session)
        for slug, cents in (("adult", 2250), ("child", 1455)):  # from the sixth day on
            dear = Price(experience_id=visit.id, ticket_type_id=world.types[slug], price_cents=cents,
                         valid_from=(NOW + 6 * day).date())  # fmt: skip
            session.add(dear)
        terms = Terms("Days Out", "Rae Kerr", "rae@example.org", 1500)
        world.reseller_id = resellers.make(session, terms, actor=OFFICE, now=NOW).id
        gates.add_gate(session, "Main", actor=OFFICE, now=NOW)
        make.promotion(session, "HALF", NOW, Percent(50), max_uses=2)
        make.promotion(session, "FIVE", NOW, Amount(500), max_uses_per_customer=1)
        make.promotion(session, "FREE", NOW, Places(2), max_uses=3)
        pair = ((world.types["adult"], 1, 1), (world.types["child"], 1, 2))
        names = dict.fromkeys(LANGUAGES, "An adult with children")
        terms = BundleTerms(names, visit.id, pair, 3000, None, NOW.date(), None)
        bundles.make_bundle(session, terms, "bundle", actor=OFFICE, now=NOW)
        session.add(Companionship(companion_id=world.types["companion"], accompanied_id=world.types["adult"]))
        rules = Rules(move_until_minutes=15, cancel_until_minutes=30, move_fee_cents=100, cancel_fee_percent=10)
        set_rules(session, visit.id, rules, actor=make.VISITOR, now=NOW)
