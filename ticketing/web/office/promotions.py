"""Promotions in the office: which there are, what is used of them, what they would do; ended here, their codes too."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from ticketing.catalogue import offers
from ticketing.catalogue.models import Experience
from ticketing.foundation.errors import InvalidInput
from ticketing.sales import promotion_editing, promotion_lists, promotion_preview
from ticketing.sales.promotion_editing import PromotionTerms
from ticketing.sales.promotion_lists import CodeRow
from ticketing.sales.promotion_preview import Preview
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.office.promotion_form import terms_of
from ticketing.web.office.typed_numbers import read_day, read_number

PAGE = 50
CODES = 100
EXPORT_PAGE = 1_000
MOST_TYPED = 60  # of one ticket type in a basket that is only looked at
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Answer = str | AnyResponse | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    one = "/promotions/<int:promotion_id>"
    blueprint.add_url_rule("/promotions", view_func=promotion_list)
    blueprint.add_url_rule(one, view_func=promotion_page)
    blueprint.add_url_rule(f"{one}/codes.csv", view_func=promotion_codes_file)
    blueprint.add_url_rule(f"{one}/end", view_func=promotion_end, methods=["POST"])
    blueprint.add_url_rule(f"{one}/codes/end", view_func=promotion_end_code, methods=["POST"])


@access.requires(Permission.SET_PROMOTIONS)
def promotion_list() -> str:
    with edge.reading() as session:
        rows = promotion_lists.list_promotions(session, before=whole_number("before"), limit=PAGE + 1)
    older = rows[PAGE - 1].promotion.id if len(rows) > PAGE else None
    return render_template("office/promotions.html", rows=rows[:PAGE], older=older)


@access.requires(Permission.SET_PROMOTIONS)
def promotion_page(promotion_id: int) -> str:
    """Show a promotion, what is used of it code by code, and what it does for a basket."""
    with edge.reading() as session:
        promotion = promotion_editing.get_promotion(session, promotion_id)
        row = promotion_lists.row_of(session, promotion)
        codes = promotion_lists.list_codes(session, promotion_id, after=whole_number("after"), limit=CODES + 1)
        experiences = offers.list_experiences(session)
        preview = preview_asked(session, terms_of(promotion), experiences)
    more = codes[CODES - 1].code.id if len(codes) > CODES else None
    return render_template(
        "office/promotion.html", promotion=promotion, row=row, codes=codes[:CODES], more=more, preview=preview,
        experiences=experiences,
    )  # fmt: skip


@access.requires(Permission.SET_PROMOTIONS)
def promotion_codes_file(promotion_id: int) -> Response:
    """Send all codes of a promotion as a table for a spreadsheet, as they are read."""
    with edge.reading() as session:
        promotion = promotion_editing.get_promotion(session, promotion_id)

    def lines() -> Iterator[str]:
        yield _csv_line(["code", "promotion", "uses", "orders", "ended"])
        after: int | None = None
        while rows := _codes_after(promotion_id, after):  # no transaction waits for a slow reader
            yield "".join(_csv_line(_cells(row, promotion.name)) for row in rows)
            after = rows[-1].code.id

    return Response(
        stream_with_context(lines()), mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=promotion-{promotion_id}.csv"},
    )  # fmt: skip


@access.requires(Permission.SET_PROMOTIONS)
def promotion_end(promotion_id: int) -> Answer:
    with edge.transaction() as session:
        promotion_editing.end_promotion(session, promotion_id, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".promotion_page", promotion_id=promotion_id), 303)


@access.requires(Permission.SET_PROMOTIONS)
def promotion_end_code(promotion_id: int) -> Answer:
    with edge.transaction() as session:
        code = request.form.get("code", "")
        promotion_editing.end_code(session, promotion_id, code, actor=edge.actor(), now=edge.now())
    return redirect(url_for(".promotion_page", promotion_id=promotion_id, after=whole_number("after")), 303)


def preview_asked(session: Session, terms: PromotionTerms, experiences: list[Experience]) -> Preview | None:
    """Price the basket that the address asks for; unasked, a usual one of the first experience it is for."""
    fitting = [each for each in experiences if not terms.experience_ids or each.id in terms.experience_ids]
    asked = next((each for each in experiences if each.slug == request.values.get("try")), None)
    experience = asked or next(iter(fitting), None)
    if experience is None:
        return None
    try:
        day = read_day(request.values, "day")
    except InvalidInput:
        day = None
    day = day or max(edge.today(), terms.valid_from or edge.today())
    quantities = _quantities() or promotion_preview.usual_party(session, experience, day)
    return promotion_preview.preview_of(session, terms, experience, day, quantities)


def whole_number(name: str) -> int | None:
    """Read where a list goes on; None for anything that is no number."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _quantities() -> dict[str, int]:
    numbers = {}
    for name in request.values:
        try:
            count = read_number(request.values, name, MOST_TYPED) if name.startswith("try-") else None
        except InvalidInput:
            count = None
        if count is not None:
            numbers[name.removeprefix("try-")] = min(count, MOST_TYPED)
    return numbers


def _codes_after(promotion_id: int, after: int | None) -> list[CodeRow]:
    with edge.reading() as session:
        return promotion_lists.list_codes(session, promotion_id, after=after, limit=EXPORT_PAGE)


def _cells(row: CodeRow, name: str) -> list[str]:
    ended = f"{edge.local(row.code.ended_at):%Y-%m-%d %H:%M}" if row.code.ended_at else ""
    return [row.code.code, name, str(row.uses), str(row.orders), ended]


def _csv_line(cells: list[str]) -> str:
    """Write a line of CSV; no cell begins like a formula, which a spreadsheet would carry out."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells])
    return line.getvalue()
