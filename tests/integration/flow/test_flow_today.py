"""The day of the duty manager, small enough to be worked out by hand; limits, hand counts, what is learnt."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import house_limits
from ticketing.catalogue.fullness import Light, Limits
from ticketing.catalogue.house_limits import LimitsInvalid
from ticketing.catalogue.models import ExperienceKind, HouseLimits, Slot
from ticketing.catalogue.promise import Promise
from ticketing.door.models import Device, Gate, Scan, Tally
from ticketing.door.verdict import Direction, Reason, Verdict
from ticketing.flow import day_loading, gate_flow, hand_counts, learning, today, today_mix
from ticketing.flow.day_loading import load_day
from ticketing.flow.hand_counts import Counted, HandCountInvalid
from ticketing.flow.models import HandCount
from ticketing.flow.occupancy import Source
from ticketing.foundation.actors import staff
from ticketing.foundation.clock import day_bounds
from ticketing.sales.models import Channel
from ticketing.tickets.models import Ticket, TicketState

MO = staff(1, "Mo Manager")
TEN = make.NOON - timedelta(hours=3)  # 10:00 in Mechelen


def scan(session: Session, ticket: Ticket, at, direction: Direction = Direction.IN, reason: Reason | None = None):
    gate = session.scalars(select(Gate)).first()
    if gate is None:
        gate = Gate(slug="main", name="Main")
        session.add(gate)
        session.flush()
    verdict = Verdict.REFUSE if reason else Verdict.ADMIT
    session.execute(insert(Scan).values(
        scan_id=f"test:{ticket.id}:{at.isoformat()}:{reason}", ticket_id=ticket.id, code_digest=ticket.digest,
        gate_id=gate.id, direction=direction, verdict=verdict, reason=reason, admissions=1, scanned_at=at,
        received_at=at,
    ))  # fmt: skip
    if verdict is Verdict.ADMIT and direction is Direction.IN:
        ticket.admitted = 1


@pytest.fixture
def golden_day(session: Session) -> tuple[Slot, Slot]:
    """Two slots of three tickets: of the first one is void, one came at once, one late; of the second nobody yet.

    The late one went out, came in again, and a device sent the same scan twice: refused as used already.
    """
    make.opening_hours(session)
    first, second = make.priced_slot(session, 10, TEN), make.priced_slot(session, 10, TEN + timedelta(hours=2))
    for slot in (first, second):
        make.confirmed_order(session, slot, TEN - timedelta(days=1), adult=3)
    mine = select(Ticket).where(Ticket.slot_id == first.id).order_by(Ticket.id)
    void, punctual, late = session.scalars(mine).all()
    void.state = TicketState.VOID
    scan(session, punctual, TEN + timedelta(minutes=4))
    scan(session, late, TEN + timedelta(minutes=29))
    scan(session, late, TEN + timedelta(minutes=32), reason=Reason.ALREADY_USED)
    scan(session, late, TEN + timedelta(minutes=40), Direction.OUT)
    scan(session, late, TEN + timedelta(minutes=44), Direction.IN)
    make.confirmed_order(session, make.priced_slot(session, 9, TEN, "film", ExperienceKind.SHOW), TEN, adult=2)
    session.flush()
    return first, second


def test_the_golden_day_figure_by_figure(session, golden_day, zone) -> None:
    first, second = golden_day
    now = TEN + timedelta(minutes=45)
    flow = today.flow_today(session, zone=zone, now=now)
    gates = gate_flow.gate_flows(day_loading.gate_scans(session, now - gate_flow.WATCHED, now))
    by_slot = {each.slot.id: each for each in flow.slots}

    assert set(by_slot) == {first.id, second.id}, "a show brings nobody into the house"
    assert [(each.slot.booked, each.slot.shown, each.slot.free, each.to_come) for each in flow.slots] == [
        (2, 2, 7, 0), (3, 0, 7, 3),
    ]  # fmt: skip
    assert (flow.came, flow.late, flow.future) == (2, 0, 3)
    assert (
        flow.came == sum(quarter.came or 0 for quarter in flow.quarters) == sum(each.slot.shown for each in flow.slots)
    )
    assert {quarter.at: quarter.came for quarter in flow.quarters if quarter.came} == {
        TEN: 1, TEN + timedelta(minutes=15): 1,
    }, "who went on an errand is no arrival"  # fmt: skip
    assert len(flow.quarters) == 30
    assert flow.inside.source is Source.MODEL
    assert flow.inside.estimate.mean == pytest.approx(2, abs=0.1)
    assert flow.inside.age_hours == pytest.approx(16 / 60)
    assert (flow.punctuality.early, flow.punctuality.on_time, flow.punctuality.late) == (0, 2, 0)
    assert [(gate.scans, dict(gate.refused)) for gate in gates] == [(3, {Reason.ALREADY_USED: 1})]
    mix = today_mix.mix_of_today(session, zone=zone, now=now)
    assert [(each.booked, each.came) for each in mix.types] == [(5, 2)]
    assert [(each.channel, each.tickets, each.cents) for each in mix.sold] == [
        (Channel.ONLINE, 2, 2 * make.ADULT_CENTS),
    ], "of today is only the show"  # fmt: skip
    assert 0 <= flow.wait_next < 0.1
    assert (flow.limits, flow.light, {each.room for each in flow.slots}) == (None, None, {None})


@pytest.mark.one_engine
@pytest.mark.parametrize(("changing", "quarters"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_a_day_on_which_the_clock_changes_opens_at_the_hour_on_the_wall(session, zone, changing, quarters) -> None:
    make.opening_hours(session)
    begin, end = day_bounds(changing, zone)
    flow = today.flow_today(session, zone=zone, now=begin + timedelta(hours=20))

    assert (end - begin) / timedelta(minutes=15) == quarters
    assert [quarter.at.astimezone(zone).time() for quarter in (flow.quarters[0], flow.quarters[-1])] == [
        time(9, 30), time(16, 45),
    ]  # fmt: skip
    assert len(flow.quarters) == 30


def test_limits_hold_from_when_they_are_set_and_each_setting_stays(session, golden_day, zone, now) -> None:
    wanted = Limits(10, staff=2, reserve=1, sales_percent=60, risk_bp=100, promise=Promise.MOMENT)
    house_limits.set_limits(session, wanted, actor=MO, now=now)
    house_limits.set_limits(session, wanted, actor=MO, now=now)
    flow = today.flow_today(session, zone=zone, now=TEN + timedelta(minutes=45))

    assert house_limits.find_limits(session) == wanted
    assert session.scalar(select(func.count()).select_from(HouseLimits)) == 1
    assert (wanted.visitors, wanted.sales, flow.light) == (7, 4, Light.GREEN)
    assert [wanted.light(people) for people in (3.2, 3.9, 7)] == [Light.AMBER, Light.RED, Light.STOP]
    assert flow.slots[1].room == 0, "two inside and three to come: no room for one more"


@pytest.mark.one_engine
@pytest.mark.parametrize(("impossible", "field"), [
    (Limits(0), "fire_limit"), (Limits(10, staff=10), "staff"), (Limits(10, staff=5, reserve=5), "reserve"),
    (Limits(10, sales_percent=0), "sales_percent"), (Limits(10, risk_bp=0), "risk"),
])  # fmt: skip
def test_limits_that_cannot_be_are_refused(session, now, impossible, field) -> None:
    with pytest.raises(LimitsInvalid) as refused:
        house_limits.set_limits(session, impossible, actor=MO, now=now)

    assert refused.value.details["field"] == field


def test_a_hand_count_is_kept_once_and_the_day_is_reckoned_from_it(session, golden_day, zone) -> None:
    now = TEN + timedelta(minutes=45)
    said = Counted(5, TEN + timedelta(minutes=42), 1)
    for _ in range(2):
        hand_counts.write_down(session, said, "the-form", actor=MO, now=now)
    flow = today.flow_today(session, zone=zone, now=now)

    assert session.scalar(select(func.count()).select_from(HandCount)) == 1
    assert flow.anchored_at == TEN + timedelta(minutes=42)
    assert flow.inside.estimate.mean == pytest.approx(5, abs=0.01)
    assert flow.trend == pytest.approx(0, abs=0.01), "whom we had not known of did not come in just now"
    with pytest.raises(HandCountInvalid):
        hand_counts.write_down(session, Counted(5, now + timedelta(minutes=1), 1), "later", actor=MO, now=now)


def test_habits_are_learnt_of_the_weeks_before_and_not_of_today(session, golden_day, zone, now) -> None:
    nothing = learning.learn(session, zone=zone, now=now)
    learnt = learning.learn(session, zone=zone, now=now + timedelta(days=1))

    assert (nothing.show.booked, nothing.stay_n, nothing.exit_days) == (0, 0, 0)
    assert (learnt.show.shows, learnt.show.booked) == (2, 5)
    assert (learnt.stay_n, learnt.punctuality_n) == (1, 1)
    assert learning.find_habits(session) == learnt
    assert learning.from_document(learning.to_document(learnt)) == learnt


def test_who_is_counted_by_tap_is_counted_with_who_is_scanned(session, golden_day, zone) -> None:
    device = Device(name="back door", token_digest="d" * 64, enrolled_at=TEN)
    session.add(device)
    session.flush()
    gate = session.scalars(select(Gate)).one()
    for minute, delta in ((5, 1), (6, 1), (7, 1), (30, -1)):
        at = TEN + timedelta(minutes=minute)
        session.add(Tally(
            tally_id=f"device:{minute}", gate_id=gate.id, device_id=device.id, delta=delta, counted_at=at, told_at=at,
            received_at=at,
        ))  # fmt: skip
    session.flush()

    counts = load_day(session, TEN.date(), zone=zone, now=TEN + timedelta(minutes=45)).counts

    assert sum(passing.people for passing in counts.ins) == 2 + 3
    assert sum(passing.people for passing in counts.outs) == 1
    assert [passing.hours for passing in counts.ins] == sorted(passing.hours for passing in counts.ins)
