"""Past days as they might have been: parties who booked ahead, came early, late or not at all, and were scanned.

Seeded: the same seed around the same day is the same past. Rows are written in bulk but are those the rooms' own acts
would have left: `flask check` holds over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import offers
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
from ticketing.door.models import Gate, Scan
from ticketing.door.verdict import Direction, Verdict
from ticketing.flow import tallying
from ticketing.foundation import identifiers
from ticketing.foundation.actors import ActorKind
from ticketing.foundation.audit import AuditEntry
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.jobs import Job, JobState
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

# How full a weekday is on average (Monday first), and how full an hour is within it.
# What Belgians pay with online, more or less in proportion.
METHODS = (*["bancontact"] * 6, *["card"] * 3, "ideal")
DAY_SHARE = (0.18, 0.2, 0.34, 0.24, 0.28, 0.62, 0.7)
HOUR_SHARE = {9: 0.7, 10: 1.0, 11: 1.0, 12: 0.7, 13: 0.9, 14: 0.8, 15: 0.4, 16: 0.3}
# Who comes together: ticket types by slug, and how often such a party is seen.
PARTIES: tuple[tuple[dict[str, int], int], ...] = (
    ({"adult": 2, "child": 2}, 26),
    ({"adult": 1, "child": 2}, 14),
    ({"adult": 2, "child": 1}, 14),
    ({"adult": 2, "child": 3, "toddler": 1}, 6),
    ({"adult": 2}, 14),
    ({"student": 3}, 8),
    ({"senior": 2, "child": 2}, 8),
    ({"adult": 1, "companion": 1}, 4),
    ({"adult": 1}, 6),
)
MEAN_LEAD_DAYS = 6.0
NO_SHOW_SHARE = 0.06
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
    key: str = field(default_factory=identifiers.new_uuid)
    uuid: str = field(default_factory=identifiers.new_uuid)
    hold_id: int = 0
    order_id: int = 0


def simulate_past(session: Session, *, days: int, zone: ZoneInfo, now: datetime, seed: int = 1) -> Told:
    """Fill the slots of so many past days with orders, tickets and scans."""
    random = Random(seed)
    purchases = [
        purchase for slot in _past_slots(session, days, zone, now) for purchase in _purchases(session, slot, random)
    ]
    _write_sales(session, purchases)
    tickets = _write_tickets(session, purchases)
    scans = _write_scans(session, tickets, random, now)
    tallying.forget_all(session)  # days that were empty a moment ago
    return Told(len(purchases), len(tickets), scans)


def _past_slots(session: Session, days: int, zone: ZoneInfo, now: datetime) -> Sequence[Slot]:
    first = local_date_of(now, zone) - timedelta(days=days)
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
        .where(Slot.local_date >= first, Slot.starts_at < now, Experience.kind.in_(kinds), ~taken, ~closed)
        .options(joinedload(Slot.experience))
        .order_by(Slot.starts_at, Slot.id)
    ).all()


def _purchases(session: Session, slot: Slot, random: Random) -> list[_Purchase]:
    """Book parties into a slot until it is as full as such a slot usually is."""
    wanted = slot.capacity * DAY_SHARE[slot.local_date.weekday()] * random.uniform(0.6, 1.2)
    wanted *= HOUR_SHARE.get(slot.starts_at.hour + 1, 0.6)
    prices = _prices(session, slot.experience_id, slot.local_date)
    vat = offers.vat_on(session, slot.experience.vat_class_id, slot.local_date)
    left, made = min(slot.capacity, round(wanted)), []
    parties = [(party, share) for party, share in PARTIES if party.keys() & prices.keys()]
    while left > 0 and parties:
        party = random.choices([party for party, _ in parties], [share for _, share in parties])[0]
        if sum(party.values()) > left:
            break
        lines = [
            PricedLine(slot.id, prices[slug].ticket_type.id, number, prices[slug].price, vat.slug, vat.rate_bp)
            for slug, number in party.items()
            if slug in prices
        ]
        lead = timedelta(days=random.expovariate(1 / MEAN_LEAD_DAYS), minutes=20)
        language = random.choices([code for code, _ in LANGUAGES], [share for _, share in LANGUAGES])[0]
        made.append(_Purchase(slot, basket.quote(lines), slot.starts_at - lead, language))
        left -= sum(line.quantity for line in lines)
    return made


def _prices(session: Session, experience_id: int, day: date) -> dict[str, PricedType]:
    remembered: dict[tuple[int, date], dict[str, PricedType]] = session.info.setdefault("simulated prices", {})
    key = (experience_id, day)
    if key not in remembered:
        priced = offers.prices_on(session, experience_id, day)
        remembered[key] = {each.ticket_type.slug: each for each in priced}
    return remembered[key]


def _write_sales(session: Session, purchases: list[_Purchase]) -> None:
    if not purchases:
        return
    for purchase, hold_id in zip(purchases, _insert(session, Hold, [_hold(each) for each in purchases]), strict=True):
        purchase.hold_id = hold_id
    for purchase, order_id in zip(
        purchases, _insert(session, Order, [_order(each) for each in purchases]), strict=True
    ):
        purchase.order_id = order_id
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


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows and return their ids in the same order."""
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))


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
    ids = _insert(session, Ticket, rows) if rows else []
    return [(by_order[row["order_id"]], ticket_id, row["digest"]) for row, ticket_id in zip(rows, ids, strict=True)]


def _write_scans(session: Session, tickets: list[tuple[_Purchase, int, str]], random: Random, now: datetime) -> int:
    """Let each party come together, a little before or after its time, through one of the gates; or not at all."""
    gates = list(session.scalars(select(Gate.id).order_by(Gate.id)))
    if not gates:
        return 0
    arrivals: dict[int, tuple[datetime, int]] = {}
    scans: list[dict[str, Any]] = []
    admitted = []
    for purchase, ticket_id, digest in tickets:
        if purchase.order_id not in arrivals:
            is_absent = random.random() < NO_SHOW_SHARE
            delay = timedelta(minutes=max(-14.0, min(28.0, random.gauss(4, 9))))
            at = now + timedelta(days=1) if is_absent else _within(purchase.slot, purchase.slot.starts_at + delay)
            arrivals[purchase.order_id] = (at, random.choice(gates))
        at, gate_id = arrivals[purchase.order_id]
        at += timedelta(seconds=random.uniform(0, 20))
        if at < min(now, purchase.slot.admits_until):
            admitted.append(ticket_id)
            scans.append({
                "scan_id": f"simulated:{ticket_id}", "ticket_id": ticket_id, "code_digest": digest, "gate_id": gate_id,
                "direction": Direction.IN, "verdict": Verdict.ADMIT, "admissions": 1,
                "scanned_at": at, "received_at": at,
            })  # fmt: skip
    if scans:
        session.execute(insert(Scan), sorted(scans, key=_scanned_at))
    _mark_admitted(session, admitted)
    return len(scans)


def _scanned_at(scan: Mapping[str, Any]) -> datetime:
    at: datetime = scan["scanned_at"]
    return at


def _within(slot: Slot, arrival: datetime) -> datetime:
    """Nobody is let in before the door opens for their slot, or after it has closed."""
    return min(max(arrival, slot.admits_from), slot.admits_until - timedelta(seconds=30))


def _mark_admitted(session: Session, ticket_ids: list[int]) -> None:
    for start in range(0, len(ticket_ids), 500):
        some = Ticket.id.in_(ticket_ids[start : start + 500])
        session.execute(update(Ticket).where(some).values(admitted=1).execution_options(synchronize_session=False))
