"""The catalogue's front page: where everything is, and what waits to be dealt with."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from ticketing.catalogue import closures, experience_editing, slot_changes
from ticketing.catalogue.opening import span_covering
from ticketing.catalogue.timetable import DAYS_LAID_OUT
from ticketing.sales import slot_orders
from ticketing.staff.roles import Permission
from ticketing.web import access, edge

OVERSOLD = 50


def add_to(blueprint: Blueprint) -> None:
    """Put this page at its address."""
    blueprint.add_url_rule("/catalogue/", view_func=catalogue_front)


@access.requires(Permission.EDIT_CATALOGUE)
def catalogue_front() -> str:
    """Lead to every part of the catalogue; slots of which more is taken than there is room for come first."""
    with edge.reading() as session:
        experiences = experience_editing.all_experiences(session)
        spans = closures.spans(session, now=edge.now())
        oversold = [
            slot
            for slot in slot_changes.oversold(session, now=edge.now(), limit=OVERSOLD)
            if span_covering(spans, slot.experience_id, slot.starts_at, slot.ends_at) is None
        ]
        touched = slot_orders.count_touched(session, [slot.id for slot in oversold])
    return render_template(
        "office/catalogue/front.html", experiences=experiences, oversold=oversold, touched=touched, most=OVERSOLD,
        names={each.id: each.names for each in experiences},
        lacking=[each for each in experiences if experience_editing.missing_words(each)],
        laid_out_until=edge.today() + timedelta(days=DAYS_LAID_OUT),
    )  # fmt: skip
