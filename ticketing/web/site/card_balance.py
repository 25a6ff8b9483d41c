"""What is left on a gift card, for whoever types its code; how often is limited, and nothing else is told."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.money import Money
from ticketing.sales import gift_card_rules, gift_cards
from ticketing.sales.gift_cards import GiftCardUnknown
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.pages import N_

ADDRESS = "/gift-card/"

Answer = str | Response | tuple[str, int]


class CardForm(FlaskForm):
    """Which card; its code stays out of the address."""

    code = StringField(
        N_("Code of your gift card"),
        validators=[InputRequired(N_("Fill in the code of the card.")), Length(max=gift_cards.LONGEST_TYPED)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    limited = limits.limiter.limit(limits.GIFT_CARDS)
    blueprint.add_url_rule(ADDRESS, view_func=card_balance)
    blueprint.add_url_rule(ADDRESS, view_func=limited(show_balance), methods=["POST"])


def card_balance() -> Answer:
    return render_template("site/shop/card_balance.html", form=CardForm(formdata=None), balance=None, mistake=None)


@access.open_to_all("tells what is on a card to whoever has its code; how often is limited")
def show_balance() -> Answer:
    """Show what is left and until when; a code that no card has and a blocked one are answered the same."""
    form, mistake, is_unknown = CardForm(), None, False
    if form.validate_on_submit():
        try:
            with edge.reading() as session:
                card = gift_cards.get_usable(session, form.code.data or "", now=edge.now())
        except InvalidInput as refusal:
            mistake, is_unknown = words_for_code(refusal), isinstance(refusal, GiftCardUnknown)
        else:
            return render_template(
                "site/shop/card_balance.html", form=form, mistake=None,
                balance=Money(gift_cards.balance(card).total, card.currency),
                last_day=gift_card_rules.last_day_before(card.expires_at, edge.services().zone),
            )  # fmt: skip
    page = render_template(
        "site/shop/card_balance.html", form=form, balance=None, mistake=mistake, is_unknown=is_unknown
    )
    return page, 422
