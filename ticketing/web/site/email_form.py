"""A form that asks where to write to."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired, Length, ValidationError

from ticketing.foundation.errors import InvalidInput
from ticketing.sales import customers
from ticketing.web.error_words import words_for_code
from ticketing.web.pages import N_


def email_field(when_empty: str) -> EmailField:
    """Return the field, with what it says when it is left empty."""
    return EmailField(
        N_("E-mail address"),
        validators=[InputRequired(when_empty), Length(max=254)],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


class EmailForm(FlaskForm):
    """A form with an `email_field` called `email`; whether we know the address is nobody's business."""

    def validate_email(self, field: EmailField) -> None:
        """Say so when mail could not get there."""
        try:
            field.data = customers.checked_email(field.data or "")
        except InvalidInput as mistake:
            raise ValidationError(words_for_code(mistake).sentence) from mistake
