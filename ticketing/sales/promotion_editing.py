"""Promotions are made, changed and ended here: one code that many use, or a batch of codes of their own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ticketing.catalogue.models import Experience, TicketType
from ticketing.foundation import audit
from ticketing.foundation.actors import Actor
from ticketing.foundation.errors import InvalidInput, NotFound
from ticketing.foundation.identifiers import PEOPLE_ALPHABET
from ticketing.sales.discount_models import Promotion, PromotionCode, PromotionKind, PromotionRedemption
from ticketing.sales.discounts import Amount, Percent, Places, Reduction
from ticketing.sales.promotions import LONGEST_CODE, normalised, reduction_of

LONGEST_NAME = 80
MOST_CODES = 10_000  # in one batch
RANDOM_LENGTH = 8  # 40 bits: of 10,000 codes, one guess in a hundred million finds one
LONGEST_PREFIX = LONGEST_CODE - RANDOM_LENGTH - 1
MOST_CENTS = 100_000
MOST_PLACES = 60
MOST_USES = 1_000_000
MOST_ASKED = 500  # codes in one question
CODE_SHAPE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?")


Row = TypeVar("Row", Experience, TicketType)


class PromotionInvalid(InvalidInput):
    """A promotion cannot be like this; `details["field"]` names where."""

    code = "promotion_invalid"


class PromotionNotFound(NotFound):
    """There is no such promotion."""

    code = "promotion_not_found"


@dataclass(frozen=True, slots=True)
class PromotionTerms:
    """What a promotion gives, on which days of visit (dates), while it is on sale (instants), and how often."""

    name: str
    reduction: Reduction
    valid_from: date | None = None
    valid_until: date | None = None
    sold_from: datetime | None = None
    sold_until: datetime | None = None
    experience_ids: frozenset[int] = frozenset()  # none: all
    max_uses: int | None = None
    max_uses_per_customer: int | None = None


def batch_of(prefix: str, count: int) -> list[str]:
    """Make so many codes nobody can guess: the prefix, then random letters and digits that are not mistaken.

    Raises PromotionInvalid.
    """
    start = normalised(prefix)
    if not 0 < count <= MOST_CODES:
        raise PromotionInvalid("Make from 1 to 10,000 codes at once.", field="count", why="number", most=MOST_CODES)
    if len(start) > LONGEST_PREFIX or not CODE_SHAPE.fullmatch(start):
        raise PromotionInvalid("Begin codes with letters and digits.", field="prefix", why="code")
    made: dict[str, None] = {}
    while len(made) < count:
        made[f"{start}-{''.join(secrets.choice(PEOPLE_ALPHABET) for _ in range(RANDOM_LENGTH))}"] = None
    return list(made)


def make_promotion(
    session: Session, terms: PromotionTerms, codes: Sequence[str], request_key: str, *, actor: Actor, now: datetime
) -> Promotion:
    """Make a promotion with its codes, all in one insert; the same request again is the same promotion.

    Raises PromotionInvalid.
    """
    if known := _find_by_request(session, request_key):
        return known
    check(terms)
    wanted = _checked_codes(session, codes)
    promotion = Promotion(
        request_key=request_key, kind=_kind_of(terms.reduction), created_at=now, created_by=actor.name
    )
    _write(session, promotion, terms)
    _write_reduction(session, promotion, terms)
    try:
        with session.begin_nested():
            session.add(promotion)
            session.flush()
            session.execute(insert(PromotionCode), [{"promotion_id": promotion.id, "code": code} for code in wanted])
    except IntegrityError as taken:  # at the same instant, by the same form or by somebody else
        if known := _find_by_request(session, request_key):
            return known
        raise PromotionInvalid("This name or code has just been taken.", field="name", why="name_taken") from taken
    audit.record(session, "promotion.made", promotion, actor=actor, now=now, name=promotion.name, codes=len(wanted))
    return promotion


def change_promotion(
    session: Session, promotion_id: int, terms: PromotionTerms, *, actor: Actor, now: datetime
) -> Promotion:
    """Give a promotion other terms. Once a code of it has been used, what it takes off and on what stays as it was.

    Orders that were placed keep their price. Raises PromotionNotFound, PromotionInvalid.
    """
    promotion = _lock(session, promotion_id)
    check(terms)
    if promotion.name != terms.name:
        _require_new_name(session, terms.name)
    if was_used(session, promotion_id):
        _require_same_reduction(promotion, terms)
        _require_room(session, promotion_id, terms)
    else:
        promotion.kind = _kind_of(terms.reduction)
        _write_reduction(session, promotion, terms)
    _write(session, promotion, terms, is_new=False)
    audit.record(session, "promotion.changed", promotion, actor=actor, now=now, name=promotion.name)
    return promotion


def end_promotion(session: Session, promotion_id: int, *, actor: Actor, now: datetime) -> None:
    """Let nobody use the codes of a promotion any more; orders that were placed keep their price.

    Raises PromotionNotFound.
    """
    promotion = _lock(session, promotion_id)
    if promotion.ended_at is None:
        promotion.ended_at = now
        audit.record(session, "promotion.ended", promotion, actor=actor, now=now, name=promotion.name)


def end_code(session: Session, promotion_id: int, code: str, *, actor: Actor, now: datetime) -> None:
    """Let nobody use one code of a promotion any more. Raises PromotionNotFound."""
    promotion = _lock(session, promotion_id)
    own = select(PromotionCode).where(PromotionCode.promotion_id == promotion_id, PromotionCode.code == code)
    found = session.scalars(own).one_or_none()
    if found is None:
        raise PromotionNotFound("There is no such code.")
    if found.ended_at is None:
        found.ended_at = now
        audit.record(session, "promotion.code_ended", promotion, actor=actor, now=now, promotion_code=code)


def get_promotion(session: Session, promotion_id: int) -> Promotion:
    """Load a promotion with what it is for. Raises PromotionNotFound."""
    promotion = session.get(Promotion, promotion_id)
    if promotion is None:
        raise PromotionNotFound("There is no such promotion.")
    return promotion


def was_used(session: Session, promotion_id: int) -> bool:
    """Tell whether an order was ever placed with one of its codes."""
    return session.scalar(_uses_of(promotion_id).with_only_columns(PromotionRedemption.id).limit(1)) is not None


def check(terms: PromotionTerms) -> None:
    """Let only terms stand that make sense. Pure. Raises PromotionInvalid."""
    if not 0 < len(terms.name) <= LONGEST_NAME or not terms.name.isprintable():
        raise PromotionInvalid("Give it a name, at most 80 characters.", field="name", why="missing")
    _check_reduction(terms.reduction)
    if terms.valid_from and terms.valid_until and terms.valid_until < terms.valid_from:
        raise PromotionInvalid("Let the days of visit end after they begin.", field="valid_until", why="ends_before")
    if terms.sold_from and terms.sold_until and terms.sold_until <= terms.sold_from:
        raise PromotionInvalid("Let the sale end after it begins.", field="sold_until", why="ends_before")
    for field in ("max_uses", "max_uses_per_customer"):
        limit = getattr(terms, field)
        if limit is not None and not 0 < limit <= MOST_USES:
            raise PromotionInvalid("Give a number above zero.", field=field, why="number", most=MOST_USES)


def _check_reduction(reduction: Reduction) -> None:
    if isinstance(reduction, Percent) and not 0 < reduction.percent <= 100:
        raise PromotionInvalid("Give a percentage from 1 to 100.", field="percent", why="number", most=100)
    if isinstance(reduction, Amount) and not 0 < reduction.cents <= MOST_CENTS:
        raise PromotionInvalid("Give an amount up to 1,000 euros.", field="amount", why="amount")
    if isinstance(reduction, Places) and not 0 < reduction.places <= MOST_PLACES:
        raise PromotionInvalid("Give from 1 to 60 free tickets.", field="places", why="number", most=MOST_PLACES)


def _find_by_request(session: Session, request_key: str) -> Promotion | None:
    return session.scalars(select(Promotion).where(Promotion.request_key == request_key)).one_or_none()


def _checked_codes(session: Session, typed: Sequence[str]) -> list[str]:
    """Return codes in their one form, if none of them is taken."""
    codes = [normalised(each) for each in typed]
    if not codes or not all(CODE_SHAPE.fullmatch(code) for code in codes):
        raise PromotionInvalid("A code has letters, digits and hyphens.", field="code", why="code")
    for first in range(0, len(codes), MOST_ASKED):
        some = codes[first : first + MOST_ASKED]
        if session.scalar(select(PromotionCode.id).where(PromotionCode.code.in_(some)).limit(1)) is not None:
            raise PromotionInvalid("This code exists already. Choose another one.", field="code", why="code_taken")
    return codes


def _write(session: Session, promotion: Promotion, terms: PromotionTerms, *, is_new: bool = True) -> None:
    if is_new:
        _require_new_name(session, terms.name)
    for field in ("name", "valid_from", "valid_until", "sold_from", "sold_until", "max_uses", "max_uses_per_customer"):
        setattr(promotion, field, getattr(terms, field))


def _require_new_name(session: Session, name: str) -> None:
    if session.scalar(select(Promotion.id).where(Promotion.name == name)) is not None:
        raise PromotionInvalid("There is a promotion of this name already.", field="name", why="name_taken")


def _write_reduction(session: Session, promotion: Promotion, terms: PromotionTerms) -> None:
    reduction = terms.reduction
    promotion.percent = reduction.percent if isinstance(reduction, Percent) else None
    promotion.amount_cents = reduction.cents if isinstance(reduction, Amount) else None
    promotion.places = reduction.places if isinstance(reduction, Places) else None
    types = reduction.ticket_type_ids if isinstance(reduction, Places) else frozenset()
    promotion.experiences = _rows(session, Experience, terms.experience_ids)
    promotion.ticket_types = _rows(session, TicketType, types)


def _require_same_reduction(promotion: Promotion, terms: PromotionTerms) -> None:
    experience_ids = {experience.id for experience in promotion.experiences}
    if reduction_of(promotion) != terms.reduction or experience_ids != terms.experience_ids:
        raise PromotionInvalid(
            "It has been used: what it takes off, and on what, stays. End it and make another.",
            field="kind",
            why="used",
        )


def _require_room(session: Session, promotion_id: int, terms: PromotionTerms) -> None:
    """Let a limit not fall below what is used of any code, or by any customer."""
    limits = {
        "max_uses": (terms.max_uses, PromotionRedemption.promotion_code_id),
        "max_uses_per_customer": (terms.max_uses_per_customer, PromotionRedemption.customer_digest),
    }
    uses = func.sum(PromotionRedemption.uses)
    standing = _uses_of(promotion_id).where(
        PromotionRedemption.returned_at.is_(None), PromotionRedemption.is_beyond_limit.is_(False)
    )
    for field, (limit, counted_by) in limits.items():
        most = standing.with_only_columns(uses).group_by(counted_by).order_by(uses.desc()).limit(1)
        if limit is not None and limit < (session.scalar(most) or 0):
            raise PromotionInvalid("More uses than that are taken already.", field=field, why="fewer")


def _uses_of(promotion_id: int) -> Select[PromotionRedemption]:
    own = select(PromotionCode.id).where(PromotionCode.promotion_id == promotion_id)
    return select(PromotionRedemption).where(PromotionRedemption.promotion_code_id.in_(own))


def _rows(session: Session, table: type[Row], ids: Collection[int]) -> list[Row]:
    rows = list(session.scalars(select(table).where(table.id.in_(sorted(ids)))))
    if len(rows) < len(ids):
        raise PromotionInvalid("One of the marked things does not exist.", field="experiences", why="no_target")
    return rows


def _lock(session: Session, promotion_id: int) -> Promotion:
    """Load a promotion with its row locked, as whoever uses one of its codes does. Raises PromotionNotFound."""
    session.execute(select(Promotion.id).where(Promotion.id == promotion_id).with_for_update(key_share=True))
    promotion = session.get(Promotion, promotion_id, populate_existing=True)
    if promotion is None:
        raise PromotionNotFound("There is no such promotion.")
    return promotion


def _kind_of(reduction: Reduction) -> PromotionKind:
    kinds = {Percent: PromotionKind.PERCENT, Amount: PromotionKind.AMOUNT, Places: PromotionKind.PLACES}
    return kinds[type(reduction)]
