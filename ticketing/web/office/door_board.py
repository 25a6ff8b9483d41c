"""The board of the duty manager."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template

from ticketing.door import board
from ticketing.door.verdict import Direction
from ticketing.flow import day_loading, gate_flow
from ticketing.foundation.wording import clock_words
from ticketing.staff.roles import Permission
from ticketing.web import access, edge
from ticketing.web.desk.verdict_words import short_words
from ticketing.web.office.devices import CLOCK_WORTH_A_WORD
from ticketing.web.office.door_charts import minute_chart, slot_chart
from ticketing.web.office.flow_words import light_word


def add_to(blueprint: Blueprint) -> None:
    """Put these pages at their addresses."""
    blueprint.add_url_rule("/door", view_func=door_board)


@access.requires(Permission.WATCH_DOOR)
def door_board() -> str:
    """Show how it goes at the door, and its last hour."""
    now, language = edge.now(), edge.language()

    def clock(instant: datetime) -> str:
        return clock_words(edge.local(instant), language)

    with edge.reading() as reading:
        shown = board.load(reading, zone=edge.services().zone, now=now)
        lately = gate_flow.gate_flows(day_loading.gate_scans(reading, now - gate_flow.WATCHED, now))
    return render_template(
        "office/door_board.html", board=shown, lately={each.gate: each for each in lately}, light_word=light_word,
        clock_worth_a_word=CLOCK_WORTH_A_WORD.seconds,
        minutes=minute_chart(shown.by_minute, now, clock) if shown.paces else None,
        arrivals=slot_chart(shown.slots, clock) if shown.slots else None,
        refusals=[(short_words(reason, Direction.IN)[1], number) for reason, number in shown.refusals],
    )  # fmt: skip
