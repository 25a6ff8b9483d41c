"""The board of the duty manager."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from ticketing.door import board
from ticketing.door.board import MINUTES_SHOWN
from ticketing.door.verdict import Direction
from ticketing.foundation.wording import clock_words
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.desk.verdict_words import short_words
from ticketing.web.office.devices import CLOCK_WORTH_A_WORD
from ticketing.web.office.door_charts import minute_bars, slot_bars
from ticketing.web.pages import gettext


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/door", view_func=door_board)


@access.requires(Permission.WATCH_DOOR)
def door_board() -> str:
    """Show how it goes at the door, and its last hour."""
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
    )  # fmt: skip
