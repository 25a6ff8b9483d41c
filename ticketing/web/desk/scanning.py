"""The scanner: type or scan a code, get a verdict as large as the screen.

Works by plain forms. With JavaScript the same address answers with the verdict alone, and scanning goes on underneath.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ticketing.catalogue.reentry import Reentry
from ticketing.door import admission, gates, queries
from ticketing.door.admission import SCAN_ID_SHAPE, ScanAnswer, ScanRequest
from ticketing.door.gates import GateView
from ticketing.door.verdict import Direction, Reason
from ticketing.foundation.identifiers import new_uuid
from ticketing.staff.roles import Permission
from ticketing.web import access, edge, limits
from ticketing.web.desk.scanner import app_file
from ticketing.web.desk.verdict_words import VerdictWords, short_words, words_of

LAST_SCANS = 6

Answer = str | Response


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/scan", view_func=scan_page)
    blueprint.add_url_rule("/scan", view_func=scan, methods=["POST"])


@access.requires(Permission.SCAN)
def scan_page() -> Answer:
    with edge.reading() as reading:
        gate = gate_here(reading)
        if gate is None:
            return redirect(url_for(".start", _anchor="gate"), 303)
        counts = _counts(reading)
        last = queries.last_scans(reading, gate.id, limit=LAST_SCANS)
    shown = [(scan, short_words(scan.reason, scan.direction)) for scan in last]
    return render_template(
        "desk/scan.html", gate=gate, counts=counts, last=shown, scan_id=new_uuid(), app_file=app_file
    )


@access.requires(Permission.SCAN)
def scan() -> Answer:
    """Judge what was typed or scanned, now, at the gate of this machine."""
    with edge.transaction() as writing:
        gate = gate_here(writing)
        if gate is None:
            return redirect(url_for(".start", _anchor="gate"), 303)
        answer = admission.scan(writing, _request(gate), edge.actor(), zone=edge.services().zone, now=edge.now())
        if answer.reason is Reason.UNKNOWN and not answer.is_repeat:
            limits.count_wrong_code(edge.actor())
        counts = _counts(writing)
    return _verdict_page(answer, words_of(answer, _direction()), gate, counts)


def _verdict_page(answer: ScanAnswer, words: VerdictWords, gate: GateView, counts: queries.ScanCounts) -> str:
    template = "desk/verdict_only.html" if request.headers.get("X-Scanner") else "desk/verdict.html"
    return render_template(
        template, answer=answer, words=words, gate=gate, counts=counts, direction=_direction(), scan_id=new_uuid(),
        stamp_code=_code_for_stamp(answer), stamp_id=new_uuid(),
    )  # fmt: skip


def _code_for_stamp(answer: ScanAnswer) -> str:
    """Return the code to ask again with when a stamp would let them in; "" when none would."""
    is_stamped = answer.ticket is not None and answer.ticket.reentry is Reentry.STAMP
    return request.form.get("code", "") if is_stamped and answer.reason is Reason.ALREADY_USED else ""


def _request(gate: GateView) -> ScanRequest:
    scan_id = request.form.get("scan_id", "")
    return ScanRequest(
        scan_id=scan_id if SCAN_ID_SHAPE.fullmatch(scan_id) else new_uuid(),
        code=request.form.get("code", ""),
        gate=gate,
        direction=_direction(),
        scanned_at=edge.now(),
        has_stamp=request.form.get("stamp") == "1",
    )


def _direction() -> Direction:
    return Direction.OUT if request.form.get("direction") == Direction.OUT.value else Direction.IN


def gate_here(reading: Session) -> GateView | None:
    """Return the gate this machine stands at: the one chosen, or the only one there is."""
    known = gates.list_gates(reading)
    chosen = [gate for gate in known if gate.slug == session.get("gate")]
    if chosen:
        return chosen[0]
    return known[0] if len(known) == 1 else None


def _counts(reading: Session) -> queries.ScanCounts:
    return queries.count_scans(reading, zone=edge.services().zone, now=edge.now())
