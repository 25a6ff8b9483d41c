"""A forecast from the house's own tickets: history added up, made anew, kept once; and the lanes it takes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from tests import make
from tests.integration.flow.test_flow_today import MO, TEN
from ticketing.catalogue import closures
from ticketing.door.models import Gate
from ticketing.flow import attendance, influences, staffing, weeks_ahead
from ticketing.flow.day_types import Sky
from ticketing.flow.forecast_models import DayForecast, DayInfluence, ForecastScore, InfluenceKind, SlotForecast
from ticketing.flow.influences import InfluenceInvalid, InfluenceWish
from ticketing.flow.staffing import Crowd, StaffingWish
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.jobs import Job
from ticketing.operations import forecasts, invariants, simulator
from ticketing.tickets.models import Ticket, TicketState

DAY = date(2026, 11, 20)
EVENT = InfluenceWish(InfluenceKind.EVENT, "=Night of the stars", date(2026, 11, 28), date(2026, 11, 28), 40)


def local(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, 30, tzinfo=make.ZONE)


def test_a_past_day_tells_how_it_was_booked_and_who_came(session, zone) -> None:
    slot = make.priced_slot(session, 5, local(20, 11))
    shut = make.priced_slot(session, 5, local(19, 11))
    make.confirmed_order(session, slot, now=local(10, 10), adult=5)
    issued = [local(17, 23), local(18, 0), local(19, 12), local(20, 10), local(18, 9)]
    for ticket, at in zip(session.scalars(select(Ticket).order_by(Ticket.id)), issued, strict=True):
        ticket.issued_at = at
    session.flush()
    last = select(func.max(Ticket.id)).scalar_subquery()
    session.execute(update(Ticket).where(Ticket.id == last).values(state=TicketState.VOID, voided_at=local(19, 9)))
    session.execute(update(Ticket).where(Ticket.id < last).values(admitted=1))
    words = dict.fromkeys(make.LANGUAGES, "Storm")
    closures.close(
        session, closures.ClosureRequest(words, local(19, 9), local(19, 18)), actor=MO, now=local(19, 9)
    )  # fmt: skip
    known = influences.days_between(session, date(2026, 11, 18), DAY)

    empty, closed, day = attendance.past_days(session, known, zone=zone)

    assert day.booked[:5] == (3, 3, 1, 0, 0)  # at midnight of the 20th, the 19th, the 18th, the 17th
    assert (day.came, day.is_open, day.is_sold_out) == (4, True, False)
    assert (empty.came, empty.is_open, closed.is_open) == (0, False, False)
    assert shut.local_date == closed.day.local_date


@pytest.fixture
def lived(services, database) -> None:
    """A house that has had two visits a day for six weeks, closed on Mondays, and has them for two weeks to come."""
    with database.transaction() as session:
        make.opening_hours(session)
        session.add(Gate(slug="main", name="Main"))
        for number in range(-42, 15):
            at = TEN + timedelta(days=number)
            for half_hour in range(2 if at.weekday() else 0):
                make.priced_slot(session, 60, at + timedelta(minutes=30 * half_hour))
        simulator.simulate_past(session, days=42, zone=make.ZONE, now=services.clock.now(), days_ahead=14)
        influences.write_down(session, EVENT, actor=MO, now=TEN)


def test_a_forecast_is_made_anew_and_stands_once(services, database, lived, zone) -> None:
    first, again = (forecasts.make(services) for _ in range(2))

    now = services.clock.now()
    with database.reading() as session:
        days = session.scalars(select(DayForecast).order_by(DayForecast.local_date)).all()
        slots = session.scalar(select(func.count()).select_from(SlotForecast))
        weeks = weeks_ahead.weeks_ahead(session, zone=zone, now=now)
        table = weeks_ahead.days_table(weeks, "nl", zone)
        leads = session.scalars(select(ForecastScore.lead)).all()
        usual, busy = (
            staffing.staff_day(session, StaffingWish(EVENT.first, 30, crowd=crowd), zone=zone, now=now)
            for crowd in Crowd
        )
        assert invariants.violations(session, now=now) == []
    assert first == again
    assert (len(days), slots, 1 in leads) == (42, sum(len(each) for each in first.slots.values()), True)
    mondays = [day for day in days if day.local_date.weekday() == 0]
    assert {(day.is_open, day.mid, day.high) for day in mondays} == {(False, 0, 0)}
    assert all(day.low <= day.mid <= day.high <= day.places for day in days)
    assert [row[10] for row in table.rows if row[0] == EVENT.first] == [EVENT.name]
    assert usual.people == next(day.mid for day in days if day.local_date == EVENT.first)
    assert 0 < usual.most_lanes <= busy.most_lanes
    assert all(each.late_share < 0.05 for each in busy.quarters)


def test_the_calendar_takes_a_thing_once_and_asks_for_a_new_forecast(session) -> None:
    noted = influences.write_down(session, EVENT, actor=MO, now=TEN)
    assert influences.write_down(session, EVENT, actor=MO, now=TEN) is noted
    for wrong in (
        InfluenceWish(EVENT.kind, EVENT.name, EVENT.first, EVENT.last, 50),  # something else under the same name
        InfluenceWish(EVENT.kind, "Fair", EVENT.first, EVENT.last),
        InfluenceWish(InfluenceKind.SCHOOL_HOLIDAY, "Autumn", EVENT.first, EVENT.first - timedelta(days=1)),
    ):
        with pytest.raises(InfluenceInvalid):
            influences.write_down(session, wrong, actor=MO, now=TEN)
    skies = {EVENT.first: Sky.WET, EVENT.first + timedelta(days=1): None}
    assert [influences.note_weather(session, skies, actor=MO, now=TEN) for _ in range(2)] == [1, 0]
    known = influences.days_between(session, EVENT.first, EVENT.first)[EVENT.first]
    assert (known.sky, known.day.event_effect) == (Sky.WET, pytest.approx(0.3365, abs=1e-4))

    for _ in range(2):
        influences.take_out(session, noted.id, actor=MO, now=TEN)
    influences.note_weather(session, {EVENT.first: None}, actor=MO, now=TEN)

    session.flush()
    assert session.scalars(select(DayInfluence)).all() == []
    entries = session.scalars(select(AuditEntry.code).order_by(AuditEntry.id)).all()
    assert entries == ["influence.noted", "weather.noted", "influence.taken_out", "weather.noted"]
    assert session.scalars(select(Job.kind)).all() == ["make_forecast"]  # all within one minute
