"""Asking to wait for places that are sold out: in one slot, or in any of some days. Everybody gets the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, TimeField
from wtforms.validators import InputRequired, Optional

from ticketing.catalogue import availability, offers
from ticketing.catalogue.availability import SlotMark, SlotView
from ticketing.foundation.errors import InvalidInput
from ticketing.sales import waiting_list
from ticketing.sales.waiting_list import Span, WaitingRequest
from ticketing.web import access, edge, limits
from ticketing.web.error_words import words_for_code
from ticketing.web.pages import N_, gettext
from ticketing.web.site.email_form import EmailForm, email_field
from ticketing.web.site.shop import read_quantities

ADDRESS = "/tickets/<experience_slug>/<date:day>/waiting/"
ONE_SLOT, ANY_SLOT = "slot", "span"

Answer = str | tuple[str, int]


class WaitingForm(EmailForm):
    """When somebody would come, and where they are mailed to."""

    where = HiddenField()
    first_date = DateField(N_("First day"), validators=[InputRequired(N_("Fill in a day."))])
    last_date = DateField(N_("Last day"), validators=[InputRequired(N_("Fill in a day."))])
    from_local = TimeField(N_("Not before"), validators=[Optional()])
    to_local = TimeField(N_("Not after"), validators=[Optional()])
    email = email_field(N_("Fill in your e-mail address: we write there."))

    def wanted(self, slot_uuid: str | None) -> str | Span:
        """Return the one slot, or the days and times, that were chosen."""
        if slot_uuid is not None and self.where.data != ANY_SLOT:
            return slot_uuid
        first, last = self.first_date.data, self.last_date.data
        assert first is not None, "a form that was checked has its days"
        assert last is not None, "a form that was checked has its days"
        return Span(first, last, self.from_local.data, self.to_local.data)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    limited = limits.limiter.limit(limits.ORDER_MAILS)
    blueprint.add_url_rule(ADDRESS, view_func=waiting_form)
    blueprint.add_url_rule(ADDRESS, view_func=limited(join_waiting_list), methods=["POST"])


def waiting_form(experience_slug: str, day: date) -> str:
    return _page(experience_slug, day, WaitingForm(formdata=None, first_date=day, last_date=day, where=ONE_SLOT))


@access.open_to_all("anybody may wait; how often and for how much is limited, and the mail alone says what is known")
def join_waiting_list(experience_slug: str, day: date) -> Answer:
    """Put somebody on the list; the answer is the same for every address."""
    form = WaitingForm()
    if not form.validate_on_submit():
        return _page(experience_slug, day, form), 422
    try:
        with edge.transaction() as session:
            slot = _slot(session, experience_slug, day)
            wish = WaitingRequest(
                experience_slug, form.wanted(slot.uuid if slot else None), read_quantities(request.form),
                form.email.data or "", edge.language(),
            )  # fmt: skip
            waiting_list.ask(session, wish, zone=edge.services().zone, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:  # nothing typed may be lost: the same page again, mistake and all
        return _page(experience_slug, day, form, mistake), mistake.status
    return _page(experience_slug, day, form, asked=form.email.data)


def _slot(session: Session, experience_slug: str, day: date) -> SlotView | None:
    """Return the slot the address names, if it is one of that day that can be waited for."""
    experience = offers.get_experience(session, experience_slug)
    slots = availability.slots_on(session, experience.id, day, zone=edge.services().zone, now=edge.now())
    named = [slot for slot in slots if slot.uuid == request.args.get("slot")]
    return named[0] if named and named[0].starts_at > edge.now() and named[0].mark is not SlotMark.CLOSED else None


def _page(
    experience_slug: str, day: date, form: WaitingForm, mistake: InvalidInput | None = None, *, asked: str | None = None
) -> str:
    with edge.reading() as session:
        experience = offers.get_experience(session, experience_slug)
        slot, prices = _slot(session, experience_slug, day), offers.prices_on(session, experience.id, day)
    field = mistake.details.get("field") if mistake else None
    if mistake and field in form.data:
        form[field].errors = [*form[field].errors, gettext(words_for_code(mistake).sentence)]
    return render_template(
        "site/shop/waiting.html", experience=experience, day=day, slot=slot, prices=prices, form=form, asked=asked,
        values=_typed(request.form), mistake=words_for_code(mistake) if mistake else None, mistake_field=field,
    )  # fmt: skip


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if name.startswith("quantity-")}
