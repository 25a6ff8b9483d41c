"""What listings say is left."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tests import make
from ticketing.catalogue import availability, capacity, closures
from ticketing.catalogue.availability import DayMark, SlotMark
from ticketing.catalogue.closures import load_calendar
from ticketing.catalogue.models import Experience, ExperienceKind, OpeningException, OpeningHours, Slot
from ticketing.foundation.actors import system

BRUSSELS = ZoneInfo("Europe/Brussels")
TUESDAY = date(2026, 11, 24)
WEDNESDAY = TUESDAY + timedelta(days=1)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 10 o'clock on the wall
REASONS = {"nl": "dak", "fr": "toit", "en": "roof", "de": "Dach"}


def at(hour: int, minute: int = 0, *, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), BRUSSELS).astimezone(UTC)


def fill(session: Session, slot: Slot, admissions: int) -> None:
    holder = f"holder-{slot.id}"
    capacity.take(session, {slot.id: admissions}, holder, expires_at=NOW + timedelta(minutes=15), now=NOW)
    capacity.sell(session, holder, now=NOW)


def close(
    session: Session, starts_at: datetime, ends_at: datetime | None = None, experience: Experience | None = None
) -> None:
    request = closures.ClosureRequest(REASONS, starts_at, ends_at, (experience.id,) if experience else ())
    closures.close(session, request, actor=system("test"), now=NOW)


def marks_of_day(session: Session, experience: Experience, day: date = TUESDAY) -> list[SlotMark]:
    return [slot.mark for slot in availability.slots_on(session, experience.id, day, zone=BRUSSELS, now=NOW)]


def day_of(session: Session, experience: Experience, day: date = TUESDAY) -> availability.DayView:
    return availability.days_between(
        session, experience.id, day, day, calendar=load_calendar(session, BRUSSELS), now=NOW
    )[0]


def test_a_day_lists_all_its_slots_in_order_with_what_is_left(session: Session) -> None:
    visit = make.experience(session)
    late = make.slot(session, experience=visit, capacity=40, starts_at=at(14))
    early = make.slot(session, experience=visit, capacity=40, starts_at=at(11))
    fill(session, early, 30)

    slots = availability.slots_on(session, visit.id, TUESDAY, zone=BRUSSELS, now=NOW)

    assert [(slot.uuid, slot.free) for slot in slots] == [(early.uuid, 10), (late.uuid, 40)]
    assert slots[0].starts_at_local.time() == time(11)


def test_marks_tell_free_few_full_and_past_apart(session: Session) -> None:
    visit = make.experience(session)
    make.slot(session, experience=visit, capacity=40, starts_at=at(8))
    for hour, sold in ((11, 0), (12, 35), (13, 40)):
        slot = make.slot(session, experience=visit, capacity=40, starts_at=at(hour))
        if sold:
            fill(session, slot, sold)

    assert marks_of_day(session, visit) == [SlotMark.PAST, SlotMark.FREE, SlotMark.FEW, SlotMark.FULL]


def test_a_slot_sold_beyond_a_lowered_capacity_is_full_and_has_none_left(session: Session) -> None:
    visit = make.experience(session)
    slot = make.slot(session, experience=visit, capacity=5, starts_at=at(11))
    fill(session, slot, 5)
    slot.capacity = 3
    session.flush()

    view = availability.slots_on(session, visit.id, TUESDAY, zone=BRUSSELS, now=NOW)[0]

    assert (view.mark, view.free) == (SlotMark.FULL, 0)


def test_a_closed_slot_is_listed_with_its_reason_also_when_it_is_full_or_past(session: Session) -> None:
    visit = make.experience(session)
    make.slot(session, experience=visit, starts_at=at(9))
    fill(session, make.slot(session, experience=visit, capacity=5, starts_at=at(11)), 5)
    make.slot(session, experience=visit, starts_at=at(15))
    close(session, at(8), at(14))

    slots = availability.slots_on(session, visit.id, TUESDAY, zone=BRUSSELS, now=NOW)

    assert [slot.mark for slot in slots] == [SlotMark.CLOSED, SlotMark.CLOSED, SlotMark.FREE]
    assert [slot.closed_reasons for slot in slots] == [REASONS, REASONS, {}]


def test_closing_one_experience_leaves_the_others_open(session: Session) -> None:
    visit, show = make.experience(session, slug="visit"), make.experience(session, slug="show")
    for experience in (visit, show):
        make.slot(session, experience=experience, starts_at=at(11))
    close(session, at(8), None, show)

    assert marks_of_day(session, visit) == [SlotMark.FREE]
    assert marks_of_day(session, show) == [SlotMark.CLOSED]
    assert day_of(session, show).mark is DayMark.CLOSED
    assert day_of(session, show).reasons == REASONS


def test_a_day_adds_up_the_slots_still_for_sale_and_names_the_first(session: Session) -> None:
    visit = make.experience(session)
    make.slot(session, experience=visit, capacity=20, starts_at=at(8))
    fill(session, make.slot(session, experience=visit, capacity=20, starts_at=at(11)), 20)
    fill(session, make.slot(session, experience=visit, capacity=20, starts_at=at(12)), 5)
    make.slot(session, experience=visit, capacity=20, starts_at=at(13))

    day = day_of(session, visit)

    assert (day.mark, day.free, day.first_starts_at) == (DayMark.FREE, 35, at(12))


def test_a_day_is_few_full_or_past_as_its_slots_are(session: Session) -> None:
    visit = make.experience(session)
    days = [TUESDAY + timedelta(days=offset) for offset in range(-1, 3)]
    for day, sold in zip(days, (0, 38, 40, 0), strict=True):
        slot = make.slot(session, experience=visit, capacity=40, starts_at=at(12, day=day))
        if sold:
            fill(session, slot, sold)

    calendar = load_calendar(session, BRUSSELS)
    views = availability.days_between(session, visit.id, days[0], days[-1], calendar=calendar, now=NOW)

    assert [view.mark for view in views] == [DayMark.PAST, DayMark.FEW, DayMark.FULL, DayMark.FREE]
    assert [view.local_date for view in views] == days


def test_a_day_without_slots_is_there_all_the_same(session: Session) -> None:
    visit = make.experience(session)

    day = day_of(session, visit)

    assert (day.mark, day.free, day.first_starts_at, day.reasons) == (DayMark.NONE, 0, None, {})


def test_a_day_closed_by_exception_says_why(session: Session) -> None:
    visit = make.experience(session)
    session.add(OpeningException(local_date=TUESDAY, reasons=REASONS))
    session.flush()

    assert (day_of(session, visit).mark, day_of(session, visit).reasons) == (DayMark.CLOSED, REASONS)


def test_a_closed_day_whose_slots_were_never_laid_out_is_closed_too(session: Session) -> None:
    visit = make.experience(session)
    session.add(OpeningHours(weekday=2, valid_from=date(2020, 1, 1), opens_at_local=time(9), closes_at_local=time(17)))
    close(session, at(0, day=WEDNESDAY), None)

    assert (day_of(session, visit, WEDNESDAY).mark, day_of(session, visit, WEDNESDAY).reasons) == (
        DayMark.CLOSED,
        REASONS,
    )


def test_a_day_that_is_closed_in_part_sells_the_rest_and_still_says_why(session: Session) -> None:
    visit = make.experience(session)
    make.slot(session, experience=visit, capacity=20, starts_at=at(11))
    make.slot(session, experience=visit, capacity=20, starts_at=at(15))
    close(session, at(14), None)

    day = day_of(session, visit)

    assert (day.mark, day.free, day.reasons) == (DayMark.FREE, 20, REASONS)


def test_the_next_free_slots_leave_out_past_full_and_closed_ones(session: Session) -> None:
    visit = make.experience(session)
    make.slot(session, experience=visit, starts_at=at(8))
    fill(session, make.slot(session, experience=visit, capacity=5, starts_at=at(11)), 5)
    make.slot(session, experience=visit, starts_at=at(13))
    expected = [make.slot(session, experience=visit, starts_at=at(hour)).uuid for hour in (15, 16)]
    make.slot(session, experience=visit, starts_at=at(11, day=WEDNESDAY))
    close(session, at(12, 30), at(14, 30))

    slots = availability.next_free(session, visit.id, zone=BRUSSELS, now=NOW, limit=2)

    assert [slot.uuid for slot in slots] == expected


def test_the_next_of_a_kind_come_from_all_its_listed_experiences(session: Session) -> None:
    shows = [make.experience(session, slug=f"show-{place}", kind=ExperienceKind.SHOW) for place in range(3)]
    shows[2].is_listed = False
    session.flush()
    for hour, show in zip((13, 11, 12), shows, strict=True):
        make.slot(session, experience=show, starts_at=at(hour))
    make.slot(session, experience=make.experience(session, slug="visit"), starts_at=at(11))

    starts = availability.next_of_kind(session, ExperienceKind.SHOW, zone=BRUSSELS, now=NOW)

    assert [start.experience.slug for start in starts] == ["show-1", "show-0"]


def test_the_starts_of_many_days_come_by_time_with_what_is_past_full_and_closed_among_them(session: Session) -> None:
    show = make.experience(session, slug="show", kind=ExperienceKind.SHOW)
    workshop = make.experience(session, slug="workshop", kind=ExperienceKind.WORKSHOP)
    hidden = make.experience(session, slug="hidden", kind=ExperienceKind.SHOW)
    hidden.is_listed = False
    for starts_at in (at(8), at(14)):
        make.slot(session, experience=show, capacity=40, starts_at=starts_at)
    fill(session, make.slot(session, experience=workshop, capacity=2, starts_at=at(14, day=WEDNESDAY)), 2)
    make.slot(session, experience=show, capacity=40, starts_at=at(11, day=WEDNESDAY))
    for other in (make.experience(session), hidden):
        make.slot(session, experience=other, capacity=40, starts_at=at(11))
    make.slot(session, experience=show, capacity=40, starts_at=at(11, day=WEDNESDAY + timedelta(days=1)))
    close(session, at(10, day=WEDNESDAY), at(12, day=WEDNESDAY))

    kinds = (ExperienceKind.SHOW, ExperienceKind.WORKSHOP)
    starts = availability.starts_between(session, kinds, TUESDAY, WEDNESDAY, zone=BRUSSELS, now=NOW)

    assert [(start.experience.slug, start.slot.mark) for start in starts] == [
        ("show", SlotMark.PAST), ("show", SlotMark.FREE), ("show", SlotMark.CLOSED), ("workshop", SlotMark.FULL),
    ]  # fmt: skip


def test_coming_slots_leave_out_what_is_past_and_keep_what_cannot_be_had(session: Session) -> None:
    visit = make.experience(session)
    for starts_at in (at(8), at(11), at(12), at(13)):
        make.slot(session, experience=visit, capacity=0 if starts_at == at(12) else 40, starts_at=starts_at)
    close(session, at(11), at(11, 30))

    coming = availability.coming_slots(session, visit.id, zone=BRUSSELS, now=NOW, limit=2)

    assert [(slot.starts_at, slot.mark) for slot in coming] == [
        (at(11), SlotMark.CLOSED), (at(12), SlotMark.FULL),
    ]  # fmt: skip
