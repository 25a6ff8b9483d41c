"""The waiting list: asked once, offered in order to whole parties, before anybody else, and ended once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import make
from ticketing.bootstrap import Services
from ticketing.catalogue import capacity, closures
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.closures import ClosureRequest, Terms
from ticketing.catalogue.models import Slot
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.errors import Expired, InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.jobs import Job
from ticketing.operations import invariants, payments, waiting, worker
from ticketing.sales import change_rules, changes, holds, settlement, waiting_endings, waiting_list, waiting_offers
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind
from ticketing.sales.orders import Customer
from ticketing.sales.orders import place as place_order
from ticketing.sales.waiting_list import Span, WaitingRequest
from ticketing.sales.waiting_models import EntryState, WaitingEntry, WaitingOffer
from ticketing.tickets.models import Ticket

STAFF = system("staff")
TWO_HOURS = timedelta(hours=2)


@dataclass
class List:
    """A sold-out slot of four in two days, with those who wait for it."""

    services: Services
    slot_id: int = 0
    order_id: int = 0

    def __post_init__(self) -> None:
        with self.database.transaction() as session:
            slot = make.priced_slot(session, capacity=4, starts_at=make.NOON + timedelta(days=2))
            self.slot_id = slot.id
            self.order_id = make.confirmed_order(session, slot, self.now, adult=4).id

    @property
    def database(self):
        return self.services.database

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    def slot(self, session) -> Slot:
        return session.get_one(Slot, self.slot_id)

    def ask(self, name: str, people: int, where: str | Span | None = None) -> str:
        """Let somebody wait; return the secret of their link."""
        with self.database.transaction() as session:
            slot = self.slot(session)
            request = WaitingRequest("visit", where or slot.uuid, {"adult": people}, f"{name}@example.org", "nl")
            waiting_list.ask(session, request, zone=self.services.zone, actor=VISITOR, now=self.now)
            mine = select(WaitingEntry.secret).where(WaitingEntry.email == f"{name}@example.org")
            return session.scalars(mine.order_by(WaitingEntry.id.desc())).first()

    def give_back(self, tickets: int) -> None:
        """Cancel so many of the tickets that were sold."""
        self.change(ChangeKind.CANCEL, tickets)

    def change(self, kind: ChangeKind, tickets: int, **more) -> None:
        with self.database.transaction() as session:
            valid = select(Ticket.id).where(Ticket.order_id == self.order_id, Ticket.state == "valid").limit(tickets)
            wish = Wish(kind, tuple(session.scalars(valid)), **more)
            key, rules = new_token(), change_rules.StaffRules()
            changes.carry_out(session, self.order_id, wish, rules, key, actor=STAFF, now=self.now)

    def entry(self, name: str) -> WaitingEntry:
        with self.database.reading() as session:
            return session.scalars(select(WaitingEntry).where(WaitingEntry.email == f"{name}@example.org")).one()

    def offer(self, name: str) -> WaitingOffer | None:
        """Return what somebody was offered last."""
        with self.database.reading() as session:
            mine = select(WaitingOffer).where(WaitingOffer.entry_id == self.entry(name).id)
            return session.scalars(mine.order_by(WaitingOffer.id.desc())).first()

    def states(self, *names: str) -> list[str | None]:
        return [offer.state.value if (offer := self.offer(name)) else None for name in names]

    def take(self, name: str) -> str:
        """Follow the link of somebody's offer; return their basket's secret."""
        with self.database.transaction() as session:
            return waiting_offers.take(session, self.offer(name).secret, actor=VISITOR, now=self.now).secret

    def buy(self, name: str) -> int:
        """Follow the link, and pay at the desk; return the order's id."""
        secret = self.take(name)
        with self.database.transaction() as session:
            hold = holds.lock_hold(session, secret)
            order = place_order(session, hold, Customer(hold.email, None, "nl"), actor=VISITOR, now=self.now)
            settlement.pay_cash(session, order, actor=VISITOR, now=self.now)
            return order.id

    def pass_time(self, span: timedelta) -> None:
        self.services.clock.instant += span
        payments.sweep(self.services)
        waiting.tend(self.services)

    def mails(self) -> list[str]:
        with self.database.reading() as session:
            keys = session.scalars(select(Job.key).where(Job.kind.like("send_waiting%")).order_by(Job.id))
            return [key.split(":")[0] for key in keys]

    def prove(self) -> None:
        with self.database.reading() as session:
            assert invariants.violations(session, now=self.now) == []


@pytest.fixture
def line(services):
    made = List(services)
    yield made
    made.prove()


