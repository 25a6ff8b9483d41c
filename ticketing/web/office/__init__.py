"""The back office: what managers and administrators see and do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ticketing.web.office import (
    audit,
    change_rules,
    closures,
    devices,
    jobs,
    mails,
    order_changes,
    order_refunds,
    orders,
    span_words,
    staff,
    state_words,
    today,
)

blueprint = Blueprint("office", __name__, url_prefix="/office")

for part in (today, closures, orders, order_changes, order_refunds, change_rules, mails, audit, jobs, devices, staff):
    part.add_to(blueprint)


@blueprint.context_processor
def words() -> dict[str, Any]:
    """Give the office's templates their ways of writing."""
    return {
        "span_words": span_words.span_words,
        "until_sentence": span_words.until_sentence,
        "state_word": state_words.state_word,
    }
