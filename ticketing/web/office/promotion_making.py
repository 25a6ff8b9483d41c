"""A promotion is made or changed: what it would do is shown first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ticketing.catalogue import offers
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.sales import promotion_editing
from ticketing.sales.discount_models import PromotionKind
from ticketing.sales.promotion_editing import MOST_CODES, PromotionTerms
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.promotion_form import Form, read_codes, read_terms, write_terms
from ticketing.web.office.promotions import preview_asked

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    one = "/promotions/<int:promotion_id>"
    blueprint.add_url_rule("/promotions/new", view_func=promotion_new)
    blueprint.add_url_rule("/promotions", view_func=promotion_make, methods=["POST"])
    blueprint.add_url_rule(f"{one}/terms", view_func=promotion_edit)
    blueprint.add_url_rule(f"{one}/terms", view_func=promotion_change, methods=["POST"])


@access.requires(Permission.SET_PROMOTIONS)
def promotion_new() -> str:
    return _page(MultiDict({"kind": PromotionKind.PERCENT.value}))


@access.requires(Permission.SET_PROMOTIONS)
def promotion_make() -> Answer:
    """Show what it would do; once that has been seen, make it."""
    form = request.form
    try:
        terms = read_terms(form)
        codes = read_codes(form)
        if "look" in form:
            return _page(form, terms=terms, codes=len(codes))
        with edge.transaction() as session:
            made = promotion_editing.make_promotion(
                session, terms, codes, form.get("request_key", "")[:64] or new_token(),
                actor=edge.actor(), now=edge.now(),
            )  # fmt: skip
            promotion_id = made.id
    except InvalidInput as mistake:
        return _page(form, mistake=mistake), mistake.status
    return redirect(url_for(".promotion_page", promotion_id=promotion_id), 303)


@access.requires(Permission.SET_PROMOTIONS)
def promotion_edit(promotion_id: int) -> str:
    with edge.reading() as session:
        form = write_terms(promotion_editing.get_promotion(session, promotion_id))
    return _page(form, promotion_id=promotion_id)


@access.requires(Permission.SET_PROMOTIONS)
def promotion_change(promotion_id: int) -> Answer:
    """Show what the new terms would do; once that has been seen, set them."""
    form = request.form
    try:
        terms = read_terms(form)
        if "look" in form:
            return _page(form, promotion_id=promotion_id, terms=terms)
        with edge.transaction() as session:
            promotion_editing.change_promotion(session, promotion_id, terms, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(form, promotion_id=promotion_id, mistake=mistake), mistake.status
    return redirect(url_for(".promotion_page", promotion_id=promotion_id), 303)


def _page(
    values: Form,
    *,
    promotion_id: int | None = None,
    terms: PromotionTerms | None = None,
    codes: int = 1,
    mistake: InvalidInput | None = None,
) -> str:
    with edge.reading() as session:
        experiences = offers.list_experiences(session)
        types = offers.list_ticket_types(session)
        preview = preview_asked(session, terms, experiences) if terms else None
        is_used = promotion_id is not None and promotion_editing.was_used(session, promotion_id)
    return render_template(
        "office/promotion_form.html", values=values, promotion_id=promotion_id, experiences=experiences, types=types,
        terms=terms, codes=codes, preview=preview, is_used=is_used, most_codes=MOST_CODES,
        request_key=request.form.get("request_key") or new_token(),
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
