"""Reports: a page for each, the same as files, every single act behind it as a file, and who is sent it by mail."""

from __future__ import annotations

import io
import tempfile
from typing import IO

from flask import Blueprint, Response, abort, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Answered

from ticketing.flow import exports, facts, report_words, reports, subscriptions
from ticketing.flow.exports import Ending, Table
from ticketing.flow.report_models import ReportName
from ticketing.flow.report_shapes import Span
from ticketing.flow.report_words import written
from ticketing.foundation.errors import InvalidInput
from ticketing.sales.accounts import SpanInvalid
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.error_words import words_for_code
from ticketing.web.office.report_spans import presets, span_asked

Answer = str | Answered | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/reports", view_func=report_list)
    blueprint.add_url_rule("/reports/<name>", view_func=report_page)
    blueprint.add_url_rule("/reports/<name>/rows.<ending>", view_func=report_rows)
    blueprint.add_url_rule("/reports/<name>/acts.<ending>", view_func=report_acts)
    blueprint.add_url_rule("/reports/subscriptions", view_func=report_subscribe, methods=["POST"])
    blueprint.add_url_rule("/reports/subscriptions/<int:number>/ending", view_func=report_stop, methods=["POST"])


@access.requires(Permission.SEE_REPORTS)
def report_list() -> str:
    return _list(None)


@access.requires(Permission.SEE_REPORTS)
def report_page(name: str) -> Answer:
    """Show a report over the days the address names."""
    report_name, language = reports.get_name(name), edge.language()
    try:
        span = _span()
    except SpanInvalid as mistake:
        return _page(report_name, report=None, values=request.args, mistake=words_for_code(mistake)), mistake.status
    with edge.reading() as reading:
        report = reports.make(reading, report_name, span)
        mine = subscriptions.subscriptions_of(reading, _own_id())
    lines = [zip(report.columns, row, strict=True) for row in (*report.rows, report.totals)]
    cells = [[(column, written(column, cell, language, span.zone)) for column, cell in line] for line in lines]
    return _page(
        report_name, report=report, rows=cells[:-1], totals=cells[-1], counted=report_words.counted(report, language),
        values={"from": span.first.isoformat(), "until": span.last.isoformat()}, mistake=None,
        rhythms={each.rhythm.value: each for each in mine if each.report is report_name},
    )  # fmt: skip


@access.requires(Permission.SEE_REPORTS)
def report_rows(name: str, ending: str) -> Response:
    """Give the rows of a report as a file. Raises SpanInvalid."""
    report_name, kind, span = reports.get_name(name), _ending(ending), _span()
    with edge.reading() as reading:
        report = reports.make(reading, report_name, span)
    file = io.BytesIO()
    exports.write(kind, exports.table_of(report, edge.language()), file, report)
    return _file(file, kind, f"{name}-{span.first}-{span.last}")


@access.requires(Permission.SEE_REPORTS)
def report_acts(name: str, ending: str) -> Response:
    """Give every single act behind a report as a file, written to the disk before any of it leaves. Raises SpanInvalid.

    So one picture of the database is closed again at once, however slowly somebody downloads.
    """
    report_name, kind, span = reports.get_name(name), _ending(ending), _span()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    with edge.reading() as reading:
        found = facts.facts_of(reading, report_name, span)
        table = Table(found.columns, found.rows, edge.language(), span.zone)
        exports.write(kind, table, file)
    return _file(file, kind, f"{name}-acts-{span.first}-{span.last}")


@access.requires(Permission.SEE_REPORTS)
def report_subscribe() -> Answer:
    """Be sent a report from now on."""
    report, rhythm = request.form.get("report", ""), request.form.get("rhythm", "")
    try:
        with edge.transaction() as session:
            subscriptions.subscribe(session, _own_id(), report, rhythm, actor=edge.actor(), now=edge.now())
    except InvalidInput as mistake:
        return _list(mistake), mistake.status
    return redirect(url_for(".report_list"), 303)


@access.requires(Permission.SEE_REPORTS)
def report_stop(number: int) -> Answer:
    """Be sent a report no more."""
    with edge.transaction() as session:
        subscriptions.end(session, _own_id(), number, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".report_list"), 303)


def _list(mistake: InvalidInput | None) -> str:
    language = edge.language()
    with edge.reading() as reading:
        mine = subscriptions.subscriptions_of(reading, _own_id())
    return render_template(
        "office/reports.html", titles=report_words.titles(language), summaries=report_words.summaries(language),
        mine=mine, mistake=words_for_code(mistake) if mistake else None,
    )  # fmt: skip


def _page(name: ReportName, **values: object) -> str:
    language = edge.language()
    return render_template(
        "office/report.html", name=name, titles=report_words.titles(language), labels=report_words.labels(language),
        summary=report_words.summaries(language)[name], definitions=report_words.definitions(language),
        basis=reports.BASES[name].value, presets=presets(), today=edge.today(), now=edge.now(), **values,
    )  # fmt: skip


def _span() -> Span:
    first, last = span_asked()
    return reports.span_of(first, last, zone=edge.services().zone, now=edge.now())


def _own_id() -> int:
    staff = access.current_staff()
    assert staff is not None, "only staff come here"
    return staff.account_id


def _ending(word: str) -> Ending:
    if word not in list(Ending):
        abort(404)
    return Ending(word)


def _file(file: IO[bytes], ending: Ending, name: str) -> Response:
    file.seek(0)
    return send_file(
        file, mimetype=exports.MIME_TYPES[ending], as_attachment=True, download_name=f"{name}.{ending}", max_age=0
    )
