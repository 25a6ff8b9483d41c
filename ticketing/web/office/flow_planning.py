"""Trying out capacities for a day, and carrying out what was tried, as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.catalogue.promise import Promise
from ticketing.catalogue.slot_changes import PreviewOutdated
from ticketing.flow import planning
from ticketing.flow.fullness import WEEKS
from ticketing.flow.planning import DayPlan, PlanInvalid, PlanWish, Shape
from ticketing.foundation.errors import InvalidInput, TicketingError
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import flow_charts, flow_heat, mistakes
from ticketing.web.office.typed_numbers import hundredths, read_day, read_number
from ticketing.web.pages import N_

Answer = str | Response | tuple[str, int]

SHAPES = {
    Shape.FULLEST: N_("the most places, each slot its own"),
    Shape.FLAT: N_("the same for every slot"),
    Shape.SHORTENED: N_("those of now, all made smaller alike"),
}
USUAL_LIMIT = 500
TYPED = ("day", "shape", "most", "limit", "risk", "promise", "show_percent", "stay_minutes")


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/flow/planning", view_func=flow_planning)
    blueprint.add_url_rule("/flow/planning", view_func=flow_carry_out, methods=["POST"])


@access.requires(Permission.PLAN_FLOW)
def flow_planning() -> Answer:
    """Show what a plan makes of a day; the form in the address says which."""
    try:
        return _page(request.args, _planned(_read(request.args)), None)
    except InvalidInput as mistake:
        return _page(request.args, None, mistake), mistake.status


@access.requires(Permission.PLAN_FLOW)
def flow_carry_out() -> Answer:
    """Give the slots their planned capacities, if that still is what was shown; else show it anew."""
    try:
        wish = _read(request.form)
        with edge.transaction() as session:
            done = planning.carry_out(
                session, wish, request.form.get("digest", ""), zone=edge.services().zone, actor=edge.actor(),
                now=edge.now(),
            )  # fmt: skip
    except PreviewOutdated as outdated:
        return _page(request.form, _planned(wish), outdated), outdated.status
    except InvalidInput as mistake:
        return _page(request.form, None, mistake), mistake.status
    typed = {name: request.form[name] for name in TYPED if request.form.get(name)}
    return redirect(url_for(".flow_planning", done=len(done.shown), **typed), 303)  # type: ignore[arg-type]


def _read(form: Mapping[str, str]) -> PlanWish:
    """Read the form; what is left empty is what holds or was learnt. Raises NumberInvalid, DateInvalid, PlanInvalid."""
    risk = form.get("risk", "").strip()
    risk_bp = hundredths(risk) if risk else None
    if risk and risk_bp is None:
        raise PlanInvalid("Give a percentage, like 1 or 0.5.", field="risk", why="percentage")
    most = read_number(form, "most", planning.MOST_PER_SLOT)
    return PlanWish(
        read_day(form, "day") or edge.today() + timedelta(days=1),
        Shape(form["shape"]) if form.get("shape") in set(Shape) else Shape.FULLEST,
        planning.USUAL_MOST if most is None else most,
        read_number(form, "limit", planning.MOST_PEOPLE),
        risk_bp,
        Promise(form["promise"]) if form.get("promise") in set(Promise) else None,
        read_number(form, "show_percent", 100),
        read_number(form, "stay_minutes", planning.LONGEST_STAY),
    )


def _planned(wish: PlanWish) -> DayPlan | None:
    with edge.reading() as reading:
        return planning.plan_day(reading, wish, zone=edge.services().zone, now=edge.now())


def _page(values: Mapping[str, str], plan: DayPlan | None, mistake: TicketingError | None) -> str:
    done = request.args.get("done", "")
    return render_template(
        "office/flow_planning.html", plan=plan, values={**_written(plan), **values}, shapes=SHAPES,
        chart=flow_charts.plan_chart(plan) if plan else None, heat=flow_heat.heat_map(values),
        measures=flow_heat.MEASURES, heat_weeks=WEEKS,
        spans={"limit": _span_of_limit(plan)},
        typed={name: values[name] for name in TYPED if values.get(name)},
        done=int(done) if done.isascii() and done.isdigit() and len(done) < 5 else None,
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _span_of_limit(plan: DayPlan | None) -> str:
    """Say from where to where, and in which steps, the limit of a house of this size is slid."""
    limit = plan.terms.house.limit if plan else USUAL_LIMIT
    step = max(1, limit // 100)
    return f"{step * 20} {limit * 2} {step}"


def _written(plan: DayPlan | None) -> dict[str, str]:
    """Write what the plan reckons with as the form has it."""
    if plan is None:
        return {"day": (edge.today() + timedelta(days=1)).isoformat()}
    house, habits = plan.terms.house, plan.terms.habits
    return {
        "day": plan.wish.local_date.isoformat(), "shape": plan.wish.shape, "most": str(plan.wish.most),
        "limit": str(house.limit), "risk": f"{house.risk * 100:g}", "promise": house.promise,
        "show_percent": f"{100 * habits.show.share:.0f}", "stay_minutes": f"{60 * habits.stay.mean:.0f}",
    }  # fmt: skip
