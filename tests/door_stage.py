"""A slot with tickets, and gates, written as rows: the door has to cope with every state they can be in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ticketing.catalogue.models import Audience, Experience, ExperienceKind, Slot, TicketType, VATClass
from ticketing.door import admission, gates
from ticketing.door.admission import ScanAnswer, ScanRequest
from ticketing.door.gates import GateView
from ticketing.door.models import Device
from ticketing.door.verdict import Direction
from ticketing.foundation import actors
from ticketing.foundation.actors import Actor
from ticketing.foundation.identifiers import digest_of, new_order_code, new_secret, new_token, new_uuid
from ticketing.sales.models import Channel, Hold, HoldState, Order, OrderLine, OrderState
from ticketing.tickets import codes
from ticketing.tickets.models import Ticket

ZONE = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)  # 12:00 in Brussels, a Tuesday
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stage:
    """What a scan needs to exist."""

    ticket_id: int
    code: str
    order_id: int
    slot_id: int
    experience_id: int
    gate: GateView
    device: Actor


def build(session: Session, *, starts_at: datetime = NOON, admissions: int = 1, is_confirmed: bool = True) -> Stage:
    """Sell one ticket for a slot that admits from 15 minutes before to 30 after its start, and enrol a device."""
    slot = _slot(session, starts_at)
    order = _order(session, OrderState.CONFIRMED if is_confirmed else OrderState.PENDING)
    ticket = _ticket(session, order, slot, admissions)
    gate = gates.add_gate(session, f"Gate {next(_numbers)}", actor=actors.system("test"), now=starts_at)
    device = Device(name=new_uuid(), token_digest=digest_of(new_token()), gate_id=gate.id, enrolled_at=starts_at)
    session.add(device)
    session.flush()
    return Stage(
        ticket.id, ticket.code, order.id, slot.id, slot.experience_id, gate, actors.device(device.id, device.name)
    )


def scan(
    session: Session,
    stage: Stage,
    *,
    now: datetime = NOON,
    scan_id: str = "",
    code: str | None = None,
    direction: Direction = Direction.IN,
    admissions: int = 1,
    scanned_at: datetime | None = None,
) -> ScanAnswer:
    """Scan the stage's ticket (or another code) at its gate by its device."""
    read = stage.code if code is None else code
    request = ScanRequest(scan_id or new_uuid(), read, stage.gate, direction, scanned_at or now, admissions)
    return admission.scan(session, request, stage.device, zone=ZONE, now=now)


def _slot(session: Session, starts_at: datetime) -> Slot:
    vat = VATClass(slug=new_uuid(), names={})
    session.add(vat)
    session.flush()
    experience = Experience(
        uuid=new_uuid(),
        slug=new_uuid(),
        kind=ExperienceKind.ADMISSION,
        names={"en": "Visit", "nl": "Bezoek"},
        summaries={},
        bring={},
        duration_minutes=60,
        vat_class_id=vat.id,
    )
    session.add(experience)
    session.flush()
    slot = Slot(
        uuid=new_uuid(),
        experience_id=experience.id,
        local_date=starts_at.astimezone(ZONE).date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=60),
        admits_from=starts_at - timedelta(minutes=15),
        admits_until=starts_at + timedelta(minutes=30),
        capacity=50,
    )
    session.add(slot)
    session.flush()
    return slot


def _order(session: Session, state: OrderState) -> Order:
    hold = Hold(
        key=new_uuid(),
        secret=new_secret(),
        request_key=new_uuid(),
        state=HoldState.KEPT,
        channel=Channel.ONLINE,
        expires_at=NOON,
        created_at=NOON,
    )
    session.add(hold)
    session.flush()
    order = Order(
        uuid=new_uuid(),
        code=new_order_code(),
        secret=new_secret(),
        hold_id=hold.id,
        state=state,
        channel=Channel.ONLINE,
        language="nl",
        email="ada@example.org",
        total_cents=1000,
        currency="EUR",
        placed_at=NOON,
        confirmed_at=NOON,
    )
    session.add(order)
    session.flush()
    return order


def _ticket(session: Session, order: Order, slot: Slot, admissions: int) -> Ticket:
    kind = TicketType(
        uuid=new_uuid(), slug=new_uuid(), names={"en": "Adult", "nl": "Volwassene"}, hints={}, audience=Audience.VISITOR
    )
    session.add(kind)
    session.flush()
    line = OrderLine(
        order_id=order.id,
        slot_id=slot.id,
        ticket_type_id=kind.id,
        quantity=1,
        unit_cents=1000,
        discount_cents=0,
        total_cents=1000,
        vat_class="reduced",
        vat_bp=600,
        vat_cents=57,
        currency="EUR",
    )
    session.add(line)
    session.flush()
    code = codes.new_code()
    ticket = Ticket(
        order_id=order.id,
        order_line_id=line.id,
        place=1,
        slot_id=slot.id,
        ticket_type_id=kind.id,
        code=code,
        digest=codes.digest(code),
        admissions=admissions,
        issued_at=NOON,
    )
    session.add(ticket)
    session.flush()
    return ticket
