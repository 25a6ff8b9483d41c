"""How many lanes to staff on a day; the form in the address says which day and how long people may wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, render_template, request

from ticketing.flow import lanes, staffing
from ticketing.flow.staffing import Crowd, Staffing, StaffingWish
from ticketing.foundation.errors import InvalidInput
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import flow_charts, forecast_words, mistakes
from ticketing.web.office.typed_numbers import read_day, read_number


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/flow/staffing", view_func=flow_staffing)


@access.requires(Permission.PLAN_FLOW)
def flow_staffing() -> str | tuple[str, int]:
    """Show the lanes of a day."""
    try:
        wish = _read(request.args)
        with edge.reading() as reading:
            found = staffing.staff_day(reading, wish, zone=edge.services().zone, now=edge.now())
    except InvalidInput as mistake:
        return _page(None, mistake), mistake.status
    return _page(found, None)


def _read(form: Mapping[str, str]) -> StaffingWish:
    """Read the form; what is left empty is what is usual. Raises NumberInvalid, DateInvalid."""
    usual = StaffingWish(read_day(form, "day") or edge.today() + timedelta(days=1))
    service, wait, late = (
        read_number(form, field, most)
        for field, most in (
            ("service", staffing.MOST_SERVICE), ("wait", staffing.MOST_WAIT), ("late", staffing.MOST_LATE),
        )
    )  # fmt: skip
    return StaffingWish(
        usual.local_date,
        usual.service_seconds if service is None else service,
        usual.wait_seconds if wait is None else wait,
        usual.late_percent if late is None else late,
        Crowd(form["crowd"]) if form.get("crowd") in set(Crowd) else usual.crowd,
    )


def _page(found: Staffing | None, mistake: InvalidInput | None) -> str:
    is_drawn = found is not None and found.quarters
    return render_template(
        "office/flow_staffing.html", found=found, values={**_written(found), **request.args}, usual=_usual(),
        crowds=forecast_words.CROWDS, lanes_chart=flow_charts.lanes_chart(found) if found and is_drawn else None,
        people_chart=flow_charts.people_chart(found) if found and is_drawn else None, most_lanes=lanes.MOST_LANES,
        mistake=mistakes.told(mistake) if mistake else None,
    )  # fmt: skip


def _usual() -> StaffingWish:
    return StaffingWish(edge.today())


def _written(found: Staffing | None) -> dict[str, str]:
    """Write what was reckoned with as the form has it."""
    wish = found.wish if found else _usual()
    return {
        "day": wish.local_date.isoformat(), "service": str(wish.service_seconds), "wait": str(wish.wait_seconds),
        "late": str(wish.late_percent), "crowd": wish.crowd,
    }  # fmt: skip
