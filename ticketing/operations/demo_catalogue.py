"""What the demonstration centre offers: seven experiences, nine ticket types, hours, a timetable, gates, a closure.

Dates are relative to the day it is loaded on; content is ours; prices are fictional, as the visit's summary says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import closures, timetable
from ticketing.catalogue.models import (
    Audience,
    ClosingDay,
    Companionship,
    Experience,
    ExperienceKind,
    OpeningException,
    OpeningHours,
    Price,
    Slot,
    TicketType,
    TimetablePattern,
    VATClass,
    VATRate,
)
from ticketing.catalogue.opening import span_covering
from ticketing.door.models import Gate
from ticketing.foundation.actors import system
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.identifiers import new_uuid
from ticketing.operations.demo_calendar import holidays_between, terms_between
from ticketing.operations.demo_texts import (
    BRING,
    BUNDLE_NAMES,
    FICTIONAL,
    NAMES,
    REASONS,
    SUMMARIES,
    TYPE_HINTS,
    TYPE_NAMES,
    VAT_NAMES,
)
from ticketing.sales import bundles, promotion_editing
from ticketing.sales.bundles import BundleTerms
from ticketing.sales.discounts import Percent
from ticketing.sales.promotion_editing import PromotionTerms

DAYS_BEHIND = 45  # the simulator fills six weeks of history
DAYS_AHEAD = 90
DAYS_OF_CALENDAR = 400
OPENS, CLOSES, CLOSES_LATE = time(9, 30), time(17), time(22)
DAILY, MIDWEEK_AND_WEEKEND, SCHOOL_DAYS = "0123456", "256", "134"  # Monday is 0
CLOSED_DAYS = {(12, 24): "christmas_eve", (12, 25): "christmas", (1, 1): "new_year"}


@dataclass(frozen=True)
class _Offer:
    """An experience of the demonstration, with its daily starts and its prices in cents by ticket type."""

    slug: str
    kind: ExperienceKind
    drawing: str
    duration_minutes: int
    weekdays: str
    starts: tuple[time, time, int]  # first, last, every so many minutes
    capacity: int
    prices: dict[str, int]
    vat_class: str = "culture"
    audience: Audience = Audience.VISITOR
    admits_after_minutes: int = 5


_VISIT_PRICES = {"adult": 1950, "child": 1450, "student": 1600, "senior": 1750, "toddler": 0, "companion": 0}
_SHOW_PRICES = {"adult": 400, "child": 300, "student": 350, "senior": 350, "toddler": 0, "companion": 0}
_WORKSHOP_PRICES = {"adult": 900, "child": 900, "student": 900, "senior": 900, "companion": 0}
FAMILY_CENTS = 6200  # two adults with two or three children
ACCOMPANIED = ("adult", "child", "student", "senior", "toddler")  # may bring a companion
_SHOW, _WORKSHOP = ExperienceKind.SHOW, ExperienceKind.WORKSHOP

OFFERS = (
    _Offer(
        "visit",
        ExperienceKind.ADMISSION,
        "interference",
        180,
        DAILY,
        (time(9, 30), time(15, 30), 30),
        80,
        _VISIT_PRICES,
        admits_after_minutes=30,
    ),
    _Offer("lightning", _SHOW, "field", 30, DAILY, (time(11), time(14), 180), 60, _SHOW_PRICES),
    _Offer("cold", _SHOW, "spectrum", 30, DAILY, (time(12), time(15), 180), 60, _SHOW_PRICES),
    _Offer("sound", _SHOW, "refraction", 30, MIDWEEK_AND_WEEKEND, (time(13), time(16), 180), 40, _SHOW_PRICES),
    _Offer("beetle", _WORKSHOP, "gears", 75, MIDWEEK_AND_WEEKEND, (time(10, 30), time(14), 210), 16, _WORKSHOP_PRICES),
    _Offer(
        "kitchen",
        _WORKSHOP,
        "lissajous",
        75,
        MIDWEEK_AND_WEEKEND,
        (time(13, 30), time(15, 30), 120),
        16,
        _WORKSHOP_PRICES,
    ),
    _Offer(
        "mars",
        ExperienceKind.SCHOOL,
        "waves",
        120,
        SCHOOL_DAYS,
        (time(10), time(13), 180),
        60,
        {"pupil": 850, "teacher": 0},
        vat_class="exempt",
        audience=Audience.TEACHER,
        admits_after_minutes=15,
    ),
)


@dataclass(frozen=True)
class _Type:
    """A ticket type of the demonstration; ages in years, both included."""

    slug: str
    min_age: int | None = None
    max_age: int | None = None
    max_per_order: int = 20
    audience: Audience = Audience.VISITOR


TYPES = (
    _Type("adult", 12, 64),
    _Type("child", 3, 11),
    _Type("student", 12, 25),
    _Type("senior", 65),
    _Type("toddler", 0, 2, 10),
    _Type("companion", max_per_order=12),  # in one order: four people, for the visit and two shows
    _Type("pupil", 5, 18, 60, Audience.TEACHER),
    _Type("teacher", max_per_order=6, audience=Audience.TEACHER),
    _Type("guest", max_per_order=200, audience=Audience.HOST),  # priced per evening, with the host
)


def load(session: Session, *, zone: ZoneInfo, now: datetime) -> None:
    """Write the whole catalogue, lay out a month of past slots and 90 days of coming ones, and plan one closure."""
    today = local_date_of(now, zone)
    vat_classes = _add_vat_classes(session)
    experiences = _add_experiences(session, vat_classes)
    types = _add_ticket_types(session)
    _add_prices(session, experiences, types, valid_from=date(today.year - 1, 1, 1))
    late_friday = _add_opening_hours(session, today)
    _add_timetable(session, experiences, today, late_friday)
    session.add_all([Gate(slug="main", name="Hoofdingang"), Gate(slug="side", name="Zij-ingang, voor groepen")])
    _add_reductions(session, experiences, types, today, now)
    session.flush()
    begin = today - timedelta(days=DAYS_BEHIND)
    # Slots of the past are made as they would have been then.
    timetable.lay_out(
        session, begin, today + timedelta(days=DAYS_AHEAD), zone=zone, now=now - timedelta(days=DAYS_BEHIND + 1)
    )
    _plan_closure(session, today, zone=zone, now=now)


def sold_out_slot(session: Session, *, zone: ZoneInfo, now: datetime) -> Slot | None:
    """Choose the slot the demonstration sells out: the visit at 11 o'clock, or else the first, of the next open day.

    The caller sells it, by orders: places without orders would fail the check of the ledger.
    """
    statement = (
        select(Slot)
        .join(Slot.experience)
        .where(Experience.slug == "visit", Slot.local_date > local_date_of(now, zone))
        .order_by(Slot.starts_at)
        .options(joinedload(Slot.experience))
        .limit(20 * 14)
    )
    spans = closures.spans(session, now=now)
    coming = [
        slot
        for slot in session.scalars(statement)
        if not span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at)
    ]
    next_day = [slot for slot in coming if slot.local_date == coming[0].local_date]
    at_eleven = [slot for slot in next_day if slot.starts_at.astimezone(zone).time() == time(11)]
    return next(iter(at_eleven + next_day), None)


def _add_vat_classes(session: Session) -> dict[str, VATClass]:
    classes = {slug: VATClass(slug=slug, names=names, is_exempt=slug == "exempt") for slug, names in VAT_NAMES.items()}
    session.add_all(classes.values())
    session.flush()
    for slug, rate_bp in (("culture", 600), ("goods", 2100)):
        session.add(VATRate(vat_class_id=classes[slug].id, valid_from=date(2000, 1, 1), rate_bp=rate_bp))
    return classes


def _add_experiences(session: Session, vat_classes: dict[str, VATClass]) -> dict[str, Experience]:
    experiences = {
        offer.slug: Experience(
            uuid=new_uuid(),
            slug=offer.slug,
            kind=offer.kind,
            audience=offer.audience,
            names=NAMES[offer.slug],
            summaries=_summaries(offer),
            bring=BRING[offer.slug],
            drawing=offer.drawing,
            duration_minutes=offer.duration_minutes,
            admits_after_minutes=offer.admits_after_minutes,
            vat_class_id=vat_classes[offer.vat_class].id,
            position=position,
        )
        for position, offer in enumerate(OFFERS)
    }
    session.add_all(experiences.values())
    session.flush()
    return experiences


def _summaries(offer: _Offer) -> dict[str, str]:
    """Return what an experience is; the visit, whose price everybody sees first, says that prices are made up."""
    summaries = SUMMARIES[offer.slug]
    if offer.kind is not ExperienceKind.ADMISSION:
        return summaries
    return {language: f"{summary} {FICTIONAL[language]}" for language, summary in summaries.items()}


def _add_ticket_types(session: Session) -> dict[str, TicketType]:
    types = {
        kind.slug: TicketType(
            uuid=new_uuid(),
            slug=kind.slug,
            names=TYPE_NAMES[kind.slug],
            hints=TYPE_HINTS[kind.slug],
            audience=kind.audience,
            min_age=kind.min_age,
            max_age=kind.max_age,
            max_per_order=kind.max_per_order,
            position=position,
        )
        for position, kind in enumerate(TYPES)
    }
    session.add_all(types.values())
    session.flush()
    session.add_all(
        Companionship(companion_id=types["companion"].id, accompanied_id=types[slug].id) for slug in ACCOMPANIED
    )
    return types


def _add_reductions(
    session: Session, experiences: dict[str, Experience], types: dict[str, TicketType], today: date, now: datetime
) -> None:
    """A promotion code, and a family ticket for the visit."""
    promotion = PromotionTerms("SCIENCE25", Percent(25), valid_from=today - timedelta(days=DAYS_BEHIND))
    promotion_editing.make_promotion(session, promotion, ["SCIENCE25"], "demo", actor=system("demo"), now=now)
    family = BundleTerms(
        BUNDLE_NAMES["family"], experiences["visit"].id,
        parts=((types["adult"].id, 2, 2), (types["child"].id, 2, 3)),
        price_cents=FAMILY_CENTS, percent=None, valid_from=today, valid_until=None,
    )  # fmt: skip
    bundles.make_bundle(session, family, "demo", actor=system("demo"), now=now)


def _add_prices(
    session: Session, experiences: dict[str, Experience], types: dict[str, TicketType], *, valid_from: date
) -> None:
    for offer in OFFERS:
        session.add_all(
            Price(
                experience_id=experiences[offer.slug].id,
                ticket_type_id=types[slug].id,
                valid_from=valid_from,
                price_cents=price_cents,
            )
            for slug, price_cents in offer.prices.items()
        )


def _add_opening_hours(session: Session, today: date) -> date:
    """Open Tuesday to Sunday, with exceptions for more than a year; return the Friday that stays open late."""
    for weekday in range(7):
        opens, closes = (OPENS, CLOSES) if weekday else (None, None)
        valid_from = date(today.year - 1, 1, 1)
        session.add(OpeningHours(weekday=weekday, valid_from=valid_from, opens_at_local=opens, closes_at_local=closes))
    session.add_all(
        ClosingDay(month=month, day=day, reasons=REASONS[reason]) for (month, day), reason in CLOSED_DAYS.items()
    )
    exceptions = _exceptions_around(today)
    session.add_all(exceptions.values())
    return next(day for day, exception in exceptions.items() if exception.closes_at_local == CLOSES_LATE)


def _exceptions_around(today: date) -> dict[date, OpeningException]:
    first, last = today - timedelta(days=DAYS_BEHIND), today + timedelta(days=DAYS_OF_CALENDAR)
    every = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    days = [day for day in every if (day.month, day.day) not in CLOSED_DAYS]
    exceptions: dict[date, OpeningException] = {}

    def open_on(day: date, closes: time, reason: str) -> None:
        exceptions[day] = OpeningException(
            local_date=day, opens_at_local=OPENS, closes_at_local=closes, reasons=REASONS[reason]
        )

    mondays = [day for day in days if day.weekday() == 0]
    for holiday in holidays_between(first, last):
        for monday in mondays:
            if holiday.covers(monday):
                open_on(monday, CLOSES, "holidays")
    soon = [day for day in days if day >= today + timedelta(days=6) and day not in exceptions]
    open_on(next(day for day in soon if day.weekday() == 0), CLOSES, "extra_monday")
    open_on(next(day for day in soon if day.weekday() == 4), CLOSES_LATE, "late_friday")
    return exceptions


def _add_timetable(session: Session, experiences: dict[str, Experience], today: date, late_friday: date) -> None:
    begin, end = today - timedelta(days=DAYS_BEHIND), today + timedelta(days=DAYS_OF_CALENDAR)
    for offer in OFFERS:
        is_for_schools = offer.kind is ExperienceKind.SCHOOL
        spans = terms_between(begin, end) if is_for_schools else [(begin, None)]
        for valid_from, valid_until in spans:
            session.add(_pattern_of(offer, experiences[offer.slug].id, valid_from, valid_until))
    visit = OFFERS[0]
    late = _pattern_of(visit, experiences[visit.slug].id, late_friday, late_friday)
    late.first_at_local, late.last_at_local = time(16), time(20)
    session.add(late)


def _pattern_of(offer: _Offer, experience_id: int, valid_from: date, valid_until: date | None) -> TimetablePattern:
    first, last, every_minutes = offer.starts
    return TimetablePattern(
        experience_id=experience_id,
        weekdays=offer.weekdays,
        first_at_local=first,
        last_at_local=last,
        every_minutes=every_minutes,
        capacity=offer.capacity,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _plan_closure(session: Session, today: date, *, zone: ZoneInfo, now: datetime) -> None:
    """Close the whole centre for a day about three weeks ahead, in the middle of an ordinary week."""
    taken = set(session.scalars(select(OpeningException.local_date)))
    days = (today + timedelta(days=offset) for offset in range(20, 40))
    free = (day for day in days if day not in taken and (day.month, day.day) not in CLOSED_DAYS)
    closed_on = next(day for day in free if day.weekday() in {1, 2, 3})
    starts_at, ends_at = day_bounds(closed_on, zone)
    request = closures.ClosureRequest(REASONS["roof"], starts_at, ends_at)
    closures.close(session, request, actor=system("demo"), now=now)
