"""What we write to customers: every mail in every language, with facts made up, as its text and as its HTML."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template

from ticketing.foundation.languages import LANGUAGES, OWN_NAMES
from ticketing.mail.messages import Message
from ticketing.operations import mail_samples, mailing
from ticketing.operations.mail_samples import SAMPLES, Sample
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, security
from ticketing.web.pages import N_

MAIL_NAMES = {
    "order_confirmation": N_("An order is confirmed"),
    "order_confirmation.discounts": N_("An order is confirmed, with discounts"),
    "order_tickets.again": N_("Somebody asks for their tickets again"),
    "order_tickets.address": N_("An order has another address: to the new one"),
    "address_changed": N_("An order has another address: to the old one"),
    "order_change.move": N_("Tickets were moved, for more money"),
    "order_change.cheaper": N_("Tickets were moved, with money back and a fee"),
    "order_change.add": N_("Tickets were added"),
    "order_change.part": N_("Some tickets were cancelled"),
    "order_change.whole": N_("The whole order was cancelled"),
    "order_change.refund": N_("Money is given back freely"),
    "late_payment.gone": N_("Money came too late: the places are gone"),
    "closure_case": N_("We are closed: choose another time or your money back"),
    "closure_case.card": N_("We are closed, and a gift card is offered"),
    "closure_credit": N_("A closed visit became a gift card"),
    "closure_over": N_("The visit takes place after all"),
    "late_payment.over": N_("Money came too late: the visit is over"),
    "lost_links": N_("Somebody has lost their link"),
    "waiting_asked": N_("Waiting list: somebody waits"),
    "waiting_full": N_("Waiting list: an address waits for as much as it may"),
    "waiting_offer": N_("Waiting list: places have come free"),
    "waiting_news.lapsed": N_("Waiting list: an offer lapsed for the first time"),
    "waiting_news.dropped": N_("Waiting list: an offer lapsed, and the wait is over"),
    "waiting_news.closed": N_("Waiting list: an offer is withdrawn by a closure"),
    "waiting_news.nothing": N_("Waiting list: no place came free"),
    "waiting_news.removed": N_("Waiting list: staff took somebody off"),
    "report": N_("A report, to a colleague who asked for it"),
}
# A mail's own style stands in it; its frame may use that and nothing else, and only our pages may frame it.
FRAMED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; sandbox"


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/mails", view_func=mail_list)
    blueprint.add_url_rule("/mails/<name>/<mail_language>", view_func=mail_page)
    blueprint.add_url_rule("/mails/<name>/<mail_language>/html", view_func=mail_html)


@access.requires(Permission.SEE_MAILS)
def mail_list() -> str:
    return render_template("office/mails.html", names=MAIL_NAMES, languages=OWN_NAMES)


@access.requires(Permission.SEE_MAILS)
def mail_page(name: str, mail_language: str) -> Response:
    """Show a mail as text and, in a frame, as HTML."""
    message = _message(name, mail_language)
    response = make_response(
        render_template(
            "office/mail.html", name=name, title=MAIL_NAMES[name], message=message, mail_language=mail_language,
            languages=OWN_NAMES,
        )
    )  # fmt: skip
    response.headers["Content-Security-Policy"] = f"{security.POLICY}; frame-src 'self'"
    return response


@access.requires(Permission.SEE_MAILS)
def mail_html(name: str, mail_language: str) -> Response:
    response = make_response(_message(name, mail_language).html)
    response.headers["Content-Security-Policy"] = FRAMED_POLICY
    return response


def _message(name: str, language: str) -> Message:
    if name not in SAMPLES or language not in LANGUAGES:
        abort(404)
    sample = Sample(mailing.letterhead(edge.services()), language, edge.now())
    return mail_samples.SAMPLES[name](sample)
