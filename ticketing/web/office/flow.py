"""Who is inside, and who will be: the page of the duty manager, counting by hand, the limits of the house."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue import house_limits
from ticketing.catalogue.fullness import Limits
from ticketing.catalogue.house_limits import LimitsInvalid
from ticketing.catalogue.promise import Promise
from ticketing.flow import advice, hand_counts, today, today_mix
from ticketing.flow.hand_counts import MOST_PEOPLE, Counted, HandCountInvalid
from ticketing.flow.today import FlowToday
from ticketing.foundation.clock import instant_of
from ticketing.foundation.errors import InvalidInput
from ticketing.foundation.identifiers import new_token
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import flow_charts, flow_words, mistakes
from ticketing.web.office.money_words import CHANNELS
from ticketing.web.office.typed_numbers import hundredths, read_number

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/flow", view_func=flow_today)
    blueprint.add_url_rule("/flow/hand-counts", view_func=count_by_hand, methods=["POST"])
    blueprint.add_url_rule("/flow/limits", view_func=set_house_limits, methods=["POST"])


@access.requires(Permission.SEE_TODAY)
def flow_today() -> str:
    return _page({}, None)


@access.requires(Permission.SEE_TODAY)
def count_by_hand() -> Answer:
    """Write down what somebody counted; how many we would have said is kept beside it."""
    try:
        counted_at = _read_time(request.form)
        people = read_number(request.form, "people", MOST_PEOPLE)
        if people is None:
            raise HandCountInvalid("Write how many people you counted.", field="people")
        with edge.transaction() as session:
            expected = today.expected_inside(session, counted_at, zone=edge.services().zone)
            hand_counts.write_down(
                session, Counted(people, counted_at, round(expected)), request.form.get("key", "")[:64],
                actor=edge.actor(), now=edge.now(),
            )  # fmt: skip
    except InvalidInput as mistake:
        return _page(request.form, mistake), mistake.status
    return redirect(url_for(".flow_today"), 303)


@access.requires(Permission.PLAN_FLOW)
def set_house_limits() -> Answer:
    """Let other limits hold from now on."""
    try:
        wanted = _read_limits(request.form)
        with edge.transaction() as session:
            house_limits.set_limits(session, wanted, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(request.form, mistake), mistake.status
    return redirect(url_for(".flow_today", _anchor="limits"), 303)


def _read_time(form: Mapping[str, str]) -> datetime:
    """Read when it was counted: a time of today's wall clock, now when nothing is given."""
    typed = form.get("counted_at", "").strip()
    if not typed:
        return edge.now()
    try:
        local_time = datetime.strptime(typed, "%H:%M").time()  # noqa: DTZ007 - a wall clock has no zone
    except ValueError as error:
        raise HandCountInvalid("Write a time like 14:30.", field="counted_at", why="no_time") from error
    return instant_of(edge.today(), local_time, edge.services().zone)


def _read_limits(form: Mapping[str, str]) -> Limits:
    numbers = {
        field: read_number(form, field, house_limits.MOST_PEOPLE)
        for field in ("fire_limit", "staff", "reserve", "sales_percent")
    }
    risk_bp = hundredths(form.get("risk", ""))
    if numbers["fire_limit"] is None or risk_bp is None:
        field = "fire_limit" if numbers["fire_limit"] is None else "risk"
        raise LimitsInvalid("Fill in the limits.", field=field, why="missing")
    promise = Promise.MOMENT if form.get("promise") == Promise.MOMENT else Promise.DAY
    percent = numbers["sales_percent"]
    return Limits(
        numbers["fire_limit"], numbers["staff"] or 0, numbers["reserve"] or 0, 100 if percent is None else percent,
        risk_bp, promise,
    )  # fmt: skip


def _page(values: Mapping[str, str], mistake: InvalidInput | None) -> str:
    with edge.reading() as reading:
        shown = today.flow_today(reading, zone=edge.services().zone, now=edge.now())
        mix = today_mix.mix_of_today(reading, zone=edge.services().zone, now=edge.now())
    return render_template(
        "office/flow_today.html", flow=shown, mix=mix, channels=CHANNELS, inside_chart=flow_charts.inside_chart(shown),
        arrivals_chart=flow_charts.arrivals_chart(shown) if shown.quarters else None, words=flow_words,
        advice=advice.advice_for(shown),
        anchored_at=shown.anchored_at, values={**_written(shown), **values}, key=values.get("key") or new_token(),
        mistake=mistakes.told(mistake) if mistake else None, ceil=math.ceil,
    )  # fmt: skip


def _written(shown: FlowToday) -> dict[str, str]:
    """Write the limits as the form has them."""
    held = shown.limits
    if held is None:
        return {"sales_percent": "100", "risk": "1", "promise": Promise.DAY}
    return {
        "fire_limit": str(held.fire_limit), "staff": str(held.staff), "reserve": str(held.reserve),
        "sales_percent": str(held.sales_percent), "risk": f"{held.risk_bp / 100:g}", "promise": held.promise,
    }  # fmt: skip
