"""Somebody has lost the link of their order: it is mailed to them, and the page says the same to everybody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField
from wtforms.validators import InputRequired, Length, ValidationError

from ticketing.foundation.errors import InvalidInput
from ticketing.sales import customers, lost_links
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.pages import N_

Answer = str | Response | tuple[str, int]


class LostForm(FlaskForm):
    """Where the links are mailed to."""

    email = EmailField(
        N_("E-mail address"),
        validators=[InputRequired(N_("Fill in the e-mail address you ordered with.")), Length(max=254)],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )

    def validate_email(self, field: EmailField) -> None:
        """Say so when it is no address; whether we know it is nobody's business."""
        try:
            field.data = customers.checked_email(field.data or "")
        except InvalidInput as mistake:
            raise ValidationError(words_for_code(mistake).sentence) from mistake


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
