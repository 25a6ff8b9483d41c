"""What we say when something cannot be done: for every code a title and a sentence that tells what to do next.

English is the source; `N_` only marks a text for the catalogues, it is translated when it is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.foundation.errors import TicketingError
from ticketing.web.pages import gettext


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Mark a text for translation without translating it yet."""
    return text


@dataclass(frozen=True)
class Words:
    """A title and what to do next, in the reader's language."""

    title: str
    sentence: str


BY_CODE: dict[str, tuple[str, str]] = {
    "invalid_input": (N_("Something is not filled in right"), N_("Look at the marked fields and try again.")),
    "not_found": (N_("There is nothing here"), N_("The link is incomplete or out of date. Check it, or start from the home page.")),
    "not_allowed": (N_("This is not yours to do"), N_("Ask a manager for help.")),
    "conflict": (N_("Something has changed meanwhile"), N_("Go back, look at it again and choose anew.")),
    "expired": (N_("This has expired"), N_("Start again; it only takes a minute.")),
    "slow_down": (N_("A little slower, please"), N_("Too many tries in a short time. Wait a minute and try again.")),
    "unavailable": (N_("Not available just now"), N_("Nothing is lost. Try again in a moment.")),
    "busy": (N_("Very busy just now"), N_("Nothing is lost. Try again in a moment.")),
    "move_not_allowed": (N_("Something has changed meanwhile"), N_("Go back, look at it again and choose anew.")),
    "no_such_local_time": (N_("That time does not exist"), N_("The clock skips it when summer time begins. Choose a time before or after it.")),
    "slot_full": (N_("Just sold out"), N_("There are not enough places left at this time. Choose another time.")),
    "slot_over": (N_("That time has passed"), N_("Choose a later time.")),
    "closure_in_force": (N_("We are closed then"), N_("Choose another day. The reason is on the opening hours page.")),
    "hold_expired": (N_("Your places were given back"), N_("You took longer than the time we could keep them. Choose your tickets again; nothing has been charged.")),
    "hold_extended_too_often": (N_("No more extra time"), N_("We cannot keep these places any longer. Order now, or choose again.")),
    "order_not_found": (N_("We cannot find this order"), N_("The link is incomplete. Use the link in your confirmation mail.")),
}
BY_STATUS: dict[str, tuple[str, str]] = {
    "400": (N_("We did not understand that"), N_("Go back and try again.")),
    "403": (N_("This is not yours to see"), N_("Sign in with an account that may, or go back.")),
    "404": (N_("There is nothing here"), N_("The address may be mistyped or out of date. Start from the home page.")),
    "405": (N_("That is not possible here"), N_("Go back and use the button on the page.")),
    "413": (N_("That is too much at once"), N_("Send less and try again.")),
    "415": (N_("We cannot read that"), N_("Send it as the page asks.")),
    "429": (N_("A little slower, please"), N_("Too many tries in a short time. Wait a minute and try again.")),
    "500": (N_("Something broke on our side"), N_("It is not your fault, and nothing was charged twice. Try again; if it stays, tell us the code below.")),
    "503": (N_("Not available just now"), N_("Nothing is lost. Try again in a moment.")),
    "stale_form": (N_("This page was open for too long"), N_("Go back, reload the page and send it again.")),
}


def words_for_code(error: TicketingError) -> Words:
    """Say what this error means; a code without words of its own says what its kind does."""
    codes = [error.code, *(kind.code for kind in type(error).__mro__ if issubclass(kind, TicketingError))]
    title, sentence = next(BY_CODE[code] for code in [*codes, "conflict"] if code in BY_CODE)
    return Words(gettext(title), gettext(sentence))


def words_for_status(status: str) -> Words:
    """Say what an HTTP status means here."""
    title, sentence = BY_STATUS.get(status) or BY_STATUS["400"]
    return Words(gettext(title), gettext(sentence))
