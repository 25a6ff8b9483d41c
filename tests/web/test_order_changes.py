"""A customer changes their order through its pages: moves, cancels, adds; consequences first, then once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.visitor import HERE, Visitor
from ticketing.catalogue import closures
from ticketing.catalogue.closures import ClosureRequest
from ticketing.catalogue.models import Experience, Price, Slot, TicketType
from ticketing.foundation.actors import system
from ticketing.operations import invariants, worker
from ticketing.sales import change_rules
from ticketing.sales.change_rules import Rules
from ticketing.sales.models import ChangeState, Channel, Order, OrderChange, OrderState, Refund
from ticketing.tickets.models import Ticket, TicketState

# Pages: their rooms are tested on both; PostgreSQL is the stricter of the two.
pytestmark = pytest.mark.one_engine("postgresql")

DEAR_CENTS = 2500


@pytest.fixture
def slot(database) -> Slot:
    """Two days ahead, so that every rule of a house that set none allows everything."""
    with database.transaction() as session:
        make.opening_hours(session)
        return make.priced_slot(session, 5, make.NOON + timedelta(days=2))


@pytest.fixture
def later(database, slot) -> Slot:
    return add_slot(database, slot, days=1)


@pytest.fixture
def visitor(client) -> Visitor:
    return Visitor(client, "en")


def add_slot(database, slot, *, days, capacity=5) -> Slot:
    with database.transaction() as session:
        experience = session.get_one(Experience, slot.experience_id)
        return make.slot(session, capacity, slot.starts_at + timedelta(days=days), experience)


def make_dear(database, slot) -> None:
    with database.transaction() as session:
        adult = session.scalars(select(TicketType).where(TicketType.slug == "adult")).one()
        session.add(
            Price(
                experience_id=slot.experience_id, ticket_type_id=adult.id, valid_from=slot.local_date,
                price_cents=DEAR_CENTS,
            )
        )  # fmt: skip


def set_rules(database, clock, **rules) -> None:
    with database.transaction() as session:
        change_rules.set_rules(session, None, Rules(**rules), actor=system("test"), now=clock.now())


def tickets_of(database, state=TicketState.VALID) -> list[Ticket]:
    with database.reading() as session:
        return list(session.scalars(select(Ticket).where(Ticket.state == state).order_by(Ticket.id)))


def the_change(database) -> OrderChange:
    with database.reading() as session:
        return session.scalars(select(OrderChange)).one()


def the_order(database) -> Order:
    with database.reading() as session:
        return session.scalars(select(Order)).one()


def key_in(page) -> str:
    return re.search(r'name="request_key" value="([^"]+)"', page.text)[1]


def text_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def assert_sound(services) -> None:
    with services.database.reading() as session:
        assert invariants.violations(session, now=services.clock.now()) == []


def review(visitor, order, slot, *numbers) -> str:
    """Go as far as the consequences of a move; return their address."""
    address = f"{order}rebooking/slots/{slot.uuid}/"
    visitor.get(f"{address}?" + "&".join(f"t={number}" for number in numbers))
    return address


def test_every_ticket_is_chosen_at_first_and_leads_to_days_with_room_for_all(visitor, slot, later, database):
    order = visitor.buy(slot, adult="2")
    full = add_slot(database, slot, days=2, capacity=1)

    page = visitor.get(f"{order}rebooking/")
    assert page.text.count('name="t"') == page.text.count(" checked>") == 2
    days = visitor.get(f"{order}rebooking/days/?t=1&t=2&month={later.local_date:%Y-%m}").text

    assert f"{order}rebooking/days/{later.local_date}/?t=1&amp;t=2" in days
    assert "Days with room" not in days
    assert re.search(rf'class="day full"[^>]*href="[^"]*{full.local_date}', days)
    assert re.search(rf'class="day (free|few)"[^>]*href="[^"]*{later.local_date}', days)


def test_the_soonest_times_and_the_times_of_a_day_have_room_for_all(visitor, slot, later, database):
    order = visitor.buy(slot, adult="2")
    add_slot(database, slot, days=2, capacity=1)

    soonest = visitor.get(f"{order}rebooking/days/?t=1&t=2").text
    day = visitor.get(f"{order}rebooking/days/{later.local_date}/?t=1&t=2").text
    small = visitor.get(f"{order}rebooking/days/{slot.local_date + timedelta(days=2)}/?t=1&t=2").text
    own = visitor.get(f"{order}rebooking/days/{slot.local_date}/?t=1&t=2").text

    assert soonest.count('<a class="slot') == 1
    assert f"rebooking/slots/{later.uuid}/?t=1&amp;t=2" in soonest
    assert f"rebooking/slots/{later.uuid}/" in day
    assert "too little room" in small
    assert "you have this time" in own
    assert '<a class="slot' not in small + own


def test_the_consequences_come_first_and_then_the_tickets_move(visitor, slot, later, database, services, mailbox):
    order = visitor.buy(slot, adult="2")
    old = tickets_of(database)

    address = review(visitor, order, later, 1, 2)
    assert "Move, nothing to pay" in visitor.page.text
    assert "void" in text_of(visitor.page)
    assert len(tickets_of(database)) == 2
    assert tickets_of(database, TicketState.VOID) == []
    answer = visitor.post(address, t=["1", "2"], request_key=key_in(visitor.page))

    assert (answer.status_code, answer.location) == (303, order)
    new = tickets_of(database)
    assert {ticket.slot_id for ticket in new} == {later.id}
    assert {ticket.code for ticket in new}.isdisjoint(ticket.code for ticket in old)
    page = text_of(visitor.get(order))
    assert "2 tickets moved from" in page
    assert "No longer valid" in page
    worker.run_jobs(services)
    assert "has changed" in mailbox.messages[-1].subject or "gewijzigd" in mailbox.messages[-1].subject
    assert_sound(services)


def test_pressing_twice_moves_once(visitor, slot, later, database, services):
    order = visitor.buy(slot, adult="2")
    address = review(visitor, order, later, 1, 2)
    before, key = visitor.page, key_in(visitor.page)

    first = visitor.post(address, t=["1", "2"], request_key=key)
    visitor.page = before
    again = visitor.post(address, t=["1", "2"], request_key=key)

    assert (first.location, again.status_code, again.location) == (order, 303, order)
    assert the_change(database).state is ChangeState.DONE
    assert_sound(services)


def test_a_dearer_time_is_paid_first_and_waits_on_the_orders_page(visitor, slot, later, database, services):
    order = visitor.buy(slot, adult="2")
    make_dear(database, later)
    address = review(visitor, order, later, 1, 2)
    assert "Move and pay €11.00" in visitor.page.text

    pay = visitor.post(address, t=["1", "2"], request_key=key_in(visitor.page)).location.removeprefix(HERE)

    assert "€11.00" in visitor.get(pay).text
    sandbox_page = visitor.page
    page = text_of(visitor.get(order))
    assert "Your change is waiting to be paid" in page
    assert "until 10:33" in page
    assert "Plans changed?" not in page
    again = visitor.post(f"{order}change/payment/").location.removeprefix(HERE)
    assert again == pay
    visitor.page = sandbox_page
    back = visitor.post(pay, outcome="pay").location.removeprefix(HERE)
    page = text_of(visitor.get(visitor.client.get(back).location))
    assert "2 tickets moved" in page
    assert "You paid €11.00 more." in page
    assert {ticket.slot_id for ticket in tickets_of(database)} == {later.id}
    assert_sound(services)


def test_a_waiting_change_can_be_left_and_then_another_made(visitor, slot, later, database, services):
    order = visitor.buy(slot, adult="2")
    make_dear(database, later)
    address = review(visitor, order, later, 1, 2)
    visitor.post(address, t=["1", "2"], request_key=key_in(visitor.page))

    for page in ("rebooking/", "cancellation/", "addition/", f"rebooking/days/{later.local_date}/?t=1"):
        refused = visitor.client.get(f"{order}{page}")
        assert refused.status_code == 409
        assert "A change already waits to be paid" in refused.text
    visitor.get(order)
    left = visitor.post(f"{order}change/release/")

    assert (left.status_code, left.location) == (303, order)
    assert "Plans changed?" in visitor.get(order).text
    assert "A change was not paid" in visitor.page.text
    assert {ticket.slot_id for ticket in tickets_of(database)} == {slot.id}
    assert visitor.post(f"{order}change/release/").location == order
    assert visitor.post(f"{order}change/payment/").location == order
    assert_sound(services)


def test_a_waiting_change_is_not_paid_for_ever(visitor, slot, later, database):
    order = visitor.buy(slot, adult="2")
    make_dear(database, later)
    address = review(visitor, order, later, 1, 2)
    pay = visitor.post(address, t=["1", "2"], request_key=key_in(visitor.page)).location.removeprefix(HERE)

    for _ in range(4):
        visitor.get(pay)
        visitor.post(pay, outcome="expire")
        visitor.get(order)
        pay = visitor.post(f"{order}change/payment/").location.removeprefix(HERE)
    visitor.get(pay)
    visitor.post(pay, outcome="expire")
    visitor.get(order)

    assert visitor.post(f"{order}change/payment/").status_code == 409


def test_tickets_of_others_and_numbers_that_are_none_are_refused(visitor, slot, later, database):
    order = visitor.buy(slot, adult="1")
    visitor.buy(slot, adult="1")

    for number in ("2", "0", "-1", "9999", "٣", "1e3", "x"):
        answer = visitor.client.get(f"{order}rebooking/slots/{later.uuid}/?t={number}")
        assert answer.status_code == 409, number
        address = review(visitor, order, later, 1)
        refused = visitor.post(address, t=[number], request_key="k")
        assert refused.status_code == 409, number
    with database.reading() as session:
        assert session.scalars(select(OrderChange)).all() == []


def test_nothing_chosen_leads_back_to_choosing(visitor, slot, later):
    order = visitor.buy(slot, adult="1")

    for page in ("days/", f"days/{later.local_date}/", f"slots/{later.uuid}/"):
        assert visitor.client.get(f"{order}rebooking/{page}").location == f"{order}rebooking/"
    assert visitor.client.get(f"{order}cancellation/review/").location == f"{order}cancellation/"
    review(visitor, order, later, 1)
    assert visitor.post(f"{order}rebooking/slots/{later.uuid}/", request_key="k").status_code == 422
    assert visitor.post(f"{order}cancellation/review/", request_key="k").status_code == 422


def test_full_past_and_unknown_times_are_refused_and_nothing_changes(visitor, slot, later, database, clock):
    order = visitor.buy(slot, adult="2")
    full = add_slot(database, slot, days=2, capacity=1)
    past = add_slot(database, slot, days=-9)
    review(visitor, order, later, 1, 2)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)[1]

    for uuid, status in ((full.uuid, 409), (past.uuid, 409), (slot.uuid, 422), ("0" * 8 + later.uuid[8:], 404)):
        page = visitor.client.get(f"{order}rebooking/slots/{uuid}/?t=1&t=2")
        done = visitor.client.post(
            f"{order}rebooking/slots/{uuid}/",
            data={"t": ["1", "2"], "request_key": uuid, "csrf_token": token},
        )
        assert (page.status_code, done.status_code) == (status, status), uuid
    assert {ticket.slot_id for ticket in tickets_of(database)} == {slot.id}


def test_another_experiences_time_is_refused(visitor, slot, database):
    order = visitor.buy(slot, adult="1")
    with database.transaction() as session:
        other = make.priced_slot(session, 5, make.NOON + timedelta(days=3), slug="mars")

    assert visitor.client.get(f"{order}rebooking/slots/{other.uuid}/?t=1").status_code == 422


def test_too_late_says_so_and_what_to_do(visitor, slot, later, database, clock):
    order = visitor.buy(slot, adult="1")
    review(visitor, order, later, 1)
    before, key = visitor.page, key_in(visitor.page)

    clock.advance(hours=50, minutes=1)  # 59 minutes before the visit
    page = text_of(visitor.get(order))

    assert "You could move this visit yourself until Thursday 26 November, 12:00." in page
    assert "You could cancel this visit yourself until Wednesday 25 November, 13:00." in page
    assert "ask at the desk" in page
    assert visitor.client.get(f"{order}rebooking/").location == order
    assert visitor.client.get(f"{order}cancellation/").location == order
    visitor.page = before
    refused = visitor.post(f"{order}rebooking/slots/{later.uuid}/", t=["1"], request_key=key)
    assert refused.status_code == 410
    assert "too late" in refused.text


def test_what_the_house_forbids_is_not_offered(visitor, slot, later, database, clock):
    set_rules(database, clock, may_move=False, may_cancel=False)
    order = visitor.buy(slot, adult="1")

    page = text_of(visitor.get(order))

    assert "These tickets cannot be moved here." in page
    assert "These tickets cannot be cancelled here." in page
    visitor.get(f"{order}addition/{slot.uuid}/review/?quantity-adult=1")
    assert visitor.post(f"{order}cancellation/review/", t=["1"], request_key="k").status_code == 410


def test_cancelling_shows_fee_and_refund_before_it_is_done(visitor, slot, database, services, clock):
    set_rules(database, clock, cancel_fee_percent=10)
    order = visitor.buy(slot, adult="2", child="1")
    assert "What we keep and what comes back" in text_of(visitor.get(order))

    visitor.get(f"{order}cancellation/review/?t=3")
    page = text_of(visitor.page)
    assert "Cancel these tickets?" in page
    assert "Cancel and get €13.05 back" in page
    assert tickets_of(database, TicketState.VOID) == []
    done = visitor.post(f"{order}cancellation/review/", t=["3"], request_key=key_in(visitor.page))

    assert done.location == order
    page = text_of(visitor.get(order))
    assert "€13.05 comes back to you. We kept €1.45." in page
    assert "Kept for changes" in page
    with database.reading() as session:
        assert session.scalars(select(Refund.amount_cents)).all() == [1305]
    worker.run_jobs(services)
    assert "€13.05 was paid back." in text_of(visitor.get(order))
    assert_sound(services)


def test_cancelling_everything_ends_the_order(visitor, slot, database, services):
    order = visitor.buy(slot, adult="2")

    visitor.get(f"{order}cancellation/review/?t=1&t=2")
    assert "Cancel the whole order?" in visitor.page.text
    before, key = visitor.page, key_in(visitor.page)
    visitor.post(f"{order}cancellation/review/", t=["1", "2"], request_key=key)
    visitor.page = before
    again = visitor.post(f"{order}cancellation/review/", t=["1", "2"], request_key=key)

    assert (again.status_code, again.location) == (303, order)
    assert the_order(database).state is OrderState.CANCELLED
    page = text_of(visitor.get(order))
    assert "This order was cancelled" in page
    assert "€39.00 comes back to you." in page
    assert "Plans changed?" not in page
    assert visitor.client.get(f"{order}rebooking/").status_code == 409
    assert visitor.client.get(f"{order}tickets.pdf").status_code == 409
    assert_sound(services)


def test_tickets_are_added_to_a_time_of_the_order_and_paid(visitor, slot, later, database, services):
    order = visitor.buy(slot, adult="1")

    page = visitor.get(f"{order}addition/")
    assert 'name="quantity-child"' in page.text
    visitor.get(f"{order}addition/{slot.uuid}/review/?quantity-child=2&quantity-adult=0")
    assert "Add and pay €29.00" in visitor.page.text
    pay = visitor.post(
        f"{order}addition/{slot.uuid}/review/", **{"quantity-child": "2"}, request_key=key_in(visitor.page)
    ).location.removeprefix(HERE)
    visitor.get(pay)
    back = visitor.post(pay, outcome="pay").location.removeprefix(HERE)
    page = text_of(visitor.get(visitor.client.get(back).location))

    assert "Added: 2 ×" in page
    assert len(tickets_of(database)) == 3
    assert visitor.client.get(f"{order}addition/{later.uuid}/").status_code == 422
    assert_sound(services)


@pytest.mark.parametrize(
    ("typed", "status"),
    [("quantity-adult=20", 422), ("quantity-adult=4", 409), ("quantity-adult=0", 422), ("quantity-adult=x", 422),
     ("quantity-dog=1", 422), ("", 422)],
)  # fmt: skip
def test_numbers_that_cannot_be_added_are_said_where_they_were_typed(visitor, slot, database, typed, status):
    order = visitor.buy(slot, adult="2")

    page = visitor.get(f"{order}addition/{slot.uuid}/review/?{typed}")

    assert page.status_code == status
    if status == 422:
        assert 'role="alert"' in page.text
        assert 'name="quantity-child"' in page.text
    with database.reading() as session:
        assert session.scalars(select(OrderChange)).all() == []


def test_a_free_ticket_more_costs_nothing_but_counts_against_the_limit(visitor, slot, database, services):
    with database.transaction() as session:
        session.scalars(select(TicketType).where(TicketType.slug == "companion")).one().max_per_order = 1
    order = visitor.buy(slot, adult="1")

    visitor.get(f"{order}addition/{slot.uuid}/review/?quantity-companion=1")
    assert "Add, nothing to pay" in visitor.page.text
    done = visitor.post(
        f"{order}addition/{slot.uuid}/review/", **{"quantity-companion": "1"}, request_key=key_in(visitor.page)
    )
    again = visitor.get(f"{order}addition/{slot.uuid}/review/?quantity-companion=1")

    assert done.location == order
    assert again.status_code == 422
    assert "at most 1" in text_of(again)
    assert_sound(services)


def test_a_used_ticket_is_not_offered(visitor, slot, later, database):
    order = visitor.buy(slot, adult="2")
    with database.transaction() as session:
        session.scalars(select(Ticket).order_by(Ticket.id)).first().admitted = 1

    page = visitor.get(f"{order}rebooking/").text

    assert re.findall(r'name="t" value="(\d+)"', page) == ["2"]
    assert visitor.client.get(f"{order}rebooking/slots/{later.uuid}/?t=1&t=2").status_code == 409


def test_a_wrong_secret_opens_none_of_the_pages(visitor, slot, later):
    order = visitor.buy(slot, adult="1")
    wrong = order.replace(order.split("/")[4], "a" * 32)
    visitor.get(f"{order}rebooking/slots/{later.uuid}/?t=1")

    for page in ("rebooking/", "rebooking/days/?t=1", f"rebooking/slots/{later.uuid}/?t=1", "cancellation/",
                 "cancellation/review/?t=1", "addition/", f"addition/{slot.uuid}/"):  # fmt: skip
        assert visitor.client.get(f"{wrong}{page}").status_code == 404, page
    for page in (f"rebooking/slots/{later.uuid}/", "cancellation/review/", f"addition/{slot.uuid}/review/",
                 "change/payment/", "change/release/"):  # fmt: skip
        assert visitor.post(f"{wrong}{page}", t=["1"], request_key="k").status_code == 404, page


def test_an_unpaid_order_offers_no_change(visitor, slot, later):
    pay = visitor.order(slot, adult="1")
    order = visitor.post(pay, outcome="expire").location.removeprefix(HERE)

    assert "Plans changed?" not in visitor.get(order).text
    assert visitor.client.get(f"{order}rebooking/").status_code == 409


def test_moving_to_a_closed_time_says_why(visitor, slot, later, database, clock):
    order = visitor.buy(slot, adult="1")
    address = review(visitor, order, later, 1)
    key = key_in(visitor.page)
    with database.transaction() as session:
        close(session, clock, later)

    assert visitor.client.get(f"{address}?t=1").status_code == 409
    refused = visitor.post(address, t=["1"], request_key=key)
    assert refused.status_code == 409
    assert "a storm" in refused.text


def close(session, clock, slot) -> None:
    from_then = ClosureRequest(
        dict.fromkeys(make.LANGUAGES, "a storm"),
        slot.starts_at - timedelta(hours=1),
        slot.starts_at + timedelta(days=1),
    )
    closures.close(session, from_then, actor=system("test"), now=clock.now())


def test_whoever_bought_from_a_reseller_changes_nothing_behind_their_back(visitor, slot, later, database):
    order = visitor.buy(slot, adult="2")
    with database.transaction() as session:
        session.scalars(select(Order)).one().channel = Channel.RESELLER

    fields = {"t": ["1", "2"], "request_key": "typed by hand"}
    answers = [
        visitor.post(f"{order}{where}", adult="1", **fields)
        for where in ("cancellation/review/", f"rebooking/slots/{later.uuid}/", f"addition/{slot.uuid}/review/")
    ]

    assert [each.status_code for each in answers] == [409] * 3
    assert len(tickets_of(database)) == 2
