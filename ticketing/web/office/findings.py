"""What does not match between the provider and us, and refunds that failed: until somebody has settled it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.foundation.errors import InvalidInput
from ticketing.sales import closure_credits, findings, refunds
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.error_words import words_for_code

PAGE, MOST_FAILED = 50, 200

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/findings", view_func=finding_list)
    blueprint.add_url_rule("/findings/<int:finding_id>/resolution", view_func=resolve_finding, methods=["POST"])


@access.requires(Permission.SEE_ACCOUNTS)
def finding_list() -> Answer:
    return _page(None)


@access.requires(Permission.SEE_ACCOUNTS)
def resolve_finding(finding_id: int) -> Answer:
    """Settle a finding with a note."""
    try:
        with edge.transaction() as writing:
            findings.resolve(writing, finding_id, request.form.get("note", ""), actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(mistake), mistake.status
    return redirect(url_for(".finding_list"), 303)


def _page(mistake: InvalidInput | None) -> str:
    after, before = (whole_number(request.args.get(name, "")) for name in ("after", "before"))
    with edge.reading() as reading:
        waiting = findings.list_open(reading, after=after, limit=PAGE + 1)
        settled = findings.list_settled(reading, before=before, limit=PAGE + 1)
        failed = refunds.find_failed(reading, limit=MOST_FAILED)
        orders = {finding.order_id for finding in waiting if finding.order_id is not None}
        on_cards = closure_credits.find_orders_on_cards(reading, orders)
    return render_template(
        "office/findings.html", waiting=waiting[:PAGE], settled=settled[:PAGE], on_cards=on_cards,
        failed=[(refund, refunds.owed_cents(refund)) for refund in failed],
        newer=waiting[PAGE - 1].id if len(waiting) > PAGE else None,
        older=settled[PAGE - 1].id if len(settled) > PAGE else None,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip
