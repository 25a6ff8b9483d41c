"""What tickets cost, dated, and VAT rates. Adding a price never changes what is sold."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import experience_editing, offers, price_editing, ticket_type_editing
from ticketing.catalogue.price_editing import PriceSheet
from ticketing.foundation.errors import InvalidInput
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import mistakes
from ticketing.web.office.catalogue import reading

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    rule = blueprint.add_url_rule
    rule("/catalogue/prices", view_func=catalogue_price_list)
    rule("/catalogue/prices/<slug>", view_func=catalogue_prices)
    rule("/catalogue/prices/<slug>", view_func=catalogue_add_price, methods=["POST"])
    rule("/catalogue/prices/<slug>/<int:price_id>/end", view_func=catalogue_end_price, methods=["POST"])
    rule("/catalogue/vat", view_func=catalogue_vat)
    rule("/catalogue/vat", view_func=catalogue_add_vat_rate, methods=["POST"])


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_price_list() -> Answer:
    """Every experience and what each ticket type pays for it today, side by side."""
    with edge.reading() as session:
        experiences = experience_editing.all_experiences(session)
        types = ticket_type_editing.all_ticket_types(session)
        found = offers.prices_of_visits(session, {(each.id, edge.today()) for each in experiences})
    amounts = {
        (experience_id, priced.ticket_type.id): priced.price
        for (experience_id, _), prices in found.items()
        for priced in prices
    }
    return render_template("office/catalogue/price_list.html", experiences=experiences, types=types, amounts=amounts)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_prices(slug: str) -> Answer:
    return _page(slug, {"valid_from": edge.today().isoformat()}, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_add_price(slug: str) -> Answer:
    """Let a price hold from a day on."""
    try:
        with edge.transaction() as session:
            sheet = PriceSheet(
                offers.get_experience(session, slug).id,
                ticket_type_editing.get_ticket_type(session, request.form.get("ticket_type", "")).id,
                reading.local_date(request.form, "valid_from"),
                reading.local_date_or_none(request.form, "valid_until"),
                reading.cents(request.form, "price"),
            )
            price_editing.add_price(session, sheet, today=edge.today(), actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(slug, request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_prices", slug=slug), 303)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_end_price(slug: str, price_id: int) -> Answer:
    """Let a price hold until a day and no longer."""
    try:
        last_day = reading.local_date(request.form, "last_day")
        with edge.transaction() as session:
            price_editing.end_price(session, price_id, last_day, today=edge.today(), actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        mistake.details["field"] = f"last_day-{price_id}"
        return _page(slug, {**request.form, f"last_day-{price_id}": request.form.get("last_day", "")}, mistake), 422
    return redirect(url_for(".catalogue_prices", slug=slug), 303)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_vat() -> Answer:
    return _vat_page({}, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_add_vat_rate() -> Answer:
    """Let a VAT rate hold from a day on."""
    try:
        valid_from = reading.local_date(request.form, "vat_from")
        rate_bp = reading.basis_points(request.form, "rate")
        with edge.transaction() as session:
            price_editing.add_vat_rate(
                session, request.form.get("vat_class", ""), valid_from, rate_bp,
                today=edge.today(), actor=edge.actor(), now=edge.now(),
            )  # fmt: skip
    except InvalidInput as mistake:
        return _vat_page(request.form, mistake), mistake.status
    return redirect(url_for(".catalogue_vat"), 303)


def _page(slug: str, values: Mapping[str, str], mistake: InvalidInput | None) -> str:
    with edge.reading() as session:
        experience = offers.get_experience(session, slug)
        experiences = experience_editing.all_experiences(session)
        matrix = price_editing.prices_of(session, experience.id, today=edge.today())
    return render_template(
        "office/catalogue/prices.html", experience=experience, experiences=experiences, matrix=matrix, values=values,
        mistake=mistakes.told(mistake) if mistake else None, today=edge.today(),
    )  # fmt: skip


def _vat_page(values: Mapping[str, str], mistake: InvalidInput | None) -> str:
    with edge.reading() as session:
        histories = price_editing.vat_histories(session)
    return render_template(
        "office/catalogue/vat.html", histories=histories, values=values, today=edge.today(),
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip
