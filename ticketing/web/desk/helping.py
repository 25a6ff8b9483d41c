"""Helping hands: find who has no ticket with them, let them in, move them here, mail or print; override with a reason.

What was typed is posted: no e-mail address belongs in an address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.door import helping
from ticketing.door.admission import MOST_ADMISSIONS
from ticketing.door.helping import Help, PlaceNow, Standing
from ticketing.door.verdict import Direction
from ticketing.foundation.errors import Conflict, InvalidInput, TicketingError
from ticketing.foundation.identifiers import new_token
from ticketing.operations import mailing
from ticketing.sales import corrections, documents, finding, overview
from ticketing.sales.changes import ChangeInvalid, OrderNotChangeable
from ticketing.sales.models import Order, OrderState
from ticketing.sales.overview import OrderView, TicketView
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, ticket_numbers
from ticketing.web.converters import whole_number
from ticketing.web.desk.scanning import gate_here
from ticketing.web.desk.verdict_words import VerdictWords, short_words, words_of
from ticketing.web.error_words import words_for_code

MOST_FOUND = 30
DONE = ("in", "moved", "overridden", "sent")

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Opened:
    """An order at the desk: its tickets, how each stands, and where they could go now, by experience."""

    order: Order
    view: OrderView
    standings: dict[int, Standing]
    places: dict[int, PlaceNow | None]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    order = "/orders/<code>"
    blueprint.add_url_rule("/find", view_func=find_page)
    blueprint.add_url_rule("/find", view_func=find, methods=["POST"])
    blueprint.add_url_rule(order, view_func=helped_order)
    blueprint.add_url_rule(f"{order}/admissions", view_func=helped_let_in, methods=["POST"])
    blueprint.add_url_rule(f"{order}/moves", view_func=helped_admit_now, methods=["POST"])
    blueprint.add_url_rule(f"{order}/overrides", view_func=helped_override, methods=["POST"])
    blueprint.add_url_rule(f"{order}/mails", view_func=helped_send_again, methods=["POST"])
    blueprint.add_url_rule(f"{order}/tickets.pdf", view_func=helped_tickets)


@access.requires(Permission.FIND_ORDERS)
def find_page() -> str:
    return render_template("desk/find.html", typed="", found=None)


@access.requires(Permission.FIND_ORDERS)
def find() -> Answer:
    """Lead to the one order that was meant, or list those it may be."""
    typed = request.form.get("typed", "").strip()[:254]
    with edge.reading() as reading:
        found = finding.find_typed(reading, typed, limit=MOST_FOUND)
    if len(found) == 1:
        return redirect(url_for(".helped_order", code=found[0].code), 303)
    return render_template("desk/find.html", typed=typed, found=found)


@access.requires(Permission.FIND_ORDERS)
def helped_order(code: str) -> Answer:
    done = request.args.get("done", "")
    return _page(code, done=done if done in DONE else "")


@access.requires(Permission.SCAN)
def helped_let_in(code: str) -> Answer:
    """Let people in on the chosen tickets, by the same verdict as a scan."""

    def act(session: Session, opened: Opened, helped: Help) -> dict[int, VerdictWords]:
        has_stamp = request.form.get("stamp") == "1"
        answers = helping.let_in(
            session, helped, _people(opened), has_stamp=has_stamp, actor=edge.actor(), zone=edge.services().zone,
            now=edge.now(),
        )  # fmt: skip
        numbers = {each.ticket.id: each.number for each in opened.view.tickets}
        return {numbers[key]: words_of(answer, Direction.IN) for key, answer in answers.items()}

    return _act(code, act, "in")


@access.requires(Permission.CHANGE_ORDERS)
def helped_admit_now(code: str) -> Answer:
    """Move the chosen tickets to the slot that admits now, and let their people in."""

    def act(session: Session, opened: Opened, helped: Help) -> None:
        ids = ticket_numbers.asked_ids(opened.view)
        helping.admit_now(session, helped, ids, actor=edge.actor(), zone=edge.services().zone, now=edge.now())

    return _act(code, act, "moved")


@access.requires(Permission.OVERRIDE_DOOR)
def helped_override(code: str) -> Answer:
    """Let people in against the verdict, for a reason that is kept with the name of who did it."""

    def act(session: Session, opened: Opened, helped: Help) -> None:
        helping.override(
            session, helped, _people(opened), request.form.get("reason", ""), actor=edge.actor(),
            zone=edge.services().zone, now=edge.now(),
        )  # fmt: skip

    return _act(code, act, "overridden")


@access.requires(Permission.CHANGE_ORDERS)
def helped_send_again(code: str) -> Answer:
    """Mail the tickets to the order's address once more."""
    with edge.transaction() as session:
        order = finding.get_by_code(session, code.upper())
        if not corrections.send_again(session, order.id, actor=edge.actor(), now=edge.now()):
            raise OrderNotChangeable("There are no tickets to send.")
    return redirect(url_for(".helped_order", code=order.code, done="sent"), 303)


