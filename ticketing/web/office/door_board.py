"""The board of the duty manager, and the limit of the house."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketing.door import board, presence
from ticketing.door.board import MINUTES_SHOWN
from ticketing.door.presence import LimitInvalid
from ticketing.door.verdict import Direction
from ticketing.foundation.wording import clock_words
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.converters import whole_number
from ticketing.web.desk.verdict_words import short_words
from ticketing.web.error_words import words_for_code
from ticketing.web.office.devices import CLOCK_WORTH_A_WORD
from ticketing.web.office.door_charts import minute_bars, slot_bars
from ticketing.web.pages import gettext

Answer = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/door", view_func=door_board)
    blueprint.add_url_rule("/door/limit", view_func=door_set_limit, methods=["POST"])


@access.requires(Permission.WATCH_DOOR)
def door_board() -> Answer:
    return _page(None)


@access.requires(Permission.WATCH_DOOR)
def door_set_limit() -> Answer:
    """Say how many visitors the house may hold, from now on."""
    try:
        with edge.transaction() as session:
            people = whole_number(request.form.get("people", "")) or 0
            presence.set_limit(session, people, actor=edge.actor(), now=edge.now())
    except LimitInvalid as mistake:
        return _page(mistake), mistake.status
    return redirect(url_for(".door_board"), 303)


def _page(mistake: LimitInvalid | None) -> str:
    now, language = edge.now(), edge.language()
    with edge.reading() as reading:
        shown = board.load(reading, zone=edge.services().zone, now=now)
    times = [clock_words(edge.local(slot.starts_at), language) for slot in shown.slots]
    return render_template(
        "office/door_board.html", board=shown, clock_worth_a_word=CLOCK_WORTH_A_WORD.seconds,
        minutes=minute_bars(
            shown.by_minute, gettext("Scans a minute over the last hour, all gates"),
            first=clock_words(edge.local(now - timedelta(minutes=MINUTES_SHOWN)), language),
            last=clock_words(edge.local(now), language),
        ),
        arrivals=slot_bars(
            [(slot.sold, slot.admitted) for slot in shown.slots], gettext("Came, of those who booked, by slot"),
            first=times[0] if times else "", last=times[-1] if times else "",
        ),
        refusals=[(short_words(reason, Direction.IN)[1], number) for reason, number in shown.refusals],
        mistake=words_for_code(mistake) if mistake else None,
        values=request.form if mistake else {"people": shown.inside.limit or ""},
    )  # fmt: skip
