"""The programme of a day: shows and workshops by time with what is left; and prices side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue import availability
from ticketing.catalogue.availability import SlotView
from ticketing.catalogue.models import Experience, ExperienceKind, Slot, TicketType
from ticketing.catalogue.offers import PricedType
from ticketing.foundation.money import Money

PROGRAMME_KINDS = (ExperienceKind.SHOW, ExperienceKind.WORKSHOP)


@dataclass(frozen=True, slots=True)
class ProgrammeItem:
    """Something that starts on a day."""

    experience: Experience
    slot: SlotView


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What one ticket type pays for each experience of a table; None where it is not sold."""

    ticket_type: TicketType
    prices: tuple[Money | None, ...]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices side by side: experiences across, ticket types down."""

    experiences: tuple[Experience, ...]
    rows: tuple[PriceRow, ...]


def items_on(session: Session, local_date: date, *, zone: ZoneInfo, now: datetime) -> list[ProgrammeItem]:
    """Return the shows and workshops of a local date by start, past and closed ones included."""
    wanted = (
        select(Experience)
        .where(Experience.is_listed, Experience.kind.in_(PROGRAMME_KINDS))
        .order_by(Experience.position, Experience.id)
    )
    items = [
        ProgrammeItem(experience, slot)
        for experience in session.scalars(wanted)
        for slot in availability.slots_on(session, experience.id, local_date, zone=zone, now=now)
    ]
    return sorted(items, key=lambda item: (item.slot.starts_at, item.experience.position))


def next_day(session: Session, *, zone: ZoneInfo, now: datetime) -> date | None:
    """Return the local date of the next show or workshop that has not begun; None when none is laid out."""
    starts_at = session.scalar(
        select(Slot.starts_at)
        .join(Experience, Slot.experience_id == Experience.id)
        .where(Experience.is_listed, Experience.kind.in_(PROGRAMME_KINDS))
        .where(Slot.starts_at > now, availability.OFFERED)
        .order_by(Slot.starts_at)
        .limit(1)
    )
    return starts_at.astimezone(zone).date() if starts_at else None


def price_table(experiences: Sequence[Experience], columns: Mapping[int, Sequence[PricedType]]) -> PriceTable:
    """Put the prices of experiences (by their id) side by side, one row for each ticket type sold for any. Pure."""
    prices = {
        (each.id, priced.ticket_type.id): priced.price for each in experiences for priced in columns.get(each.id, ())
    }
    types = {priced.ticket_type.id: priced.ticket_type for each in experiences for priced in columns.get(each.id, ())}
    ordered = sorted(types.values(), key=lambda ticket_type: (ticket_type.position, ticket_type.id))
    rows = tuple(
        PriceRow(ticket_type, tuple(prices.get((each.id, ticket_type.id)) for each in experiences))
        for ticket_type in ordered
    )
    return PriceTable(tuple(experiences), rows)
