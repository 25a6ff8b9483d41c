"""A manager gives money back though the tickets stand, after seeing what follows; and mends refunds that failed."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.foundation.money import Money
from ticketing.sales import finding, goodwill, refunds
from ticketing.sales.goodwill import RefundInvalid
from ticketing.sales.models import Order
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, ticket_numbers
from ticketing.web.error_words import words_for_code
from ticketing.web.office.typed_numbers import hundredths

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/orders/<code>/refund", view_func=new_refund)
    blueprint.add_url_rule("/orders/<code>/refund", view_func=review_refund, methods=["POST"])
    blueprint.add_url_rule("/orders/<code>/refunds", view_func=create_refund, methods=["POST"])
    failed = "/orders/<code>/refunds/<int:refund_id>"
    blueprint.add_url_rule(failed, view_func=failed_refund)
    blueprint.add_url_rule(f"{failed}/attempts", view_func=retry_refund, methods=["POST"])
    blueprint.add_url_rule(f"{failed}/transfer", view_func=note_transfer, methods=["POST"])


@access.requires(Permission.REFUND)
def new_refund(code: str) -> Answer:
    return _page(_order(code), 0, None)


@access.requires(Permission.REFUND)
def review_refund(code: str) -> Answer:
    """Show what giving this amount back does; nothing is given yet."""
    order = _order(code)
    try:
        cents = _cents(request.form.get("amount", ""))
        goodwill.checked(order, cents, request.form.get("reason", ""))
    except InvalidInput as mistake:
        return _page(order, 0, mistake), mistake.status
    return _page(order, cents, None)


@access.requires(Permission.REFUND)
def create_refund(code: str) -> Answer:
    """Give it back, once, however often the button is pressed."""
    order = _order(code)
    try:
        amount = Money(_cents(request.form.get("amount", "")), order.currency)
        with edge.transaction() as session:
            goodwill.give_back(
                session, order.id, amount, request.form.get("reason", ""), ticket_numbers.request_key(),
                actor=edge.actor(), now=edge.now(),
            )  # fmt: skip
    except InvalidInput as mistake:
        return _page(order, 0, mistake), mistake.status
    return redirect(url_for(".show_order", code=order.code), 303)


@access.requires(Permission.REFUND)
def failed_refund(code: str, refund_id: int) -> Answer:
    """Show a refund that failed, and the two ways out. Raises RefundNotFound."""
    return _failed_page(code, refund_id, None)


@access.requires(Permission.REFUND)
def retry_refund(code: str, refund_id: int) -> Answer:
    """Send it once more, once, however often the button is pressed."""
    order = _order(code)
    with edge.transaction() as session:
        refunds.retry(session, order, refund_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".show_order", code=order.code), 303)


@access.requires(Permission.REFUND)
def note_transfer(code: str, refund_id: int) -> Answer:
    """Write down that it was paid back otherwise."""
    order = _order(code)
    try:
        with edge.transaction() as session:
            refunds.note_transfer(
                session, order, refund_id, request.form.get("note", ""), actor=edge.actor(), now=edge.now()
            )
    except InvalidInput as mistake:
        return _failed_page(code, refund_id, mistake), mistake.status
    return redirect(url_for(".show_order", code=order.code), 303)


def _failed_page(code: str, refund_id: int, mistake: InvalidInput | None) -> str:
    order = _order(code)
    with edge.reading() as session:
        refund = refunds.get_failed(session, order, refund_id)
    return render_template(
        "office/order_refund_failed.html", order=order, refund=refund, owed=refunds.owed_cents(refund),
        values=request.form, mistake=words_for_code(mistake) if mistake else None,
    )  # fmt: skip


def _order(code: str) -> Order:
    with edge.reading() as session:
        return finding.get_by_code(session, code.upper())


def _cents(typed: str) -> int:
    """Read an amount in euros as people write it. Raises RefundInvalid."""
    cents = hundredths(typed)
    if cents is None:
        raise RefundInvalid("Write an amount like 12.50.", field="amount")
    return cents


def _page(order: Order, cents: int, mistake: InvalidInput | None) -> str:
    return render_template(
        "office/order_refund.html", order=order, cents=cents, values=request.form, request_key=new_token(),
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip
