"""Past days as they might have been (simulated_days.py), written down: orders, tickets, scans in and out.

Seeded: the same seed around the same day is the same past. Rows are written in bulk but are those the rooms' own acts
would have left: `flask check` holds over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from ticketing.catalogue import closures, offers
from ticketing.catalogue.models import (
    Allocation,
    AllocationState,
    Closure,
    ClosureState,
    Experience,
    ExperienceKind,
    Slot,
)
from ticketing.catalogue.offers import PricedType
from ticketing.catalogue.opening import DayHours, hours_on
from ticketing.door.models import Gate, Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.flow import tallying
from ticketing.flow.day_types import Day, Sky
from ticketing.flow.forecast import WEATHER_DAYS
from ticketing.flow.forecast_models import DayWeather
from ticketing.foundation import identifiers
from ticketing.foundation.actors import ActorKind
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.clock import day_bounds, local_date_of
from ticketing.foundation.jobs import Job, JobState
from ticketing.operations import demo_calendar, simulated_days
from ticketing.operations.simulated_days import PARTIES, Crowd, Offered, Party
from ticketing.sales import basket
from ticketing.sales.basket import PricedLine, Quote
from ticketing.sales.models import (
    Channel,
    Hold,
    HoldLine,
    HoldState,
    Order,
    OrderLine,
    OrderState,
    Payment,
    PaymentState,
)
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket, TicketState

# What Belgians pay with online, more or less in proportion.
METHODS = (*["bancontact"] * 6, *["card"] * 3, "ideal")
OF_PLACES = 0.8  # people who would come to a house that is full on a Saturday, as a share of its places
NOT_SCANNED_OUT = 0.03
HOUR = timedelta(hours=1)
LANGUAGES = (("nl", 70), ("fr", 18), ("en", 8), ("de", 4))


@dataclass(frozen=True)
class Told:
    """How much past there is now."""

    orders: int
    tickets: int
    scans: int


@dataclass
class _Purchase:
    """One party's order in the making: its rows, and the ids the database gave them."""

    slot: Slot
    quote: Quote
    bought_at: datetime
    language: str
    comes_at: datetime | None
    leaves_at: datetime | None
    key: str = field(default_factory=identifiers.new_uuid)
    uuid: str = field(default_factory=identifiers.new_uuid)
    hold_id: int = 0
    order_id: int = 0


@dataclass(frozen=True)
class _Terms:
    """What an experience costs on a day."""

    prices: dict[str, PricedType]
    vat_class: str
    vat_bp: int | None


def simulate_past(
    session: Session, *, days: int, zone: ZoneInfo, now: datetime, seed: int = 1, days_ahead: int = 0
) -> Told:
    """Fill the slots of so many past days with orders, tickets and scans; of today and later what is booked.

    The weather is noted with them, of days to come as far as one would know it.
    """
    random = Random(seed)
    calendar = closures.load_calendar(session, zone)
    purchases, skies = [], dict[date, Sky]()
    today = local_date_of(now, zone)
    span = (today - timedelta(days=days), today + timedelta(days=days_ahead))
    for local_date, slots in groupby(_slots_between(session, *span), key=_local_date):
        day = _day_of(local_date, random)
        made = _purchases_of_day(session, list(slots), (hours_on(calendar, local_date), day), zone, random)
        purchases += [purchase for purchase in made if purchase.bought_at < now]
        if local_date <= today + timedelta(days=WEATHER_DAYS):
            skies[local_date] = simulated_days.sky_of(day)
    _write_weather(session, skies)
    _write_sales(session, purchases)
    tickets = _write_tickets(session, purchases)
    scans = _write_scans(session, tickets, random, now)
    tallying.forget_all(session)  # days that were empty a moment ago
    return Told(len(purchases), len(tickets), scans)


def _slots_between(session: Session, first: date, last: date) -> Sequence[Slot]:
    kinds = (ExperienceKind.ADMISSION, ExperienceKind.SHOW)
    taken = select(Allocation.id).where(Allocation.slot_id == Slot.id).exists()
    closed = (
        select(Closure.id)
        .where(
            Closure.state != ClosureState.WITHDRAWN,
            Closure.starts_at < Slot.ends_at,
            or_(Closure.ends_at.is_(None), Closure.ends_at > Slot.starts_at),
            or_(~Closure.experiences.any(), Closure.experiences.any(Experience.id == Slot.experience_id)),
        )
        .exists()
    )  # nobody came then
    return session.scalars(
        select(Slot)
        .join(Slot.experience)
        .where(Slot.local_date.between(first, last), Experience.kind.in_(kinds), ~taken, ~closed)
        .options(joinedload(Slot.experience))
        .order_by(Slot.starts_at, Slot.id)
    ).all()


