"""Hours, patterns and single slots change: what was shown is what is done, and nothing that was sold is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import (
    availability,
    bulk_changes,
    capacity,
    marks,
    opening_editing,
    pattern_editing,
    slot_changes,
    slot_editing,
    timetable,
)
from ticketing.catalogue.bulk_changes import BulkAct, BulkWish
from ticketing.catalogue.capacity import SlotWithdrawn
from ticketing.catalogue.checking import CatalogueInvalid
from ticketing.catalogue.closures import load_calendar
from ticketing.catalogue.marks import CatalogueMovedOn
from ticketing.catalogue.models import Experience, Slot, TimetablePattern
from ticketing.catalogue.opening_editing import DropException, SetClosingDay, SetException, SetUsualHours
from ticketing.catalogue.pattern_editing import PatternWish
from ticketing.catalogue.slot_changes import Fate, PreviewOutdated
from ticketing.catalogue.slot_editing import SlotHasSales, SlotSheet
from ticketing.foundation.actors import staff
from ticketing.foundation.languages import LANGUAGES
from ticketing.operations import invariants
from ticketing.sales import slot_orders

ANNA = staff(1, "Anna")
DAY = date(2026, 11, 26)
REASONS = dict.fromkeys(LANGUAGES, "Because.")
EVERY_DAY = frozenset(range(7))


@pytest.fixture
def act(zone: ZoneInfo, now: datetime) -> dict[str, object]:
    return {"zone": zone, "actor": ANNA, "now": now}


@pytest.fixture
def visit(session: Session, zone: ZoneInfo, now: datetime) -> Experience:
    """Every hour from 10 to 12 on DAY alone, twenty places each, tickets for it priced."""
    make.opening_hours(session)
    experience = session.get_one(Experience, make.priced_slot(session, starts_at=now - timedelta(days=9)).experience_id)
    session.add(
        TimetablePattern(
            experience_id=experience.id, weekdays="0123456", first_at_local=time(10), last_at_local=time(12),
            every_minutes=60, capacity=20, valid_from=DAY, valid_until=DAY,
        )
    )  # fmt: skip
    session.flush()
    timetable.lay_out(session, DAY, DAY, zone=zone, now=now)
    return experience


def slots(session: Session) -> list[Slot]:
    mine = select(Slot).where(Slot.local_date >= DAY).order_by(Slot.starts_at).execution_options(populate_existing=True)
    return list(session.scalars(mine))


def offered(session: Session) -> list[tuple[str, int]]:
    return [(f"{s.starts_at:%H:%M}", s.capacity) for s in slots(session) if s.withdrawn_at is None]


def test_other_hours_take_what_nobody_bought_and_keep_what_somebody_did(session, visit, zone, now, act) -> None:
    order = make.confirmed_order(session, slots(session)[0], now, adult=2)
    wish = SetException(DAY, DAY, time(12), time(17), REASONS)

    preview = opening_editing.preview(session, wish, zone=zone, now=now)
    opening_editing.carry_out(session, wish, preview.digest, **act)

    assert [each.fate for each in preview.outcomes] == [Fate.KEPT, Fate.GOES, Fate.STAYS]
    assert offered(session) == [("09:00", 0), ("11:00", 20)]
    kept = slot_changes.oversold(session, now=now, limit=9)
    assert [(slot.claimed, slot.capacity) for slot in kept] == [(2, 0)]
    touched = slot_orders.count_touched(session, [slot.id for slot in kept])
    assert (touched.orders, touched.people) == (1, 2)
    assert [each.code for each in slot_orders.orders_of(session, kept[0].id, limit=5)] == [order.code]
    assert [v.id for v in invariants.violations(session, now=now)] == []
    assert timetable.lay_out(session, DAY, DAY, zone=zone, now=now) == 0

    usual = DropException(DAY)
    back = opening_editing.preview(session, usual, zone=zone, now=now)
    opening_editing.carry_out(session, usual, back.digest, **act)

    assert offered(session) == [("09:00", 20), ("10:00", 20), ("11:00", 20)]


def test_what_is_no_longer_what_was_shown_is_not_done(session, visit, zone, now, act) -> None:
    wish = SetUsualHours((3,), DAY, None, None)
    shown = opening_editing.preview(session, wish, zone=zone, now=now)
    make.confirmed_order(session, slots(session)[1], now, adult=1)

    with pytest.raises(PreviewOutdated):
        opening_editing.carry_out(session, wish, shown.digest, **act)

    assert len(offered(session)) == 3


def test_a_closing_day_of_every_year_closes_it_unless_an_exception_opens_it(session, visit, zone, now, act) -> None:
    wish = SetClosingDay(DAY.month, DAY.day, REASONS)
    shown = opening_editing.preview(session, wish, zone=zone, now=now)
    opening_editing.carry_out(session, wish, shown.digest, **act)

    day = availability.days_between(session, visit.id, DAY, DAY, calendar=load_calendar(session, zone), now=now)[0]

    assert (day.mark.value, dict(day.reasons)) == ("closed", REASONS)
    wish_open = SetException(DAY, DAY, time(9), time(17), REASONS)
    assert opening_editing.preview(session, wish_open, zone=zone, now=now).counts["appears"] == 3


def test_a_pattern_changes_slots_and_two_managers_hear_of_each_other(session, visit, zone, now, act) -> None:
    pattern = pattern_editing.patterns_of(session, visit.id)[0]
    sheet = pattern_editing.sheet_of(pattern)
    wish = PatternWish(visit.id, replace(sheet, every_minutes=30, capacity=9), pattern.id, marks.mark_of(pattern))
    shown = pattern_editing.preview(session, wish, zone=zone, now=now)

    pattern_editing.carry_out(session, wish, shown.digest, **act)
    session.flush()

    assert offered(session) == [(at, 9) for at in ("09:00", "09:30", "10:00", "10:30", "11:00")]
    with pytest.raises(CatalogueMovedOn) as refusal:
        pattern_editing.carry_out(session, wish, shown.digest, **act)
    assert refusal.value.details["by"] == "Anna"
    gone = PatternWish(visit.id, None, pattern.id, marks.mark_of(pattern))
    pattern_editing.carry_out(session, gone, pattern_editing.preview(session, gone, zone=zone, now=now).digest, **act)
    assert offered(session) == []


def test_one_slot_gets_fewer_places_than_are_taken_and_shows_it(session, visit, now) -> None:
    slot = slots(session)[0]
    make.confirmed_order(session, slot, now, adult=3)
    sheet = SlotSheet(1, slot.admits_from, slot.starts_at + timedelta(minutes=10))

    slot_editing.change(session, slot.uuid, sheet, marks.mark_of(slot), actor=ANNA, now=now)

    figures = slot_editing.get_figures(session, slot.uuid, now=now)
    assert (figures.claims.sold, figures.left, figures.oversold) == (3, 0, 2)
    assert [v.id for v in invariants.violations(session, now=now)] == []
    with pytest.raises(CatalogueInvalid):
        slot_editing.change(
            session, slot.uuid, replace(sheet, admits_until=slot.starts_at), marks.mark_of(slot), actor=ANNA, now=now
        )


def test_a_slot_is_added_at_an_odd_time_and_taken_away_for_good(session, visit, zone, now, act) -> None:
    odd = slot_editing.add(session, visit, DAY, time(20, 15), 8, **act)
    with pytest.raises(CatalogueInvalid):
        slot_editing.add(session, visit, DAY, time(20, 15), 9, **act)

    slot_editing.withdraw(session, odd.uuid, actor=ANNA, now=now)
    slot_editing.withdraw(session, slots(session)[0].uuid, actor=ANNA, now=now)

    with pytest.raises(SlotWithdrawn):
        capacity.take(session, {odd.id: 1}, "holder", expires_at=now + timedelta(minutes=9), now=now)
    assert timetable.lay_out(session, DAY, DAY, zone=zone, now=now) == 0
    assert [at for at, _ in offered(session)] == ["10:00", "11:00"]
    again = slot_editing.add(session, visit, DAY, time(20, 15), 5, **act)
    assert (again.id, again.capacity, again.withdrawn_at) == (odd.id, 5, None)


def test_a_slot_somebody_has_places_in_is_not_taken_away(session, visit, now) -> None:
    slot = slots(session)[0]
    make.hold(session, slot, now, adult=1)

    with pytest.raises(SlotHasSales):
        slot_editing.withdraw(session, slot.uuid, actor=ANNA, now=now)


@pytest.mark.parametrize(
    ("act_wanted", "amount", "times", "left"),
    [
        (BulkAct.SET, 30, (), [30, 30, 30]),
        (BulkAct.MORE, -19, (time(10),), [1, 20, 20]),
        (BulkAct.PERCENT, 10, (), [22, 22, 22]),
        (BulkAct.ADD, 6, (time(10), time(10, 20)), [20, 6, 20, 20]),
        (BulkAct.REMOVE, 0, (), [0]),
    ],
)
def test_many_slots_change_as_shown(session, visit, now, zone, act, act_wanted, amount, times, left) -> None:
    make.confirmed_order(session, slots(session)[0], now, adult=2)
    wish = BulkWish(visit.id, act_wanted, amount, DAY, DAY, EVERY_DAY, times)
    shown = bulk_changes.preview(session, wish, zone=zone, now=now)

    bulk_changes.carry_out(session, wish, shown.digest, **act)

    assert [places for _, places in offered(session)] == left
    assert shown.counts["oversold"] == (left[0] < 2)
    assert [v.id for v in invariants.violations(session, now=now)] == []