def test_asking_twice_is_one_entry_and_one_mail(line):
    first = line.ask("an", 2)
    again = line.ask("an", 2)

    assert first == again
    assert line.mails() == ["waiting-asked"]


def test_an_address_waits_for_five_things_at_most_and_is_told_by_mail_alone(line):
    day = line.now.date()
    for number in range(6):
        line.ask("an", 2, Span(day, day + timedelta(days=3 + number)))

    with line.database.reading() as session:
        assert session.scalar(select(func.count(WaitingEntry.id))) == 5
    assert line.mails() == ["waiting-asked"] * 5 + ["waiting-full"]


@pytest.mark.parametrize("where", ["no-slot", Span(date(2030, 1, 1), date(2030, 1, 2))])
def test_nobody_waits_for_nothing_or_for_more_than_ever_fits(line, where):
    with pytest.raises(InvalidInput):
        line.ask("an", 2, where)
    with pytest.raises(InvalidInput):
        line.ask("an", 5)


def test_what_is_cancelled_is_offered_in_the_same_act_in_the_order_of_asking_and_whole(line):
    for name, people in (("an", 3), ("bo", 2), ("cy", 2)):
        line.ask(name, people)

    line.give_back(2)
    assert line.states("an", "bo", "cy") == [None, "open", None]  # two places: the three of An do not fit
    line.give_back(2)

    assert line.states("an", "bo", "cy") == [None, "open", "open"]
    assert line.entry("an").passed_over == 2
    assert line.offer("bo").expires_at == line.now + TWO_HOURS


def test_nobody_else_can_have_what_the_list_may_have(line, now):
    """The places of a basket come free by themselves: no act, nobody was told. The list still comes first."""
    line.give_back(2)
    with line.database.transaction() as session:
        make.hold(session, line.slot(session), now, adult=2)
    line.ask("an", 2)
    line.services.clock.instant += timedelta(minutes=16)

    with pytest.raises(SlotFull), line.database.transaction() as session:
        make.hold(session, line.slot(session), line.now, adult=1)
    waiting.tend(line.services)

    assert line.states("an") == ["open"]
    with pytest.raises(SlotFull):  # nor by moving to it or adding to an order
        line.change(ChangeKind.ADD, 0, slot_uuid=_uuid_of(line), quantities={"adult": 1})


def _uuid_of(line: List) -> str:
    with line.database.reading() as session:
        return line.slot(session).uuid


def test_what_fits_nobody_on_the_list_is_everybodys(line):
    line.ask("an", 3)
    line.give_back(2)

    with line.database.transaction() as session:
        make.hold(session, line.slot(session), line.now, adult=2)

    assert line.states("an") == [None]


def test_a_party_passed_over_three_times_has_places_saved_up_that_nobody_else_gets(line):
    line.ask("an", 3)
    for name in ("bo", "cy", "di"):
        line.ask(name, 1)
    line.give_back(3)  # fits An herself
    assert line.states("an", "bo") == ["open", None]
    with line.database.transaction() as session:
        waiting_offers.get_offer(session, line.offer("an").secret)
        entry = waiting_list.lock_entry(session, line.entry("an").id)
        entry.passed_over = 3
    line.pass_time(TWO_HOURS)  # An lets it lapse and goes behind the three, who are served

    assert line.states("an", "bo", "cy", "di") == ["lapsed", "open", "open", "open"]
    line.ask("ed", 1)
    line.give_back(1)

    assert line.states("ed") == [None]  # one place is saved for An, who now stands before Ed
    with pytest.raises(SlotFull), line.database.transaction() as session:
        make.hold(session, line.slot(session), line.now, adult=1)
    line.pass_time(timedelta(hours=23))  # near the start nothing is saved any more; and three offers have lapsed
    assert line.states("an", "ed")[0] == "open"


def test_the_link_leads_to_a_basket_of_the_offers_places_once(line):
    line.ask("an", 4)
    line.give_back(4)

    first, again = line.take("an"), line.take("an")

    assert first == again
    with line.database.reading() as session:
        hold = holds.get_hold(session, first)
        assert (hold.email, [each.quantity for each in hold.lines]) == ("an@example.org", [4])
        assert capacity.free_places(session, [line.slot_id], now=line.now) == {line.slot_id: 0}


