"""Slots made from the timetable, again and again."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import timetable
from ticketing.catalogue.models import Experience, OpeningException, OpeningHours, Slot, TimetablePattern

BRUSSELS = ZoneInfo("Europe/Brussels")
TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def hourly(session: Session, last: time = time(12), capacity: int = 20) -> Experience:
    """An experience every hour from 10 on, at a centre that is open every day from 9 to 17."""
    experience = make.experience(session)
    for weekday in range(7):
        session.add(
            OpeningHours(weekday=weekday, valid_from=date(2020, 1, 1), opens_at_local=time(9), closes_at_local=time(17))
        )
    session.add(
        TimetablePattern(
            experience_id=experience.id,
            weekdays="0123456",
            first_at_local=time(10),
            last_at_local=last,
            every_minutes=60,
            capacity=capacity,
            valid_from=date(2020, 1, 1),
        )
    )
    session.flush()
    return experience


def lay_out(session: Session, first: date = TUESDAY, last: date = TUESDAY, now: datetime = NOW) -> int:
    return timetable.lay_out(session, first, last, zone=BRUSSELS, now=now)


def starts(session: Session) -> list[datetime]:
    return list(session.scalars(select(Slot.starts_at).order_by(Slot.starts_at)))


def test_missing_slots_are_made_and_a_second_time_none_is_missing(session: Session) -> None:
    hourly(session)

    assert [lay_out(session, last=TUESDAY + timedelta(days=1)) for _ in range(2)] == [6, 0]
    assert starts(session)[:3] == [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (9, 10, 11)]


def test_slots_that_exist_are_left_as_they_are(session: Session) -> None:
    hourly(session, capacity=20)
    lay_out(session)
    changed = session.scalars(select(Slot).order_by(Slot.starts_at)).first()
    assert changed is not None
    changed.capacity = 3
    session.flush()

    lay_out(session, last=TUESDAY + timedelta(days=1))

    session.refresh(changed)
    assert changed.capacity == 3


def test_a_slot_somebody_removed_is_made_again(session: Session) -> None:
    hourly(session)
    lay_out(session)
    session.delete(session.scalars(select(Slot)).first())
    session.flush()

    assert lay_out(session) == 1


def test_slots_whose_doors_have_closed_are_not_made_any_more(session: Session) -> None:
    hourly(session)

    made = lay_out(session, now=datetime(2026, 11, 24, 10, 29, tzinfo=UTC))

    assert made == 2
    assert starts(session)[0] == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_day_closed_by_exception_gets_none_and_a_short_day_fewer(session: Session) -> None:
    hourly(session)
    session.add(OpeningException(local_date=TUESDAY, reasons={"nl": "feest"}))
    session.add(
        OpeningException(
            local_date=TUESDAY + timedelta(days=1), opens_at_local=time(11), closes_at_local=time(17), reasons={}
        )
    )
    session.flush()

    assert lay_out(session, last=TUESDAY + timedelta(days=1)) == 2


def test_over_both_clock_changes_slots_keep_their_time_on_the_wall(session: Session) -> None:
    hourly(session, last=time(10))

    lay_out(session, date(2026, 12, 1), date(2027, 11, 30))

    assert len(starts(session)) == 365
    assert {instant.astimezone(BRUSSELS).time() for instant in starts(session)} == {time(10)}
    assert {instant.hour for instant in starts(session)} == {8, 9}
    dates = session.execute(select(Slot.local_date, Slot.starts_at)).all()
    assert all(local_date == starts_at.astimezone(BRUSSELS).date() for local_date, starts_at in dates)


def test_more_slots_than_fit_in_one_statement_are_made_in_several(session: Session) -> None:
    hourly(session, last=time(15))

    assert lay_out(session, TUESDAY, TUESDAY + timedelta(days=199)) == 200 * 6
