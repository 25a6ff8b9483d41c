"""Who came today by kind of ticket, and what was sold today by where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, Slot, TicketType
from ticketing.flow import reports
from ticketing.flow.day_loading import ENTERING
from ticketing.flow.report_models import ReportName
from ticketing.foundation.clock import local_date_of
from ticketing.foundation.languages import Texts
from ticketing.sales.models import Channel
from ticketing.tickets.models import Ticket, TicketState


@dataclass(frozen=True, slots=True)
class TypeToday:
    """Admissions of one kind of ticket for today: booked, and used."""

    names: Texts
    booked: int
    came: int


@dataclass(frozen=True, slots=True)
class SoldToday:
    """Tickets bought today at one channel, for whatever day, and what they and changes came to."""

    channel: Channel
    tickets: int
    cents: int


@dataclass(frozen=True)
class Mix:
    """Both; only what there is any of."""

    types: tuple[TypeToday, ...]
    sold: tuple[SoldToday, ...]


def mix_of_today(session: Session, *, zone: ZoneInfo, now: datetime) -> Mix:
    """Count today's admissions by kind of ticket, and add up today's sales by channel as their report does."""
    today = local_date_of(now, zone)
    report = reports.make(session, ReportName.CHANNELS, reports.span_of(today, today, zone=zone, now=now))
    places = {column.key: place for place, column in enumerate(report.columns)}
    wanted = [places[key] for key in ("channel", "tickets", "revenue")]
    rows = [cast("tuple[Channel, int, int]", tuple(row[place] for place in wanted)) for row in report.rows]
    return Mix(tuple(_types(session, today)), tuple(SoldToday(*row) for row in rows))


def _types(session: Session, today: date) -> Sequence[TypeToday]:
    counted = (
        select(TicketType.names, func.sum(Ticket.admissions), func.sum(Ticket.admitted))
        .select_from(Slot)
        .join(Experience, Experience.id == Slot.experience_id)
        .join(Ticket, Ticket.slot_id == Slot.id)
        .join(TicketType, TicketType.id == Ticket.ticket_type_id)
        .where(Slot.local_date == today, Experience.kind.in_(ENTERING), Ticket.state == TicketState.VALID)
        .group_by(TicketType.id)
        .order_by(TicketType.position, TicketType.id)
    )
    return [TypeToday(names, int(booked), int(came)) for names, booked, came in session.execute(counted)]