def test_bought_is_done_and_cancelling_never_makes_offer_or_entry_live_again(line):
    line.ask("an", 4)
    line.give_back(4)
    secret = line.offer("an").secret
    line.order_id = line.buy("an")
    assert (line.entry("an").state, line.states("an")) == (EntryState.BOUGHT, ["bought"])
    line.ask("bo", 4)

    line.services.clock.instant += timedelta(minutes=1)
    line.give_back(4)
    line.pass_time(timedelta(minutes=1))

    assert (line.entry("an").state, line.states("an", "bo")) == (EntryState.BOUGHT, ["bought", "open"])
    with pytest.raises(Expired), line.database.transaction() as session:
        waiting_offers.take(session, secret, actor=VISITOR, now=line.now)


def test_an_offer_that_lapses_goes_to_the_next_and_its_entry_behind_the_others_but_only_once(line):
    line.ask("an", 4)
    line.ask("bo", 4)
    line.give_back(4)

    line.pass_time(TWO_HOURS)
    assert line.states("an", "bo") == ["lapsed", "open"]
    line.pass_time(TWO_HOURS)
    assert line.states("an", "bo") == ["open", "lapsed"]
    line.pass_time(TWO_HOURS)

    assert (line.entry("an").state, line.entry("bo").state) == (EntryState.DROPPED, EntryState.WAITING)
    assert line.states("an", "bo") == ["lapsed", "open"]
    assert line.mails().count("waiting-lapsed") == 3


def test_a_basket_that_is_not_paid_counts_as_a_lapse(line):
    line.ask("an", 4)
    line.ask("bo", 4)
    line.give_back(4)
    line.take("an")

    line.pass_time(timedelta(minutes=16))

    assert (line.states("an", "bo"), line.entry("an").lapses) == (["lapsed", "open"], 1)


def test_declining_passes_on_at_once_and_leaves_a_list_with_nothing_else_on_it(line):
    line.ask("an", 4)
    line.ask("bo", 4)
    line.give_back(4)

    with line.database.transaction() as session:
        offer = waiting_offers.get_offer(session, line.offer("an").secret)
        waiting_endings.decline(session, offer, actor=VISITOR, now=line.now)
    waiting.tend(line.services)

    assert (line.entry("an").state, line.states("an", "bo")) == (EntryState.LEFT, ["declined", "open"])


def test_any_slot_of_a_span_will_do_new_ones_too_within_the_hours_asked_for(line):
    day = line.now.date() + timedelta(days=2)
    line.ask("an", 2, Span(day, day, from_local=time(13)))
    waiting.tend(line.services)
    assert line.states("an") == [None]
    with line.database.transaction() as session:
        make.priced_slot(session, capacity=2, starts_at=make.NOON + timedelta(days=2, hours=-1))  # 12:00, too early
        late = make.priced_slot(session, capacity=2, starts_at=make.NOON + timedelta(days=2, hours=2)).id

    waiting.widen(line.services)
    waiting.tend(line.services)

    assert line.offer("an").slot_id == late


def test_more_capacity_is_offered_too(line):
    line.ask("an", 2)
    with line.database.transaction() as session:
        line.slot(session).capacity += 2

    waiting.tend(line.services)

    assert line.states("an") == ["open"]


def test_a_closure_withdraws_offers_with_a_mail_and_reopening_offers_again(line):
    line.ask("an", 4)
    line.give_back(4)
    with line.database.transaction() as session:
        request = ClosureRequest({"nl": "Storm.", "fr": "Storm.", "en": "Storm.", "de": "Storm."}, line.now)
        request = replace(request, terms=Terms(undo_minutes=0))
        closure_id = closures.close(session, request, actor=STAFF, now=line.now).id
    waiting.tend(line.services)
    waiting.tend(line.services)

    assert (line.states("an"), line.entry("an").state) == (["withdrawn"], EntryState.WAITING)
    assert line.mails().count("waiting-withdrawn") == 1
    with line.database.transaction() as session:
        closures.lift(session, closures.get_closure(session, closure_id), actor=STAFF, now=line.now)
    waiting.tend(line.services)

    assert (line.states("an"), line.offer("an").attempt) == (["open"], 2)


def test_the_start_of_the_slot_ends_the_wait_with_one_mail_and_a_month_later_the_address_is_gone(line, mailbox):
    secret = line.ask("an", 2)
    line.pass_time(timedelta(days=3))
    line.pass_time(timedelta(minutes=1))
    worker.run_jobs(line.services)

    assert line.entry("an").state is EntryState.ENDED
    assert [message.to for message in mailbox.messages].count("an@example.org") == 2  # asked, and in vain
    assert line.mails().count("waiting-over") == 1
    line.services.clock.instant += timedelta(days=31)
    waiting.widen(line.services)
    with line.database.reading() as session:
        entry = waiting_list.get_entry(session, secret)
        assert (entry.email, entry.address_digest, entry.wish) == (None, None, None)


