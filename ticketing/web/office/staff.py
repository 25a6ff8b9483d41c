"""The people who may sign in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.errors import TicketingError
from ticketing.foundation.languages import OWN_NAMES
from ticketing.staff import accounts
from ticketing.staff.models import Role
from ticketing.staff.passwords import PasswordTooWeak
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office.role_words import ROLE_WORDS

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/staff", view_func=staff_list)
    blueprint.add_url_rule("/staff", view_func=add_staff, methods=["POST"])
    blueprint.add_url_rule("/staff/<int:account_id>/password", view_func=password_page)
    blueprint.add_url_rule("/staff/<int:account_id>/password", view_func=replace_password, methods=["POST"])
    blueprint.add_url_rule("/staff/<int:account_id>/disabling", view_func=disable_staff, methods=["POST"])
    blueprint.add_url_rule("/staff/<int:account_id>/enabling", view_func=enable_staff, methods=["POST"])


@access.requires(Permission.MANAGE_STAFF)
def staff_list() -> str:
    return _page()


@access.requires(Permission.MANAGE_STAFF)
def add_staff() -> Answer:
    """Let somebody sign in, with a first password the administrator tells them."""
    form = request.form
    try:
        new = accounts.prepare(
            form.get("email", ""), form.get("name", ""), _role(form.get("role", "")), form.get("password", ""),
            form.get("language", ""),
        )  # fmt: skip
        with edge.transaction() as writing:
            accounts.add(writing, new, actor=edge.actor(), now=edge.now())
    except (accounts.AccountInvalid, accounts.AccountExists, PasswordTooWeak) as mistake:
        return _page(mistake), mistake.status
    return redirect(url_for(".staff_list"), 303)


@access.requires(Permission.MANAGE_STAFF)
def password_page(account_id: int) -> str:
    return _password_page(account_id, None)


@access.requires(Permission.MANAGE_STAFF)
def replace_password(account_id: int) -> Answer:
    """Give somebody a new password; whoever is signed in with the old one is out."""
    with edge.reading() as reading:
        account = accounts.get_account(reading, account_id)
    try:
        new_hash = accounts.hash_for(account, request.form.get("password", ""))
    except PasswordTooWeak as mistake:
        return _password_page(account_id, mistake), mistake.status
    with edge.transaction() as writing:
        account = accounts.get_account(writing, account_id)
        accounts.replace_password(writing, account, new_hash, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".staff_list"), 303)


@access.requires(Permission.MANAGE_STAFF)
def disable_staff(account_id: int) -> Answer:
    with edge.transaction() as writing:
        accounts.disable(writing, accounts.get_account(writing, account_id), actor=edge.actor(), now=edge.now())
    return redirect(url_for(".staff_list"), 303)


@access.requires(Permission.MANAGE_STAFF)
def enable_staff(account_id: int) -> Answer:
    with edge.transaction() as writing:
        accounts.enable(writing, accounts.get_account(writing, account_id), actor=edge.actor(), now=edge.now())
    return redirect(url_for(".staff_list"), 303)


def _role(word: str) -> Role:
    """Read a role; raises AccountInvalid."""
    if word not in set(Role):
        raise accounts.AccountInvalid("Choose one of the roles.", field="role")
    return Role(word)


def _password_page(account_id: int, mistake: PasswordTooWeak | None) -> str:
    with edge.reading() as reading:
        account = accounts.get_account(reading, account_id)
    return render_template(
        "office/staff_password.html", account=account, mistake=words_for_code(mistake) if mistake else None
    )


def _page(mistake: TicketingError | None = None) -> str:
    with edge.reading() as reading:
        all_accounts = accounts.list_accounts(reading)
    return render_template(
        "office/staff.html", accounts=all_accounts, role_words=ROLE_WORDS, languages=OWN_NAMES,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None, values=request.form if mistake else {},
    )  # fmt: skip