def _local_date(slot: Slot) -> date:
    return slot.local_date


def _day_of(local_date: date, random: Random) -> Day:
    rain, sun = simulated_days.weather(local_date, random)
    is_holiday = bool(demo_calendar.holidays_between(local_date, local_date))
    return Day(local_date, is_school_holiday=is_holiday, rain_mm=rain, sun_hours=sun)


def _write_weather(session: Session, skies: Mapping[date, Sky]) -> None:
    known = set(session.scalars(select(DayWeather.local_date).where(DayWeather.local_date.in_(skies))))
    session.add_all(
        DayWeather(local_date=local_date, sky=sky) for local_date, sky in skies.items() if local_date not in known
    )


def _purchases_of_day(
    session: Session, slots: list[Slot], about: tuple[DayHours, Day], zone: ZoneInfo, random: Random
) -> list[_Purchase]:
    """Let a day's weather and luck bring people to everything that is offered on it."""
    hours, day = about
    local_date = hours.local_date
    share = simulated_days.share_of_day(day) * simulated_days.luck(random) * OF_PLACES
    closes_at = hours.closes_at or max(slot.ends_at for slot in slots)
    made = []
    for experience_id in sorted({slot.experience_id for slot in slots}):
        mine = [slot for slot in slots if slot.experience_id == experience_id]
        priced = offers.prices_on(session, experience_id, local_date)
        prices = {each.ticket_type.slug: each for each in priced}
        parties = [(party, often) for party, often in PARTIES if party.keys() <= prices.keys()]
        crowd = Crowd(share * sum(slot.capacity for slot in mine), parties)
        offered = [_offered(slot, zone) for slot in mine]
        truth = simulated_days.day_of(offered, day, crowd, _local_hours(closes_at, mine[0], zone), random)
        vat = offers.vat_on(session, mine[0].experience.vat_class_id, local_date)
        terms = _Terms(prices, vat.slug, vat.rate_bp)
        made += [_purchase(mine[party.slot], party, terms, zone, random) for party in truth.parties]
    return made


def _offered(slot: Slot, zone: ZoneInfo) -> Offered:
    width = slot.admits_until - slot.starts_at
    return Offered(
        _local_hours(slot.starts_at, slot, zone), width / HOUR, _local_hours(slot.admits_until, slot, zone),
        slot.capacity,
    )  # fmt: skip


def _local_hours(instant: datetime, slot: Slot, zone: ZoneInfo) -> float:
    """Return hours after the local date of a slot began."""
    return (instant - day_bounds(slot.local_date, zone)[0]) / HOUR


def _purchase(slot: Slot, party: Party, terms: _Terms, zone: ZoneInfo, random: Random) -> _Purchase:
    priced = [(terms.prices[slug], number) for slug, number in party.who.items()]
    lines = [
        PricedLine(slot.id, each.ticket_type.id, number, each.price, terms.vat_class, terms.vat_bp)
        for each, number in priced
    ]
    midnight = day_bounds(slot.local_date, zone)[0]
    comes_at, leaves_at = (
        None if hours is None else midnight + timedelta(hours=hours) for hours in (party.comes, party.leaves)
    )
    language = random.choices([code for code, _ in LANGUAGES], [share for _, share in LANGUAGES])[0]
    bought_at = slot.starts_at - timedelta(days=party.lead_days, minutes=20)
    return _Purchase(slot, basket.quote(lines), bought_at, language, comes_at, leaves_at)


