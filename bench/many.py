"""A house as it is after years: a million tickets, thirteen thousand slots, the ledger whole. Made row by row, in bulk.

Everything follows from a number, so that the same rows come out each time and `flask check` has nothing to say.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, Table, delete, insert, select, text
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Allocation, Closure, Experience, Slot, TicketType
from ticketing.door.models import Gate, Scan
from ticketing.foundation.actors import ActorKind, system
from ticketing.foundation.audit import AuditEntry, seal_of
from ticketing.foundation.clock import Clock, instant_of, local_date_of
from ticketing.foundation.database import Base, Database
from ticketing.foundation.identifiers import PEOPLE_ALPHABET, check_character
from ticketing.foundation.jobs import Job
from ticketing.foundation.money import vat_within
from ticketing.operations import demo_catalogue
from ticketing.sales.models import Hold, HoldLine, Order, OrderChange, OrderLine, OrderNameWord, Payment, Refund
from ticketing.sales.name_words import words_of
from ticketing.staff import accounts
from ticketing.staff.models import Role
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket

TICKETS, TICKETS_AN_ORDER = 1_000_000, 3
DAYS_AHEAD = 90
TYPES = ("adult", "child", "student")
CAPACITY, UNIT_CENTS, RATE_BP = 400, 1950, 600
ADMITTED_SHARE = 0.9
CANCELLED = 16  # each so many orders, one
DESK = 5  # each so many orders, one was sold at the desk
ROWS = 5_000  # to a statement
BENCH, PASSWORD, EMAIL = system("bench"), "a bench of many rows", "manager@bench.example"
FIRST_NAMES = ("An", "Jan", "Marie", "Mohamed", "Els", "Luc", "Fatima", "Pieter", "Zoë", "Jeroen", "Lies", "Karim",
               "Nathalie", "Tom", "Ingrid", "Youssef", "Sofie", "Bart", "Aylin", "Hugo")  # fmt: skip
BEGINNINGS = ("Peet", "Jans", "Maes", "Wout", "Dubo", "Lamb", "Verm", "Claes", "Goos", "Mert", "Willem", "Hendr",
              "Baert", "Desm", "Celik", "Bogae", "Thijs", "Mich", "Vand", "Ruel")  # fmt: skip
ENDINGS = ("ers", "sens", "aert", "inckx", "is", "er", "eulen", "ots", "ens", "on", "oots", "icke", "ijn", "at",
           "et", "ouw", "el", "ink", "ac", "ard")  # fmt: skip


@dataclass(frozen=True)
class Timetable:
    """What is offered: experience, first start, minutes between, how many a day; how many slots, and days ahead."""

    a_day: tuple[tuple[str, time, int, int], ...]
    slots: int
    days_ahead: int


OF_YEARS = Timetable(
    (("visit", time(9, 30), 30, 13), ("lightning", time(10), 75, 5), ("cold", time(10, 30), 75, 5),
     ("sound", time(11), 75, 4)), slots=13_000, days_ahead=DAYS_AHEAD,
)  # fmt: skip
OF_A_YEAR = Timetable((("visit", time(9, 30), 30, 12), ("lightning", time(11), 150, 2)), slots=5_000, days_ahead=1)


@dataclass(frozen=True)
class Facts:
    """What the rows hang on, and the time they are made at."""

    now: datetime
    slots: tuple[tuple[int, datetime], ...]  # id and start, by time
    type_ids: tuple[int, ...]
    gate_id: int

    def type_of(self, sale: Sale) -> int:
        """Return whom the tickets of an order are for."""
        return self.type_ids[sale.id % len(self.type_ids)]


@dataclass(frozen=True)
class Sale:
    """One order, everything about it that follows from its number."""

    id: int
    slot_id: int
    starts_at: datetime
    placed_at: datetime
    quantity: int
    first_ticket: int

    @property
    def uuid(self) -> str:
        """Its key outside."""
        return f"{self.id:08x}-bbbb-4bbb-8bbb-{self.id:012x}"

    @property
    def code(self) -> str:
        """The code its customer knows, with its check character."""
        return order_code(self.id)

    @property
    def name(self) -> str:
        """Who it is for; twenty first names and a few hundred others."""
        return name_of(self.id)

    @property
    def total_cents(self) -> int:
        """What it cost."""
        return self.quantity * UNIT_CENTS

    @property
    def channel(self) -> str:
        """Where it was sold."""
        return "online" if self.id % DESK else "desk"

    @property
    def cancelled_at(self) -> datetime | None:
        """When all of it was cancelled, if it was: an hour after it was bought."""
        return None if self.id % CANCELLED else self.placed_at + timedelta(minutes=59)


def order_code(number: int) -> str:
    """Return the order code of a number."""
    body = "".join(PEOPLE_ALPHABET[(number >> shift) % 32] for shift in range(30, -1, -5))
    return body + check_character(body)


def name_of(number: int) -> str:
    """Return the name of an order's customer."""
    mixed = number * 2_654_435_761 % 2**32
    first, begin = FIRST_NAMES[mixed % 20], BEGINNINGS[mixed // 20 % 20]
    return f"{first} {begin}{ENDINGS[mixed // 400 % 20]}{mixed // 8000 % 97}"


def email_of(number: int) -> str:
    """Return the address of an order's customer; some come back again and again."""
    return f"customer{number % 120_000}@example.org"


def ticket_code(number: int) -> str:
    """Return a ticket's code; it looks like any other."""
    mixed = Random(number).getrandbits(130)
    return "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(mixed >> shift) % 32] for shift in range(125, -1, -5))


def fill(engine: Engine, zone: ZoneInfo, tickets: int = TICKETS, timetable: Timetable = OF_YEARS) -> None:
    """Fill an empty house whose tables are there."""
    database, now = Database(engine), Clock().now().replace(microsecond=0)
    with database.transaction() as session:
        demo_catalogue.load(session, zone=zone, now=now)
        accounts.add_account(session, EMAIL, "Mo Manager", Role.MANAGER, PASSWORD, actor=BENCH, now=now)
        session.execute(delete(Closure))  # nobody may have bought what it covers
        session.execute(delete(Slot))
        session.execute(delete(AuditEntry))
        session.execute(insert(Slot), list(_slots(session, zone, local_date_of(now, zone), timetable)))
    with database.transaction() as session:
        facts = _facts(session, now)
    for table, rows in _PARTS:
        _write(engine, table, rows(facts, tickets))
    _write(engine, AuditEntry, _entries(facts, tickets))
    _tidy_up(engine)
    database.close()


def _facts(session: Session, now: datetime) -> Facts:
    slots = session.execute(select(Slot.id, Slot.starts_at).order_by(Slot.starts_at, Slot.id)).all()
    types = session.scalars(select(TicketType.id).where(TicketType.slug.in_(TYPES)).order_by(TicketType.id))
    return Facts(
        now,
        tuple((slot_id, starts_at) for slot_id, starts_at in slots),
        tuple(types),
        session.scalars(select(Gate.id).limit(1)).one(),
    )


def _slots(session: Session, zone: ZoneInfo, today: date, timetable: Timetable) -> Iterator[dict[str, Any]]:
    ids = {each.slug: each.id for each in session.execute(select(Experience.slug, Experience.id))}
    per_day = sum(count for *_, count in timetable.a_day)
    first = today + timedelta(days=timetable.days_ahead - timetable.slots // per_day)
    for number in range(timetable.slots // per_day + 1):
        day = first + timedelta(days=number)
        for slug, begin, step, count in timetable.a_day:
            for place in range(count):
                local = datetime.combine(day, begin) + timedelta(minutes=step * place)
                starts_at = instant_of(day, local.time(), zone)
                yield {
                    "uuid": f"{number:08x}-aaaa-4aaa-8aaa-{ids[slug]:04x}{place:08x}", "experience_id": ids[slug],
                    "local_date": day, "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=60),
                    "admits_from": starts_at - timedelta(minutes=15),
                    "admits_until": starts_at + timedelta(minutes=30), "capacity": CAPACITY,
                }  # fmt: skip


def _sales(facts: Facts, tickets: int) -> Iterator[Sale]:
    """Sell in the order of time, roughly: people buy for days around each other."""
    orders, random = tickets // TICKETS_AN_ORDER + 1, Random(1)
    for number in range(orders):
        place = number * len(facts.slots) // orders + random.randint(-200, 200)
        slot_id, starts_at = facts.slots[place % len(facts.slots)]
        placed_at = min(starts_at, facts.now) - timedelta(minutes=random.randint(60, 20_000))
        quantity = min(TICKETS_AN_ORDER, tickets - number * TICKETS_AN_ORDER)
        if quantity > 0:
            yield Sale(number + 1, slot_id, starts_at, placed_at, quantity, number * TICKETS_AN_ORDER + 1)


def _holds(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield {
            "id": sale.id, "key": sale.uuid, "secret": f"h{sale.id:031d}", "request_key": f"bench:{sale.id}",
            "state": "kept", "channel": sale.channel, "expires_at": sale.placed_at + timedelta(minutes=15),
            "created_at": sale.placed_at, "extensions": 0, "email": email_of(sale.id), "name": sale.name,
        }  # fmt: skip


def _hold_lines(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield {
            "id": sale.id, "hold_id": sale.id, "slot_id": sale.slot_id, "ticket_type_id": facts.type_of(sale),
            "quantity": sale.quantity, "unit_cents": UNIT_CENTS, "currency": "EUR",
        }  # fmt: skip


def _orders(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield {
            "id": sale.id, "uuid": sale.uuid, "code": sale.code, "secret": order_secret(sale.id), "hold_id": sale.id,
            "state": "cancelled" if sale.cancelled_at else "confirmed", "channel": sale.channel, "language": "nl",
            "email": email_of(sale.id), "name": sale.name,
            "total_cents": 0 if sale.cancelled_at else sale.total_cents, "currency": "EUR",
            "placed_at": sale.placed_at, "confirmed_at": sale.placed_at + timedelta(minutes=2),
        }  # fmt: skip


def order_secret(number: int) -> str:
    """Return the secret in the link of an order."""
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[(number >> 5 * place) % 32] for place in range(32))


def _name_words(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield from ({"order_id": sale.id, "word": word} for word in words_of(sale.name))


def _order_lines(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield {
            "id": sale.id, "order_id": sale.id, "slot_id": sale.slot_id, "ticket_type_id": facts.type_of(sale),
            "quantity": sale.quantity, "unit_cents": UNIT_CENTS, "discount_cents": 0, "bundle_cents": 0,
            "total_cents": sale.total_cents,
            "vat_class": "culture", "vat_bp": RATE_BP, "vat_cents": vat_within(sale.total_cents, RATE_BP),
            "currency": "EUR", "ended_by_id": sale.id if sale.cancelled_at else None, "ended_at": sale.cancelled_at,
        }  # fmt: skip


def _allocations(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield {
            "id": sale.id, "slot_id": sale.slot_id, "holder": sale.uuid, "pool": "public",
            "admissions": sale.quantity, "state": "released" if sale.cancelled_at else "sold", "expires_at": None,
        }  # fmt: skip


def _payments(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        yield {
            "id": sale.id, "order_id": sale.id, "attempt": 1, "key": f"bench:{sale.id}", "provider": "cash",
            "state": "succeeded", "amount_cents": sale.total_cents, "currency": "EUR", "created_at": sale.placed_at,
            "succeeded_at": sale.placed_at + timedelta(minutes=2),
        }  # fmt: skip


def _cancellations(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        if sale.cancelled_at:
            yield {
                "id": sale.id, "uuid": sale.uuid, "request_key": f"bench:{sale.id}", "order_id": sale.id,
                "kind": "cancel", "state": "done", "ticket_ids": [], "additions": [], "fee_cents": 0,
                "given_before_cents": 0, "fee_vat_cents": 0, "difference_cents": -sale.total_cents,
                "currency": "EUR", "reason": "bench", "created_at": sale.cancelled_at, "done_at": sale.cancelled_at,
            }  # fmt: skip


def _refunds(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        if sale.cancelled_at:
            yield {
                "id": sale.id, "payment_id": sale.id, "key": f"refund:bench:{sale.id}", "way": "cash",
                "state": "succeeded", "amount_cents": sale.total_cents, "covers_cents": 0, "covered_cents": 0,
                "currency": "EUR", "reason": f"reason {sale.id % 40}", "requested_at": sale.cancelled_at,
                "settled_at": sale.cancelled_at,
            }  # fmt: skip


def _jobs(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        at = sale.placed_at + timedelta(minutes=2)
        yield {
            "id": sale.id, "kind": "send_confirmation", "key": f"confirmation:{sale.uuid}", "state": "done",
            "payload": {"order_id": sale.id}, "run_at": at, "attempts": 1, "created_at": at, "done_at": at,
        }  # fmt: skip


def _tickets(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        for place in range(sale.quantity):
            number = sale.first_ticket + place
            code = ticket_code(number)
            yield {
                "id": number, "order_id": sale.id, "order_line_id": sale.id, "place": place, "slot_id": sale.slot_id,
                "ticket_type_id": facts.type_of(sale), "code": code, "digest": codes.digest(code),
                "state": "void" if sale.cancelled_at else "valid", "voided_at": sale.cancelled_at,
                "admissions": 1, "admitted": int(_came(facts, sale, number)),
                "issued_at": sale.placed_at + timedelta(minutes=2),
            }  # fmt: skip


def _scans(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    for sale in _sales(facts, tickets):
        for number in range(sale.first_ticket, sale.first_ticket + sale.quantity):
            if _came(facts, sale, number):
                yield {
                    "scan_id": f"bench:{number}", "ticket_id": number, "code_digest": "0" * 64,
                    "gate_id": facts.gate_id, "direction": "in", "verdict": "admit", "admissions": 1,
                    "came_back": 0, "has_stamp": False, "kind": "scan",
                    "scanned_at": sale.starts_at, "received_at": sale.starts_at,
                }  # fmt: skip


def _came(facts: Facts, sale: Sale, number: int) -> bool:
    return sale.starts_at < facts.now and sale.cancelled_at is None and number % 100 < ADMITTED_SHARE * 100


def _entries(facts: Facts, tickets: int) -> Iterator[dict[str, Any]]:
    """Tell each order's life, chained as the worker would have done."""
    chained = ""
    for sale in _sales(facts, tickets):
        life = [(0, "order.placed"), (2, "order.confirmed"), *([(59, "order.cancelled")] if sale.cancelled_at else [])]
        for place, (after, code) in enumerate(life):
            row = {
                "id": 3 * sale.id - 2 + place, "code": code, "subject": Order.__tablename__, "subject_id": sale.id,
                "actor_kind": ActorKind.VISITOR, "actor_id": None, "actor_name": "",
                "happened_at": sale.placed_at + timedelta(minutes=after), "details": {"total_cents": sale.total_cents},
            }  # fmt: skip
            chained = seal_of(cast(AuditEntry, SimpleNamespace(**row)), chained)
            yield row | {"seal": chained}


_PARTS: tuple[tuple[type[Base], Callable[[Facts, int], Iterable[dict[str, Any]]]], ...] = (
    (Hold, _holds), (HoldLine, _hold_lines), (Order, _orders), (OrderNameWord, _name_words),
    (OrderChange, _cancellations), (OrderLine, _order_lines), (Allocation, _allocations), (Payment, _payments),
    (Refund, _refunds), (Job, _jobs), (Ticket, _tickets),
    (Scan, _scans),
)  # fmt: skip


def _write(engine: Engine, kind: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    table, rest = cast(Table, kind.__table__), iter(rows)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            _copy(connection, table, rest)
        while some := list(itertools.islice(rest, ROWS)):
            connection.execute(insert(table), some)


def _copy(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Hand PostgreSQL all rows in one stream: ten times as fast as statement by statement."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))  # a visitor's request may not wait so long; this may
    first = next(rows)
    into = f"COPY {table.name} ({', '.join(first)}) FROM STDIN"
    cursor = cast(psycopg.Cursor[Any], connection.connection.cursor())
    with cursor.copy(into) as stream:
        for row in itertools.chain([first], rows):
            stream.write_row([_plain(value) for value in row.values()])


def _plain(value: Any) -> Any:
    """Return a value as the driver writes it: words of closed lists as text, documents as JSON."""
    if isinstance(value, StrEnum):
        return value.value
    return Jsonb(value) if isinstance(value, dict | list) else value


def _tidy_up(engine: Engine) -> None:
    """Let PostgreSQL go on counting behind the rows, and both engines know how their tables look."""
    kinds = [kind for kind, _ in _PARTS] + [AuditEntry]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for name in (kind.__tablename__ for kind in kinds):
                connection.execute(text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
