"""What managers know of days beforehand: school and public holidays, events, the weather."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.flow import influences
from ticketing.flow.day_types import Sky
from ticketing.flow.forecast import WEATHER_DAYS
from ticketing.flow.forecast_models import InfluenceKind
from ticketing.flow.influences import InfluenceInvalid, InfluenceWish
from ticketing.flow.report_shapes import every_day
from ticketing.foundation.errors import InvalidInput
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import forecast_words, mistakes
from ticketing.web.office.typed_numbers import read_day

Answer = str | Response | tuple[str, int]

WEATHER_BACK = 3  # days whose weather may still be put right
LISTED_BACK = timedelta(days=400)  # what the forecast learns from
EFFECT_SHAPE = re.compile(r"([+-]?)([0-9]{1,3}) ?%?", re.ASCII)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/flow/calendar", view_func=flow_calendar)
    blueprint.add_url_rule("/flow/calendar/influences", view_func=flow_influence_add, methods=["POST"])
    blueprint.add_url_rule(
        "/flow/calendar/influences/<int:influence_id>/removal", view_func=flow_influence_remove, methods=["POST"]
    )
    blueprint.add_url_rule("/flow/calendar/weather", view_func=flow_weather, methods=["POST"])


@access.requires(Permission.PLAN_FLOW)
def flow_calendar() -> str:
    return _page({}, None)


@access.requires(Permission.PLAN_FLOW)
def flow_influence_add() -> Answer:
    """Write down a holiday or an event."""
    try:
        wish = _read(request.form)
        with edge.transaction() as session:
            influences.write_down(session, wish, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _page(request.form, mistake), mistake.status
    return redirect(url_for(".flow_calendar", done="noted", _anchor="calendar-title"), 303)


@access.requires(Permission.PLAN_FLOW)
def flow_influence_remove(influence_id: int) -> Answer:
    """Take a holiday or an event out again."""
    with edge.transaction() as session:
        influences.take_out(session, influence_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".flow_calendar", done="out", _anchor="calendar-title"), 303)


@access.requires(Permission.PLAN_FLOW)
def flow_weather() -> Answer:
    """Note the weather of the days in the form."""
    skies = {
        day: Sky(typed) if (typed := request.form[name]) in set(Sky) else None
        for day in _weather_days()
        if (name := f"sky-{day.isoformat()}") in request.form
    }
    with edge.transaction() as session:
        influences.note_weather(session, skies, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".flow_calendar", done="weather"), 303)


def _read(form: Mapping[str, str]) -> InfluenceWish:
    """Read the form. Raises DateInvalid, InfluenceInvalid."""
    first = read_day(form, "first")
    if first is None:
        raise InfluenceInvalid("Say when it begins.", field="first", why="no_day")
    kind = InfluenceKind(form["kind"]) if form.get("kind") in set(InfluenceKind) else InfluenceKind.SCHOOL_HOLIDAY
    effect = EFFECT_SHAPE.fullmatch(form.get("effect", "").strip().replace("\N{MINUS SIGN}", "-"))
    percent = int(effect[1] + effect[2]) if effect else None
    return InfluenceWish(kind, form.get("name", ""), first, read_day(form, "last") or first, percent)


def _weather_days() -> list[date]:
    today = edge.today()
    return every_day(today - timedelta(days=WEATHER_BACK), today + timedelta(days=WEATHER_DAYS))


def _page(values: Mapping[str, str], mistake: InvalidInput | None) -> str:
    today, days = edge.today(), _weather_days()
    with edge.reading() as reading:
        listed = influences.influences_from(reading, today - LISTED_BACK)
        known = influences.days_between(reading, days[0], days[-1])
    return render_template(
        "office/flow_calendar.html", coming=[each for each in listed if each.last_date >= today],
        past=[each for each in reversed(listed) if each.last_date < today], known=known, today=today,
        words=forecast_words, kinds=forecast_words.KINDS, skies=forecast_words.SKIES, values=values,
        done=request.args.get("done"), mistake=mistakes.told(mistake) if mistake else None,
        longest=influences.LONGEST_NAME,
    )  # fmt: skip
