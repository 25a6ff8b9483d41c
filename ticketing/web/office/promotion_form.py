"""The form of a promotion: read into terms, and written back as it is."""

from __future__ import annotations

from datetime import datetime

from werkzeug.datastructures import MultiDict

from ticketing.foundation.errors import InvalidInput
from ticketing.sales import promotion_editing, promotions
from ticketing.sales.discount_models import Promotion, PromotionKind
from ticketing.sales.discounts import Amount, Percent, Places, Reduction
from ticketing.sales.promotion_editing import MOST_CODES, MOST_PLACES, MOST_USES, PromotionInvalid, PromotionTerms
from ticketing.web import edge
from ticketing.web.office.moments import read_moment, write_moment
from ticketing.web.office.typed_numbers import read_cents, read_day, read_number, write_cents

Form = MultiDict[str, str]
BATCH = "batch"


def read_terms(form: Form) -> PromotionTerms:
    """Read what a promotion gives. Raises PromotionInvalid and what typed_numbers and moments raise."""
    terms = PromotionTerms(
        name=" ".join(form.get("name", "").split()),
        reduction=_read_reduction(form),
        valid_from=read_day(form, "valid_from"),
        valid_until=read_day(form, "valid_until"),
        sold_from=_read_moment(form, "sold_from"),
        sold_until=_read_moment(form, "sold_until"),
        experience_ids=_read_ids(form, "experience"),
        max_uses=read_number(form, "max_uses", MOST_USES),
        max_uses_per_customer=read_number(form, "max_uses_per_customer", MOST_USES),
    )
    promotion_editing.check(terms)
    return terms


def read_codes(form: Form) -> list[str]:
    """Read the one code, or make as many as the form says. Raises PromotionInvalid, NumberInvalid."""
    if form.get("codes") == BATCH:
        return promotion_editing.batch_of(form.get("prefix", ""), read_number(form, "count", MOST_CODES) or 0)
    return [form.get("code", "")]


def write_terms(promotion: Promotion) -> Form:
    """Write a promotion as its form has it."""
    values = {
        "name": promotion.name,
        "kind": promotion.kind.value,
        "percent": _written(promotion.percent),
        "amount": write_cents(promotion.amount_cents),
        "places": _written(promotion.places),
        "valid_from": _written(promotion.valid_from),
        "valid_until": _written(promotion.valid_until),
        "sold_from": write_moment(promotion.sold_from),
        "sold_until": write_moment(promotion.sold_until),
        "max_uses": _written(promotion.max_uses),
        "max_uses_per_customer": _written(promotion.max_uses_per_customer),
    }
    form: Form = MultiDict(values)
    form.setlist("experience", [str(experience.id) for experience in promotion.experiences])
    form.setlist("ticket_type", [str(ticket_type.id) for ticket_type in promotion.ticket_types])
    return form


def terms_of(promotion: Promotion) -> PromotionTerms:
    """Return the terms of a promotion that exists."""
    return PromotionTerms(
        promotion.name,
        promotions.reduction_of(promotion),
        promotion.valid_from,
        promotion.valid_until,
        promotion.sold_from,
        promotion.sold_until,
        frozenset(experience.id for experience in promotion.experiences),
        promotion.max_uses,
        promotion.max_uses_per_customer,
    )


def _read_reduction(form: Form) -> Reduction:
    kind = form.get("kind", "")
    if kind == PromotionKind.PERCENT:
        return Percent(read_number(form, "percent", 100) or 0)
    if kind == PromotionKind.AMOUNT:
        return Amount(read_cents(form, "amount") or 0)
    if kind == PromotionKind.PLACES:
        return Places(read_number(form, "places", MOST_PLACES) or 0, _read_ids(form, "ticket_type"))
    raise PromotionInvalid("Choose what it takes off.", field="kind", why="no_target")


def _read_moment(form: Form, field: str) -> datetime | None:
    typed = form.get(field, "").strip()
    return read_moment(typed, field, edge.services().zone) if typed else None


def _read_ids(form: Form, field: str) -> frozenset[int]:
    """Read which rows of a list are ticked. Raises InvalidInput for what no list has."""
    ticked = form.getlist(field)
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in ticked):
        raise InvalidInput("Tick what the list has.", field=field)
    return frozenset(int(each) for each in ticked)


def _written(value: object) -> str:
    return "" if value is None else str(value)
