"""How many will come in the weeks ahead, how sure that is, and both as files."""

from __future__ import annotations

import io

from flask import Blueprint, Response, abort, render_template, send_file

from ticketing.flow import exports, forecast, weeks_ahead
from ticketing.flow.exports import Ending
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office import flow_charts, forecast_words


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/flow/forecast", view_func=flow_forecast)
    blueprint.add_url_rule("/flow/forecast/days.<ending>", view_func=flow_forecast_days)
    blueprint.add_url_rule("/flow/forecast/slots.<ending>", view_func=flow_forecast_slots)


@access.requires(Permission.PLAN_FLOW)
def flow_forecast() -> str:
    """Show six weeks, day by day."""
    with edge.reading() as reading:
        weeks = weeks_ahead.weeks_ahead(reading, zone=edge.services().zone, now=edge.now())
    return render_template(
        "office/flow_forecast.html", weeks=weeks, words=forecast_words, least_days=forecast.LEAST_DAYS,
        chart=flow_charts.forecast_chart(weeks.days) if weeks.days else None,
    )  # fmt: skip


@access.requires(Permission.PLAN_FLOW)
def flow_forecast_days(ending: str) -> Response:
    """Give the days as a file."""
    kind, zone, file = _ending(ending), edge.services().zone, io.BytesIO()
    with edge.reading() as reading:
        weeks = weeks_ahead.weeks_ahead(reading, zone=zone, now=edge.now())
    exports.write(kind, weeks_ahead.days_table(weeks, edge.language(), zone), file)
    return _file(file, kind, "forecast-days")


@access.requires(Permission.PLAN_FLOW)
def flow_forecast_slots(ending: str) -> Response:
    """Give the slots of two weeks as a file, each row written as it is read."""
    kind, file = _ending(ending), io.BytesIO()
    with edge.reading() as reading:
        table = weeks_ahead.slots_table(reading, edge.language(), zone=edge.services().zone, now=edge.now())
        exports.write(kind, table, file)
    return _file(file, kind, "forecast-slots")


def _ending(word: str) -> Ending:
    if word not in list(Ending):
        abort(404)
    return Ending(word)


def _file(file: io.BytesIO, ending: Ending, name: str) -> Response:
    file.seek(0)
    return send_file(
        file, mimetype=exports.MIME_TYPES[ending], as_attachment=True, max_age=0,
        download_name=f"{name}-{edge.today()}.{ending}",
    )  # fmt: skip
