"""The switch: close now or later, see first what it touches, and open again. Its orders: closure_board.py."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ticketing.catalogue import closures, offers
from ticketing.catalogue.models import Experience
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.sales import closing, closure_board, closure_house
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office import closing_form
from ticketing.web.office.closing_causes import CAUSES, cause_of
from ticketing.web.office.closing_form import FROM, OUTCOMES, UNTIL, Span
from ticketing.web.site import header

PAST_SHOWN = 20

Answer = str | Response | tuple[str, int]
Form = MultiDict[str, str]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/closures", view_func=closure_list)
    blueprint.add_url_rule("/closures", view_func=start_closure, methods=["POST"])
    blueprint.add_url_rule("/closures/new", view_func=new_closure)
    blueprint.add_url_rule("/closures/<int:closure_id>/lifting", view_func=lift_closure, methods=["POST"])


@access.requires(Permission.CLOSE_CENTRE)
def closure_list() -> Answer:
    return _list_page(request.args, None)


@access.requires(Permission.CLOSE_CENTRE)
def new_closure() -> Answer:
    """Show what closing would touch, with the words to say it by; nothing is closed yet."""
    try:
        span = _read_span(request.args)
    except InvalidInput as mistake:
        return _list_page(request.args, mistake), mistake.status
    cause = cause_of(request.args.get("cause", ""))
    words = {f"reason_{code}": cause.reasons[code] for code in LANGUAGES}
    words |= {f"advice_{code}": cause.advice[code] for code in LANGUAGES}
    return _confirm_page(request.args, span, words, None)


@access.requires(Permission.CLOSE_CENTRE)
def start_closure() -> Answer:
    """Close as was shown, from this moment on or from a later one."""
    form = request.form
    try:
        span = _read_span(form)
    except InvalidInput as mistake:
        return _list_page(form, mistake), mistake.status
    try:
        with edge.transaction() as writing:
            wanted = replace(
                closing_form.request_of(span, edge.now()),
                reasons=closing_form.read_texts(form, "reason"),
                advice=closing_form.read_texts(form, "advice"),
                cause=closing_form.read_cause(form),
                terms=closing_form.read_terms(form, closure_house.rules(writing).terms),
            )
            shown = form.get("digest", "")
            closure = closing.close(writing, wanted, shown, actor=edge.actor(), now=edge.now())
            closure_id = closure.id
    except (InvalidInput, PreviewOutdated) as mistake:
        return _confirm_page(form, span, form, mistake), mistake.status
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


@access.requires(Permission.CLOSE_CENTRE)
def lift_closure(closure_id: int) -> Answer:
    """Open again, or withdraw what was planned."""
    with edge.transaction() as writing:
        closures.lift(writing, closures.get_closure(writing, closure_id), actor=edge.actor(), now=edge.now())
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


def _read_span(form: Form) -> Span:
    with edge.reading() as reading:
        experiences = _experiences(reading)
    return closing_form.read_span(form, header.calendar(), experiences, edge.now())


def _experiences(reading: Session) -> list[Experience]:
    return list(offers.list_experiences(reading))


def _list_page(form: Form, mistake: InvalidInput | None) -> str:
    with edge.reading() as reading:
        in_force = closures.find_in_force(reading, now=edge.now())
        planned = closures.find_planned(reading, now=edge.now())
        past = closures.find_past(reading, now=edge.now(), limit=PAST_SHOWN)
        ids = [closure.id for closure in (*in_force, *planned, *past)]
        counts, costs = closure_board.case_counts(reading, ids), closure_board.cost_of(reading, ids)
        experiences = _experiences(reading)
    return render_template(
        "office/closures.html", in_force=in_force, planned=planned, past=past, experiences=experiences,
        counts=counts, costs=costs, causes=CAUSES, begins=FROM, until=UNTIL, values=form,
        chosen=form.getlist("experience"), mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip


def _confirm_page(form: Form, span: Span, words: Form | dict[str, str], mistake: TicketingError | None) -> str:
    wanted = closing_form.request_of(span, edge.now())
    with edge.reading() as reading:
        touched = closing.preview(reading, wanted, zone=edge.services().zone, now=edge.now())
        house = closure_house.rules(reading)
    return render_template(
        "office/closure_new.html", span=span, wanted=wanted, touched=touched, house=house, words=words,
        languages=OWN_NAMES, outcomes=OUTCOMES, values=form, chosen=form.getlist("experience"),
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
        missing=mistake.details.get("languages", []) if mistake else [],
    )  # fmt: skip
