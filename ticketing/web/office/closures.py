"""The switch: close now, see first what it touches, and open again."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue import closures, offers
from ticketing.catalogue.models import Experience
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.sales import closing
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office import closing_form
from ticketing.web.office.closing_form import CAUSES, UNTIL, Span
from ticketing.web.site import header

PAST_SHOWN = 20

Answer = str | Response | tuple[str, int]


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
    """Show what closing would touch, with the reasons to say it by; nothing is closed yet."""
    try:
        span = _read_span(request.args)
    except InvalidInput as mistake:
        return _list_page(request.args, mistake), mistake.status
    cause = CAUSES.get(request.args.get("cause", ""), CAUSES["other"])
    return _confirm_page(request.args, span, dict(cause.reasons), None)


@access.requires(Permission.CLOSE_CENTRE)
def start_closure() -> Answer:
    """Close from this moment on."""
    try:
        span = _read_span(request.form)
    except InvalidInput as mistake:
        return _list_page(request.form, mistake), mistake.status
    try:
        wanted = closing_form.request_of(closing_form.read_reasons(request.form), span, edge.now())
        with edge.transaction() as writing:
            closures.close(writing, wanted, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        typed = {language: request.form.get(f"reason_{language}", "") for language in LANGUAGES}
        return _confirm_page(request.form, span, typed, mistake), mistake.status
    return redirect(url_for(".closure_list"), 303)


@access.requires(Permission.CLOSE_CENTRE)
def lift_closure(closure_id: int) -> Answer:
    """Open again, or withdraw what was planned."""
    with edge.transaction() as writing:
        closures.lift(writing, closures.get_closure(writing, closure_id), actor=edge.actor(), now=edge.now())
    return redirect(url_for(".closure_list"), 303)


def _read_span(form: Mapping[str, str]) -> Span:
    with edge.reading() as reading:
        experience = closing_form.read_experience(form, _experiences(reading))
    return Span(closing_form.read_end(form, header.calendar(), edge.now()), experience)


def _experiences(reading: Session) -> list[Experience]:
    return list(offers.list_experiences(reading))


def _list_page(form: Mapping[str, str], mistake: InvalidInput | None) -> str:
    with edge.reading() as reading:
        in_force = closures.find_in_force(reading, now=edge.now())
        planned = closures.find_planned(reading, now=edge.now())
        past = closures.find_past(reading, now=edge.now(), limit=PAST_SHOWN)
        experiences = _experiences(reading)
    return render_template(
        "office/closures.html", in_force=in_force, planned=planned, past=past, experiences=experiences,
        causes=CAUSES, until=UNTIL, values=form, mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip


def _confirm_page(form: Mapping[str, str], span: Span, reasons: dict[str, str], mistake: InvalidInput | None) -> str:
    experience_id = span.experience.id if span.experience else None
    with edge.reading() as reading:
        touched = closing.consequences(reading, edge.now(), span.ends_at, experience_id, now=edge.now())
    return render_template(
        "office/closure_new.html", span=span, touched=touched, reasons=reasons, languages=OWN_NAMES, values=form,
        mistake=words_for_code(mistake) if mistake else None,
        missing=mistake.details.get("languages", []) if mistake else [],
    )  # fmt: skip
