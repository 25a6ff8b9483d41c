"""Bundles in the office: which tickets cost less together, made and ended."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import offers
from ticketing.catalogue.models import TicketType
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.sales import bundles
from ticketing.sales.bundles import LONGEST_NAME, MOST_OF_A_TYPE, BundleTerms
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.typed_numbers import read_cents, read_day, read_number

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/bundles", view_func=bundle_list)
    blueprint.add_url_rule("/bundles", view_func=bundle_make, methods=["POST"])
    blueprint.add_url_rule("/bundles/<int:bundle_id>/end", view_func=bundle_end, methods=["POST"])


@access.requires(Permission.SET_PROMOTIONS)
def bundle_list() -> str:
    return _page({}, None)


@access.requires(Permission.SET_PROMOTIONS)
def bundle_make() -> Answer:
    try:
        with edge.transaction() as session:
            experience = offers.get_experience(session, request.form.get("experience", ""))
            terms = _read(request.form, experience.id, offers.list_ticket_types(session))
            key = request.form.get("request_key", "")[:64] or new_token()
            bundles.make_bundle(session, terms, key, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(request.form, mistake), mistake.status
    return redirect(url_for(".bundle_list"), 303)


@access.requires(Permission.SET_PROMOTIONS)
def bundle_end(bundle_id: int) -> Answer:
    with edge.transaction() as session:
        bundles.end_bundle(session, bundle_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".bundle_list"), 303)


def _read(form: Mapping[str, str], experience_id: int, types: list[TicketType]) -> BundleTerms:
    parts = []
    for kind in types:
        least = read_number(form, f"least-{kind.slug}", MOST_OF_A_TYPE)
        most = read_number(form, f"most-{kind.slug}", MOST_OF_A_TYPE)
        if least or most:
            parts.append((kind.id, least or 0, most or least or 0))
    return BundleTerms(
        names={language: " ".join(form.get(f"name_{language}", "").split()) for language in LANGUAGES},
        experience_id=experience_id,
        parts=tuple(parts),
        price_cents=read_cents(form, "price"),
        percent=read_number(form, "percent", 100),
        valid_from=read_day(form, "valid_from") or edge.today(),
        valid_until=read_day(form, "valid_until"),
    )


def _page(values: Mapping[str, str], mistake: InvalidInput | None) -> str:
    with edge.reading() as session:
        listed = bundles.list_bundles(session)
        experiences = offers.list_experiences(session)
        types = offers.list_ticket_types(session)
    return render_template(
        "office/bundles.html", listed=listed, experiences=experiences, types=types, values=values, names=OWN_NAMES,
        longest_name=LONGEST_NAME, request_key=values.get("request_key") or new_token(),
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
