"""What goes with a basket, ways out of a clash, and whole days, as the timetable and what is left of it allow."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests import make
from ticketing.catalogue import capacity
from ticketing.catalogue.models import ExperienceKind
from ticketing.sales import day_options, hold_changes, holds
from ticketing.sales.day_options import DayWish

FAMILY = {"adult": 2, "child": 1, "senior": 0}
DAY = date(2026, 11, 24)


def slot(session, hour: float, slug: str, capacity: int = 5, day: int = 0):
    """A slot of an hour, so many hours after 13:00."""
    kind = {"visit": ExperienceKind.ADMISSION, "beetle": ExperienceKind.WORKSHOP}.get(slug, ExperienceKind.SHOW)
    return make.priced_slot(session, capacity, make.NOON + timedelta(hours=hour, days=day), slug, kind)


def planned(session, zone, now, *slugs, day=DAY, own=None):
    return day_options.plan(session, DayWish(day, slugs, FAMILY), own or {}, zone=zone, now=now)


def clock(plan) -> list[str]:
    return [f"{step.experience.slug} {step.start.starts_at_local:%H.%M}" for step in plan]


def test_a_day_skips_what_is_too_full_for_all_of_them(session, zone, now):
    slot(session, -1, "visit", capacity=2), slot(session, 0, "visit")
    slot(session, 1, "lightning", capacity=2), slot(session, 2, "lightning"), slot(session, 4, "lightning")
    slot(session, 2.5, "beetle"), slot(session, 5, "beetle")

    first, second = planned(session, zone, now, "visit", "lightning", "beetle").proposals

    assert clock(first) == ["visit 13.00", "beetle 15.30", "lightning 17.00"]
    assert clock(second) == ["visit 13.00", "lightning 15.00", "beetle 18.00"]
    assert [step.price.cents for step in first] == [2 * make.ADULT_CENTS + make.CHILD_CENTS] * 3


def test_a_day_that_cannot_be_says_why_and_names_the_nearest_that_can(session, zone, now):
    slot(session, 0, "visit"), slot(session, 1, "lightning"), slot(session, 1.5, "beetle"), slot(session, 3, "cold", 2)
    for day in (2, 5):
        slot(session, 0, "visit", day=day), slot(session, 1, "lightning", day=day)
        slot(session, 3, "beetle", day=day), slot(session, 5, "cold", day=day)

    day = planned(session, zone, now, "visit", "lightning", "beetle", "cold")

    assert day.proposals == ()
    names = {step.experience.id: step.experience.slug for step in planned(
        session, zone, now, "visit", "lightning", "beetle", "cold", day=day.other_day).proposals[0]}  # fmt: skip
    assert [names[key] for key in day.obstacle.without] == ["cold"]
    assert [{names[key] for key in pair} for pair in day.obstacle.pairs] == [{"lightning", "beetle"}]
    assert day.other_day == DAY + timedelta(days=2)


def test_their_own_places_count_as_free_and_the_new_day_takes_the_place_of_the_old(session, zone, now):
    visit, show = slot(session, 0, "visit"), slot(session, 1, "lightning", capacity=3)
    other = slot(session, 3, "cold")
    hold = make.hold(session, visit, now, adult=2, child=1)
    hold_changes.choose(session, hold, {show.uuid: {"adult": 2, "child": 1}}, now=now)

    (proposal,) = planned(session, zone, now, "visit", "lightning", own={show.id: 3, visit.id: 3}).proposals
    assert clock(proposal) == ["visit 13.00", "lightning 14.00"]

    day_options.take(session, [visit.uuid, other.uuid], FAMILY, "a key", holds.get_hold(session, hold.secret), now=now)

    lines = holds.get_hold(session, hold.secret).lines
    assert {line.slot.experience.slug for line in lines} == {"visit", "cold"}
    assert capacity.free_places(session, [show.id], now=now) == {show.id: 3}


def test_a_whole_day_is_taken_or_nothing_of_it(database, now):
    with database.transaction() as session:
        visit, show = slot(session, 0, "visit"), slot(session, 1, "lightning", capacity=2)

    with pytest.raises(capacity.SlotFull), database.transaction() as session:
        day_options.take(session, [visit.uuid, show.uuid], FAMILY, "a key", None, now=now)

    with database.reading() as session:
        assert capacity.free_places(session, [visit.id, show.id], now=now) == {visit.id: 5, show.id: 2}


def test_beside_a_basket_stands_what_has_room_and_clashes_with_nothing(session, zone, now):
    visit, beetle = slot(session, 0, "visit"), slot(session, 1, "beetle")
    clashing, fitting = slot(session, 1.5, "lightning"), slot(session, 4, "lightning")
    slot(session, 3, "cold", capacity=2), slot(session, -1, "cold")
    hold = make.hold(session, visit, now, adult=2, child=1)
    hold_changes.choose(session, hold, {beetle.uuid: {"adult": 2, "child": 1}}, now=now)
    hold = holds.get_hold(session, hold.secret)

    (offered,) = day_options.around(session, hold, zone=zone, now=now).offered[DAY]

    assert (offered.experience.slug, [start.uuid for start in offered.starts]) == ("lightning", [fitting.uuid])
    assert offered.numbers == {"adult": 2, "child": 1}

    hold_changes.choose(session, hold, {clashing.uuid: {"adult": 1}}, now=now)
    (found,) = day_options.around(session, holds.get_hold(session, hold.secret), zone=zone, now=now).clashes
    assert (found.first.id, found.second.id) == (beetle.id, clashing.id)
    (way,) = found.ways_out
    assert (way.instead_of.id, way.start.uuid, way.numbers) == (clashing.id, fitting.uuid, {"adult": 1})


def test_a_basket_without_a_visit_is_offered_one(session, zone, now):
    slot(session, 0, "visit")
    hold = make.hold(session, slot(session, 1, "lightning"), now, adult=2)

    (offered,) = day_options.around(session, hold, zone=zone, now=now).offered[DAY]

    assert offered.experience.slug == "visit"
