"""What customers may do to their orders by themselves: the house's rules, and those of single experiences."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import offers
from ticketing.catalogue.models import Experience
from ticketing.foundation.errors import InvalidInput
from ticketing.sales import change_rules
from ticketing.sales.change_rules import ChangeRulesInvalid, Rules
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office.typed_numbers import hundredths

HOURS_SHAPE = re.compile(r"([0-9]{1,5})(?:[.,](25|5|50|75))?")
PERCENT_SHAPE = re.compile(r"[0-9]{1,3}")
QUARTERS = {"25": 15, "5": 30, "50": 30, "75": 45}

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/change-rules", view_func=rule_list)
    blueprint.add_url_rule("/change-rules", view_func=set_rules, methods=["POST"])
    blueprint.add_url_rule("/change-rules/removal", view_func=drop_rules, methods=["POST"])


@access.requires(Permission.SET_CHANGE_RULES)
def rule_list() -> Answer:
    return _page(request.args.get("experience", ""), {}, None)


@access.requires(Permission.SET_CHANGE_RULES)
def set_rules() -> Answer:
    """Set the rules of the house or of one experience; they hold for whatever is asked for from now on."""
    slug = request.form.get("experience", "")
    try:
        rules = _read(request.form)
        with edge.transaction() as session:
            change_rules.set_rules(session, _id_of(_experience(slug)), rules, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(slug, request.form, mistake), mistake.status
    return redirect(url_for(".rule_list", experience=slug or None), 303)


@access.requires(Permission.SET_CHANGE_RULES)
def drop_rules() -> Answer:
    """Let an experience follow the house again."""
    experience = _experience(request.form.get("experience", ""))
    if experience is not None:
        with edge.transaction() as session:
            change_rules.drop_rules(session, experience.id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".rule_list"), 303)


def _experience(slug: str) -> Experience | None:
    """Return the experience of a slug, None for the house. Raises ExperienceNotFound."""
    if not slug:
        return None
    with edge.reading() as session:
        return offers.get_experience(session, slug)


def _id_of(experience: Experience | None) -> int | None:
    return experience.id if experience else None


def _read(form: Mapping[str, str]) -> Rules:
    return Rules(
        may_move="may_move" in form,
        may_cancel="may_cancel" in form,
        move_until_minutes=_minutes(form, "move_until_minutes"),
        cancel_until_minutes=_minutes(form, "cancel_until_minutes"),
        move_fee_cents=_cents(form, "move_fee_cents"),
        cancel_fee_cents=_cents(form, "cancel_fee_cents"),
        cancel_fee_percent=_percent(form, "cancel_fee_percent"),
    )


def _minutes(form: Mapping[str, str], field: str) -> int:
    """Read hours, in quarters, as minutes."""
    match = HOURS_SHAPE.fullmatch(form.get(field, "").strip())
    if match is None or not form[field].isascii():
        raise ChangeRulesInvalid("Give hours, like 1 or 0.5.", field=field)
    return int(match[1]) * 60 + QUARTERS.get(match[2] or "", 0)


def _cents(form: Mapping[str, str], field: str) -> int:
    cents = hundredths(form.get(field, ""))
    if cents is None:
        raise ChangeRulesInvalid("Give an amount, like 2.50.", field=field)
    return cents


def _percent(form: Mapping[str, str], field: str) -> int:
    text = form.get(field, "").strip()
    if not PERCENT_SHAPE.fullmatch(text) or not text.isascii():
        raise ChangeRulesInvalid("Give a percentage.", field=field)
    return int(text)


def _page(slug: str, values: Mapping[str, str], mistake: InvalidInput | None) -> str:
    chosen = _experience(slug)
    with edge.reading() as session:
        book = change_rules.customer_rules(session)
        experiences = offers.list_experiences(session)
    rules = book.of(chosen.id) if chosen else book.house
    return render_template(
        "office/change_rules.html", book=book, experiences=experiences, chosen=chosen,
        values=values or _written(rules), mistake=words_for_code(mistake) if mistake else None,
        mistake_field=mistake.details.get("field") if mistake else None,
    )  # fmt: skip


def _written(rules: Rules) -> dict[str, str]:
    """Write rules as the form has them; what is not ticked is not there."""
    values = {
        "move_until_minutes": f"{rules.move_until_minutes / 60:g}",
        "cancel_until_minutes": f"{rules.cancel_until_minutes / 60:g}",
        "move_fee_cents": f"{rules.move_fee_cents // 100}.{rules.move_fee_cents % 100:02d}",
        "cancel_fee_cents": f"{rules.cancel_fee_cents // 100}.{rules.cancel_fee_cents % 100:02d}",
        "cancel_fee_percent": str(rules.cancel_fee_percent),
    }
    ticked = {"may_move": rules.may_move, "may_cancel": rules.may_cancel}
    return values | {name: "1" for name, is_so in ticked.items() if is_so}
