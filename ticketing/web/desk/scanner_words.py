"""What the scanner app says, for its scripts: a phone without a network has to find its words itself."""

from __future__ import annotations

from typing import Any

from ticketing.door.models import CheckedBy
from ticketing.door.verdict import Direction, Reason
from ticketing.web.desk.verdict_words import CHECKED_BY, WORDS, short_words
from ticketing.web.pages import gettext


def phone_words() -> dict[str, Any]:
    """Return every word the scripts need, in the language of the answer; they fill the places in."""
    return {
        "admitted": {direction.value: short_words(None, direction)[1] for direction in Direction},
        "reasons": {reason.value: _reason_words(reason) for reason in Reason},
        "unlisted": _unlisted_words(),
        "fewer_left": gettext("Only %(number)s more may come in on this ticket."),
        "used_elsewhere": gettext("It was used before, at another gate or by another phone."),
        "party": gettext("%(admitted)s of %(all)s are in"),
        "more": {
            Direction.IN.value: gettext("Let %(number)s more in"),
            Direction.OUT.value: gettext("Let %(number)s more out"),
        },
        "checked": {
            "who": gettext("let in after checking"),
            "why": gettext("The house looks for the ticket as soon as there is a network."),
            "before": gettext("Let in after checking at %(when)s, %(gate)s"),
            "one": gettext("Let in after checking"),
            "many": gettext("Let %(number)s in after checking"),
        },
        "list_age": gettext("List %(age)s old"),
        "no_list": gettext("No list yet"),
        "seconds": gettext("%(number)s s"),
        "minutes": gettext("%(number)s min"),
        "hours": gettext("%(number)s h"),
        "none_waits": gettext("Everything sent"),
        "one_waits": gettext("1 scan waits"),
        "many_wait": gettext("%(number)s scans wait"),
    }


def checked_by_words() -> list[tuple[str, str]]:
    """Return what whoever lets somebody in after checking may go by, and how it is said."""
    return [(by.value, gettext(CHECKED_BY[by])) for by in CheckedBy]


def _reason_words(reason: Reason) -> dict[str, str]:
    kind, word = short_words(reason, Direction.IN)
    return {"kind": kind, "word": word, "why": gettext(WORDS[reason][1])}


def _unlisted_words() -> dict[str, dict[str, str]]:
    """What a phone says that knows no ticket: without a network, one that its list lacks is not thereby invalid."""
    return {
        "not_listed": {
            "word": gettext("Not on the list"),
            "why": gettext("It may have been sold just now, or be for another day. Read what the ticket says."),
        },
        "no_list": {
            "word": gettext("No list yet"),
            "why": gettext("Bring this phone into the network once; then it knows today’s tickets."),
        },
        "trouble": {
            "word": gettext("Try again"),
            "why": gettext("Something went wrong on our side. Scan the ticket again."),
        },
        "no_code": {
            "word": gettext("No ticket"),
            "why": gettext("This is no code of ours. Look for the QR symbol of the ticket."),
        },
    }
