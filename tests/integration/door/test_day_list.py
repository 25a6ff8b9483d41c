"""The list a device judges by without a network: enough for a verdict, nothing about a person, and small changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import door_stage
from tests.door_stage import NOON
from ticketing.door import day_list
from ticketing.door.verdict import Direction
from ticketing.sales.models import Order, OrderState
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket, TicketState

LATER = NOON + timedelta(minutes=20)


def compiled(session, since="", *, now=LATER):
    return day_list.compile_list(session, NOON.date(), since, now=now)


def by_hash(listed):
    return {ticket.hash: (ticket.admissions, ticket.admitted, ticket.inside, ticket.opens) for ticket in listed.tickets}


def short(stage):
    return codes.digest(stage.code)[:16]


@pytest.fixture
def stages(session):
    """A group that is half in, one whose ticket is void, one that is unpaid; and one of tomorrow."""
    group, void, unpaid = (door_stage.build(session, admissions=number) for number in (20, 1, 1))
    door_stage.build(session, starts_at=NOON + timedelta(days=1))
    door_stage.scan(session, group, admissions=12)
    door_stage.scan(session, group, admissions=2, direction=Direction.OUT)
    gone = update(Ticket).where(Ticket.id == void.ticket_id)
    session.execute(gone.values(state=TicketState.VOID, voided_at=NOON))
    session.execute(update(Order).where(Order.id == unpaid.order_id).values(state=OrderState.CANCELLED))
    return group, void, unpaid


def test_it_tells_of_todays_tickets_what_a_verdict_needs_and_of_no_person(session, stages):
    group, void, unpaid = stages

    listed = compiled(session)

    assert by_hash(listed) == {
        short(group): (20, 12, 10, "yes"), short(void): (1, 0, 0, "void"), short(unpaid): (1, 0, 0, "unpaid"),
    }  # fmt: skip
    assert listed.is_whole
    told = repr(listed)
    assert not any(private in told for private in ("ada@", group.code, codes.digest(group.code)))


def test_since_a_cursor_come_only_the_tickets_something_happened_to(session, stages):
    group, void, _ = stages
    before = compiled(session)
    door_stage.scan(session, group, now=LATER, scanned_at=NOON)
    after = compiled(session, before.cursor)

    quiet = compiled(session, after.cursor)
    session.execute(
        update(Ticket).where(Ticket.id == void.ticket_id).values(voided_at=LATER - timedelta(seconds=50))
    )  # read its time before it waited for a lock, and committed after the cursor was given

    assert not after.is_whole
    assert by_hash(after)[short(group)] == (20, 13, 11, "yes")
    assert by_hash(quiet) == {short(group): (20, 13, 11, "yes")}
    assert quiet.cursor == after.cursor
    assert short(void) in by_hash(compiled(session, after.cursor))


@pytest.mark.parametrize("since", ["x", "x.1", "{stamp}.", "{stamp}.-1", "{stamp}.٣", "{stamp}." + "9" * 30])
def test_a_cursor_that_is_none_or_of_other_slots_gets_the_whole_list(session, stages, since):
    stamp, _, _ = compiled(session).cursor.partition(".")

    assert compiled(session, since.format(stamp=stamp)).is_whole
    old = compiled(session).cursor
    door_stage.build(session)
    assert compiled(session, old).is_whole
