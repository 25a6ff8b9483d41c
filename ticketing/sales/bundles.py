"""Bundles: tickets of one slot that cost less together (a family ticket). A manager makes them; they come off alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from ticketing.catalogue import offers
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.languages import LANGUAGES, Texts
from ticketing.sales import discounts
from ticketing.sales.discount_models import Bundle, BundlePart
from ticketing.sales.discounts import FixedPrice, Percent

LONGEST_NAME = 60
MOST_OF_A_TYPE = 60


class BundleInvalid(InvalidInput):
    """A bundle cannot be like this; `details["field"]` names where."""

    code = "bundle_invalid"


class BundleNotFound(NotFound):
    """There is no such bundle."""

    code = "bundle_not_found"


@dataclass(frozen=True, slots=True)
class BundleTerms:
    """A bundle to be made: parts as (ticket type id, least, most); a price (cents) or a percentage, for visits on
    these days."""

    names: Texts
    experience_id: int
    parts: tuple[tuple[int, int, int], ...]
    price_cents: int | None
    percent: int | None
    valid_from: date
    valid_until: date | None


def bundles_for(session: Session, visits: Iterable[tuple[int, int, date]]) -> list[discounts.Bundle]:
    """Return what may come off visits given as (slot id, experience id, local date), slot by slot."""
    wanted = sorted(set(visits))
    experience_ids = {experience_id for _, experience_id, _ in wanted}
    if not experience_ids:
        return []
    rows = session.scalars(
        select(Bundle).where(Bundle.experience_id.in_(experience_ids), Bundle.ended_at.is_(None)).order_by(Bundle.id)
    ).all()
    return [
        discounts.Bundle(row.id, slot_id, _parts_of(row), offer_of(row))
        for slot_id, experience_id, local_date in wanted
        for row in rows
        if row.experience_id == experience_id and _is_valid_on(row, local_date)
    ]


def on_offer(session: Session, experience_id: int, local_date: date) -> list[Bundle]:
    """Load the bundles of an experience on a day, with their parts, to be shown."""
    own = select(Bundle).where(
        Bundle.experience_id == experience_id,
        Bundle.ended_at.is_(None),
        Bundle.valid_from <= local_date,
        or_(Bundle.valid_until.is_(None), Bundle.valid_until >= local_date),
    )
    return list(session.scalars(own.order_by(Bundle.id)))


def names_of(session: Session, bundle_ids: Collection[int]) -> dict[int, Texts]:
    """Return what bundles are called, by id."""
    if not bundle_ids:
        return {}
    named = session.scalars(select(Bundle).where(Bundle.id.in_(sorted(bundle_ids))))
    return {bundle.id: bundle.names for bundle in named}


def list_bundles(session: Session) -> list[Bundle]:
    """Load every bundle with its experience, those that still count first, the newest of each first."""
    rows = session.scalars(select(Bundle).options(joinedload(Bundle.experience)).order_by(Bundle.id.desc())).all()
    return sorted(rows, key=lambda row: row.ended_at is not None)


def make_bundle(session: Session, terms: BundleTerms, request_key: str, *, actor: Actor, now: datetime) -> Bundle:
    """Let tickets cost less together from now on; the same request again is the same bundle. Raises BundleInvalid."""
    if known := session.scalars(select(Bundle).where(Bundle.request_key == request_key)).one_or_none():
        return known
    _check(session, terms)
    bundle = Bundle(
        request_key=request_key,
        experience_id=terms.experience_id,
        names=dict(terms.names),
        price_cents=terms.price_cents,
        percent=terms.percent,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        created_at=now,
        parts=[BundlePart(ticket_type_id=key, least=least, most=most) for key, least, most in terms.parts],
    )
    try:
        with session.begin_nested():
            session.add(bundle)
    except IntegrityError:  # the same form at the same instant won: its bundle is ours
        return session.scalars(select(Bundle).where(Bundle.request_key == request_key)).one()
    audit.record(session, "bundle.made", bundle, actor=actor, now=now, price_cents=terms.price_cents,
                 percent=terms.percent)  # fmt: skip
    return bundle


def end_bundle(session: Session, bundle_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a bundle come off no more; orders that have it keep it. Raises BundleNotFound."""
    bundle = session.get(Bundle, bundle_id)
    if bundle is None:
        raise BundleNotFound("There is no such bundle.")
    if bundle.ended_at is None:
        bundle.ended_at = now
        audit.record(session, "bundle.ended", bundle, actor=actor, now=now)


def offer_of(bundle: Bundle) -> FixedPrice | Percent:
    """Return what a bundle costs: one price for all its tickets, or a percentage less."""
    return FixedPrice(bundle.price_cents) if bundle.price_cents is not None else Percent(bundle.percent or 0)


def _parts_of(bundle: Bundle) -> tuple[discounts.BundlePart, ...]:
    return tuple(discounts.BundlePart(part.ticket_type_id, part.least, part.most) for part in bundle.parts)


def _is_valid_on(bundle: Bundle, local_date: date) -> bool:
    return bundle.valid_from <= local_date and (bundle.valid_until is None or local_date <= bundle.valid_until)


def _check(session: Session, terms: BundleTerms) -> None:
    for language in LANGUAGES:
        if not 0 < len(terms.names.get(language, "").strip()) <= LONGEST_NAME:
            raise BundleInvalid("Name it in all four languages, shortly.", field=f"name_{language}", why="missing")
    _check_parts(terms)
    if (terms.price_cents is None) == (terms.percent is None):
        raise BundleInvalid("Give a price or a percentage, not both.", field="price", why="one_price")
    if terms.percent is not None and not 0 < terms.percent <= 100:
        raise BundleInvalid("Give a percentage from 1 to 100.", field="percent", why="number", most=100)
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        raise BundleInvalid("Let it end after it begins.", field="valid_until", why="ends_before")
    _check_sold(session, terms)


def _check_parts(terms: BundleTerms) -> None:
    if not terms.parts or sum(least for _, least, _ in terms.parts) < 2:
        raise BundleInvalid("A bundle has at least two tickets.", field="parts", why="two_tickets")
    for _, least, most in terms.parts:
        if not 0 < least <= most <= MOST_OF_A_TYPE:
            raise BundleInvalid("Give at least one of a type, and at most 60.", field="parts", why="from_to")


def _check_sold(session: Session, terms: BundleTerms) -> None:
    """Refuse parts that are not sold, and a price that saves nothing even at the most tickets."""
    prices = {
        priced.ticket_type.id: priced.price.cents
        for priced in offers.prices_on(session, terms.experience_id, terms.valid_from)
    }
    if any(key not in prices for key, _, _ in terms.parts):
        raise BundleInvalid("One of these tickets is not sold here on that day.", field="parts", why="not_sold")
    if terms.price_cents is not None and terms.price_cents >= _most_worth(terms.parts, prices):
        raise BundleInvalid("Together they would cost no less.", field="price", why="saves_nothing")


def _most_worth(parts: Sequence[tuple[int, int, int]], prices: dict[int, int]) -> int:
    return sum(prices[key] * most for key, _, most in parts)