def _write_sales(session: Session, purchases: list[_Purchase]) -> None:
    if not purchases:
        return
    hold_ids = _insert(session, Hold.key, [_hold(each) for each in purchases])
    for purchase in purchases:
        purchase.hold_id = hold_ids[purchase.key]
    order_ids = _insert(session, Order.uuid, [_order(each) for each in purchases])
    for purchase in purchases:
        purchase.order_id = order_ids[purchase.uuid]
    every = [(purchase, quoted) for purchase in purchases for quoted in purchase.quote.lines]
    session.execute(insert(HoldLine), [_hold_line(purchase, quoted) for purchase, quoted in every])
    session.execute(insert(OrderLine), [_order_line(purchase, quoted) for purchase, quoted in every])
    session.execute(insert(Allocation), [_allocation(each) for each in purchases])
    paid = [_payment(each) for each in purchases if each.quote.total]
    if paid:
        session.execute(insert(Payment), paid)
    session.execute(insert(Job), [_mail_job(each) for each in purchases])
    session.execute(
        insert(AuditEntry), [_entry(each, code) for each in purchases for code in ("order.placed", "order.confirmed")]
    )


def _insert(session: Session, name: InstrumentedAttribute[str], rows: list[dict[str, Any]]) -> dict[str, int]:
    """Insert rows into the table of this unique column; return their ids by it.

    Ids in the order of the rows would cost a statement for each row on SQLite; asked for afterwards they cost one.
    """
    table = name.class_
    before = session.scalar(select(func.max(table.id))) or 0
    session.execute(insert(table), rows)
    found = session.execute(select(name, table.id).where(table.id > before))
    return {row[0]: row[1] for row in found}


def _hold(purchase: _Purchase) -> dict[str, Any]:
    return {
        "key": purchase.key, "secret": identifiers.new_secret(), "request_key": f"simulated:{purchase.uuid}",
        "state": HoldState.KEPT, "channel": Channel.ONLINE, "expires_at": purchase.bought_at + timedelta(minutes=33),
        "created_at": purchase.bought_at - timedelta(minutes=3), "extensions": 0,
    }  # fmt: skip


def _order(purchase: _Purchase) -> dict[str, Any]:
    return {
        "uuid": purchase.uuid, "code": identifiers.new_order_code(), "secret": identifiers.new_secret(),
        "hold_id": purchase.hold_id, "state": OrderState.CONFIRMED, "channel": Channel.ONLINE,
        "language": purchase.language, "email": f"{purchase.uuid[:8]}@example.org", "name": None,
        "total_cents": purchase.quote.total.cents, "currency": purchase.quote.total.currency,
        "placed_at": purchase.bought_at - timedelta(minutes=1), "confirmed_at": purchase.bought_at,
    }  # fmt: skip


def _hold_line(purchase: _Purchase, quoted: basket.QuotedLine) -> dict[str, Any]:
    line = quoted.line
    return {
        "hold_id": purchase.hold_id, "slot_id": line.slot_id, "ticket_type_id": line.ticket_type_id,
        "quantity": line.quantity, "unit_cents": line.unit.cents, "currency": line.unit.currency,
    }  # fmt: skip


def _order_line(purchase: _Purchase, quoted: basket.QuotedLine) -> dict[str, Any]:
    line = quoted.line
    return {
        "order_id": purchase.order_id, "slot_id": line.slot_id, "ticket_type_id": line.ticket_type_id,
        "quantity": line.quantity, "unit_cents": line.unit.cents, "discount_cents": quoted.discount.cents,
        "total_cents": quoted.total.cents, "vat_class": line.vat_class, "vat_bp": line.vat_bp,
        "vat_cents": quoted.vat.cents, "currency": line.unit.currency,
    }  # fmt: skip


def _allocation(purchase: _Purchase) -> dict[str, Any]:
    admissions = sum(quoted.line.quantity for quoted in purchase.quote.lines)
    return {
        "slot_id": purchase.slot.id, "holder": purchase.key, "pool": "public", "admissions": admissions,
        "state": AllocationState.SOLD, "expires_at": None,
    }  # fmt: skip


def _payment(purchase: _Purchase) -> dict[str, Any]:
    key = f"order:{purchase.uuid}:attempt:1"
    return {
        "order_id": purchase.order_id, "attempt": 1, "key": key, "provider": "simulated",
        "provider_ref": f"simulated:{purchase.uuid}", "intent_ref": f"simulated-intent:{purchase.uuid}",
        "state": PaymentState.SUCCEEDED, "amount_cents": purchase.quote.total.cents,
        "currency": purchase.quote.total.currency, "created_at": purchase.bought_at - timedelta(minutes=1),
        "succeeded_at": purchase.bought_at, "method": METHODS[purchase.order_id % len(METHODS)],
    }  # fmt: skip


