"""Builds what a test stands on, by the rooms' own functions where there are any; every argument has a valid default."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.catalogue.models import (
    Experience,
    ExperienceKind,
    OpeningHours,
    Price,
    Slot,
    TicketType,
    VATClass,
    VATRate,
)
from ticketing.foundation.actors import VISITOR, system
from ticketing.foundation.identifiers import new_token, new_uuid
from ticketing.sales import holds, orders, promotion_editing, settlement
from ticketing.sales.basket import Quote
from ticketing.sales.discount_models import Promotion
from ticketing.sales.discounts import Percent, Reduction
from ticketing.sales.holds import HoldRequest
from ticketing.sales.models import Channel, Hold, Order
from ticketing.sales.orders import Customer
from ticketing.sales.promotion_editing import PromotionTerms

ZONE = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # 13:00 in Mechelen, three hours after the tests' clock
ADULT_CENTS, CHILD_CENTS = 1950, 1450
LANGUAGES = ("nl", "fr", "en", "de")


def experience(session: Session, slug: str = "visit", kind: ExperienceKind = ExperienceKind.ADMISSION) -> Experience:
    """An experience in a VAT class of 6 %."""
    made = Experience(
        uuid=new_uuid(),
        slug=slug,
        kind=kind,
        names=dict.fromkeys(LANGUAGES, slug),
        summaries=dict.fromkeys(LANGUAGES, ""),
        bring={},
        duration_minutes=60,
        vat_class_id=_culture(session).id,
    )
    session.add(made)
    session.flush()
    return made


def slot(session: Session, capacity: int = 5, starts_at: datetime = NOON, experience: Experience | None = None) -> Slot:
    """A slot of an hour, whose door is open from a quarter before to half an hour after its start."""
    what = experience or globals()["experience"](session, slug=new_uuid()[:40])
    made = Slot(
        uuid=new_uuid(),
        experience_id=what.id,
        local_date=starts_at.astimezone(ZONE).date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=60),
        admits_from=starts_at - timedelta(minutes=15),
        admits_until=starts_at + timedelta(minutes=30),
        capacity=capacity,
    )
    session.add(made)
    session.flush()
    return made


def priced_slot(
    session: Session,
    capacity: int = 5,
    starts_at: datetime = NOON,
    slug: str = "visit",
    kind: ExperienceKind = ExperienceKind.ADMISSION,
) -> Slot:
    """A slot with tickets for adults and children, and a free one for companions."""
    found = session.scalars(select(Experience).where(Experience.slug == slug)).one_or_none()
    what = found or experience(session, slug, kind)
    if found is None:
        for type_slug, cents in (("adult", ADULT_CENTS), ("child", CHILD_CENTS), ("companion", 0)):
            price = Price(
                experience_id=what.id, ticket_type_id=_ticket_type(session, type_slug).id, price_cents=cents,
                valid_from=date(2026, 1, 1),
            )  # fmt: skip
            session.add(price)
        session.flush()
    return slot(session, capacity, starts_at, what)


def opening_hours(session: Session) -> None:
    """Open every day from 9:30 to 17:00."""
    for weekday in range(7):
        session.add(
            OpeningHours(
                weekday=weekday, valid_from=date(2026, 1, 1), opens_at_local=time(9, 30), closes_at_local=time(17)
            )
        )
    session.flush()


def hold(session: Session, of: Slot, now: datetime, **quantities: int) -> Hold:
    """A hold on a priced slot: two adults unless told otherwise."""
    request = HoldRequest(new_token(), of.uuid, quantities or {"adult": 2}, Channel.ONLINE)
    return holds.open_hold(session, request, now=now)


def order(session: Session, of: Slot, now: datetime, **quantities: int) -> Order:
    """A placed order that nobody has paid yet."""
    customer = Customer("an.peeters@example.org", "An Peeters", "nl")
    return orders.place(session, hold(session, of, now, **quantities), customer, actor=VISITOR, now=now)


def promotion(session: Session, code: str, now: datetime, reduction: Reduction | None = None, **terms) -> Promotion:
    """A promotion with one code: a quarter off everything, unless told otherwise."""
    wanted = PromotionTerms(code, reduction or Percent(25), **terms)
    return promotion_editing.make_promotion(session, wanted, [code], f"make:{code}", actor=system("test"), now=now)


def quote(session: Session, of: Hold, now: datetime) -> Quote:
    """Price a hold loaded by `get_hold` as a customer sees it."""
    return holds.quote_with(session, of, holds.promotion_standing(session, of, now=now).discount)


def confirmed_order(session: Session, of: Slot, now: datetime, **quantities: int) -> Order:
    """An order paid in cash, with its tickets."""
    placed = order(session, of, now, **quantities)
    settlement.pay_cash(session, placed, actor=VISITOR, now=now)
    return placed


def _culture(session: Session) -> VATClass:
    found = session.scalars(select(VATClass).where(VATClass.slug == "culture")).one_or_none()
    if found is None:
        found = VATClass(slug="culture", names=dict.fromkeys(LANGUAGES, "culture"))
        session.add(found)
        session.flush()
        session.add(VATRate(vat_class_id=found.id, valid_from=date(2000, 1, 1), rate_bp=600))
        session.flush()
    return found


def _ticket_type(session: Session, slug: str) -> TicketType:
    found = session.scalars(select(TicketType).where(TicketType.slug == slug)).one_or_none()
    if found is None:
        found = TicketType(
            uuid=new_uuid(), slug=slug, names=dict.fromkeys(LANGUAGES, slug), hints=dict.fromkeys(LANGUAGES, "")
        )
        session.add(found)
        session.flush()
    return found
