"""The back office: what managers and administrators see and do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ticketing.web import actor_words
from ticketing.web.office import (
    accounts,
    announcements,
    audit,
    bundles,
    catalogue,
    change_rules,
    clock_words,
    closure_board,
    closure_rules,
    closures,
    design,
    devices,
    disputes,
    door_board,
    door_findings,
    door_words,
    findings,
    flow,
    flow_calendar,
    flow_forecast,
    flow_planning,
    flow_staffing,
    flow_wall,
    gift_cards,
    jobs,
    mails,
    menus,
    money_words,
    order_additions,
    order_changes,
    order_refunds,
    orders,
    page_editor,
    page_history,
    pages,
    pictures,
    promotion_making,
    promotions,
    reports,
    resellers,
    span_words,
    staff,
    state_words,
    today,
    unreached,
    waiting,
)

blueprint = Blueprint("office", __name__, url_prefix="/office")

for part in (today, closures, closure_board, closure_rules, audit, jobs, devices, staff, design):
    part.add_to(blueprint)
for part in (orders, order_changes, order_additions, order_refunds, unreached, waiting, change_rules, mails):  # bought
    part.add_to(blueprint)
for part in (promotions, promotion_making, bundles, gift_cards):  # what comes off a price
    part.add_to(blueprint)
for part in (accounts, disputes, findings, resellers, reports):  # the money of it, and what came of it all
    part.add_to(blueprint)
for part in (door_board, door_findings):  # what happens at the door
    part.add_to(blueprint)
for part in (flow, flow_planning, flow_forecast, flow_staffing, flow_calendar, flow_wall):  # who is inside, and will be
    part.add_to(blueprint)
catalogue.add_to(blueprint)  # what is sold
for part in (pages, page_editor, page_history, pictures, menus, announcements):  # the words of the site
    part.add_to(blueprint)


@blueprint.context_processor
def words() -> dict[str, Any]:
    """Give the office's templates their ways of writing."""
    return {
        "actor_words": actor_words.actor_words,
        "span_words": span_words.span_words,
        "until_sentence": span_words.until_sentence,
        "seconds_words": clock_words.seconds_words,
        "state_word": state_words.state_word,
        **money_words.WORDS,
        **door_words.WORDS,
    }
