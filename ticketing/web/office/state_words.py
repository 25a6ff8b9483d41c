"""What the states of orders, payments and tickets are called."""

from __future__ import annotations

from enum import StrEnum

from ticketing.web.pages import N_
from ticketing.web.pages import gettext as _

STATE_WORDS = {
    "pending": N_("pending"),
    "confirmed": N_("confirmed"),
    "expired": N_("expired"),
    "cancelled": N_("cancelled"),
    "created": N_("created"),
    "processing": N_("processing"),
    "requested": N_("asked for"),
    "submitted": N_("on its way"),
    "succeeded": N_("succeeded"),
    "failed": N_("failed"),
    "valid": N_("valid"),
    "void": N_("void"),
    "needs_answer": N_("needs an answer"),
    "under_review": N_("the bank decides"),
    "won": N_("won"),
    "lost": N_("lost"),
    "dropped": N_("came to nothing"),
}


def state_word(state: StrEnum) -> str:
    """Say a state in the reader's language."""
    return _(STATE_WORDS[state.value])