def _mail_job(purchase: _Purchase) -> dict[str, Any]:
    return {
        "kind": "send_confirmation", "key": f"confirmation:{purchase.uuid}", "attempts": 1, "state": JobState.DONE,
        "payload": {"order_id": purchase.order_id}, "run_at": purchase.bought_at, "created_at": purchase.bought_at,
        "done_at": purchase.bought_at + timedelta(seconds=2),
    }  # fmt: skip


def _entry(purchase: _Purchase, code: str) -> dict[str, Any]:
    return {
        "code": code, "subject": Order.__tablename__, "subject_id": purchase.order_id, "actor_name": "",
        "actor_kind": ActorKind.VISITOR, "happened_at": purchase.bought_at,
        "details": {"total_cents": purchase.quote.total.cents},
    }  # fmt: skip


def _write_tickets(session: Session, purchases: list[_Purchase]) -> list[tuple[_Purchase, int, str]]:
    """Issue the tickets; return each with its id and its digest."""
    by_order = {purchase.order_id: purchase for purchase in purchases}
    lines = session.execute(
        select(OrderLine.id, OrderLine.order_id, OrderLine.slot_id, OrderLine.ticket_type_id, OrderLine.quantity)
        .where(OrderLine.order_id.between(min(by_order), max(by_order)))
        .order_by(OrderLine.id)
    ).all() if by_order else []  # fmt: skip
    rows = []
    for line in lines:
        for place in range(1, line.quantity + 1):
            code = codes.new_code()
            rows.append({
                "order_id": line.order_id, "order_line_id": line.id, "place": place, "slot_id": line.slot_id,
                "ticket_type_id": line.ticket_type_id, "code": code, "digest": codes.digest(code),
                "state": TicketState.VALID, "admissions": 1, "admitted": 0,
                "issued_at": by_order[line.order_id].bought_at,
            })  # fmt: skip
    ids = _insert(session, Ticket.code, rows) if rows else {}
    return [(by_order[row["order_id"]], ids[row["code"]], row["digest"]) for row in rows]


def _write_scans(session: Session, tickets: list[tuple[_Purchase, int, str]], random: Random, now: datetime) -> int:
    """Let each party come and leave together, through one of the gates; of those who leave some are not scanned."""
    gates = list(session.scalars(select(Gate.id).order_by(Gate.id)))
    if not gates:
        return 0
    scans: list[dict[str, Any]] = []
    admitted = []
    for purchase, ticket_id, digest in tickets:
        gate_id, seconds = gates[purchase.order_id % len(gates)], random.uniform(0, 20)
        came_at = _within(purchase, seconds)
        if came_at is None or came_at >= min(now, purchase.slot.admits_until):
            continue
        admitted.append(ticket_id)
        scans.append(_scan(ticket_id, digest, gate_id, Direction.IN, came_at))
        left_at = purchase.leaves_at and max(came_at, purchase.leaves_at + timedelta(seconds=seconds))
        if left_at and left_at < now and random.random() >= NOT_SCANNED_OUT:
            scans.append(_scan(ticket_id, digest, gate_id, Direction.OUT, left_at))
    if scans:
        session.execute(insert(Scan), sorted(scans, key=_scanned_at))
    _mark_admitted(session, admitted)
    return len(scans)


def _scan(ticket_id: int, digest: str, gate_id: int, direction: Direction, at: datetime) -> dict[str, Any]:
    return {
        "scan_id": f"simulated:{direction}:{ticket_id}", "ticket_id": ticket_id, "code_digest": digest,
        "gate_id": gate_id, "direction": direction, "verdict": Verdict.ADMIT, "admissions": 1,
        "scanned_at": at, "received_at": at,
    }  # fmt: skip


def _scanned_at(scan: Mapping[str, Any]) -> datetime:
    at: datetime = scan["scanned_at"]
    return at


def _within(purchase: _Purchase, seconds: float) -> datetime | None:
    """Return when somebody is let in, a little after the first of their party; never before the slot's door opens."""
    if purchase.comes_at is None:
        return None
    return max(purchase.comes_at + timedelta(seconds=seconds), purchase.slot.admits_from)


def _mark_admitted(session: Session, ticket_ids: list[int]) -> None:
    for start in range(0, len(ticket_ids), 500):
        some = Ticket.id.in_(ticket_ids[start : start + 500])
        session.execute(update(Ticket).where(some).values(admitted=1).execution_options(synchronize_session=False))
