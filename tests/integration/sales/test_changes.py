"""A confirmed order is moved, cancelled in part or whole, and added to; money and places follow to the cent."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from tests import make
from tests.till import Till
from ticketing.catalogue import capacity
from ticketing.catalogue.models import Price, Slot
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.errors import TicketingError
from ticketing.operations import payments
from ticketing.sales import change_rules, changes
from ticketing.sales.change_rules import CustomerRules, Rules, StaffRules
from ticketing.sales.changes import Wish
from ticketing.sales.models import ChangeKind, ChangeState, Order, OrderChange, OrderState, Payment, Refund
from ticketing.tickets.models import Ticket, TicketState

FREELY = CustomerRules(Rules(cancel_until_minutes=0, move_until_minutes=0), {})


@pytest.fixture
def till(services):
    return Till(services, capacity=5)


@pytest.fixture
def later(till, services) -> str:
    """Another slot of the same experience, a day later; its uuid."""
    return add_slot(till, services, days=1)


def add_slot(till, services, *, days: int, capacity: int = 5) -> str:
    with services.database.transaction() as session:
        first = session.get_one(Slot, till.slot_id)
        return make.slot(
            session, capacity, first.starts_at + timedelta(days=days), experience=_experience(session, first)
        ).uuid


def _experience(session, slot):
    return session.get_one(make.Experience, slot.experience_id)


def bought(till, services, **quantities) -> int:
    order_id = till.place(**quantities)
    services.sandbox.pay(till.start(order_id))
    till.deliver()
    return order_id


def tickets_of(services, order_id, state=TicketState.VALID):
    with services.database.reading() as session:
        own = select(Ticket).where(Ticket.order_id == order_id, Ticket.state == state).order_by(Ticket.id)
        return list(session.scalars(own))


def order_of(services, order_id) -> Order:
    with services.database.reading() as session:
        return session.get_one(Order, order_id)


def carry_out(services, order_id, wish, rules=FREELY, key="once"):
    with services.database.transaction() as session:
        return changes.carry_out(session, order_id, wish, rules, key, actor=VISITOR, now=services.clock.now())


def free(services, *uuids):
    with services.database.reading() as session:
        ids = {slot.uuid: slot.id for slot in session.scalars(select(Slot).where(Slot.uuid.in_(uuids)))}
        left = capacity.free_places(session, ids.values(), now=services.clock.now())
        return [left[ids[uuid]] for uuid in uuids]


def move(tickets, slot_uuid) -> Wish:
    return Wish(ChangeKind.MOVE, tuple(ticket.id for ticket in tickets), slot_uuid)


def cancel(tickets, reason="") -> Wish:
    return Wish(ChangeKind.CANCEL, tuple(ticket.id for ticket in tickets), reason=reason)


def first_uuid(till, services):
    with services.database.reading() as session:
        return session.get_one(Slot, till.slot_id).uuid


def test_moving_frees_the_old_places_takes_the_new_and_voids_the_old_codes(till, services, later):
    order_id = bought(till, services, adult=2)
    old = tickets_of(services, order_id)

    change = carry_out(services, order_id, move(old, later))

    assert change.state is ChangeState.DONE
    assert free(services, first_uuid(till, services), later) == [5, 3]
    new = tickets_of(services, order_id)
    assert len(new) == 2
    assert {ticket.code for ticket in new}.isdisjoint(ticket.code for ticket in old)
    assert [ticket.code for ticket in tickets_of(services, order_id, TicketState.VOID)] == [t.code for t in old]
    till.assert_sound()


def test_the_same_request_again_is_the_same_change(till, services, later):
    order_id = bought(till, services, adult=2)
    old = tickets_of(services, order_id)

    first = carry_out(services, order_id, move(old, later), key="k")
    again = carry_out(services, order_id, move(old, later), key="k")

    assert again.id == first.id
    assert free(services, later) == [3]


def test_part_of_an_order_can_move_and_the_rest_keeps_its_codes(till, services, later):
    order_id = bought(till, services, adult=3)
    one, *rest = tickets_of(services, order_id)

    carry_out(services, order_id, move([one], later))

    assert free(services, first_uuid(till, services), later) == [3, 4]
    assert {ticket.code for ticket in rest} < {ticket.code for ticket in tickets_of(services, order_id)}
    till.assert_sound()


def test_a_full_slot_refuses_the_move_and_nothing_changes(till, services):
    order_id = bought(till, services, adult=2)
    full = add_slot(till, services, days=2, capacity=1)
    old = tickets_of(services, order_id)

    with pytest.raises(capacity.SlotFull):
        carry_out(services, order_id, move(old, full))

    assert [ticket.code for ticket in tickets_of(services, order_id)] == [ticket.code for ticket in old]
    assert free(services, first_uuid(till, services), full) == [3, 1]
    till.assert_sound()


def test_a_dearer_slot_is_paid_first_and_the_old_tickets_hold_until_then(till, services, later):
    order_id = bought(till, services, adult=2)
    raise_price(services, later, cents=2500)
    old = tickets_of(services, order_id)

    change = carry_out(services, order_id, move(old, later))

    assert (change.state, change.difference_cents) == (ChangeState.PENDING, 2 * (2500 - make.ADULT_CENTS))
    assert free(services, first_uuid(till, services), later) == [3, 3]
    assert [ticket.code for ticket in tickets_of(services, order_id)] == [ticket.code for ticket in old]

    url = payments.start_change_checkout(services, order_id)
    services.sandbox.pay(url.rpartition("/")[2])
    till.deliver()

    assert free(services, first_uuid(till, services), later) == [5, 3]
    assert order_of(services, order_id).total_cents == 5000
    assert {ticket.code for ticket in tickets_of(services, order_id)}.isdisjoint(ticket.code for ticket in old)
    till.assert_sound()


def test_a_change_nobody_pays_lapses_and_the_order_is_as_it_was(till, services, later):
    order_id = bought(till, services, adult=2)
    raise_price(services, later, cents=2500)
    old = tickets_of(services, order_id)
    carry_out(services, order_id, move(old, later))
    payments.start_change_checkout(services, order_id)

    services.clock.advance(minutes=40)
    payments.sweep(services)

    assert free(services, first_uuid(till, services), later) == [3, 5]
    assert [ticket.code for ticket in tickets_of(services, order_id)] == [ticket.code for ticket in old]
    till.assert_sound()


def test_a_change_given_up_can_be_made_anew(till, services, later):
    order_id = bought(till, services, adult=2)
    raise_price(services, later, cents=2500)
    old = tickets_of(services, order_id)
    carry_out(services, order_id, move(old, later), key="a")
    payments.start_change_checkout(services, order_id)

    assert payments.give_up_change(services, order_id, actor=VISITOR)
    again = carry_out(services, order_id, move(old, later), key="b")

    assert again.state is ChangeState.PENDING
    assert free(services, later) == [3]


def test_two_changes_do_not_wait_at_once(till, services, later):
    order_id = bought(till, services, adult=2)
    raise_price(services, later, cents=2500)
    old = tickets_of(services, order_id)
    carry_out(services, order_id, move(old[:1], later), key="a")

    with pytest.raises(changes.ChangeWaits):
        carry_out(services, order_id, move(old[1:], later), key="b")


def test_late_money_for_a_change_wins_its_places_again_while_there_are_any(till, services, later):
    order_id = bought(till, services, adult=2)
    raise_price(services, later, cents=2500)
    carry_out(services, order_id, move(tickets_of(services, order_id), later))
    services.sandbox.pay(payments.start_change_checkout(services, order_id).rpartition("/")[2])
    with services.database.transaction() as session:
        changes.lapse(session, changes.get_pending(session, order_id), actor=system("test"), now=services.clock.now())

    till.deliver()

    assert order_of(services, order_id).total_cents == 5000
    assert refunded(services) == []
    till.assert_sound()


def test_money_for_a_change_whose_places_are_gone_goes_back(till, services, mailbox):
    order_id = bought(till, services, adult=2)
    small = add_slot(till, services, days=1, capacity=2)
    raise_price(services, small, cents=2500)
    carry_out(services, order_id, move(tickets_of(services, order_id), small))
    page = payments.start_change_checkout(services, order_id).rpartition("/")[2]
    services.sandbox.pay(page)
    with services.database.transaction() as session:
        change = changes.get_pending(session, order_id)
        changes.lapse(session, change, actor=system("test"), now=services.clock.now())
        make.confirmed_order(
            session, session.scalars(select(Slot).where(Slot.uuid == small)).one(), services.clock.now()
        )

    till.deliver()
    till.work()

    with services.database.reading() as session:
        paid = session.scalars(select(Payment).where(Payment.change_id.is_not(None))).one()
        assert session.scalars(select(Refund.amount_cents).where(Refund.payment_id == paid.id)).all() == [1100]
    assert "iemand anders" in mailbox.messages[-1].text
    assert len(tickets_of(services, order_id)) == 2
    till.assert_sound()


def raise_price(services, slot_uuid, *, cents):
    with services.database.transaction() as session:
        slot = session.scalars(select(Slot).where(Slot.uuid == slot_uuid)).one()
        adult = session.scalars(select(make.TicketType).where(make.TicketType.slug == "adult")).one()
        session.add(
            Price(
                experience_id=slot.experience_id,
                ticket_type_id=adult.id,
                valid_from=slot.local_date,
                price_cents=cents,
            )
        )


def test_a_cheaper_slot_gives_the_difference_back(till, services, later):
    order_id = bought(till, services, adult=2)
    raise_price(services, later, cents=1000)

    carry_out(services, order_id, move(tickets_of(services, order_id), later))
    till.work()

    assert refunded(services) == [2 * (make.ADULT_CENTS - 1000)]
    assert order_of(services, order_id).total_cents == 2000
    till.assert_sound()


def refunded(services):
    with services.database.reading() as session:
        return list(session.scalars(select(Refund.amount_cents).order_by(Refund.id)))


def test_cancelling_part_gives_that_part_back_and_the_rest_stands(till, services):
    order_id = bought(till, services, adult=2, child=1)
    child = tickets_of(services, order_id)[-1]

    carry_out(services, order_id, cancel([child]))
    till.work()

    assert refunded(services) == [make.CHILD_CENTS]
    assert order_of(services, order_id).state is OrderState.CONFIRMED
    assert len(tickets_of(services, order_id)) == 2
    till.assert_sound()


def test_cancelling_everything_ends_the_order_and_keeps_the_fee(till, services):
    order_id = bought(till, services, adult=2)
    rules = CustomerRules(Rules(cancel_until_minutes=0, cancel_fee_percent=10), {})

    change = carry_out(services, order_id, cancel(tickets_of(services, order_id)), rules)
    till.work()

    assert change.fee_cents == 390
    assert refunded(services) == [2 * make.ADULT_CENTS - 390]
    order = order_of(services, order_id)
    assert (order.state, order.total_cents) == (OrderState.CANCELLED, 390)
    assert free(services, first_uuid(till, services)) == [5]
    till.assert_sound()


def test_a_fee_never_exceeds_the_price(till, services):
    order_id = bought(till, services, child=1)
    rules = CustomerRules(Rules(cancel_until_minutes=0, cancel_fee_cents=9900), {})

    change = carry_out(services, order_id, cancel(tickets_of(services, order_id)), rules)

    assert (change.fee_cents, change.difference_cents) == (make.CHILD_CENTS, 0)
    till.assert_sound()


def test_too_late_is_too_late_for_customers_and_not_for_staff(till, services):
    order_id = bought(till, services, adult=1)
    rules = CustomerRules(Rules(cancel_until_minutes=24 * 60), {})
    wish = cancel(tickets_of(services, order_id))

    with pytest.raises(changes.ChangeTooLate):
        carry_out(services, order_id, wish, rules)

    assert carry_out(services, order_id, wish, StaffRules()).state is ChangeState.DONE
    till.assert_sound()


def test_a_used_ticket_can_neither_move_nor_be_cancelled(till, services, later):
    order_id = bought(till, services, adult=1)
    (ticket,) = tickets_of(services, order_id)
    with services.database.transaction() as session:
        session.get_one(Ticket, ticket.id).admitted = 1

    for wish in (move([ticket], later), cancel([ticket])):
        with pytest.raises(changes.TicketsNotChangeable):
            carry_out(services, order_id, wish)


def test_tickets_of_others_are_not_mine_to_change(till, services, later):
    mine, theirs = bought(till, services, adult=1), bought(till, services, adult=1)

    with pytest.raises(changes.TicketsNotChangeable):
        carry_out(services, mine, cancel(tickets_of(services, theirs)))


def test_adding_tickets_is_paid_and_issues_them(till, services):
    order_id = bought(till, services, adult=1)
    wish = Wish(ChangeKind.ADD, slot_uuid=first_uuid(till, services), quantities={"child": 2})

    change = carry_out(services, order_id, wish)
    services.sandbox.pay(payments.start_change_checkout(services, order_id).rpartition("/")[2])
    till.deliver()

    assert change.difference_cents == 2 * make.CHILD_CENTS
    assert len(tickets_of(services, order_id)) == 3
    assert free(services, first_uuid(till, services)) == [2]
    till.assert_sound()


def test_fifty_moves_to_the_last_place_have_one_winner(services):
    """Totals stay, nobody waits for ever, and 49 learn that it is full."""
    till = Till(services, capacity=50)
    last = add_slot(till, services, days=1, capacity=1)
    with services.database.transaction() as session:
        slot = session.get_one(Slot, till.slot_id)
        ids = [make.confirmed_order(session, slot, services.clock.now(), adult=1).id for _ in range(50)]
    wishes = {order_id: move(tickets_of(services, order_id), last) for order_id in ids}
    start, outcomes = Barrier(50), []

    def race(order_id: int) -> None:
        start.wait()
        try:
            carry_out(services, order_id, wishes[order_id], key=f"race-{order_id}")
            outcomes.append("moved")
        except TicketingError as refusal:
            outcomes.append(refusal.code)

    threads = [Thread(target=race, args=(order_id,)) for order_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(outcomes) == ["moved"] + ["slot_full"] * 49
    assert free(services, first_uuid(till, services), last) == [1, 0]
    till.assert_sound()


def test_rules_are_the_experiences_own_or_the_houses(services, till):
    with services.database.transaction() as session:
        experience_id = session.get_one(Slot, till.slot_id).experience_id
        actor, now = system("test"), services.clock.now()
        change_rules.set_rules(session, None, Rules(may_cancel=False), actor=actor, now=now)
        change_rules.set_rules(session, experience_id, Rules(move_fee_cents=200), actor=actor, now=now)
        change_rules.set_rules(session, experience_id, Rules(move_fee_cents=300), actor=actor, now=now)

        rules = change_rules.customer_rules(session)

        assert rules.of(experience_id) == Rules(move_fee_cents=300)
        assert rules.of(experience_id + 1) == Rules(may_cancel=False)


def test_the_mail_of_a_change_carries_the_tickets_that_hold_now(till, services, later, mailbox):
    order_id = bought(till, services, adult=1)
    carry_out(services, order_id, move(tickets_of(services, order_id), later))

    till.work()

    mail = mailbox.messages[-1]
    assert "gewijzigd" in mail.subject
    assert [attachment.filename.rpartition(".")[2] for attachment in mail.attachments] == ["pdf", "ics"]
    with services.database.reading() as session:
        assert session.scalars(select(OrderChange.state)).all() == [ChangeState.DONE]
