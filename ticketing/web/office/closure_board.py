"""A closure and what becomes of its orders: case by case, with what is open, what it costs, and what can be done."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue import closure_amending, closures
from ticketing.catalogue.models import Closure
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.sales import closing, closure_board, closure_cases, closure_credits, closure_file, refunds
from ticketing.sales.closing import Preview
from ticketing.sales.closure_models import CaseState
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.error_words import BY_CODE, words_for_code
from ticketing.web.office import closing_form, undelivered_words
from ticketing.web.office.closing_causes import CAUSES
from ticketing.web.office.closing_form import OUTCOMES, UNTIL
from ticketing.web.pages import N_, gettext
from ticketing.web.site import header

CASES_SHOWN = REFUNDS_SHOWN = 50
NOT_REACHED = "not_reached"  # chosen like a state, though it is none
CASE_STATES = {
    CaseState.OPEN: N_("open"),
    CaseState.REBOOKED: N_("another time"),
    CaseState.REFUNDED: N_("money back"),
    CaseState.CREDITED: N_("gift card"),
    CaseState.KEPT: N_("tickets stay"),
    CaseState.WITHDRAWN: N_("visit takes place"),
}

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    one = "/closures/<int:closure_id>"
    blueprint.add_url_rule(one, view_func=closure_page)
    blueprint.add_url_rule(f"{one}/cases.csv", view_func=closure_file_of_cases)
    blueprint.add_url_rule(f"{one}/undoing", view_func=undo_closure, methods=["POST"])
    blueprint.add_url_rule(f"{one}/confirmation", view_func=confirm_closure, methods=["POST"])
    blueprint.add_url_rule(f"{one}/amendment", view_func=closure_amendment)
    blueprint.add_url_rule(f"{one}/amendment", view_func=amend_closure, methods=["POST"])
    blueprint.add_url_rule(f"{one}/card", view_func=closure_card)
    blueprint.add_url_rule(f"{one}/card", view_func=offer_closure_card, methods=["POST"])
    blueprint.add_url_rule(f"{one}/refunds", view_func=retry_refunds_of_closure, methods=["POST"])
    blueprint.add_url_rule(f"{one}/cases/<int:case_id>/keeping", view_func=keep_case, methods=["POST"])
    blueprint.add_url_rule(f"{one}/cases/<int:case_id>/attempts", view_func=try_case_again, methods=["POST"])


@access.requires(Permission.CLOSE_CENTRE)
def closure_page(closure_id: int) -> Answer:
    return _board_page(closure_id, None)


@access.requires(Permission.CLOSE_CENTRE)
def closure_file_of_cases(closure_id: int) -> Response:
    """Give every case as a file."""
    with edge.reading() as session:
        closures.get_closure(session, closure_id)
        content = closure_file.write(closure_board.every_case(session, closure_id), edge.services().zone)
    named = {"Content-Disposition": f'attachment; filename="closure-{closure_id}.csv"'}
    return Response(content, mimetype="text/csv", headers=named)


@access.requires(Permission.CLOSE_CENTRE)
def undo_closure(closure_id: int) -> Answer:
    """Take it back as if nothing had been, while there is time."""
    try:
        with edge.transaction() as session:
            closure_amending.undo(session, closure_id, actor=edge.actor(), now=edge.now())
    except closure_amending.UndoTooLate as refusal:
        return _board_page(closure_id, refusal), refusal.status
    return redirect(url_for(".closure_list"), 303)


@access.requires(Permission.CLOSE_CENTRE)
def confirm_closure(closure_id: int) -> Answer:
    """Confirm a large one, as a second person."""
    try:
        with edge.transaction() as session:
            closure_amending.confirm(session, closure_id, actor=edge.actor(), now=edge.now())
    except closure_amending.SecondPersonNeeded as refusal:
        return _board_page(closure_id, refusal), refusal.status
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


@access.requires(Permission.CLOSE_CENTRE)
def closure_amendment(closure_id: int) -> Answer:
    """Show what another end would mean; nothing is changed yet."""
    return _amendment_page(closure_id, None)


@access.requires(Permission.CLOSE_CENTRE)
def amend_closure(closure_id: int) -> Answer:
    """Let it end at another instant, as was shown."""
    try:
        with edge.transaction() as session:
            closure = closures.get_closure(session, closure_id)
            ends_at = closing_form.read_end(request.form, header.calendar(), max(closure.starts_at, edge.now()))
            digest = request.form.get("digest", "")
            closing.amend(session, closure_id, ends_at, digest, actor=edge.actor(), now=edge.now())
    except PreviewOutdated as refusal:
        return _amendment_page(closure_id, refusal)
    except (InvalidInput, closure_amending.ClosureOver) as refusal:
        return _board_page(closure_id, refusal), refusal.status
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


@access.requires(Permission.CLOSE_CENTRE)
def closure_card(closure_id: int) -> Answer:
    """Show what offering a gift card, or none any more, would mean; nothing is changed yet."""
    try:
        percent = closing_form.read_bonus(request.args)
    except InvalidInput as mistake:
        return _board_page(closure_id, mistake), mistake.status
    with edge.reading() as session:
        closure = closures.get_closure(session, closure_id)
        board = closure_board.board_of(session, closure_id)
        bonus_cents = closure_credits.bonus_on_all(session, closure_id, percent or 0)
    return render_template(
        "office/closure_card.html", closure=closure, board=board, percent=percent, bonus_cents=bonus_cents
    )


@access.requires(Permission.CLOSE_CENTRE)
def offer_closure_card(closure_id: int) -> Answer:
    """Offer a gift card with this bonus from now on, or none any more."""
    try:
        with edge.transaction() as session:
            percent = closing_form.read_bonus(request.form)
            closure_amending.offer_card(session, closure_id, percent, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _board_page(closure_id, mistake), mistake.status
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


@access.requires(Permission.REFUND)
def keep_case(closure_id: int, case_id: int) -> Answer:
    """Settle a case by leaving its tickets as they are."""
    with edge.transaction() as session:
        closure_board.require_case(session, closure_id, case_id)
        closure_cases.keep(session, case_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


@access.requires(Permission.REFUND)
def try_case_again(closure_id: int, case_id: int) -> Answer:
    """Let a case that was stuck be settled by itself once more; the worker does it."""
    with edge.transaction() as session:
        closure_board.require_case(session, closure_id, case_id)
        closure_cases.try_again(session, case_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


@access.requires(Permission.REFUND)
def retry_refunds_of_closure(closure_id: int) -> Answer:
    """Send every refund that failed once more, once, however often the button is pressed."""
    with edge.transaction() as session:
        closure_board.retry_failed(session, closure_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".closure_page", closure_id=closure_id), 303)


def _board_page(closure_id: int, refusal: TicketingError | None) -> str:
    states = [state for state in CaseState if state.value == request.args.get("state")]
    is_unreached = request.args.get("state") == NOT_REACHED
    after = whole_number(request.args.get("after", "")) or 0
    with edge.reading() as session:
        closure = closures.get_closure(session, closure_id)
        board = closure_board.board_of(session, closure_id)
        if is_unreached:
            lines = closure_board.cases_not_reached(session, closure_id, after=after, limit=CASES_SHOWN + 1)
        else:
            lines = closure_board.cases_of(session, closure_id, states=states, after=after, limit=CASES_SHOWN + 1)
        touched = _touched(session, closure) if not closures.may_be_told(closure, edge.now()) else None
        failed = closure_board.failed_refunds(session, closure_id)[:REFUNDS_SHOWN]
        waiting = closure_board.waiting_refunds(session, closure_id)[:REFUNDS_SHOWN]
        owed = [(each, refunds.owed_cents(each)) for each in failed]
    return render_template(
        "office/closure.html", closure=closure, board=board, touched=touched, lines=lines[:CASES_SHOWN],
        more=len(lines) > CASES_SHOWN, failed=owed, waiting=waiting, state=states[0].value if states else None,
        is_unreached=is_unreached, not_reached=NOT_REACHED, lost_words=undelivered_words.reason, states=CASE_STATES,
        until=UNTIL, outcomes=OUTCOMES, problem_words=_problem_words, causes=CAUSES, values=request.values,
        mistake=words_for_code(refusal) if refusal else None, **_can_be_done(closure),
    )  # fmt: skip


def _touched(session: Session, closure: Closure) -> Preview:
    """Count what a closure touches of which nobody has been told: orders may have come in since it was shown."""
    wanted = closure_amending.request_of(closure)
    return closing.preview(session, wanted, zone=edge.services().zone, now=edge.now())


def _problem_words(code: str) -> str:
    """Say in a few words what kept a case from being settled by itself."""
    return gettext(BY_CODE[code][0]) if code in BY_CODE else code


def _can_be_done(closure: Closure) -> dict[str, bool]:
    now = edge.now()
    is_over = closure.ends_at is not None and closure.ends_at <= now
    stands = closure.state in closures.STANDING and not is_over
    return {
        "stands": stands,
        "has_begun": closure.starts_at <= now,
        "can_undo": closure_amending.may_be_undone(closure, now),
        "is_told": closures.may_be_told(closure, now),
        "waits_for_second": closure.is_large and closure.confirmed_at is None and stands,
        "is_mine": edge.actor().id == closure.closed_by_id,
    }


def _amendment_page(closure_id: int, refusal: TicketingError | None) -> Answer:
    try:
        with edge.reading() as session:
            closure = closures.get_closure(session, closure_id)
            ends_at = closing_form.read_end(request.values, header.calendar(), max(closure.starts_at, edge.now()))
            shown = closing.preview_amendment(session, closure, ends_at, now=edge.now())
    except (InvalidInput, closure_amending.ClosureOver) as mistake:
        return _board_page(closure_id, mistake), mistake.status
    page = render_template(
        "office/closure_amendment.html", closure=closure, ends_at=ends_at, shown=shown, values=request.values,
        mistake=words_for_code(refusal) if refusal else None,
    )  # fmt: skip
    return (page, refusal.status) if refusal else page
