"""What a verdict says: one huge word, a kind that gives it its colour, shape and sound, and the sentence why."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.catalogue import opening
from ticketing.door.admission import ScanAnswer, TicketView
from ticketing.door.models import CheckedBy
from ticketing.door.verdict import Direction, Reason
from ticketing.foundation.languages import pick
from ticketing.foundation.wording import clock_words, short_day_words
from ticketing.web import edge
from ticketing.web.pages import N_, gettext, ngettext
from ticketing.web.site import header

# "Look": no admission now, but somebody at the door can settle it.
LOOK = {Reason.TOO_EARLY, Reason.TOO_LATE, Reason.UNPAID}
WORDS = {
    Reason.UNKNOWN: (N_("Unknown"), N_("We have no ticket with this code. Scan it again, or find the order.")),
    Reason.VOID: (N_("Void"), N_("This ticket was moved, cancelled or refunded. The newest mail has the right one.")),
    Reason.UNPAID: (N_("Unpaid"), N_("The order is not paid yet. Help them at the desk.")),
    Reason.CLOSED: (N_("Closed"), N_("We are closed for this visit.")),
    Reason.WRONG_DAY: (N_("Other day"), N_("This ticket is for %(day)s, %(time)s.")),
    Reason.TOO_EARLY: (N_("Too early"), N_("Welcome from %(from)s on, for %(time)s.")),
    Reason.TOO_LATE: (N_("Too late"), N_("This ticket was for %(time)s and admitted until %(until)s.")),
    Reason.ALREADY_USED: (N_("Already used"), N_("Used %(when)s at %(gate)s.")),
    Reason.NOT_INSIDE: (N_("Not inside"), N_("Nobody is inside on this ticket.")),
}
# What a person went by who let somebody in without the list.
CHECKED_BY = {
    CheckedBy.MAIL: N_("Mail or order page"),
    CheckedBy.PAYMENT: N_("Proof of payment"),
    CheckedBy.PAPER: N_("Name on a paper list"),
    CheckedBy.COLLEAGUE: N_("A colleague knows them"),
}


@dataclass(frozen=True)
class VerdictWords:
    """A verdict for people: `kind` is admit, refuse or look."""

    kind: str
    word: str
    who: str
    why: str


def short_words(reason: Reason | None, direction: Direction) -> tuple[str, str]:
    """Return the kind and the one word of a verdict: admitted where there is no reason."""
    if reason is None:
        return "admit", gettext("Goodbye") if direction is Direction.OUT else gettext("Welcome")
    return "look" if reason in LOOK else "refuse", gettext(WORDS[reason][0])


def words_of(answer: ScanAnswer, direction: Direction) -> VerdictWords:
    """Say a verdict in the language of the answer."""
    who = _who(answer.ticket) if answer.ticket else ""
    kind, word = short_words(answer.reason, direction)
    if answer.reason is None:
        return VerdictWords(kind, word, who, _visit(answer.ticket) if answer.ticket else "")
    return VerdictWords(kind, word, who, _why(answer, WORDS[answer.reason][1]))


def _who(ticket: TicketView) -> str:
    """Say who the ticket is for, by name if it has one; of a group also how many of it are in."""
    name = pick(ticket.ticket_type, edge.language())
    if ticket.holder_name:
        name = f"{name}, {ticket.holder_name}"
    if ticket.admissions == 1:
        return name
    return ngettext(
        "%(name)s, group of %(num)d, %(admitted)d inside",
        "%(name)s, group of %(num)d, %(admitted)d inside",
        ticket.admissions,
        name=name,
        admitted=ticket.admitted,
    )


def _visit(ticket: TicketView) -> str:
    name = pick(ticket.experience, edge.language())
    return f"{name}, {clock_words(edge.local(ticket.starts_at), edge.language())}"


def _why(answer: ScanAnswer, sentence: str) -> str:
    language, values = edge.language(), {}
    if answer.ticket:
        starts = edge.local(answer.ticket.starts_at)
        values = {
            "day": short_day_words(starts.date(), language),
            "time": clock_words(starts, language),
            "from": clock_words(edge.local(answer.ticket.admits_from), language),
            "until": clock_words(edge.local(answer.ticket.admits_until), language),
        }
    if answer.reason is Reason.CLOSED:
        closure = opening.status_at(header.calendar(), edge.now()).closure
        return " ".join([gettext(sentence), pick(closure.reasons, language) if closure else ""]).strip()
    if answer.reason is Reason.ALREADY_USED:
        if answer.already is None:
            return gettext("Fewer admissions are left on this ticket than you ask for.")
        used = edge.local(answer.already.at)
        day = "" if used.date() == edge.today() else short_day_words(used.date(), language) + ", "
        values |= {"when": day + clock_words(used, language), "gate": answer.already.gate}
    return gettext(sentence, **values)
