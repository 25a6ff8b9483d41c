"""The shop keeps to the limit of the house: ceilings of slots, places released through the day, how busy it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from tests.integration.flow.test_flow_today import MO, TEN, scan
from ticketing.catalogue import availability, capacity, crowding, house_limits
from ticketing.catalogue.capacity import SlotFull
from ticketing.catalogue.closures import load_calendar
from ticketing.catalogue.crowding import Crowd, crowd_of
from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.models import Slot
from ticketing.flow import house_watch
from ticketing.foundation.clock import local_date_of
from ticketing.tickets.models import Ticket


def watched(session, zone, now, days: int = 3) -> None:
    today = local_date_of(now, zone)
    crowding.set_crowding(session, house_watch.watch(session, today, today + timedelta(days=days), zone=zone, now=now))
    session.expire_all()


@pytest.fixture
def tomorrow(session) -> list[Slot]:
    """Eight slots of fifty, every half hour from ten; a limit of a hundred and twenty."""
    make.opening_hours(session)
    slots = [make.priced_slot(session, 50, TEN + timedelta(days=1, minutes=30 * number)) for number in range(8)]
    house_limits.set_limits(session, Limits(120), actor=MO, now=TEN)
    return slots


def test_a_slot_stops_selling_when_the_house_would_be_too_full(session, tomorrow, zone) -> None:
    watched(session, zone, TEN)
    ceilings = [slot.ceiling for slot in tomorrow]
    free = capacity.free_places(session, [slot.id for slot in tomorrow], now=TEN)

    assert all(ceiling is not None and 0 < ceiling < 50 for ceiling in ceilings)
    assert 100 < sum(ceilings) < 200
    assert [free[slot.id] for slot in tomorrow] == ceilings
    with pytest.raises(SlotFull) as refused:
        capacity.take(session, {tomorrow[0].id: ceilings[0] + 1}, "a", expires_at=make.NOON, now=TEN)
    assert refused.value.details["free"] == ceilings[0]
    capacity.take(session, {tomorrow[0].id: ceilings[0]}, "b", expires_at=TEN + timedelta(hours=1), now=TEN)

    seen = availability.slots_on(session, tomorrow[0].experience_id, tomorrow[0].local_date, zone=zone, now=TEN)
    assert [view.free for view in seen] == [0, *ceilings[1:]]
    days = availability.days_between(
        session,
        tomorrow[0].experience_id,
        tomorrow[0].local_date,
        tomorrow[0].local_date,
        calendar=load_calendar(session, zone),
        now=TEN,
    )
    assert days[0].free == sum(ceilings[1:])


def test_what_is_sold_stays_sold_and_others_give_way(session, tomorrow, zone) -> None:
    make.confirmed_order(session, tomorrow[3], TEN, adult=20)
    make.confirmed_order(session, tomorrow[3], TEN, adult=20)
    watched(session, zone, TEN)

    assert tomorrow[3].ceiling >= 40
    assert house_watch.watch(session, TEN.date(), tomorrow[0].local_date, zone=zone, now=TEN) == []


def test_with_a_higher_limit_nothing_is_held_back(session, tomorrow, zone) -> None:
    watched(session, zone, TEN)
    house_limits.set_limits(session, Limits(1000), actor=MO, now=TEN)
    watched(session, zone, TEN)

    assert {slot.ceiling for slot in tomorrow} == {None}
    assert {crowd_of(slot.busyness) for slot in tomorrow} == {Crowd.QUIET}


def test_places_of_those_who_do_not_come_are_released_through_the_day(session, tomorrow, zone) -> None:
    for slot in tomorrow[:4]:
        make.confirmed_order(session, slot, TEN, adult=20)
    watched(session, zone, TEN)
    before = sum(slot.ceiling for slot in tomorrow[5:])
    noon = tomorrow[4].starts_at + timedelta(minutes=5)
    for ticket in session.scalars(select(Ticket).where(Ticket.slot_id == tomorrow[0].id)):
        scan(session, ticket, tomorrow[0].starts_at + timedelta(minutes=5))
    watched(session, zone, noon)

    assert sum(slot.ceiling or slot.capacity for slot in tomorrow[5:]) > before


def test_how_busy_it_will_be_is_said_of_what_is_usual(session, tomorrow, zone) -> None:
    week_ago = make.priced_slot(session, 60, tomorrow[1].starts_at - timedelta(days=7))
    for _ in range(3):
        make.confirmed_order(session, week_ago, TEN - timedelta(days=6, hours=2), adult=20)
    watched(session, zone, TEN)
    crowds = [crowd_of(slot.busyness) for slot in tomorrow]

    assert crowds[0] in {Crowd.QUIET, Crowd.NORMAL}
    assert tomorrow[1].busyness > tomorrow[7].busyness
    assert [crowd_of(share) for share in (None, 39, 40, 74, 75)] == [
        None, Crowd.QUIET, Crowd.NORMAL, Crowd.NORMAL, Crowd.BUSY,
    ]  # fmt: skip
