"""What is on offer: experiences, slots, and what each ticket type pays on a date, VAT included."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue.capacity import SlotNotFound
from ticketing.catalogue.models import Audience, Experience, Price, Slot, TicketType, VATClass, VATRate
from ticketing.foundation.errors import NotFound
from ticketing.foundation.money import Money


class ExperienceNotFound(NotFound):
    """There is no such experience."""

    code = "experience_not_found"


class VATRateMissing(NotFound):
    """Nobody has said which rate a VAT class has on a date, and a guess would be on the invoice."""

    code = "vat_rate_missing"


@dataclass(frozen=True, slots=True)
class PricedType:
    """A ticket type with what it pays, VAT included."""

    ticket_type: TicketType
    price: Money


@dataclass(frozen=True, slots=True)
class VAT:
    """A VAT class with its rate in basis points (600 is 6 %); no rate means exempt, which is not a rate of zero."""

    slug: str
    rate_bp: int | None


def list_experiences(session: Session, audience: Audience | None = None) -> list[Experience]:
    """Load what is listed, in the order managers gave it, for one audience or for all."""
    statement = select(Experience).where(Experience.is_listed).order_by(Experience.position, Experience.id)
    if audience is not None:
        statement = statement.where(Experience.audience == audience)
    return list(session.scalars(statement))


def list_ticket_types(session: Session) -> list[TicketType]:
    """Load every ticket type, in the order managers gave them."""
    return list(session.scalars(select(TicketType).order_by(TicketType.position, TicketType.id)))


def get_experience(session: Session, slug: str) -> Experience:
    """Load an experience, listed or not; raises ExperienceNotFound."""
    experience = session.scalars(select(Experience).where(Experience.slug == slug)).one_or_none()
    if experience is None:
        raise ExperienceNotFound("We have nothing under this name. Look at what is on.")
    return experience


def get_slot(session: Session, uuid: str) -> Slot:
    """Load a slot that is offered, with its experience; raises SlotNotFound."""
    statement = select(Slot).where(Slot.uuid == uuid, Slot.withdrawn_at.is_(None)).options(joinedload(Slot.experience))
    slot = session.scalars(statement).one_or_none()
    if slot is None:
        raise SlotNotFound("This time does not exist. Choose another one.")
    return slot


def get_slots(session: Session, uuids: Collection[str]) -> list[Slot]:
    """Load slots that are offered, with their experiences, by start; raises SlotNotFound when one of them is not."""
    offered = (Slot.uuid.in_(sorted(set(uuids))), Slot.withdrawn_at.is_(None))
    statement = select(Slot).where(*offered).options(joinedload(Slot.experience))
    slots = list(session.scalars(statement.order_by(Slot.starts_at, Slot.id)))
    if len(slots) < len(set(uuids)):
        raise SlotNotFound("This time does not exist. Choose another one.")
    return slots


def find_slot_at(session: Session, experience_id: int, starts_at: datetime) -> Slot | None:
    """Load the slot of an experience that is offered and starts at an instant, with its experience."""
    statement = select(Slot).where(
        Slot.experience_id == experience_id, Slot.starts_at == starts_at, Slot.withdrawn_at.is_(None)
    )
    return session.scalars(statement.options(joinedload(Slot.experience))).one_or_none()


def prices_on(session: Session, experience_id: int, local_date: date) -> list[PricedType]:
    """Load what each ticket type pays for an experience on a local date, in the order managers gave the types.

    Of several prices that are valid the one that began last counts; a type without a price is not sold.
    """
    statement = (
        select(TicketType, Price.price_cents, Price.currency)
        .join(Price, Price.ticket_type_id == TicketType.id)
        .where(
            Price.experience_id == experience_id,
            Price.valid_from <= local_date,
            or_(Price.valid_until.is_(None), Price.valid_until >= local_date),
        )
        .order_by(TicketType.position, TicketType.id, Price.valid_from)
    )
    latest = {
        ticket_type.id: PricedType(ticket_type, Money(price_cents, currency))
        for ticket_type, price_cents, currency in session.execute(statement)
    }
    return list(latest.values())


def prices_of_visits(
    session: Session, visits: Collection[tuple[int, date]]
) -> dict[tuple[int, date], list[PricedType]]:
    """Load what `prices_on` says for many pairs of experience id and local date, in one question."""
    if not visits:
        return {}
    statement = (
        select(TicketType, Price)
        .join(Price, Price.ticket_type_id == TicketType.id)
        .where(
            Price.experience_id.in_({experience_id for experience_id, _ in visits}),
            Price.valid_from <= max(local_date for _, local_date in visits),
        )
        .order_by(TicketType.position, TicketType.id, Price.valid_from)
    )
    rows = [(ticket_type, price) for ticket_type, price in session.execute(statement)]
    return {visit: _priced(rows, *visit) for visit in visits}


def _priced(rows: Sequence[tuple[TicketType, Price]], experience_id: int, local_date: date) -> list[PricedType]:
    latest = {
        ticket_type.id: PricedType(ticket_type, Money(price.price_cents, price.currency))
        for ticket_type, price in rows
        if price.experience_id == experience_id
        and price.valid_from <= local_date
        and (price.valid_until is None or price.valid_until >= local_date)
    }
    return list(latest.values())


def lowest_price(prices: Iterable[PricedType]) -> Money | None:
    """Return the least that has to be paid; what is free of charge does not count."""
    return min((each.price for each in prices if each.price), key=lambda price: price.cents, default=None)


def vat_on(session: Session, vat_class_id: int, local_date: date) -> VAT:
    """Return a VAT class with its rate on a local date; raises VATRateMissing."""
    vat_class = session.get_one(VATClass, vat_class_id)
    if vat_class.is_exempt:
        return VAT(vat_class.slug, None)
    dated = (VATRate.vat_class_id == vat_class_id, VATRate.valid_from <= local_date)
    rate_bp = session.scalar(select(VATRate.rate_bp).where(*dated).order_by(VATRate.valid_from.desc()).limit(1))
    if rate_bp is None:
        raise VATRateMissing("No VAT rate is set for this date; ask an administrator.", vat_class=vat_class.slug)
    return VAT(vat_class.slug, rate_bp)
