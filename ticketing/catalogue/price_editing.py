"""What tickets cost from which day on, and VAT rates. What is sold keeps the price and the rate it was sold at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.catalogue.checking import invalid, require_between
from ticketing.catalogue.models import Experience, Price, TicketType, VATClass, VATRate
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import NotFound

HIGHEST_CENTS, HIGHEST_BP = 1_000_000, 9_999


class PriceNotFound(NotFound):
    """There is no such price."""

    code = "price_not_found"


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """A price a manager sets for visits from one local date to another, both included; no end: until further notice."""

    experience_id: int
    ticket_type_id: int
    valid_from: date
    valid_until: date | None
    price_cents: int


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """One row of prices. `counts_now`: it is what a visit today costs; of several that hold the latest start wins."""

    price: Price
    counts_now: bool
    is_over: bool
    has_begun: bool


@dataclass(frozen=True, slots=True)
class TypePrices:
    """The prices of one ticket type for an experience, the latest start first; none: it is not sold there."""

    ticket_type: TicketType
    prices: tuple[DatedPrice, ...]


@dataclass(frozen=True, slots=True)
class VATHistory:
    """A VAT class with its rates, the latest first, and how many experiences are in it."""

    vat_class: VATClass
    rates: tuple[VATRate, ...]
    experiences: int


def prices_of(session: Session, experience_id: int, *, today: date) -> list[TypePrices]:
    """Load the prices of every ticket type for an experience, in the order of the types."""
    types = session.scalars(select(TicketType).order_by(TicketType.position, TicketType.id)).all()
    rows = session.scalars(
        select(Price).where(Price.experience_id == experience_id).order_by(Price.valid_from.desc())
    ).all()
    return [TypePrices(each, _dated([row for row in rows if row.ticket_type_id == each.id], today)) for each in types]


def get_price(session: Session, price_id: int) -> Price:
    """Load a price, locked; raises PriceNotFound."""
    price = session.get(Price, price_id, with_for_update={"key_share": True})
    if price is None:
        raise PriceNotFound("There is no such price.")
    return price


def add_price(session: Session, sheet: PriceSheet, *, today: date, actor: Actor, now: datetime) -> Price:
    """Set a price for visits from a day on; the very same again changes nothing. Raises CatalogueInvalid."""
    _check(session, sheet, today)
    there = _find(session, sheet)
    if there is not None:
        return _same_or_refuse(there, sheet)
    price = Price(
        experience_id=sheet.experience_id,
        ticket_type_id=sheet.ticket_type_id,
        valid_from=sheet.valid_from,
        valid_until=sheet.valid_until,
        price_cents=sheet.price_cents,
    )
    try:
        with session.begin_nested():
            session.add(price)
    except IntegrityError as error:
        raise invalid("valid_from", "price_taken") from error
    audit.record(session, "price.set", price, actor=actor, now=now, **_told(price))
    return price


def end_price(session: Session, price_id: int, last_day: date, *, today: date, actor: Actor, now: datetime) -> None:
    """Let a price hold for visits until a day, included; before it began there is nothing to keep: it goes.

    Raises PriceNotFound, CatalogueInvalid.
    """
    price = get_price(session, price_id)
    if last_day < today - timedelta(days=1):
        raise invalid("last_day", "past_day")
    if price.valid_from > last_day:
        audit.record(session, "price.taken_away", price, actor=actor, now=now, **_told(price))
        session.delete(price)
    elif price.valid_until is None or price.valid_until > last_day:
        price.valid_until = last_day
        audit.record(session, "price.ended", price, actor=actor, now=now, **_told(price))


def vat_histories(session: Session) -> list[VATHistory]:
    """Load every VAT class with its rates."""
    rates = session.scalars(select(VATRate).order_by(VATRate.valid_from.desc())).all()
    used = list(session.scalars(select(Experience.vat_class_id)))
    return [
        VATHistory(each, tuple(rate for rate in rates if rate.vat_class_id == each.id), used.count(each.id))
        for each in session.scalars(select(VATClass).order_by(VATClass.id))
    ]


def add_vat_rate(
    session: Session, slug: str, valid_from: date, rate_bp: int, *, today: date, actor: Actor, now: datetime
) -> None:
    """Set the rate of a VAT class, in basis points, from a day on; the same again changes nothing.

    Raises CatalogueInvalid.
    """
    vat_class = session.scalars(select(VATClass).where(VATClass.slug == slug, ~VATClass.is_exempt)).one_or_none()
    if vat_class is None:
        raise invalid("vat_class", "no_target")
    require_between(rate_bp, "rate", 0, HIGHEST_BP)
    if valid_from <= today:
        raise invalid("vat_from", "future_day")  # today's visits have their rate on documents already
    dated = select(VATRate).where(VATRate.vat_class_id == vat_class.id, VATRate.valid_from == valid_from)
    there = session.scalars(dated.with_for_update()).one_or_none()
    if there is not None and there.rate_bp == rate_bp:
        return
    rate = there or VATRate(vat_class_id=vat_class.id, valid_from=valid_from)
    rate.rate_bp = rate_bp
    session.add(rate)
    told = {"vat_class": slug, "valid_from": valid_from.isoformat(), "rate_bp": rate_bp}
    audit.record(session, "vat_rate.set", rate, actor=actor, now=now, **told)


def _check(session: Session, sheet: PriceSheet, today: date) -> None:
    if session.get(TicketType, sheet.ticket_type_id) is None:
        raise invalid("ticket_type", "no_target")
    require_between(sheet.price_cents, "price", 0, HIGHEST_CENTS)
    if sheet.valid_from < today:
        raise invalid("valid_from", "past_day")
    if sheet.valid_until is not None and sheet.valid_until < sheet.valid_from:
        raise invalid("valid_until", "ends_before")


def _find(session: Session, sheet: PriceSheet) -> Price | None:
    dated = select(Price).where(
        Price.experience_id == sheet.experience_id,
        Price.ticket_type_id == sheet.ticket_type_id,
        Price.valid_from == sheet.valid_from,
    )
    return session.scalars(dated).one_or_none()


def _same_or_refuse(there: Price, sheet: PriceSheet) -> Price:
    if (there.price_cents, there.valid_until) != (sheet.price_cents, sheet.valid_until):
        raise invalid("valid_from", "price_taken")
    return there


def _dated(rows: Sequence[Price], today: date) -> tuple[DatedPrice, ...]:
    holding = [row for row in rows if row.valid_from <= today and (row.valid_until is None or row.valid_until >= today)]
    counting = holding[0] if holding else None
    return tuple(
        DatedPrice(
            row,
            counts_now=row is counting,
            is_over=row.valid_until is not None and row.valid_until < today,
            has_begun=row.valid_from <= today,
        )
        for row in rows
    )


def _told(price: Price) -> dict[str, object]:
    return {
        "experience_id": price.experience_id,
        "ticket_type_id": price.ticket_type_id,
        "valid_from": price.valid_from.isoformat(),
        "valid_until": price.valid_until.isoformat() if price.valid_until else None,
        "price_cents": price.price_cents,
    }