@access.requires(Permission.FIND_ORDERS)
def helped_tickets(code: str) -> Response:
    """The tickets as one file to print on the spot, in their customer's language."""
    with edge.reading() as reading:
        order = finding.get_by_code(reading, code.upper())
        if order.state is not OrderState.CONFIRMED:
            raise Conflict("There are no tickets for this order.", code="no_tickets_yet")
        view = overview.overview_of(reading, order, zone=edge.services().zone)
    content = documents.tickets_file(order, view, mailing.letterhead(edge.services()), order.language)
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{order.code}.pdf"'
    return response


def _act(code: str, act: Callable[[Session, Opened, Help], dict[int, VerdictWords] | None], done: str) -> Answer:
    """Do it, once, however often the button is pressed; what is refused is said on the page of the order."""
    try:
        with edge.transaction() as session:
            gate = gate_here(session)
            if gate is None:
                return redirect(url_for(".start", _anchor="gate"), 303)
            opened = _open(session, code)
            if not ticket_numbers.asked():
                raise ChangeInvalid("Choose at least one ticket.", field="tickets")
            answers = act(session, opened, Help(opened.order.id, gate, ticket_numbers.request_key()[:40])) or {}
    except (Conflict, InvalidInput) as mistake:
        return _page(code, mistake=mistake), mistake.status
    if any(words.kind != "admit" for words in answers.values()):
        return _page(code, answers=answers)
    return redirect(url_for(".helped_order", code=opened.order.code, done=done), 303)


def _open(session: Session, code: str) -> Opened:
    order = finding.get_by_code(session, code.upper())
    view = overview.overview_of(session, order, zone=edge.services().zone)
    zone, now = edge.services().zone, edge.now()
    standings = helping.standings(session, [each.ticket.id for each in view.tickets], zone=zone, now=now)
    elsewhere = {each.line.experience.id for each in view.tickets if standings[each.ticket.id].may_move_here}
    places = {key: helping.find_place_now(session, key, zone=zone, now=now) for key in sorted(elsewhere)}
    return Opened(order, view, standings, places)


def _people(opened: Opened) -> dict[int, int]:
    """Read how many of each chosen ticket come in: what was filled in for a group, else one."""
    ids = ticket_numbers.asked_ids(opened.view)
    numbers = {each.ticket.id: each.number for each in (*opened.view.tickets, *opened.view.ended)}
    told = {key: whole_number(request.form.get(f"people-{numbers[key]}", "")) or 1 for key in ids}
    return {key: min(people, MOST_ADMISSIONS) for key, people in told.items()}


def _page(
    code: str, *, done: str = "", answers: dict[int, VerdictWords] | None = None, mistake: TicketingError | None = None
) -> str:
    with edge.reading() as reading:
        opened, gate = _open(reading, code), gate_here(reading)
    said = [(each, opened.standings[each.ticket.id], _words(opened.standings[each.ticket.id])) for each in
            opened.view.tickets]  # fmt: skip
    return render_template(
        "desk/order.html", order=opened.order, tickets=said, places=_moves(opened), gate=gate, done=done,
        answers=answers or {}, chosen=ticket_numbers.asked(), request_key=new_token(),
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip


def _words(standing: Standing) -> tuple[str, str]:
    return short_words(standing.judgement.reason, Direction.IN)


def _moves(opened: Opened) -> list[tuple[list[TicketView], PlaceNow]]:
    """Return the tickets that came at the wrong time with the place there is for them now, by experience."""
    moves = []
    for experience_id, place in opened.places.items():
        tickets = [
            each
            for each in opened.view.tickets
            if each.line.experience.id == experience_id and opened.standings[each.ticket.id].may_move_here
        ]
        if place is not None:
            moves.append((tickets, place))
    return moves
