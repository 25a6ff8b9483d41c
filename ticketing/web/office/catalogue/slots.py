"""A day slot by slot, and one slot: how full, who comes, more or fewer places, one slot more or less."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import experience_editing, marks, offers, slot_editing
from ticketing.catalogue.marks import CatalogueMovedOn
from ticketing.catalogue.models import Slot
from ticketing.catalogue.slot_editing import MOST_CAPACITY, SlotFigures, SlotHasSales, SlotSheet
from ticketing.foundation import audit
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.sales import slot_orders
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import FIRST_DAY, LAST_DAY
from ticketing.web.office import mistakes
from ticketing.web.office.audit_words import AUDIT_WORDS
from ticketing.web.office.catalogue import meanwhile, reading
from ticketing.web.office.moments import read_moment, write_moment
from ticketing.web.office.page_form import whole_number

Answer = str | Response | tuple[str, int]

ORDERS, PRINTED, HISTORY = 50, 1000, 12


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    rule = blueprint.add_url_rule
    rule("/catalogue/days", view_func=catalogue_today)
    rule("/catalogue/days/<date:local_date>", view_func=catalogue_day)
    rule("/catalogue/days/<date:local_date>", view_func=catalogue_add_slot, methods=["POST"])
    rule("/catalogue/slots/<uuid:uuid>", view_func=catalogue_slot)
    rule("/catalogue/slots/<uuid:uuid>", view_func=catalogue_save_slot, methods=["POST"])
    rule("/catalogue/slots/<uuid:uuid>/withdrawal", view_func=catalogue_withdraw_slot, methods=["POST"])
    rule("/catalogue/slots/<uuid:uuid>/list", view_func=catalogue_slot_list)


@access.requires(Permission.SEE_TODAY)
def catalogue_today() -> Answer:
    """Lead to today, or to the day that was asked for."""
    try:
        asked = reading.local_date(request.args, "day")
    except InvalidInput:
        asked = edge.today()
    return redirect(url_for(".catalogue_day", local_date=asked))


@access.requires(Permission.SEE_TODAY)
def catalogue_day(local_date: date) -> Answer:
    return _day_page(local_date, {}, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_add_slot(local_date: date) -> Answer:
    """Add one slot to this day."""
    form = request.form
    try:
        places, starts_at = reading.whole(form, "capacity", 0, MOST_CAPACITY), reading.local_time(form, "starts_at")
        with edge.transaction() as session:
            experience = offers.get_experience(session, form.get("experience", ""))
            slot = slot_editing.add(
                session, experience, local_date, starts_at, places, zone=edge.services().zone, actor=edge.actor(),
                now=edge.now(),
            )  # fmt: skip
    except InvalidInput as mistake:
        mistake.details.setdefault("field", "starts_at")
        return _day_page(local_date, form, mistake), mistake.status
    return redirect(url_for(".catalogue_slot", uuid=slot.uuid, done="1"), 303)


@access.requires(Permission.SEE_TODAY)
def catalogue_slot(uuid: object) -> Answer:
    return _slot_page(str(uuid), None, None)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_save_slot(uuid: object) -> Answer:
    """Change a slot's capacity and the times of its door; fewer places than are taken is allowed and shown."""
    form, zone = request.form, edge.services().zone
    try:
        sheet = SlotSheet(
            reading.whole(form, "capacity", 0, MOST_CAPACITY),
            read_moment(form.get("admits_from", ""), "admits_from", zone),
            read_moment(form.get("admits_until", ""), "admits_until", zone),
        )
        with edge.transaction() as session:
            slot_editing.change(session, str(uuid), sheet, form.get("mark", ""), actor=edge.actor(), now=edge.now())
    except (InvalidInput, CatalogueMovedOn) as mistake:
        return _slot_page(str(uuid), form, mistake), mistake.status
    return redirect(url_for(".catalogue_slot", uuid=uuid, done="1"), 303)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_withdraw_slot(uuid: object) -> Answer:
    """Take a slot nobody has places in out of the offer."""
    try:
        with edge.transaction() as session:
            slot = slot_editing.withdraw(session, str(uuid), actor=edge.actor(), now=edge.now())
    except SlotHasSales as refusal:
        return _slot_page(str(uuid), None, refusal), refusal.status
    return redirect(url_for(".catalogue_day", local_date=slot.local_date), 303)


@access.requires(Permission.FIND_ORDERS)
def catalogue_slot_list(uuid: object) -> Answer:
    """Everybody who has tickets for a slot, on paper."""
    with edge.reading() as session:
        figures = slot_editing.get_figures(session, str(uuid), now=edge.now())
        orders = slot_orders.orders_of(session, figures.slot.id, limit=PRINTED + 1)
    return render_template(
        "office/catalogue/slot_list.html", figures=figures, orders=orders[:PRINTED], most=PRINTED,
        is_cut=len(orders) > PRINTED,
    )  # fmt: skip


def written(slot: Slot) -> dict[str, str]:
    """Write a slot as the form has it."""
    return {
        "capacity": str(slot.capacity),
        "admits_from": write_moment(slot.admits_from),
        "admits_until": write_moment(slot.admits_until),
    }


def _day_page(local_date: date, values: Mapping[str, str], mistake: TicketingError | None) -> str:
    with edge.reading() as session:
        found = slot_editing.slots_of_day(session, local_date, now=edge.now())
        experiences = experience_editing.all_experiences(session)
    chosen = request.args.get("experience", "")
    shown = [figures for figures in found if chosen in ("", figures.slot.experience.slug)]
    return render_template(
        "office/catalogue/day.html", local_date=local_date, slots=shown, experiences=experiences, chosen=chosen,
        before=max(FIRST_DAY, local_date - timedelta(days=1)), after=min(LAST_DAY, local_date + timedelta(days=1)),
        values=values, mistake=mistakes.told(mistake) if mistake else None, today=edge.today(),
    )  # fmt: skip


def _slot_page(uuid: str, values: Mapping[str, str] | None, mistake: TicketingError | None) -> str:
    after = whole_number(request.args.get("after", "")) or 0
    with edge.reading() as session:
        figures = slot_editing.get_figures(session, uuid, now=edge.now())
        orders = slot_orders.orders_of(session, figures.slot.id, after=after, limit=ORDERS + 1)
        history = audit.about(session, Slot.__tablename__, figures.slot.id, limit=HISTORY)
    return render_template(
        "office/catalogue/slot.html", figures=figures, slot=figures.slot, values=values or written(figures.slot),
        orders=orders[:ORDERS], later=orders[ORDERS - 1].order_id if len(orders) > ORDERS else None,
        after=after, history=history, words=AUDIT_WORDS, mark=_mark(figures), is_done="done" in request.args,
        mistake=mistakes.told(mistake) if mistake else None,
        meanwhile=meanwhile.told(mistake, written(figures.slot), values or {}),
    )  # fmt: skip


def _mark(figures: SlotFigures) -> str:
    return marks.mark_of(figures.slot)
