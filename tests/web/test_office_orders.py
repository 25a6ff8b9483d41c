"""The office helps a customer: finds their order by anything, sees its whole life, and acts with consequences first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.staff_stage import signed_in
from ticketing.catalogue.models import Experience, Price, Slot, TicketType
from ticketing.door import admission, gates
from ticketing.door.admission import ScanRequest
from ticketing.door.verdict import Direction
from ticketing.foundation.actors import staff, system
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.jobs import Job
from ticketing.operations import invariants, worker
from ticketing.sales import undelivered
from ticketing.sales.models import ChangeState, Order, OrderChange, OrderState, Refund
from ticketing.sales.undelivered_models import LostHow
from ticketing.staff.models import Role
from ticketing.tickets.models import Ticket, TicketState

# Pages: their rooms are tested on both; PostgreSQL is the stricter of the two.
pytestmark = pytest.mark.one_engine("postgresql")


@pytest.fixture
def slot(database):
    with database.transaction() as session:
        return make.priced_slot(session, 5, make.NOON + timedelta(days=1))


@pytest.fixture
def later(database, slot) -> Slot:
    with database.transaction() as session:
        experience = session.get_one(Experience, slot.experience_id)
        return make.slot(session, 5, slot.starts_at + timedelta(days=1), experience)


@pytest.fixture
def order(database, slot, clock) -> Order:
    with database.transaction() as session:
        return make.confirmed_order(session, session.get_one(Slot, slot.id), clock.now(), adult=2)


@pytest.fixture
def manager(app, services):
    return signed_in(app, services, Role.MANAGER)


@pytest.fixture
def desk(app, services):
    return signed_in(app, services, Role.FRONT_DESK)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def key_in(answer) -> str:
    return re.search(r'name="request_key" value="([^"]+)"', answer.get_data(as_text=True))[1]


def test_the_desk_adds_tickets_after_seeing_what_they_cost(desk, order, slot, database, services):
    where = f"/office/orders/{order.code}"
    assert f"{where}/addition" in desk.get(where).get_data(as_text=True)
    assert desk.get(f"{where}/addition?quantity-adult=many").status_code == 422
    assert desk.get(f"{where}/addition?slot=elsewhere").status_code == 422
    assert "no room left" in text_of(desk.get(f"{where}/addition?quantity-adult=4"))
    shown = desk.get(f"{where}/addition?slot={slot.uuid}&quantity-adult=1&quantity-child=0")
    assert "The customer pays €19.50" in text_of(shown)

    form = {"request_key": key_in(shown), "slot": slot.uuid, "quantity-adult": "1", "shown_cents": "1950"}
    assert desk.post(f"{where}/additions", {**form, "shown_cents": "1"}).status_code == 409
    assert [desk.post(f"{where}/additions", form).status_code for _ in range(2)] == [303, 303]
    desk.post(f"{where}/change/cash")

    with database.reading() as session:
        assert session.query(Ticket).filter_by(order_id=order.id, state=TicketState.VALID).count() == 3
        assert invariants.violations(session, now=services.clock.now()) == []


def tickets_of(database, state=TicketState.VALID) -> list[Ticket]:
    with database.reading() as session:
        return list(session.scalars(select(Ticket).where(Ticket.state == state).order_by(Ticket.id)))


def make_dear(database, slot) -> None:
    with database.transaction() as session:
        adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
        price = Price(experience_id=slot.experience_id, ticket_type_id=adult.id, price_cents=2500,
                      valid_from=slot.local_date)  # fmt: skip
        session.add(price)


def assert_sound(services) -> None:
    with services.database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []


def test_an_order_is_found_by_its_code_a_tickets_code_an_address_or_a_name(manager, order, database):
    code = tickets_of(database)[0].code
    manager.get("/office/orders")

    for typed in (order.code, f"{order.code[:4]} {order.code[4:].lower()}", code, f"{code[:4]}-{code[4:].lower()}"):
        assert manager.post("/office/orders", {"typed": typed}).location == f"/office/orders/{order.code}", typed
    for typed in ("an.peeters@EXAMPLE.org", "An Peeters", "peeters", "AN  PEE"):
        assert order.code in text_of(manager.post("/office/orders", {"typed": typed})), typed
    for typed in ("%", "_n", "a%", "Nobody", "x" * 300, "A" * 26):
        assert "No order has" in text_of(manager.post("/office/orders", {"typed": typed})), typed


def test_the_whole_life_of_an_order_is_told(manager, order, services, database, clock, later):
    worker.run_jobs(services)
    ticket = tickets_of(database)[0]
    clock.advance(minutes=1)
    manager.get(f"/office/orders/{order.code}/rebooking/{later.uuid}?t=2")
    page = manager.get(f"/office/orders/{order.code}/rebooking/{later.uuid}?t=2")
    manager.post(f"/office/orders/{order.code}/rebookings", {"t": "2", "slot": later.uuid, "request_key": key_in(page)})
    manager.post(f"/office/orders/{order.code}/mails")
    manager.post(f"/office/orders/{order.code}/customer", {"email": "new@example.org", "name": "An", "language": "fr"})
    worker.run_jobs(services)
    with database.transaction() as session:
        gate = gates.add_gate(session, "North", actor=system("test"), now=clock.now())
        request = ScanRequest("1", ticket.code, gate, Direction.IN, clock.now())
        admission.scan(session, request, staff(1, "Test"), zone=services.zone, now=clock.now())

    page = text_of(manager.get(f"/office/orders/{order.code}"))

    for words in (
        "Order placed", "Order confirmed", "Confirmation with the tickets", "sent", "Tickets moved", "Test manager",
        "Mail about a change", "Tickets sent again", "Tickets by mail", "Order’s address corrected",
        "Mail to the old address", "At the gate: Other day", "North",
    ):  # fmt: skip
        assert words in page, words


def test_staff_move_tickets_after_seeing_what_follows(desk, order, database, services, later):
    choose = text_of(desk.get(f"/office/orders/{order.code}/rebooking?day={later.local_date}"))
    assert "Nothing is moved yet." in choose
    review = desk.get(f"/office/orders/{order.code}/rebooking/{later.uuid}?t=1&t=2")
    assert "Move 2 tickets to" in text_of(review)
    assert "The old codes are void at once" in text_of(review)
    assert tickets_of(database, TicketState.VOID) == []
    form = {"t": ["1", "2"], "slot": later.uuid, "request_key": key_in(review), "reason": "rang us"}

    first, again = (desk.post(f"/office/orders/{order.code}/rebookings", form) for _ in range(2))

    assert (first.location, again.location) == (f"/office/orders/{order.code}",) * 2
    assert {ticket.slot_id for ticket in tickets_of(database)} == {later.id}
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.code == "order.rebooked")).one()
    assert (entry.actor_name, entry.details["reason"]) == ("Test front_desk", "rang us")
    assert_sound(services)


def test_a_dearer_move_waits_and_is_paid_in_cash_or_given_up(desk, order, database, services, later):
    make_dear(database, later)
    for act in ("release", "cash"):
        review = desk.get(f"/office/orders/{order.code}/rebooking/{later.uuid}?t=1&t=2")
        form = {"t": ["1", "2"], "slot": later.uuid, "request_key": key_in(review)}
        desk.post(f"/office/orders/{order.code}/rebookings", form)
        page = text_of(desk.get(f"/office/orders/{order.code}"))
        assert "A change waits to be paid: €11.00" in page
        assert "Move tickets" not in page
        assert desk.post(f"/office/orders/{order.code}/change/{act}").location == f"/office/orders/{order.code}"

    with database.reading() as session:
        states = session.scalars(select(OrderChange.state).order_by(OrderChange.id)).all()
    assert states == [ChangeState.LAPSED, ChangeState.DONE]
    assert {ticket.slot_id for ticket in tickets_of(database)} == {later.id}
    assert desk.post(f"/office/orders/{order.code}/change/cash").status_code == 404
    assert_sound(services)


@pytest.mark.parametrize(("fee", "back"), [("", 1950), ("with", 1755)])
def test_a_manager_cancels_with_or_without_the_fee(manager, order, database, services, fee, back):
    manager.get("/office/change-rules")
    rules = {"may_cancel": "1", "move_until_minutes": "1", "cancel_until_minutes": "30", "move_fee_cents": "0",
             "cancel_fee_cents": "0", "cancel_fee_percent": "10"}  # fmt: skip
    assert manager.post("/office/change-rules", rules).status_code == 303  # too late for customers already
    address = f"/office/orders/{order.code}"

    choose = manager.get(f"{address}/cancellation")
    assert "Nothing is cancelled yet." in text_of(choose)
    review = manager.get(f"{address}/cancellation?t=2&fee={fee}")
    assert "Cancel 1 ticket?" in text_of(review)
    assert f"€{back / 100:.2f}" in text_of(review)
    form = {"t": "2", "fee": fee, "request_key": key_in(review), "reason": "ill"}
    done = manager.post(f"{address}/cancellations", form)

    assert done.location == address
    with database.reading() as session:
        assert session.scalars(select(Refund.amount_cents)).all() == [back]
    assert_sound(services)


def test_cancelling_the_last_ticket_ends_the_order(manager, order, database):
    review = manager.get(f"/office/orders/{order.code}/cancellation?t=1&t=2")
    assert "Cancel the whole order?" in text_of(review)

    form = {"t": ["1", "2"], "request_key": key_in(review), "reason": "ill"}
    manager.post(f"/office/orders/{order.code}/cancellations", form)

    with database.reading() as session:
        assert session.scalars(select(Order.state)).one() is OrderState.CANCELLED
    page = manager.get(f"/office/orders/{order.code}")
    assert "cancelled" in text_of(page)
    assert manager.post(f"/office/orders/{order.code}/customer", {"email": "x@example.org"}).status_code == 409
    assert manager.post(f"/office/orders/{order.code}/mails").status_code == 409


def test_money_is_given_back_with_a_reason_after_seeing_what_follows(manager, order, database, services):
    address = f"/office/orders/{order.code}"
    manager.get(f"{address}/refund")

    review = manager.post(f"{address}/refund", {"amount": "5,50", "reason": "a long queue"})
    assert "Give €5.50 back?" in text_of(review)
    assert "€33.50" in text_of(review)
    with database.reading() as session:
        assert session.scalars(select(Refund)).all() == []
    form = {"amount": "5,50", "reason": "a long queue", "request_key": key_in(review)}
    first, again = (manager.post(f"{address}/refunds", form) for _ in range(2))

    assert (first.location, again.location) == (address, address)
    with database.reading() as session:
        assert session.scalars(select(Refund.amount_cents)).all() == [550]
    page = text_of(manager.get(address))
    assert "a long queue" in page
    assert "Money given back freely" in page
    assert_sound(services)


@pytest.mark.parametrize("amount", ["", "0", "-1", "39.01", "1e2", "٣", "5.555", "5,,5", "NaN", "99999999"])
def test_amounts_that_cannot_be_given_back_are_marked(manager, order, database, amount):
    manager.get(f"/office/orders/{order.code}/refund")

    for page in ("refund", "refunds"):
        answer = manager.post(f"/office/orders/{order.code}/{page}", {"amount": amount, "reason": "x"})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    with database.reading() as session:
        assert session.scalars(select(Refund)).all() == []


def test_the_front_desk_moves_but_gives_no_money_back(desk, order):
    page = text_of(desk.get(f"/office/orders/{order.code}"))

    assert "Move tickets" in page
    assert "Cancel tickets" not in page
    assert "Give money back" not in page
    for address in ("cancellation", "refund"):
        assert desk.get(f"/office/orders/{order.code}/{address}").status_code == 403
    for address in ("cancellations", "refund", "refunds"):
        assert desk.post(f"/office/orders/{order.code}/{address}", {"t": "1"}).status_code == 403
    for address in ("/office/change-rules", "/office/mails", "/office/mails/lost_links/nl"):
        assert desk.get(address).status_code == 403


def test_a_customer_is_put_right_and_a_wrong_address_is_marked(desk, order, database):
    desk.get(f"/office/orders/{order.code}/customer")

    wrong = desk.post(f"/office/orders/{order.code}/customer", {"email": "right@", "name": "An", "language": "nl"})
    right = desk.post(
        f"/office/orders/{order.code}/customer", {"email": "right@example.org", "name": "An", "language": "xx"}
    )

    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.get_data(as_text=True)
    assert right.status_code == 303
    with database.reading() as session:
        row = session.scalars(select(Order)).one()
        assert (row.email, row.name, row.language) == ("right@example.org", "An", "nl")


def test_what_is_not_there_is_not_found(manager, order, later):
    for address in ("rebooking", "cancellation", "refund", "customer", f"rebooking/{later.uuid}?t=1"):
        assert manager.get(f"/office/orders/AAAAAAAA/{address}").status_code == 404, address
    for address in ("rebookings", "cancellations", "refund", "refunds", "customer", "mails", "change/cash"):
        assert manager.post(f"/office/orders/AAAAAAAA/{address}").status_code == 404, address
    assert manager.get(f"/office/orders/{order.code}/rebooking?t=9").status_code == 409
    assert manager.get(f"/office/orders/{order.code}/rebooking?day=9999-99-99").status_code == 200
    assert manager.get("/office/mails/nothing/nl").status_code == 404
    assert manager.get("/office/mails/lost_links/xx").status_code == 404


RULES = {"may_move": "1", "move_until_minutes": "1.5", "cancel_until_minutes": "48", "move_fee_cents": "2,50",
         "cancel_fee_cents": "0", "cancel_fee_percent": "20"}  # fmt: skip


def test_rules_are_set_for_the_house_and_for_one_experience(manager, order, slot):
    manager.get("/office/change-rules")

    assert manager.post("/office/change-rules", RULES).location == "/office/change-rules"
    own = {**RULES, "experience": "visit", "move_fee_cents": "0", "may_cancel": "1"}
    assert manager.post("/office/change-rules", own).location == "/office/change-rules?experience=visit"

    house = manager.get("/office/change-rules").get_data(as_text=True)
    visit = manager.get("/office/change-rules?experience=visit").get_data(as_text=True)
    assert 'value="1.5"' in house
    assert 'value="2.50"' in house
    assert house.count(" checked") == 1
    assert "has rules of its own" in visit
    assert visit.count(" checked") == 2
    manager.post("/office/change-rules/removal", {"experience": "visit"})
    assert "follows the house" in text_of(manager.get("/office/change-rules?experience=visit"))


@pytest.mark.parametrize("wrong", [
    {"move_until_minutes": "-1"}, {"move_until_minutes": "x"}, {"cancel_until_minutes": "99999"},
    {"move_fee_cents": ""}, {"cancel_fee_cents": "1001"}, {"cancel_fee_percent": "101"}, {"cancel_fee_percent": "٣"},
])  # fmt: skip
def test_rules_that_cannot_be_are_marked_and_nothing_changes(manager, wrong):
    manager.get("/office/change-rules")

    answer = manager.post("/office/change-rules", {**RULES, **wrong})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert 'value="24"' in manager.get("/office/change-rules").get_data(as_text=True)


def test_an_order_whose_mail_did_not_arrive_says_why_and_the_right_address_gets_it(manager, order, database, services):
    worker.run_jobs(services)
    with database.transaction() as session:
        undelivered.note(session, session.query(Job).one().id, "5.2.2", LostHow.RETURNED, now=services.clock.now())

    assert "The mails of 1 order did not arrive." in text_of(manager.get("/office/"))
    assert order.code in text_of(manager.get("/office/orders/not-reached"))
    where = f"/office/orders/{order.code}"
    told = text_of(manager.get(where))
    assert "Mail did not arrive : the mailbox is full." in told
    assert "did not arrive: the mailbox is full" in told
    shown = text_of(manager.get(f"{where}/not-reached"))
    assert "Confirmation with the tickets: the mailbox is full" in shown
    assert manager.post(f"{where}/not-reached", {"email": "right@"}).status_code == 422
    assert manager.post(f"{where}/not-reached", {"email": "right@example.org"}).status_code == 303
    assert "Every mail has arrived" in text_of(manager.get("/office/orders/not-reached"))
    assert manager.post(f"{where}/reached").status_code == 303
    assert_sound(services)
