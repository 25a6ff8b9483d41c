"""Somebody has lost the link of their order: it is mailed to them, and the page says the same to everybody."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from ticketing.sales import lost_links
from ticketing.web import access, edge, limits
from ticketing.web.pages import N_
from ticketing.web.site.email_form import EmailForm, email_field

Answer = str | Response | tuple[str, int]


class LostForm(EmailForm):
    """Where the links are mailed to."""

    email = email_field(N_("Fill in the e-mail address you ordered with."))


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/orders/lost/", view_func=lost_link)
    blueprint.add_url_rule(
        "/orders/lost/", view_func=limits.limiter.limit(limits.ORDER_MAILS)(mail_lost_links), methods=["POST"]
    )


def lost_link() -> Answer:
    return render_template("site/shop/lost_link.html", form=LostForm(formdata=None), asked=None)


@access.open_to_all("mails an address its own links, and says the same whether it has any; how often is limited")
def mail_lost_links() -> Answer:
    """Write the job that looks them up; it is the same job and the same answer for every address."""
    form = LostForm()
    if not form.validate_on_submit():
        return render_template("site/shop/lost_link.html", form=form, asked=None), 422
    with edge.transaction() as session:
        lost_links.ask(session, form.email.data or "", edge.language(), now=edge.now())
    return render_template("site/shop/lost_link.html", form=form, asked=form.email.data)
