"""Who sells for us: their terms, their keys, what they sold, and what each owes for a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.foundation.clock import day_bounds
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.sales import resellers
from ticketing.sales.reseller_models import Reseller
from ticketing.sales.resellers import Owed, ResellerExists, Terms
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.office import mistakes
from ticketing.web.office.typed_numbers import read_cents

PAGE = 50
LATEST = 20
MONTHS = 6

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month of the centre, with what a reseller owes for it."""

    first: date
    owed: Owed


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    one = "/resellers/<int:reseller_id>"
    blueprint.add_url_rule("/resellers", view_func=reseller_list)
    blueprint.add_url_rule("/resellers", view_func=reseller_make, methods=["POST"])
    blueprint.add_url_rule(one, view_func=reseller_page)
    blueprint.add_url_rule(one, view_func=reseller_change, methods=["POST"])
    blueprint.add_url_rule(f"{one}/keys", view_func=reseller_add_key, methods=["POST"])
    blueprint.add_url_rule(f"{one}/keys/<int:key_id>/revocation", view_func=reseller_revoke_key, methods=["POST"])


@access.requires(Permission.MANAGE_RESELLERS)
def reseller_list() -> Answer:
    return _list_page(None)


@access.requires(Permission.MANAGE_RESELLERS)
def reseller_make() -> Answer:
    try:
        with edge.transaction() as session:
            made = resellers.make(session, _terms(), actor=edge.actor(), now=edge.now())
    except (InvalidInput, ResellerExists) as mistake:
        return _list_page(mistake), mistake.status
    return redirect(url_for(".reseller_page", reseller_id=made.id), 303)


@access.requires(Permission.MANAGE_RESELLERS)
def reseller_page(reseller_id: int) -> Answer:
    return _page(reseller_id)


@access.requires(Permission.MANAGE_RESELLERS)
def reseller_change(reseller_id: int) -> Answer:
    try:
        with edge.transaction() as session:
            resellers.change(session, reseller_id, _terms(), actor=edge.actor(), now=edge.now())
    except (InvalidInput, ResellerExists) as mistake:
        return _page(reseller_id, mistake=mistake), mistake.status
    return redirect(url_for(".reseller_page", reseller_id=reseller_id), 303)


@access.requires(Permission.MANAGE_RESELLERS)
def reseller_add_key(reseller_id: int) -> Answer:
    """Make a key and show it, this once."""
    with edge.transaction() as session:
        reseller = resellers.get(session, reseller_id)
        key = resellers.add_key(session, reseller, actor=edge.actor(), now=edge.now())
    return _page(reseller_id, key=key)


@access.requires(Permission.MANAGE_RESELLERS)
def reseller_revoke_key(reseller_id: int, key_id: int) -> Answer:
    with edge.transaction() as session:
        resellers.revoke_key(session, reseller_id, key_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".reseller_page", reseller_id=reseller_id), 303)


def _terms() -> Terms:
    form = request.form
    commission = read_cents(form, "commission")
    return Terms(
        form.get("name", ""), form.get("contact_name", ""), form.get("email", ""),
        -1 if commission is None else commission,
    )  # fmt: skip


def _list_page(mistake: TicketingError | None) -> str:
    after = whole_number(request.args.get("after", ""))
    with edge.reading() as session:
        found = resellers.page(session, after=after, limit=PAGE + 1)
    return render_template(
        "office/resellers.html", resellers=found[:PAGE], more=found[PAGE - 1].id if len(found) > PAGE else None,
        values=request.form if mistake else {}, mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _page(reseller_id: int, mistake: TicketingError | None = None, key: str = "") -> str:
    with edge.reading() as session:
        reseller = resellers.get(session, reseller_id)
        keys = resellers.keys_of(session, reseller_id)
        months = _months(session, reseller)
        resales = resellers.latest_resales(session, reseller_id, limit=LATEST)
    return render_template(
        "office/reseller.html", reseller=reseller, keys=keys, months=months, resales=resales, key=key,
        values=request.form if mistake else _values(reseller), mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _months(session: Session, reseller: Reseller) -> list[Month]:
    """Return this month and those before it, as far back as the reseller goes."""
    zone, first = edge.services().zone, edge.today().replace(day=1)
    months: list[Month] = []
    while len(months) < MONTHS:
        after = (first + timedelta(days=31)).replace(day=1)
        begin, end = day_bounds(first, zone)[0], day_bounds(after, zone)[0]
        months.append(Month(first, resellers.owed_between(session, reseller.id, begin, end)))
        if begin <= reseller.made_at:
            break
        first = (first - timedelta(days=1)).replace(day=1)
    return months


def _values(reseller: Reseller) -> dict[str, str]:
    return {
        "name": reseller.name, "contact_name": reseller.contact_name, "email": reseller.contact_email,
        "commission": f"{reseller.commission_bp // 100}.{reseller.commission_bp % 100:02}",
    }  # fmt: skip