def test_staff_offer_out_of_turn_and_take_off_with_what_was_kept(line):
    line.ask("an", 3)
    line.ask("bo", 2)
    line.give_back(2)
    line.ask("cy", 2)
    with line.database.transaction() as session:
        waiting_endings.remove(session, line.entry("bo").id, actor=STAFF, now=line.now)
        waiting_offers.offer_now(session, line.entry("cy").id, line.slot_id, actor=STAFF, now=line.now)

    assert line.states("bo", "cy") == ["withdrawn", "open"]
    assert line.entry("bo").state is EntryState.REMOVED


FAULTS = (  # with one offer that stands, and one that is bought
    ("I50", "UPDATE allocations SET admissions = admissions + 1 WHERE holder IN (SELECT uuid FROM waiting_offers)"),
    ("I51", "UPDATE waiting_offers SET state = 'lapsed' WHERE state = 'open'"),
    ("I52", "UPDATE waiting_offers SET people = people + 1"),
    ("I53", "UPDATE waiting_entries SET state = 'left', over_at = asked_at WHERE state = 'waiting'"),
    ("I54", "UPDATE waiting_offers SET state = 'withdrawn' WHERE state = 'bought'"),
    ("I55", "UPDATE allocations SET holder = (SELECT MAX(uuid) FROM waiting_entries WHERE state = 'waiting') "
            "WHERE state = 'held'"),
    ("I56", "DELETE FROM jobs WHERE kind = 'send_waiting_offer'"),
)  # fmt: skip


def test_each_rule_of_the_ledger_sees_its_fault(line):
    line.ask("an", 2)
    line.ask("bo", 2)
    line.give_back(4)
    line.buy("an")

    for number, statement in FAULTS:
        with Session(line.database.engine) as session:
            session.execute(text(statement))
            assert number in {each.id for each in invariants.violations(session, now=line.now)}
            session.rollback()


def test_an_offer_of_the_evening_stands_until_the_morning_and_its_mail_says_so(line, services, clock, mailbox):
    clock.instant = make.NOON.replace(hour=19, minute=30)  # 20:30 in Mechelen
    line.ask("an", 2)
    line.give_back(2)

    worker.run_jobs(services)
    worker.run_jobs(services)

    assert line.offer("an").expires_at == make.NOON.replace(day=25, hour=8, minute=30)  # half an hour, and 90 minutes
    assert "9.30" in mailbox.messages[-1].text
    line.prove()
    line.pass_time(timedelta(hours=12))
    assert line.entry("an").lapses == 0
    line.pass_time(timedelta(hours=1))
    assert line.entry("an").lapses == 1


def test_a_price_that_ends_makes_no_offer_and_an_offer_made_before_says_so(line):
    line.ask("an", 2)
    line.give_back(2)
    with line.database.transaction() as session:
        session.execute(text("UPDATE prices SET valid_until = '2026-11-25'"))
        assert not waiting_offers.is_sold(session, waiting_offers.get_offer(session, line.offer("an").secret))
    with pytest.raises(waiting_offers.OfferNotSold):
        line.take("an")
    with line.database.transaction() as session:
        session.execute(text("UPDATE prices SET valid_until = NULL"))
    line.ask("bo", 2)
    with line.database.transaction() as session:
        session.execute(text("UPDATE prices SET valid_until = '2026-11-25'"))

    line.give_back(2)

    assert line.states("bo") == [None]


def test_places_freed_by_a_move_that_was_paid_go_to_the_list_at_once(line, services):
    with line.database.transaction() as session:
        slot = line.slot(session)
        dearer = make.slot(
            session, 9, slot.starts_at + timedelta(days=1), session.get_one(make.Experience, slot.experience_id)
        )
        session.execute(
            text("UPDATE prices SET valid_until = :day WHERE price_cents = :cents"),
            {"day": str(slot.local_date), "cents": make.ADULT_CENTS},
        )
        adult = session.scalars(select(make.TicketType.id).where(make.TicketType.slug == "adult")).one()
        session.add(make.Price(experience_id=slot.experience_id, ticket_type_id=adult, price_cents=2950,
                               valid_from=dearer.local_date))  # fmt: skip
    line.ask("an", 2)
    line.change(ChangeKind.MOVE, 2, slot_uuid=dearer.uuid)
    assert line.states("an") == [None]

    payments.take_cash_for_change(services, line.order_id, actor=STAFF)

    assert line.states("an") == ["open"]
