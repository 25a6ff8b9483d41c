"""What those are called who act without a name of their own: visitors, banks, the house itself."""

from __future__ import annotations

from ticketing.web.pages import N_, gettext

ACTOR_WORDS = {
    "visitor": N_("visitor"),
    "staff": N_("staff"),
    "device": N_("scanner"),
    "reseller": N_("reseller"),
    "system": N_("the house itself"),
    "worker": N_("the house itself"),
    "waiting list": N_("waiting list"),
    "provider": N_("payment provider"),
    "operator": N_("operator"),
    "demo": N_("demonstration"),
}


def actor_words(who: str) -> str:
    """Name who acted: a person or device by their own name, the others in the reader's language."""
    return gettext(ACTOR_WORDS[who]) if who in ACTOR_WORDS else who
