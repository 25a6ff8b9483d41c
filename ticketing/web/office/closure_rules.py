"""What holds for every closure of the house: time to undo, when a second person confirms, time to choose, and then."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue.models import ClosureDefault
from ticketing.foundation.errors import InvalidInput
from ticketing.sales import closure_house
from ticketing.sales.closure_house import ClosureRulesInvalid, HouseRules
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office.closing_form import OUTCOMES
from ticketing.web.office.typed_numbers import NUMBER_SHAPE

NUMBERS = ("undo_minutes", "second_from_orders", "answer_days")

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/closures/rules", view_func=closure_rule_page)
    blueprint.add_url_rule("/closures/rules", view_func=set_closure_rules, methods=["POST"])


@access.requires(Permission.CLOSE_CENTRE)
def closure_rule_page() -> Answer:
    return _page(None, None)


@access.requires(Permission.SET_CHANGE_RULES)
def set_closure_rules() -> Answer:
    """Set them; closures that stand keep the terms they were made with."""
    try:
        wanted = _read(request.form)
        with edge.transaction() as session:
            closure_house.set_rules(session, wanted, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(request.form, mistake), mistake.status
    return redirect(url_for(".closure_rule_page"), 303)


def _read(form: Mapping[str, str]) -> HouseRules:
    numbers = {}
    for field in NUMBERS:
        typed = form.get(field, "").strip()
        if not NUMBER_SHAPE.fullmatch(typed) or not typed.isascii():
            raise ClosureRulesInvalid("Give a number.", field=field)
        numbers[field] = int(typed)
    outcome = form.get("default_outcome", "")
    if outcome not in OUTCOMES:
        raise ClosureRulesInvalid("Choose one of the list.", field="default_outcome")
    return HouseRules(**numbers, default_outcome=ClosureDefault(outcome))


def _page(values: Mapping[str, str] | None, mistake: InvalidInput | None) -> str:
    with edge.reading() as session:
        rules = closure_house.rules(session)
    written = {name: str(getattr(rules, name)) for name in NUMBERS} | {"default_outcome": rules.default_outcome.value}
    return render_template(
        "office/closure_rules.html", values=values or written, outcomes=OUTCOMES,
        mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip
