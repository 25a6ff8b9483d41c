"""The waiting list in the office: for which days people wait, who they are, and two acts: offer now, take off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import offers
from ticketing.foundation.errors import Conflict
from ticketing.sales import waiting_endings, waiting_letters, waiting_list, waiting_offers, waiting_overview
from ticketing.sales.waiting_models import UNDERWAY, EntryState, WaitingOffer
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import FIRST_DAY
from ticketing.web.error_words import words_for_code
from ticketing.web.office.audit_words import AUDIT_WORDS

PAGE, MOST_SLOTS = 50, 10

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/waiting", view_func=waiting_days)
    blueprint.add_url_rule("/waiting/<experience_slug>/<date:day>", view_func=waiting_day)
    blueprint.add_url_rule("/waiting/<int:entry_id>", view_func=waiting_entry)
    blueprint.add_url_rule("/waiting/<int:entry_id>/offers", view_func=waiting_offer_now, methods=["POST"])
    blueprint.add_url_rule("/waiting/<int:entry_id>/removal", view_func=waiting_remove, methods=["POST"])


@access.requires(Permission.TEND_WAITING_LIST)
def waiting_days() -> str:
    with edge.reading() as session:
        found = waiting_overview.days(session, after=_day_asked(), limit=PAGE + 1, now=edge.now())
    return render_template("office/waiting_days.html", days=found[:PAGE], more=len(found) > PAGE)


@access.requires(Permission.TEND_WAITING_LIST)
def waiting_day(experience_slug: str, day: date) -> str:
    after = request.args.get("after", type=int)
    with edge.reading() as session:
        experience = offers.get_experience(session, experience_slug)
        entries = waiting_overview.entries_of_day(
            session, experience.id, day, after=after, limit=PAGE + 1, now=edge.now()
        )
    zone = edge.services().zone
    listed = [(each, waiting_letters.wait_of(each, (), zone), _underway(each.offers)) for each in entries[:PAGE]]
    return render_template(
        "office/waiting_day.html", experience=experience, day=day, listed=listed, more=len(entries) > PAGE
    )


@access.requires(Permission.TEND_WAITING_LIST)
def waiting_entry(entry_id: int) -> str:
    return _entry_page(entry_id)


@access.requires(Permission.TEND_WAITING_LIST)
def waiting_offer_now(entry_id: int) -> Answer:
    """Offer a party its places out of turn."""
    try:
        with edge.transaction() as session:
            slot_id = request.form.get("slot", 0, type=int)
            waiting_offers.offer_now(session, entry_id, slot_id, actor=edge.actor(), now=edge.now())
    except Conflict as gone:  # taken meanwhile: the page as it is now, and why
        return _entry_page(entry_id, gone), gone.status
    return redirect(url_for(".waiting_entry", entry_id=entry_id), 303)


@access.requires(Permission.TEND_WAITING_LIST)
def waiting_remove(entry_id: int) -> Response:
    """Take a party off the list; it is told by mail."""
    with edge.transaction() as session:
        waiting_overview.get_by_id(session, entry_id)
        waiting_endings.remove(session, entry_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".waiting_entry", entry_id=entry_id), 303)


def _entry_page(entry_id: int, refusal: Conflict | None = None) -> str:
    with edge.reading() as session:
        entry = waiting_overview.get_by_id(session, entry_id)
        wait = waiting_letters.wait_of(entry, waiting_list.tickets_of(session, entry), edge.services().zone)
        told = waiting_overview.history(session, entry)
        slots = waiting_overview.slots_named(session, told)
        is_free_to = entry.state is EntryState.WAITING and not _underway(entry.offers)
        free = waiting_offers.slots_to_offer(session, entry, now=edge.now())[:MOST_SLOTS] if is_free_to else []
        offerable = [(slot, places, waiting_list.ahead_of(session, entry, slot.id)) for slot, places in free]
    return render_template(
        "office/waiting_entry.html", entry=entry, wait=wait, offerable=offerable, underway=_underway(entry.offers),
        told=[(each, AUDIT_WORDS[each.code], slots.get(each.details.get("slot_id", 0))) for each in told],
        mistake=words_for_code(refusal) if refusal else None,
    )  # fmt: skip


def _underway(made: Sequence[WaitingOffer]) -> WaitingOffer | None:
    return next((each for each in made if each.state in UNDERWAY), None)


def _day_asked() -> tuple[date, int] | None:
    """Read which day the page goes on behind, as "2026-11-24.3"; anything else is the first page."""
    day, _, experience_id = request.args.get("after", "").partition(".")
    try:
        return max(date.fromisoformat(day), FIRST_DAY), int(experience_id)
    except ValueError:
        return None
