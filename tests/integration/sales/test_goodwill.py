"""Money given back freely: the tickets stand, the order is worth less, and every book still adds up to the cent."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.till import Till
from ticketing.catalogue.models import Experience, Price, Slot, TicketType, VATClass, VATRate
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.errors import TicketingError
from ticketing.foundation.money import Money, vat_within
from ticketing.operations import payments
from ticketing.sales import change_rules, changes, goodwill, refunds
from ticketing.sales.change_rules import CustomerRules, Rules, StaffRules, StaffRulesWithFees
from ticketing.sales.changes import Wish
from ticketing.sales.models import (
    ChangeKind,
    ChangeState,
    Order,
    OrderChange,
    OrderLine,
    OrderState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from ticketing.tickets.models import Ticket, TicketState

MANAGER = system("test")


@pytest.fixture
def till(services):
    return Till(services, capacity=20)


def bought(till, **quantities) -> int:
    order_id = till.place(**quantities)
    till.services.sandbox.pay(till.start(order_id))
    till.deliver()
    return order_id


def give(till, order_id, cents, *, reason="a long queue", key="g"):
    with till.services.database.transaction() as session:
        return goodwill.give_back(
            session, order_id, Money(cents), reason, key, actor=MANAGER, now=till.services.clock.now()
        )


def tickets_of(till, order_id) -> list[Ticket]:
    with till.services.database.reading() as session:
        own = select(Ticket).where(Ticket.order_id == order_id, Ticket.state == TicketState.VALID)
        return list(session.scalars(own.order_by(Ticket.id)))


def cancel(till, order_id, tickets, rules=None, key="c"):
    wish = Wish(ChangeKind.CANCEL, tuple(ticket.id for ticket in tickets))
    with till.services.database.transaction() as session:
        return changes.carry_out(
            session, order_id, wish, rules or StaffRules(), key, actor=MANAGER, now=till.services.clock.now()
        )


def refunded(till) -> list[int]:
    return [refund.amount_cents for refund in till.refunds()]


def test_the_tickets_stand_and_the_order_is_worth_less(till, mailbox):
    order_id = bought(till, adult=2)

    give(till, order_id, 500)
    till.work()

    assert till.order(order_id).total_cents == 2 * make.ADULT_CENTS - 500
    assert len(tickets_of(till, order_id)) == 2
    assert refunded(till) == [500]
    assert "€\u00a05,00" in mailbox.messages[-1].text
    assert "blijven zoals ze zijn" in mailbox.messages[-1].text
    till.assert_sound()


def test_the_same_request_again_gives_nothing_more(till):
    order_id = bought(till, adult=1)

    first, again = give(till, order_id, 500), give(till, order_id, 500)

    assert [change.id for change in first] == [change.id for change in again]
    assert refunded(till) == [500]


@pytest.mark.parametrize(
    ("cents", "reason"), [(0, "x"), (-1, "x"), (1951, "x"), (100, ""), (100, "  "), (100, "x" * 201)]
)
def test_nothing_too_much_and_nothing_without_a_reason(till, cents, reason):
    order_id = bought(till, adult=1)

    with pytest.raises(goodwill.RefundInvalid):
        give(till, order_id, cents, reason=reason)

    assert refunded(till) == []


def test_an_unpaid_order_gets_nothing_back(till):
    with pytest.raises(changes.OrderNotChangeable):
        give(till, till.place(adult=1), 100)


def test_what_was_given_before_is_counted_when_everything_is_cancelled(till):
    order_id = bought(till, adult=2)
    give(till, order_id, 500)

    change = cancel(till, order_id, tickets_of(till, order_id))

    assert (change.fee_cents, change.given_before_cents, change.difference_cents) == (500, 500, -3400)
    assert refunded(till) == [500, 3400]
    assert till.order(order_id).total_cents == 0
    till.assert_sound()


def test_it_stays_with_the_tickets_that_are_left(till):
    order_id = bought(till, adult=2)
    give(till, order_id, 500)
    one, other = tickets_of(till, order_id)

    first = cancel(till, order_id, [one], key="a")
    second = cancel(till, order_id, [other], key="b")

    assert (first.difference_cents, second.difference_cents) == (-1950, -1450)
    assert (till.order(order_id).state, till.order(order_id).total_cents) == (OrderState.CANCELLED, 0)
    till.assert_sound()


def test_a_fee_and_what_was_given_before_never_exceed_the_price(till):
    order_id = bought(till, adult=1)
    give(till, order_id, 1900)
    rules = StaffRulesWithFees(CustomerRules(Rules(cancel_fee_cents=1000), {}))

    change = cancel(till, order_id, tickets_of(till, order_id), rules)

    assert (change.fee_cents, change.given_before_cents, change.difference_cents) == (1950, 1900, 0)
    assert till.order(order_id).total_cents == 50
    till.assert_sound()


def test_a_kept_fee_can_be_given_back_afterwards(till):
    order_id = bought(till, adult=1)
    cancel(
        till,
        order_id,
        tickets_of(till, order_id),
        CustomerRules(Rules(cancel_fee_cents=300, cancel_until_minutes=0), {}),
    )

    give(till, order_id, 300)

    assert refunded(till) == [1650, 300]
    assert till.order(order_id).total_cents == 0
    till.assert_sound()


def test_several_rates_share_it_by_what_the_order_is_worth_at_each(till, services):
    order_id = bought(till, adult=1)
    with services.database.transaction() as session:
        visit = session.get_one(Slot, till.slot_id)
        workshop = dearer_taxed_slot(session, visit)
        now = services.clock.now()
        wish = Wish(ChangeKind.ADD, slot_uuid=workshop.uuid, quantities={"adult": 1})
        changes.carry_out(session, order_id, wish, StaffRules(), "add", actor=VISITOR, now=now)
    services.sandbox.pay(payments.start_change_checkout(services, order_id).rpartition("/")[2])
    till.deliver()

    made = give(till, order_id, 1000)

    assert [(change.fee_vat_bp, change.fee_cents) for change in made] == [(600, -629), (2100, -371)]
    assert sum(change.fee_cents for change in made) == -1000
    with services.database.reading() as session:
        assert [goodwill.given_cents(session, change) for change in made] == [1000, 1000]
    assert sum(refunded(till)) == 1000
    till.assert_sound()


def dearer_taxed_slot(session, visit: Slot) -> Slot:
    taxed = VATClass(slug="food", names=dict.fromkeys(make.LANGUAGES, "food"))
    session.add(taxed)
    session.flush()
    session.add(VATRate(vat_class_id=taxed.id, valid_from=date(2000, 1, 1), rate_bp=2100))
    workshop = make.experience(session, "workshop")
    workshop.vat_class_id = taxed.id
    adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
    session.add(
        Price(experience_id=workshop.id, ticket_type_id=adult.id, price_cents=1150, valid_from=date(2026, 1, 1))
    )
    session.flush()
    return make.slot(session, 5, visit.starts_at, workshop)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_payments_less_refunds_are_net_and_vat_of_every_rate(till, services, seed):
    """Twenty random acts on one order; after each the books are asked."""
    dice = random.Random(seed)
    order_id = bought(till, adult=3, child=2)
    slots = more_slots(till, services)
    fees = CustomerRules(
        Rules(move_fee_cents=150, cancel_fee_percent=15, cancel_until_minutes=0, move_until_minutes=0), {}
    )
    for step in range(20):
        with suppress(TicketingError):  # refused, and so nothing has changed
            act(till, order_id, dice, slots, dice.choice([fees, StaffRules()]), f"{seed}-{step}")
        till.deliver()
        assert_books_add_up(services, order_id)
    till.assert_sound()


def more_slots(till, services) -> list[str]:
    with services.database.transaction() as session:
        first = session.get_one(Slot, till.slot_id)
        experience = session.get_one(Experience, first.experience_id)
        adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
        made = [make.slot(session, 20, first.starts_at + timedelta(days=day), experience) for day in (1, 2, 3)]
        for slot, cents in zip(made, (2437, 1111, make.ADULT_CENTS), strict=True):
            session.add(Price(experience_id=experience.id, ticket_type_id=adult.id, price_cents=cents,
                              valid_from=slot.local_date, valid_until=slot.local_date))  # fmt: skip
        return [first.uuid, *(slot.uuid for slot in made)]


def act(till, order_id, dice, slots, rules, key) -> None:
    services = till.services
    what = dice.choice(["move", "move", "cancel", "add", "give", "give up"])
    if what == "give":
        give(till, order_id, dice.randint(1, 700), key=key)
        return
    if what == "give up":
        payments.give_up_change(services, order_id, actor=VISITOR)
        return
    tickets = tickets_of(till, order_id)
    if not tickets:
        return
    some = tuple(ticket.id for ticket in dice.sample(tickets, dice.randint(1, min(2, len(tickets)))))
    wishes = {
        "move": Wish(ChangeKind.MOVE, some, dice.choice(slots)),
        "cancel": Wish(ChangeKind.CANCEL, some),
        "add": Wish(ChangeKind.ADD, slot_uuid=dice.choice(slots), quantities={dice.choice(["adult", "child"]): 1}),
    }
    with services.database.transaction() as session:
        change = changes.carry_out(session, order_id, wishes[what], rules, key, actor=VISITOR, now=services.clock.now())
    if change.state is ChangeState.PENDING and dice.random() < 0.8:
        services.sandbox.pay(payments.start_change_checkout(services, order_id).rpartition("/")[2])


def assert_books_add_up(services, order_id) -> None:
    """What stands and what was kept, by rate net and VAT, is together what was kept of the payments."""
    with services.database.reading() as session:
        lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
        fees = session.scalars(
            select(OrderChange).where(OrderChange.order_id == order_id, OrderChange.state == ChangeState.DONE)
        ).all()
        paid = session.scalars(
            select(Payment).where(Payment.order_id == order_id, Payment.state == PaymentState.SUCCEEDED)
        ).all()
        back = session.scalars(
            select(Refund).join(Payment).where(Payment.order_id == order_id, Refund.state != RefundState.FAILED)
        ).all()
        order = session.get_one(Order, order_id)
    gross = sum(line.total_cents for line in lines if line.ended_at is None) + sum(fee.fee_cents for fee in fees)
    kept = sum(payment.amount_cents for payment in paid) - sum(refund.amount_cents for refund in back)
    assert gross == kept == order.total_cents
    for fee in fees:
        assert fee.fee_vat_cents == vat_within(fee.fee_cents, fee.fee_vat_bp or 0)
        assert bool(fee.fee_cents) == (fee.fee_vat_bp is not None)


def test_a_payment_refunded_in_the_dashboard_leaves_nothing_to_give(till, services):
    order_id = bought(till, adult=1)
    with services.database.transaction() as session:
        payment = session.scalars(select(Payment).where(Payment.order_id == order_id)).one()
        refunds.request_refund(session, payment, Money(1950), "by hand", actor=MANAGER, now=services.clock.now())

    with pytest.raises(refunds.NothingToRefund):
        give(till, order_id, 100)


def test_rules_of_an_experience_can_be_taken_away(till, services):
    with services.database.transaction() as session:
        experience_id = session.get_one(Slot, till.slot_id).experience_id
        now = services.clock.now()
        change_rules.set_rules(session, experience_id, Rules(may_move=False), actor=MANAGER, now=now)
        change_rules.drop_rules(session, experience_id, actor=MANAGER, now=now)

        assert change_rules.customer_rules(session).of(experience_id).may_move


def test_a_difference_is_taken_in_cash_at_the_desk(till, services):
    order_id = bought(till, adult=2)
    dear = more_slots(till, services)[1]
    wish = Wish(ChangeKind.MOVE, tuple(ticket.id for ticket in tickets_of(till, order_id)), dear)
    with services.database.transaction() as session:
        changes.carry_out(session, order_id, wish, StaffRules(), "m", actor=MANAGER, now=services.clock.now())
    page = payments.start_change_checkout(services, order_id)

    payments.take_cash_for_change(services, order_id, actor=MANAGER)

    assert [(each.provider, each.amount_cents) for each in till.payments_of(order_id) if each.change_id] == [
        ("sandbox", 974), ("cash", 974),
    ]  # fmt: skip
    assert till.order(order_id).total_cents == 2 * 2437
    assert page
    with pytest.raises(changes.ChangeNotFound):
        payments.take_cash_for_change(services, order_id, actor=MANAGER)
    till.assert_sound()
