"""Signing in and out; shared by desk and office."""

from __future__ import annotations

import logging

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.identifiers import digest_of
from ticketing.staff.accounts import BadCredentials
from ticketing.staff.models import Role
from ticketing.web import access, limits
from ticketing.web.error_words import words_for_code

log = logging.getLogger(__name__)

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    by_network = limits.limiter.limit(limits.SIGN_IN_NETWORK, deduct_when=_was_refused)
    by_account = limits.limiter.limit(limits.SIGN_IN, key_func=_account_from_here, deduct_when=_was_refused)
    blueprint.add_url_rule("/sign-in", view_func=sign_in_page)
    blueprint.add_url_rule("/sign-in", view_func=by_network(by_account(sign_in)), methods=["POST"])
    blueprint.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])


@access.open_to_all("where everybody begins")
def sign_in_page() -> Answer:
    staff = access.current_staff()
    if staff is not None:
        return redirect(access.own_page(request.args.get("next"), _home(staff.role)))
    return _page(None)


@access.open_to_all("nobody is signed in yet; guessing is limited per network and account, and slowed per account")
def sign_in() -> Answer:
    """Sign in and go on to where they wanted to be."""
    if limits.is_guessed_at(_account()):
        log.warning("sign-in slowed down")
        limits.wait_a_moment()
    try:
        staff = access.sign_in(request.form.get("email", ""), request.form.get("password", ""))
    except BadCredentials as mistake:
        log.warning("sign-in refused")
        limits.note_guess(_account())
        return _page(mistake), mistake.status
    return redirect(access.own_page(request.form.get("next"), _home(staff.role)), 303)


@access.open_to_all("ends the own session; without one there is nothing to end")
def sign_out() -> Answer:
    access.sign_out()
    return redirect(url_for(".sign_in_page"), 303)


def _page(mistake: BadCredentials | None) -> str:
    return render_template(
        "desk/sign_in.html",
        mistake=words_for_code(mistake) if mistake else None,
        email=request.form.get("email", "")[:254],
        next=access.own_page(request.values.get("next"), ""),
    )


def _home(role: Role) -> str:
    return url_for("desk.start") if role is Role.FRONT_DESK else url_for("office.today")


def _account() -> str:
    return "sign-in:" + digest_of(request.form.get("email", "").strip().lower())


def _account_from_here() -> str:
    return f"{_account()} from {request.remote_addr}"


def _was_refused(response: Response) -> bool:
    return response.status_code != 303
